"""Pieces of the lines on a page of a PDF.

PDFium gives a page's characters in the order in which the page draws them, with breaks and spaces
of its own where it sees gaps. A gap may as well be the one between two columns, and what follows
one may stand in another line: PDFium's lines are cut wherever the boxes beside a space say so, and
``edubias.document.pdf_columns`` puts together again what belongs together. Only characters beside
spaces and breaks are asked for their boxes, as asking takes time.

Does not know vertical writing: each vertical line is taken for a paragraph.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import regex

from edubias.document.pdf_glyphs import HYPHEN, REPLACEMENT, Box, Glyphs, characters

WIDE_GAP = 0.9
"""A gap of so many ems is wide: in a justified line spaces may grow, but hardly so far."""

SIZES = 1.12
"""Headings and notes differ from the text by this factor at least."""

_SHARED = "“”‘’…—·"
"""Punctuation that Chinese and English have in common."""

_WORD = regex.compile(rf"[^\s{HYPHEN}]*[{HYPHEN}]|[^\s{HYPHEN}]+")
_LINE = regex.compile(r"[^\r\n]+")


@dataclass(frozen=True)
class Piece:
    """A line, or what stands of it between two wide gaps.

    Attributes:
        start: Offset of its first character in the page's text.
        end: Offset after its last one.
        box: Where it stands.
        baseline: Height of the line it is written on.
        size: Height of an em of its letters.
        turn: Quarters of a turn, clockwise, by which its text is turned on the sheet.
        cut: Whether PDFium has it in one line with the piece before.
        gap: Whether it stands in one row with the piece before, after a wide gap.
    """

    start: int
    end: int
    box: Box
    baseline: float
    size: float
    turn: int
    cut: bool
    gap: bool


@dataclass(frozen=True)
class Page:
    """A page as it was read.

    Attributes:
        number: Its number, from 1.
        text: Its text, in which something stands between any two pieces.
        index: For each character of the text its index in PDFium's text page.
        pieces: The pieces of its lines, in the order in which they are drawn.
        unmapped: How many characters the fonts give none for.
        sheet: The part of the sheet that is shown.
    """

    number: int
    text: str
    index: tuple[int, ...]
    pieces: tuple[Piece, ...]
    unmapped: int
    sheet: Box

    def extent(self, turn: int) -> Box:
        """The part of the sheet that is shown, in the direction of a text turned so far."""
        return self.sheet.turned(turn)


def read_page(textpage: Any, number: int) -> Page:
    """The text of a page, and the pieces of its lines.

    Args:
        textpage: pypdfium2's text page.
        number: Number of the page, from 1.
    """
    reader = _Reader(Glyphs(textpage))
    for line in _LINE.finditer(reader.codes):
        reader.read_line(*line.span())
    text = "".join(reader.chars)
    sheet = reader.glyphs.sheet()
    shown = [piece for piece in reader.pieces if _is_shown(piece, sheet)]
    return Page(number, text, tuple(reader.index), tuple(shown), text.count(REPLACEMENT), sheet)


def _is_shown(piece: Piece, sheet: Box) -> bool:
    """Whether a piece stands within the part of the sheet that is shown, or most of it does."""
    box, page = piece.box, sheet.turned(piece.turn)
    x, y = (box.left + box.right) / 2, (box.bottom + box.top) / 2
    return page.left <= x <= page.right and page.bottom <= y <= page.top


class _Reader:
    """Gathers the text of a page, and its pieces, word by word."""

    def __init__(self, glyphs: Glyphs) -> None:
        self.glyphs = glyphs
        self.codes = glyphs.codes()
        self.chars: list[str] = []
        self.index: list[int] = []
        self.pieces: list[Piece] = []

    def read_line(self, start: int, end: int) -> None:
        """Add one of PDFium's lines, given by half-open offsets."""
        words = [match.span() for match in _WORD.finditer(self.codes, start, end)]
        if not words:
            return
        turn = self.glyphs.turn(words[0][0])
        first, offset, cut, gap = words[0][0], len(self.chars), False, False
        self._word(*words[0])
        for (_, before), (begin, stop) in pairwise(words):
            last, box = self.glyphs.box(before - 1, turn), self.glyphs.box(begin, turn)
            in_row = last.beside(box) and box.left >= last.left
            # A small number beside a line stands closer to it than columns do to each other.
            number = self.codes[first:before].isdecimal() and last.height < box.height
            beside = (last, before - 1) if number else (box, begin)
            wide = in_row and self._is_wide(box.left - last.right, *beside)
            if in_row and not wide:
                self._space(before, begin)
            else:
                self._close(offset, (first, before), turn, cut, gap)
                self._put(" " if in_row else "\n", before)
                first, offset, cut, gap = begin, len(self.chars), True, wide
            self._word(begin, stop)
        self._close(offset, (first, words[-1][1]), turn, cut, gap)
        self._put("\n", min(end, self.glyphs.count - 1))

    def _is_wide(self, gap: float, box: Box, index: int) -> bool:
        """Whether a gap is wide, for the letters of a character beside it."""
        if gap < box.height / 2:  # Spares most gaps the look for the size.
            return False
        return gap > WIDE_GAP * self.glyphs.size(index)

    def _close(self, offset: int, span: tuple[int, int], turn: int, cut: bool, gap: bool) -> None:
        """Make a piece of the characters since an offset."""
        first, last = span[0], span[1] - 1
        box = self.glyphs.box(first, turn).around(self.glyphs.box(last, turn))
        # A number or a mark at one end may be smaller than the letters, and raised.
        size, typical = max((self.glyphs.size(index), -index) for index in (first, last))
        baseline = self.glyphs.baseline(-typical, turn)
        self.pieces.append(Piece(offset, len(self.chars), box, baseline, size, turn, cut, gap))

    def _put(self, char: str, index: int) -> None:
        self.chars.append(char)
        self.index.append(index)

    def _space(self, start: int, end: int) -> None:
        """Add the spaces between two words, without those that PDFium sees in spaced Chinese."""
        chinese = _chinese(self.codes[start - 1] + self.codes[end])
        for index in range(start, end):
            if not (chinese and self.glyphs.is_inserted(index)):
                self._put(self.codes[index], index)

    def _word(self, start: int, end: int) -> None:
        for offset, char in characters(self.codes[start:end]):
            self._put(char, start + offset)


def _chinese(pair: str) -> bool:
    """Whether two characters follow each other in Chinese text, where nobody writes a space."""
    wide = [char for char in pair if unicodedata.east_asian_width(char) in "WF"]
    return bool(wide) and all(char in wide or char in _SHARED for char in pair)
