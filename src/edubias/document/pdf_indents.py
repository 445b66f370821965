"""Whether a line of a PDF begins a paragraph, for how it is indented."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from edubias.document.lines import ITEM
from edubias.document.pdf_page import Page, Piece

INDENT = 0.8
"""Least indentation, in ems."""

DEEPEST_INDENT = 2.5
"""Greatest indentation, in ems, of a paragraph's first line."""

SHORT = 2.0
"""A line of Chinese text that ends so many ems before the others is the last of its paragraph."""

_STOP = regex.compile(r"[。！？!?.…：:][”’」』）)\"']*$")
_HAN = regex.compile(r"\p{Han}")


def begins_indented(page: Page, zone: Sequence[Piece], at: int) -> bool:
    """Whether a line is the first of a paragraph, for where it begins.

    That is so where both its neighbours begin further left. Of paragraphs that have but one line,
    as in a dialogue, they do not; there it is enough that the paragraph before may end.
    """
    piece, before = zone[at], zone[at - 1]
    # The second line of an item of a list is indented too, and what follows it may not be.
    if ITEM.match(page.text, before.start, before.end):
        return False
    left = piece.box.left - INDENT * piece.size
    next_is_left = at + 1 == len(zone) or zone[at + 1].box.left <= left
    if before.box.left <= left and next_is_left:
        return True
    margin = _margin(zone)
    if margin is None or not margin <= left <= margin + (DEEPEST_INDENT - INDENT) * piece.size:
        return False
    if _hangs(page, zone[:at], margin, zone):
        return False
    return _may_end(page, zone, before)


def _hangs(page: Page, above: Sequence[Piece], margin: float, zone: Sequence[Piece]) -> bool:
    """Whether the last line at the margin begins a paragraph of which other lines are indented."""
    at_margin = [at for at, one in enumerate(above) if one.box.left < margin + INDENT * one.size]
    if not at_margin:
        return False
    last = at_margin[-1]
    line = above[last]
    begins_item = ITEM.match(page.text, line.start, line.end) is not None
    return begins_item or not last or _may_end(page, zone, above[last - 1])


def _margin(zone: Sequence[Piece]) -> float | None:
    """Where the lines of a zone begin that are not indented, if there are such."""
    margin = min(piece.box.left for piece in zone)
    if any(piece.box.left > margin + INDENT * piece.size for piece in zone):
        return margin
    return None


def _may_end(page: Page, zone: Sequence[Piece], line: Piece) -> bool:
    """Whether a line may be a paragraph's last: it ends in a stop, or is Chinese and short."""
    text = page.text[line.start : line.end].rstrip()
    if _STOP.search(text):
        return True
    right = max(piece.box.right for piece in zone)
    return _HAN.search(text) is not None and line.box.right < right - SHORT * line.size
