"""EPUB: the chapters of a book, in reading order."""

from __future__ import annotations

import posixpath
import zipfile
from typing import Any
from urllib.parse import unquote

from edubias.document.archive import damaged, opened_archive
from edubias.document.text import Read
from edubias.document.web import read_html
from edubias.errors import DataError
from edubias.lang import tr


def read_epub(content: bytes) -> Read:
    """Text of all chapters; the place names the chapter's file and the line in it.

    Raises:
        DataError: It is no EPUB, or it is encrypted.
    """
    try:
        with opened_archive(content, "EPUB") as archive:
            return _chapters(archive)
    except (zipfile.BadZipFile, KeyError, RuntimeError, IndexError) as error:
        raise damaged("EPUB", str(error)) from error


def _chapters(archive: zipfile.ZipFile) -> Read:
    if "META-INF/encryption.xml" in archive.namelist() and _locked(archive):
        raise DataError(
            tr("this book is locked (DRM)", "此电子书已加密（DRM）"),
            tr("Scan the manuscript it was made from.", "请扫描制作前的原稿。"),
        )
    container = _xml(archive, "META-INF/container.xml")
    package_name = container.xpath("//*[local-name()='rootfile']/@full-path")[0]
    package = _xml(archive, package_name)
    files = {item.get("id"): item.get("href") for item in package.xpath("//*[local-name()='item']")}
    blocks, notes = [], []
    for reference in package.xpath("//*[local-name()='spine']/*[local-name()='itemref']"):
        href = files.get(reference.get("idref"))
        if href is None:
            continue
        name = posixpath.normpath(posixpath.join(posixpath.dirname(package_name), unquote(href)))
        chapter, said = read_html(archive.read(name), part=name)
        blocks += chapter
        notes += [f"{name}: {note}" for note in said]
    return blocks, notes


def _locked(archive: zipfile.ZipFile) -> bool:
    """Whether more than fonts is encrypted."""
    names = _xml(archive, "META-INF/encryption.xml").xpath(
        "//*[local-name()='CipherReference']/@URI"
    )
    return any(not name.lower().endswith((".ttf", ".otf", ".woff", ".woff2")) for name in names)


def _xml(archive: zipfile.ZipFile, name: str) -> Any:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        return etree.fromstring(archive.read(name), parser)
    except etree.XMLSyntaxError as error:
        raise damaged("EPUB", f"{name}: {error}") from error
