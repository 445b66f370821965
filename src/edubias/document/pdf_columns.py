"""Reading order of the pieces of a page, where it is set in columns.

PDFium keeps the order in which a page is drawn, which is nearly always the reading order. Only
where a page is drawn row by row does it run across the columns; there the pieces of one column
after the other are taken instead. The cells of a table stay in their order, but apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import regex

from edubias.document.lines import FULL, ITEM
from edubias.document.pdf_page import Piece

FEWEST_ROWS = 3
"""So many pieces must begin at the same place for a column."""

FEWEST_CUTS = 2
"""So often must lines run across the columns for their order to be wrong."""

TOLERANCE = 0.5
"""Ems by which pieces may miss the edge of their column."""

NARROWEST = 10.0
"""Least width of a column, in ems; the left cells of a table are often narrower."""

GUTTER = 4.0
"""Greatest distance of two columns, in ems; the cells of a table are often further apart."""

APART = 2.5
"""Distance of two rows, in ems, beyond which columns do not go on."""

BLANK = 6.0
"""Greatest width of a blank in an exercise, in ems."""

LONG_BLANK = 12.0
"""The same where what follows is in lower case, and so goes on a sentence."""

_CLOSING = regex.compile(r"[，。、；：！？,.;:!?）)」』”]")
_STOP = regex.compile(r"[。！？.!?]\s*$")


def in_reading_order(pieces: Sequence[Piece], text: str) -> list[Piece]:
    """Pieces in the order in which they are read; those that no column parts are made one.

    Args:
        pieces: Pieces of a page with the same turn, in the order in which they are drawn.
        text: The page's text.
    """
    edges = [edge for edge in _column_edges(pieces) if not _is_blanks(pieces, edge, text)]
    ordered = _merged(pieces, edges)
    for edge in edges:
        ordered = [piece for run in _runs(ordered, edge) for piece in _by_column(run, edge)]
    return ordered


def _column_edges(pieces: Sequence[Piece]) -> list[float]:
    """Where columns begin, other than the first, from left to right."""
    lefts = sorted((piece.box.left, piece.size) for piece in pieces if piece.cut)
    edges: list[float] = []
    while lefts:
        edge, size = lefts[0]
        aligned = [left for left, _ in lefts if left <= edge + TOLERANCE * size]
        if len(aligned) >= FEWEST_ROWS:
            edges.append(edge)
        lefts = lefts[len(aligned) :]
    return edges


def _is_blanks(pieces: Sequence[Piece], edge: float, text: str) -> bool:
    """Whether what looks like the edge of a column is the end of blanks to be filled in."""
    rows = [
        (left, right)
        for left, right in pairwise(pieces)
        if right.gap
        and left.end + 1 == right.start
        and abs(right.box.left - edge) <= TOLERANCE * right.size
    ]
    blanks = [_is_blank(left, right, text) for left, right in rows]
    return sum(blanks) > len(rows) / 2


def _is_blank(left: Piece, right: Piece, text: str) -> bool:
    """Whether a gap stands within a sentence: no line begins with a comma, or goes on an item."""
    if _CLOSING.match(text, right.start, right.end):
        return True
    blank = LONG_BLANK if text[right.start].islower() else BLANK
    return (
        ITEM.match(text, left.start, left.end) is not None
        and ITEM.match(text, right.start, right.end) is None
        and _STOP.search(text, left.start, left.end) is None
        and right.box.left - left.box.right < blank * right.size
    )


def _merged(pieces: Sequence[Piece], edges: Sequence[float]) -> list[Piece]:
    """Pieces that a wide gap parts, but no column, as one."""
    merged: list[Piece] = []
    for piece in pieces:
        before = merged[-1] if merged else None
        # What stood between the two may have been a page number, which is not here any more.
        adjoin = before is not None and piece.gap and before.end + 1 == piece.start
        if before and adjoin and not any(_between(before, edge, piece) for edge in edges):
            merged.pop()
            piece = replace(before, end=piece.end, box=before.box.around(piece.box))
        merged.append(piece)
    return merged


def _between(left: Piece, edge: float, right: Piece) -> bool:
    """Whether a column begins at the piece on the right, or between the two."""
    return _side(left, edge) < 0 < _side(right, edge)


def _side(piece: Piece, edge: float) -> int:
    """-1 where a piece is left of a column's edge, 1 where it is right of it, 0 across it."""
    tolerance = TOLERANCE * piece.size
    if piece.box.left >= edge - tolerance:
        return 1
    return -1 if piece.box.right <= edge + tolerance else 0


def _runs(pieces: Sequence[Piece], edge: float) -> list[list[Piece]]:
    """Stretches in which no piece crosses the edge of a column and no row is far from the last."""
    runs: list[list[Piece]] = [[]]
    for piece in pieces:
        crossing = _side(piece, edge) == 0
        if crossing or (runs[-1] and _far_below(runs[-1], piece)):
            runs.append([])
        runs[-1].append(piece)
        if crossing:
            runs.append([])
    return runs


def _far_below(run: Sequence[Piece], piece: Piece) -> bool:
    lowest = min(one.baseline for one in run)
    return lowest - piece.baseline > APART * piece.size


def _by_column(run: Sequence[Piece], edge: float) -> list[Piece]:
    """The left pieces of a run before its right ones, where lines run across its columns."""
    rows = [
        (left, right) for left, right in pairwise(run) if right.cut and _between(left, edge, right)
    ]
    if len(rows) < FEWEST_CUTS or not _is_running_text(rows):
        return list(run)
    return sorted(run, key=lambda piece: _side(piece, edge))


def _is_running_text(rows: Sequence[tuple[Piece, Piece]]) -> bool:
    """Whether the left pieces of most rows fill their column, as the cells of a table do not."""
    widths = [(left.box.right - left.box.left) / left.size for left, _ in rows]
    least = max(FULL * max(widths), NARROWEST)
    full = [
        width >= least and right.box.left - left.box.right <= GUTTER * right.size
        for width, (left, right) in zip(widths, rows, strict=True)
    ]
    return sum(full) > len(rows) / 2
