"""EPUB: the chapters of a book, in reading order."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from typing import Any
from urllib.parse import unquote

from edubias.document.archive import damaged, opened_archive
from edubias.document.epub_spine import chapters_of
from edubias.document.text import Read
from edubias.document.web import read_html
from edubias.errors import DataError
from edubias.lang import tr
from edubias.records import Block

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError)
"""What entries raise that are damaged, have a password, or are packed in a way not known."""


def read_epub(content: bytes) -> Read:
    """Text of all chapters; the place names the chapter's file and the line in it.

    Raises:
        DataError: It is no EPUB, or it is encrypted.
    """
    with opened_archive(content, "EPUB") as archive:
        return _book(archive)


def _book(archive: zipfile.ZipFile) -> Read:
    entries = set(archive.namelist())
    locked = _locked(archive) if _ENCRYPTION in entries else set()
    packages = _xml(archive, _CONTAINER).xpath("//*[local-name()='rootfile']/@full-path")
    if not packages:
        raise damaged("EPUB", tr(f"{_CONTAINER} names no book", f"{_CONTAINER} 没有指明书籍"))
    chapters, notes = chapters_of(_xml(archive, packages[0]), posixpath.dirname(packages[0]))
    blocks: list[Block] = []
    for name in chapters:
        if name in locked:
            raise DataError(
                tr("this book is locked (DRM)", "此电子书已加密（DRM）"),
                tr("Scan the manuscript it was made from.", "请检查制作前的原稿。"),
            )
        if name not in entries:
            notes.append(tr(f"{name}: missing from the book", f"{name}：书中缺少此文件"))
            continue
        content = _entry(archive, name)
        try:
            chapter, said = read_html(content, part=name)
        except DataError as error:
            raise DataError(f"{name}: {error.problem}", error.remedy) from error
        blocks += chapter
        notes += [f"{name}: {note}" for note in said]
    return blocks, notes


def _locked(archive: zipfile.ZipFile) -> set[str]:
    """Entries that are encrypted; fonts often are, in books whose text is not."""
    names = _xml(archive, _ENCRYPTION).xpath("//*[local-name()='CipherReference']/@URI")
    return {posixpath.normpath(unquote(name)).lstrip("/") for name in names}


def _entry(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        return archive.read(name)
    except KeyError as error:
        raise damaged("EPUB", tr(f"{name} is missing", f"缺少 {name}")) from error
    except _UNREADABLE as error:
        raise damaged("EPUB", f"{name}: {error}") from error


def _xml(archive: zipfile.ZipFile, name: str) -> Any:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        return etree.fromstring(_entry(archive, name), parser)
    except etree.XMLSyntaxError as error:
        raise damaged("EPUB", f"{name}: {error}") from error
