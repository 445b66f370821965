"""Paragraphs of a page of a PDF: what the text does not tell of them, its layout does.

``edubias.document.lines`` joins lines by their text. Here lines are first put in zones, of each of
which the lines have one column and one size, and paragraphs are parted where a line is indented or
stands further below the last than lines do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edubias.document.lines import Line, paragraphs
from edubias.document.pdf_columns import in_reading_order
from edubias.document.pdf_edges import main_turn
from edubias.document.pdf_indents import DEEPEST_INDENT, begins_indented
from edubias.document.pdf_joints import Paragraph, with_initials
from edubias.document.pdf_page import SIZES, Page, Piece
from edubias.document.pdf_pinyin import without_pinyin
from edubias.records import Block, Place

LEADING = 1.25
"""Lines this many times further apart than their neighbours are of different paragraphs."""

FAR = 3.0
"""Lines so many ems apart are of different zones."""

RAGGED = 1.2
"""Lines whose ends differ by no more, in ems, are set to the same width."""

NARROWER = 0.75
"""Lines of less than this share of the width of the others are set to another width."""

_EMPTY = Line("", 0, 0)


def paragraphs_of(page: Page, pieces: Sequence[Piece]) -> list[Paragraph]:
    """Paragraphs of a page, in reading order.

    Lines are numbered in reading order, those in one row alike; running heads do not count. Text
    that is turned otherwise than most of the page comes last.

    Args:
        page: The page.
        pieces: The pieces of its lines that are to be read.
    """
    pieces = without_pinyin(page, pieces)
    main = main_turn(pieces)
    ordered = in_reading_order([piece for piece in pieces if piece.turn == main], page.text)
    ordered += [piece for piece in pieces if piece.turn != main]
    numbers = _line_numbers(ordered)
    found: list[Paragraph] = []
    start = 0
    for end in range(1, len(ordered) + 1):
        if end == len(ordered) or _new_zone(ordered, end):
            zone = ordered[start:end]
            lines = _lines(page, zone, numbers[start:end])
            blocks = paragraphs(lines, Place(page=page.number))
            found += [_placed(block, zone, page) for block in blocks]
            start = end
    return with_initials(found)


def _line_numbers(pieces: Sequence[Piece]) -> list[int]:
    numbers: list[int] = []
    for position, piece in enumerate(pieces):
        before = pieces[position - 1] if position else None
        in_row = (
            before is not None
            and before.turn == piece.turn
            and before.box.beside(piece.box)
            and piece.box.left >= before.box.right - piece.size / 2
        )
        numbers.append((numbers[-1] if numbers else 0) + (not in_row))
    return numbers


def _new_zone(pieces: Sequence[Piece], at: int) -> bool:
    """Whether the line at this position can't go on the paragraph of the line before."""
    before, piece = pieces[at - 1], pieces[at]
    if before.turn != piece.turn:
        return True
    sizes = sorted((before.size, piece.size))
    down = before.baseline - piece.baseline
    return (
        sizes[1] > SIZES * sizes[0]
        or not 0 < down < FAR * piece.size
        or piece.box.left > before.box.right
        or piece.box.right < before.box.left
        or _measure_changes(pieces, at)
    )


def _measure_changes(pieces: Sequence[Piece], at: int) -> bool:
    """Whether lines of one width meet narrower or wider ones, as beside a picture."""
    if not 2 <= at <= len(pieces) - 2:
        return False
    above, below = (
        max(one.box.right - one.box.left for one in two)
        for two in (pieces[at - 2 : at], pieces[at : at + 2])
    )
    if min(above, below) >= NARROWER * max(above, below):
        return False
    # Two short lines below each other may be the last of a paragraph and a heading.
    before, after = (3, 2) if above < below else (2, 3)
    return _even(pieces[max(at - before, 0) : at], before) and _even(pieces[at : at + after], after)


def _even(lines: Sequence[Piece], count: int) -> bool:
    """Whether there are so many lines, all set to the same width; the first may be indented."""
    if len(lines) < count:
        return False
    size = lines[0].size
    lefts, rights = [one.box.left for one in lines], [one.box.right for one in lines]
    return (
        max(one.size for one in lines) <= SIZES * min(one.size for one in lines)
        and max(rights) - min(rights) < RAGGED * size
        and max(lefts) - min(lefts) < DEEPEST_INDENT * size
    )


def _lines(page: Page, zone: Sequence[Piece], numbers: Sequence[int]) -> list[Line]:
    """Lines of a zone, with an empty one where its layout parts paragraphs."""
    lines: list[Line] = []
    for position, piece in enumerate(zone):
        text = page.text[piece.start : piece.end]
        if position and (_further_below(zone, position) or begins_indented(page, zone, position)):
            lines.append(_EMPTY)
        lines.append(Line(text, numbers[position], piece.start))
    return lines


def _further_below(zone: Sequence[Piece], at: int) -> bool:
    """Whether a line stands further below the last one than lines beside them do."""
    downs = [
        zone[one - 1].baseline - zone[one].baseline
        for one in (at - 1, at + 1)
        if 1 <= one < len(zone)
    ]
    down = zone[at - 1].baseline - zone[at].baseline
    return bool(downs) and down > LEADING * min(downs)


def _placed(block: Block, zone: Sequence[Piece], page: Page) -> Paragraph:
    """The block with PDFium's indices for origins, and without columns: a page has none."""
    first, last = (
        next(piece for piece in zone if piece.start <= block.origin[at] < piece.end)
        for at in (0, -1)
    )
    in_pdf = Block(
        block.text,
        replace(block.place, column=None),
        tuple(replace(line, column=None) for line in block.lines),
        tuple(page.index[offset] for offset in block.origin),
    )
    return Paragraph(in_pdf, first, last)
