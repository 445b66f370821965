"""Running heads, running feet and page numbers: lines at a page's edge that belong to no text.

They are taken out of the text, where they would tear sentences. But a title at the head of every
page may say what no editor should miss, and what recurs may as well be the refrain of a poem. So of
all the pages that have the same line the first one keeps it, unless the text says it too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import regex

from edubias.document.pdf_edges import DEEPEST, Row, key_of, leading_of, outer_rows
from edubias.document.pdf_page import Page, Piece

FEWEST_PAGES = 3
"""A line that fewer pages have is no running head."""

_LETTER = regex.compile(r"\p{L}")


@dataclass
class Body:
    """What is to be read of a page.

    Attributes:
        pieces: The pieces of its text.
        heads: Running heads that no page before has, each as its pieces.
        feet: Running feet that no page before has, likewise.
        only_margins: Whether the text is nothing but such lines.
    """

    pieces: list[Piece]
    heads: list[tuple[Piece, ...]] = field(default_factory=list)
    feet: list[tuple[Piece, ...]] = field(default_factory=list)
    only_margins: bool = False


Rows = dict[int, list[Row]]
"""Rows by the number of their page."""


def without_margins(pages: Sequence[Page]) -> list[Body]:
    """The text of each page, with its running head and foot apart.

    A head is the topmost line of a page, or the one below another head, where it is one of these:

    - a bare page number;
    - a line that stands there, but for its digits, on at least three pages and on more than half of
      those with text, or of the left or the right ones, which in books have heads of their own;
    - a line at an end of which the page number stands apart, where on so many pages one does.

    It is none where the text goes on in the line below, at the distance of its lines. A page of
    nothing but such lines keeps all but their numbers.

    Args:
        pages: All pages of a document.
    """
    bodies = {page.number: Body(list(page.pieces)) for page in pages}
    with_text = [page for page in pages if page.pieces]
    heads, feet = (_margins(with_text, bodies, bottom) for bottom in (False, True))
    for page in with_text:
        body = bodies[page.number]
        if not body.pieces:
            rows = heads.pop(page.number, []) + feet.pop(page.number, [])
            words = {piece.start for row in rows for piece in row.words}
            body.pieces = [piece for piece in page.pieces if piece.start in words]
            body.only_margins = True
    _keep_first_ones(with_text, bodies, heads, feet)
    return [bodies[page.number] for page in pages]


def _margins(pages: Sequence[Page], bodies: dict[int, Body], bottom: bool) -> Rows:
    """Running heads, or feet, which are taken out of the bodies."""
    rows = {page.number: outer_rows(page, bottom) for page in pages}
    outer = {number: found[:DEEPEST] for number, found in rows.items()}
    keys = _common(pages, {n: {row.key for row in outer[n]} for n in outer})
    shifts = _common(pages, {n: {s for row in outer[n] for s in row.shifts} for n in outer})
    margins: Rows = {}
    for page in pages:
        parity, found = page.number % 2, rows[page.number]
        numbered = [any((parity, shift) in shifts for shift in row.shifts) for row in found]
        depth = 0
        for at, row in enumerate(outer[page.number]):
            common = row.is_number or numbered[at] or (parity, row.key) in keys
            if not common or (at and not row.close_to(found[at - 1])):
                break
            depth += 1
        gone: list[Piece] = []
        leading = leading_of(page) if depth else None
        while 0 < depth < len(found) and not found[depth - 1].is_number:
            if not found[depth - 1].goes_on_in(found[depth], leading):
                break
            depth -= 1
            if numbered[depth]:  # The page number stands beside a line of the text.
                gone += found[depth].numbers
        margins[page.number] = found[:depth]
        gone += [piece for row in found[:depth] for piece in row.pieces]
        body = bodies[page.number]
        body.pieces = [piece for piece in body.pieces if piece not in gone]
    return margins


def _keep_first_ones(
    pages: Sequence[Page], bodies: dict[int, Body], heads: Rows, feet: Rows
) -> None:
    """Give each page the heads and feet that neither the text nor a page before has."""
    text = "\n".join(_text(page, bodies[page.number].pieces) for page in pages)
    seen: set[str] = set()
    for page in pages:
        body = bodies[page.number]
        for rows, kept in ((heads, body.heads), (feet, body.feet)):
            for row in rows.get(page.number, ()):
                key = _text(page, row.words)
                if key not in seen and key not in text and _LETTER.search(key):
                    kept.append(row.words)
                seen.add(key)
        body.feet.reverse()


def _text(page: Page, pieces: Sequence[Piece]) -> str:
    return key_of("".join(page.text[piece.start : piece.end] for piece in pieces))


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
