"""What a reader of a PDF should know of it: pages that are damaged, scanned or unreadable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edubias.document.pdf_glyphs import pdfium
from edubias.document.pdf_margins import Body
from edubias.document.pdf_page import Page
from edubias.lang import tr

MOST_UNMAPPED = 1 / 50
"""Share of a page's characters that may be unknown without a note."""

PICTURED = 1 / 4
"""A page with nothing but a running head is a scan where pictures cover this share of it."""

NESTED = 3
"""Depth to which pictures are looked for in forms."""


def notes_on(
    document: Any, pages: Sequence[Page], bodies: Sequence[Body], broken: Sequence[int]
) -> list[str]:
    """Notes on a document.

    Args:
        document: pypdfium2's document.
        pages: Its pages, but for those that could not be read.
        bodies: What is read of each of them.
        broken: Numbers of the pages that could not be read.
    """
    notes: list[str] = []
    if broken:
        verb, verb_was = ("is", "was") if len(broken) == 1 else ("are", "were")
        notes.append(
            tr(
                f"{_pages(broken)} {verb} damaged and {verb_was} not read",
                f"{_pages(broken)}已损坏，未能读取",
            )
        )
    empty = [
        page.number
        for page, body in zip(pages, bodies, strict=True)
        if (body.only_margins or not body.pieces) and _shows_something(document, page)
    ]
    if empty:
        verb = "has" if len(empty) == 1 else "have"
        notes.append(
            tr(
                f"{_pages(empty)} {verb} no text: scanned? Run text recognition (OCR) first",
                f"{_pages(empty)}没有文字，可能是扫描件，请先做文字识别",
            )
        )
    unknown = [page.number for page in pages if page.unmapped > MOST_UNMAPPED * len(page.text)]
    if unknown:
        notes.append(
            tr(
                f"{_pages(unknown)}: the fonts do not say what many of the characters are; run "
                "text recognition (OCR)",
                f"{_pages(unknown)}：字体未说明许多字符是什么字，请做文字识别",
            )
        )
    return notes


def _shows_something(document: Any, page: Page) -> bool:
    """Whether a page without a text shows what may be one: a blank page, or a number, does not."""
    raw = pdfium().raw
    loaded = document[page.number - 1]
    try:
        if not page.pieces:
            return bool(raw.FPDFPage_CountObjects(loaded) > 0)
        width, height = loaded.get_size()
        covered = 0.0
        for one in loaded.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=NESTED):
            left, bottom, right, top = one.get_bounds()
            covered += (right - left) * (top - bottom)
        return bool(covered >= PICTURED * width * height)
    finally:
        loaded.close()


def _pages(numbers: Sequence[int]) -> str:
    """Numbers of pages, rising, as ``pages 3, 7-9``."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    named = [str(first) if first == last else f"{first}-{last}" for first, last in ranges]
    word = "page" if len(numbers) == 1 else "pages"
    return tr(f"{word} {', '.join(named)}", f"第{'、'.join(named)}页")
