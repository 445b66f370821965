"""Paragraphs that a page break or a large first letter parts, put together again.

A paragraph that goes on on the next page would be two texts, and each would be judged alone: ``Some
say that girls can't do mathematics,`` and ``which has no foundation at all.`` They are joined only
where nothing speaks against it, as what is glued is as hard to judge as what is torn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import regex

from edubias.document.lines import FULL, ITEM, tight
from edubias.document.pdf_indents import INDENT
from edubias.document.pdf_page import SIZES, Page, Piece
from edubias.records import Block, LineStart

OUTER = 0.4
"""A text that goes on ends in the lowest of these shares of its page, and begins in the highest."""

INITIAL = 2.0
"""A large first letter is so many times as high as the text."""

ENDS = regex.compile(r"[。！？!?.…⋯:：;；][”’」』）)\"'\]】]*\s*$")
"""The end of a text that is over."""

_STOP = regex.compile(r"[。！？!?.]")
_COMMA_ENDS = regex.compile(r"[，、,]\s*$")
_HYPHEN_ENDS = regex.compile(r"\p{L}[-\u00ad\u2010]$")
_LETTER = regex.compile(r"[\p{L}--[AI]]", regex.V1)
"""``A`` and ``I`` may be words of their own."""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph and where its ends stand.

    Attributes:
        block: The paragraph.
        first: Its first line.
        last: Its last line.
    """

    block: Block
    first: Piece
    last: Piece


def with_initials(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """Paragraphs of a page, with large first letters put before what they begin."""
    found: list[Paragraph] = []
    for paragraph in paragraphs:
        before = found[-1] if found else None
        if before is not None and _is_initial(before, paragraph):
            found[-1] = Paragraph(
                _with_letter(before.block, paragraph.block), paragraph.first, paragraph.last
            )
        else:
            found.append(paragraph)
    return found


def _is_initial(letter: Paragraph, text: Paragraph) -> bool:
    big, line = letter.first, text.first
    return (
        _LETTER.fullmatch(letter.block.text) is not None
        and text.block.text[:1].islower()
        and big.turn == line.turn
        and big.size >= INITIAL * line.size
        and big.box.beside(line.box)
        and abs(line.box.left - big.box.right) < line.size
    )


def _with_letter(letter: Block, text: Block) -> Block:
    lines = tuple(
        replace(one, offset=one.offset + 1 if at else 0) for at, one in enumerate(text.lines)
    )
    return Block(letter.text + text.text, text.place, lines, letter.origin + text.origin)


def goes_on(
    page: Page,
    pieces: Sequence[Piece],
    last: Paragraph,
    next_page: Page,
    next_pieces: Sequence[Piece],
    first: Paragraph,
) -> bool:
    """Whether the last paragraph of a page surely goes on in the first one of the next page.

    Args:
        page: The page.
        pieces: Pieces of its text.
        last: Its last paragraph.
        next_page: The next page.
        next_pieces: Pieces of its text.
        first: Its first paragraph.
    """
    end, begin = last.last, first.first
    if next_page.number != page.number + 1 or end.turn != begin.turn:
        return False
    text, after = last.block.text, first.block.text
    small, big = sorted((end.size, begin.size))
    if big > SIZES * small or ENDS.search(text) or ITEM.match(after):
        return False
    if not (_STOP.search(text) or _STOP.search(after)):  # No sentences: a poem, a list.
        return False
    widths = [one.box.right - one.box.left for one in _alike(pieces, end)]
    if end.box.right - end.box.left < FULL * max(widths):
        return False
    margin = min(one.box.left for one in _alike(next_pieces, begin))
    if begin.box.left > margin + INDENT * begin.size or not _outermost(page, end, next_page, begin):
        return False
    if after[:1].islower() or _COMMA_ENDS.search(text):
        return True
    # A heading at the end of a page has one line, and one at the beginning does not end in a stop.
    is_text = len(last.block.lines) > 1 and last.block.lines[-1].offset > 0
    return is_text and (len(first.block.lines) > 1 or ENDS.search(after) is not None)


def _alike(pieces: Sequence[Piece], line: Piece) -> list[Piece]:
    """Pieces that are set like a line, which is one of them."""
    return [
        one
        for one in pieces
        if one.turn == line.turn and 1 / SIZES <= one.size / line.size <= SIZES
    ] + [line]


def _outermost(page: Page, end: Piece, next_page: Page, begin: Piece) -> bool:
    here, there = page.extent(end.turn), next_page.extent(begin.turn)
    low = here.bottom + OUTER * (here.top - here.bottom)
    high = there.top - OUTER * (there.top - there.bottom)
    return end.baseline < low and begin.baseline > high


def over_pages(before: Block, after: Block) -> Block:
    """A paragraph that runs over pages."""
    text, origin = before.text, before.origin
    if _HYPHEN_ENDS.search(text):
        if after.text[:1].islower():
            text, origin = text[:-1], origin[:-1]
    elif not (tight(text[-1]) or tight(after.text[0])):
        text, origin = text + " ", (*origin, origin[-1])
    starts = (*_starts(before, 0), *_starts(after, len(text)))
    return Block(text + after.text, before.place, starts, origin + after.origin)


def _starts(block: Block, offset: int) -> list[LineStart]:
    """Lines of a block that begins at an offset, each with its page."""
    return [
        replace(one, offset=one.offset + offset, page=one.page or block.place.page)
        for one in block.lines
    ]
