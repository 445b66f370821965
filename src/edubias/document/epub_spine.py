"""Which files of an EPUB are its chapters: what its package document says."""

from __future__ import annotations

import posixpath
from typing import Any
from urllib.parse import unquote

from edubias.lang import tr

_TEXT = frozenset(
    {
        "application/xhtml+xml",
        "text/html",
        "application/x-dtbook+xml",
        "text/x-oeb1-document",
    }
)
"""Media types of chapters; the last two are those of older books."""


def chapters_of(package: Any, folder: str) -> tuple[list[str], list[str]]:
    """Names of the chapters in reading order, each once, and notes on what is no chapter.

    Args:
        package: The package document.
        folder: Its folder, to which its addresses are relative.
    """
    items = {item.get("id"): item for item in package.xpath("//*[local-name()='item']")}
    chapters: dict[str, None] = {}
    notes = []
    for identifier in package.xpath("//*[local-name()='spine']/*[local-name()='itemref']/@idref"):
        item = items.get(identifier)
        if item is None:
            notes.append(
                tr(f"{identifier}: missing from the book", f"{identifier}：书中缺少此文件")
            )
            continue
        text = _as_text(item, items)
        if text is None:
            name, kind = _name(item, folder), item.get("media-type")
            notes.append(tr(f"{name}: not read ({kind})", f"{name}：未读取（{kind}）"))
        else:
            chapters[_name(text, folder)] = None
    return list(chapters), notes


def _as_text(item: Any, items: dict[str, Any]) -> Any | None:
    """The item, or what is shown in its place where it is a picture; None where nothing is text."""
    tried = set()
    while item is not None and item.get("id") not in tried:
        if item.get("media-type") in (None, *_TEXT):
            return item
        tried.add(item.get("id"))
        item = items.get(item.get("fallback"))
    return None


def _name(item: Any, folder: str) -> str:
    path = unquote((item.get("href") or "").partition("#")[0])
    return posixpath.normpath(posixpath.join(folder, path)).lstrip("/")
