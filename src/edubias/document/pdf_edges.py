"""Rows at the edges of a page of a PDF, where running heads and page numbers stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import regex

from edubias.document.pdf_page import SIZES, Page, Piece

DEEPEST = 2
"""So many rows may stand above or below each other in the margin."""

CLOSE = 2.0
"""Ems by which they may be apart; what stands further from a head is the text below it."""

USUAL_LEADING = 1.6
"""Distance of lines, in ems, where a page has too few to tell its own."""

LOOSE = 1.25
"""Rows that are this many times further apart than lines are do not go on in each other."""

SAME_LEFT = 2.5
"""Ems by which the lines of a text may be indented."""

_ROMAN = (
    r"(?=[ivxlc])c{0,3}(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})"
    r"|(?=[IVXLC])C{0,3}(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
)
_PAGE_NUMBER = regex.compile(
    rf"[\s\p{{P}}|]*(?i:page|第)?\s*(?:\d{{1,4}}|{_ROMAN})\s*页?"
    r"(?:\s*(?:/|(?i:of)|，|,)?\s*共?\s*\d{1,4}\s*页?)?[\s\p{P}|]*"
)
_DIGITS = regex.compile(r"\d+")
_SPACES = regex.compile(r"\s+")
_SENTENCE_ENDS = regex.compile(r"[。！？!?.…][”’」』）)\"']*\s*$")


@dataclass(frozen=True)
class Row:
    """What stands in one row at the edge of a page.

    Attributes:
        pieces: Its pieces, from left to right.
        numbers: Those of them that are page numbers standing apart.
        key: What it has in common with those of other pages: its text but for spaces and digits.
        shifts: How far the numbers that stand apart at its ends are ahead of the page's.
        is_number: Whether it is a page number and nothing else.
        ends_sentence: Whether its last words end like a sentence.
    """

    pieces: tuple[Piece, ...]
    numbers: tuple[Piece, ...]
    key: str
    shifts: frozenset[int]
    is_number: bool
    ends_sentence: bool

    @property
    def words(self) -> tuple[Piece, ...]:
        """Its pieces but for page numbers."""
        return tuple(piece for piece in self.pieces if piece not in self.numbers)

    def close_to(self, other: Row) -> bool:
        """Whether both may stand in one margin."""
        one, another = self.pieces[0], other.pieces[0]
        return abs(one.baseline - another.baseline) <= CLOSE * one.size

    def goes_on_in(self, other: Row, leading: float | None) -> bool:
        """Whether this row is a line of the text that the other one is a line of.

        Args:
            other: The next row towards the middle of the page.
            leading: Distance of lines on the page, where it is known.
        """
        for one in self.words:
            usual = USUAL_LEADING * one.size if leading is None else leading
            for another in other.words:
                small, big = sorted((one.size, another.size))
                if (
                    big <= SIZES * small
                    and abs(one.baseline - another.baseline) <= LOOSE * usual
                    and (
                        self.ends_sentence
                        or abs(one.box.left - another.box.left) <= SAME_LEFT * one.size
                    )
                ):
                    return True
        return False


def main_turn(pieces: Sequence[Piece]) -> int:
    """The turn that most of the text has."""
    turns: Counter[int] = Counter()
    for piece in pieces:
        turns[piece.turn] += piece.end - piece.start
    return turns.most_common(1)[0][0] if turns else 0


def leading_of(page: Page) -> float | None:
    """Distance of lines that is usual on a page; None where it has too few to tell."""
    downs = [
        above.baseline - below.baseline
        for above, below in pairwise(page.pieces)
        if above.turn == below.turn
        and 0 < above.baseline - below.baseline < 2 * USUAL_LEADING * below.size
    ]
    return median(downs) if len(downs) > 2 else None


def outer_rows(page: Page, bottom: bool) -> list[Row]:
    """The outermost rows of a page, the outermost first: those of its margin, and one more."""
    main = main_turn(page.pieces)
    left = [line for line in _lines(page.pieces) if line[0].turn == main]
    rows: list[Row] = []
    while left and len(rows) <= DEEPEST:
        pieces = [piece for line in left for piece in line]
        outermost = (
            min(pieces, key=lambda piece: piece.box.bottom)
            if bottom
            else max(pieces, key=lambda piece: piece.box.top)
        )
        inside = [any(piece.box.beside(outermost.box) for piece in line) for line in left]
        row = [piece for line, is_in in zip(left, inside, strict=True) if is_in for piece in line]
        left = [line for line, is_in in zip(left, inside, strict=True) if not is_in]
        rows.append(_row(page, sorted(row, key=lambda piece: piece.box.left)))
    return rows


def _lines(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Pieces that wide gaps part, together: in a row that is not level only neighbours overlap."""
    lines: list[list[Piece]] = []
    for piece in pieces:
        if piece.gap and lines:
            lines[-1].append(piece)
        else:
            lines.append([piece])
    return lines


def _row(page: Page, pieces: Sequence[Piece]) -> Row:
    texts = [page.text[piece.start : piece.end] for piece in pieces]
    text = " ".join(texts)
    numbers = [p for p, one in zip(pieces, texts, strict=True) if _PAGE_NUMBER.fullmatch(one)]
    words = [one for p, one in zip(pieces, texts, strict=True) if p not in numbers]
    return Row(
        tuple(pieces),
        tuple(numbers),
        key_of(text),
        frozenset(_shifts(page, texts)),
        _PAGE_NUMBER.fullmatch(text) is not None,
        _SENTENCE_ENDS.search(words[-1] if words else "") is not None,
    )


def key_of(text: str) -> str:
    """A text but for its spaces and digits."""
    return _SPACES.sub("", _DIGITS.sub("", text))


def _shifts(page: Page, texts: Sequence[str]) -> Iterator[int]:
    """How far the numbers that stand apart at the ends of a row are ahead of the page's."""
    for text in (texts[0], texts[-1]):
        if len(texts) > 1 and _PAGE_NUMBER.fullmatch(text) and (number := _DIGITS.search(text)):
            yield int(number.group()) - page.number
