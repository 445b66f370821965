"""Running heads, running feet and page numbers: lines at a page's edge that belong to no text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from edubias.document.pdf_page import Page, Piece

FEWEST_PAGES = 3
"""A line that fewer pages have is no running head."""

DEEPEST = 2
"""So many lines may stand above or below each other in the margin."""

CLOSE = 2.0
"""Ems by which they may be apart; what stands further from a head is the text below it."""

_PAGE_NUMBER = regex.compile(
    r"[\s\p{P}|]*(?:page|第)?\s*(?:\d{1,4}|[ivxlc]{1,8})\s*页?"
    r"(?:\s*(?:/|of|，|,)?\s*共?\s*\d{1,4}\s*页?)?[\s\p{P}|]*",
    regex.IGNORECASE,
)
_DIGITS = regex.compile(r"\d+")
_SPACES = regex.compile(r"\s+")


@dataclass(frozen=True)
class _Row:
    """A line at the edge of a page.

    Attributes:
        pieces: Its pieces.
        key: What it has in common with those of other pages: its text but for spaces and digits.
        shifts: How far the numbers that stand apart at its ends are ahead of the page's.
        is_number: Whether it is a page number and nothing else.
    """

    pieces: tuple[Piece, ...]
    key: str
    shifts: frozenset[int]
    is_number: bool


def without_margins(pages: Sequence[Page]) -> list[list[Piece]]:
    """Pieces of each page but for those of its running head and foot.

    A head is the topmost line of a page, or the one below another head, where it is one of these:

    - a bare page number;
    - a line that stands there, but for its digits, on at least three pages and on more than half of
      those with text, or of the left or the right ones, which in books have heads of their own;
    - a line at an end of which the page number stands apart, where on so many pages one does.

    Args:
        pages: All pages of a document.
    """
    bodies = [list(page.pieces) for page in pages]
    with_text = [page for page in pages if page.pieces]
    for bottom in (False, True):
        rows = {page.number: _outer_rows(page, bottom) for page in with_text}
        keys = _common(with_text, {n: {row.key for row in rows[n]} for n in rows})
        shifts = _common(with_text, {n: {s for row in rows[n] for s in row.shifts} for n in rows})
        for page, body in zip(pages, bodies, strict=True):
            parity = page.number % 2
            for row in rows.get(page.number, ()):
                numbered = any((parity, shift) in shifts for shift in row.shifts)
                if not (row.is_number or numbered or (parity, row.key) in keys):
                    break
                body[:] = [piece for piece in body if piece not in row.pieces]
    return bodies


def main_turn(pieces: Sequence[Piece]) -> int:
    """The turn that most of the text has."""
    turns: Counter[int] = Counter()
    for piece in pieces:
        turns[piece.turn] += piece.end - piece.start
    return turns.most_common(1)[0][0] if turns else 0


def _outer_rows(page: Page, bottom: bool) -> list[_Row]:
    """The outermost rows of a page, the outermost first."""
    main = main_turn(page.pieces)
    left = [piece for piece in page.pieces if piece.turn == main]
    rows: list[_Row] = []
    while left and len(rows) < DEEPEST:
        outermost = (
            min(left, key=lambda piece: piece.box.bottom)
            if bottom
            else max(left, key=lambda piece: piece.box.top)
        )
        pieces = [piece for piece in left if piece.box.beside(outermost.box)]
        left = [piece for piece in left if piece not in pieces]
        if rows and abs(rows[-1].pieces[0].baseline - outermost.baseline) > CLOSE * outermost.size:
            break
        pieces.sort(key=lambda piece: piece.box.left)
        texts = [page.text[piece.start : piece.end] for piece in pieces]
        text = " ".join(texts)
        rows.append(
            _Row(
                tuple(pieces),
                _SPACES.sub("", _DIGITS.sub("", text)),
                frozenset(_shifts(page, texts)),
                _PAGE_NUMBER.fullmatch(text) is not None,
            )
        )
    return rows


def _shifts(page: Page, texts: Sequence[str]) -> Iterator[int]:
    """How far the numbers that stand apart at the ends of a row are ahead of the page's."""
    for text in (texts[0], texts[-1]):
        if len(texts) > 1 and _PAGE_NUMBER.fullmatch(text) and (number := _DIGITS.search(text)):
            yield int(number.group()) - page.number


def _common(pages: Sequence[Page], found: dict[int, set[str]] | dict[int, set[int]]) -> set[object]:
    """What so many pages have that it is no chance, each with the parity of its pages."""
    total = Counter(page.number % 2 for page in pages)
    counts = Counter((number % 2, one) for number, ones in found.items() for one in ones)
    common: set[object] = set()
    for one in {one for _, one in counts}:
        here = {parity: counts[parity, one] for parity in (0, 1)}
        everywhere = _enough(sum(here.values()), total.total())
        common |= {(p, one) for p in (0, 1) if everywhere or _enough(here[p], total[p])}
    return common


def _enough(pages: int, of: int) -> bool:
    return pages >= FEWEST_PAGES and pages > of / 2
