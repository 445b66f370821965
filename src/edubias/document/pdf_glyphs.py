"""Characters of a page of a PDF as PDFium knows them, and their boxes.

Boxes are told in the direction of their text, so that whoever reads a page need not know how it, or
a table on it, is turned. On the sheet they are in the PDF's own coordinates, whatever crop box and
rotation the page has.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import regex

SAME_ROW = 0.3
"""Two boxes stand in one row where they overlap by this share of the lower one's height."""

REPLACEMENT = "\ufffd"
"""Stands for what the font gives no character for."""

HYPHEN = "\x02\ufffe"
"""What PDFium puts for a hyphen at the end of a line, whose break it then leaves out."""

_SPECIAL = regex.compile(r"[\x00-\x1f\x7f\xad\ud800-\udfff\ufffd-\uffff]")
_PAIR_OR_ONE = regex.compile(r"[\ud800-\udbff][\udc00-\udfff]|.", regex.DOTALL)


class Box(NamedTuple):
    """A box in the direction of its text: left is where the text begins, top is above it."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def height(self) -> float:
        """How high it is."""
        return self.top - self.bottom

    def beside(self, other: Box) -> bool:
        """Whether both stand in one row."""
        overlap = min(self.top, other.top) - max(self.bottom, other.bottom)
        lower = min(self.height, other.height)
        return overlap > SAME_ROW * lower

    def around(self, other: Box) -> Box:
        """The box that holds both."""
        return Box(
            min(self.left, other.left),
            min(self.bottom, other.bottom),
            max(self.right, other.right),
            max(self.top, other.top),
        )

    def turned(self, turn: int) -> Box:
        """A box of the sheet in the direction of a text turned so far."""
        x0, y0 = _turned(self.left, self.bottom, turn)
        x1, y1 = _turned(self.right, self.top, turn)
        return Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))

    def on_sheet(self, turn: int) -> list[tuple[float, float]]:
        """Corners on the sheet: top left, top right, bottom left, bottom right of the text."""
        corners = [(x, y) for y in (self.top, self.bottom) for x in (self.left, self.right)]
        return [_turned(x, y, -turn) for x, y in corners]


def pdfium() -> Any:
    """pypdfium2: imported late, as edubias works without it."""
    import pypdfium2

    return pypdfium2


class Glyphs:
    """What PDFium knows of the characters of a page.

    Args:
        textpage: pypdfium2's text page.
    """

    def __init__(self, textpage: Any) -> None:
        self._pdfium: Any = pdfium().raw
        self._textpage = textpage  # Keeps the page open.
        self._page = textpage.raw
        self._rect = self._pdfium.FS_RECTF()
        self._matrix = self._pdfium.FS_MATRIX()
        self.count: int = textpage.count_chars()

    def codes(self) -> str:
        """One code for each character, by its index; NUL where there is none."""
        code = self._pdfium.FPDFText_GetUnicode
        return "".join([chr(code(self._page, index)) for index in range(self.count)])

    def turn(self, index: int) -> int:
        """Quarters of a turn, clockwise, nearest to the angle of a character."""
        angle: float = self._pdfium.FPDFText_GetCharAngle(self._page, index)
        return round(angle / (math.pi / 2)) % 4

    def box(self, index: int, turn: int) -> Box:
        """Box of a character in the direction of a text turned so far.

        It is as high as the font, not as the letter: the tight one has no height where the font is
        neither embedded nor installed.
        """
        rect = self._rect
        self._pdfium.FPDFText_GetLooseCharBox(self._page, index, rect)
        box = Box(rect.left, rect.bottom, rect.right, rect.top)
        return box.turned(turn) if turn else box

    def sheet(self) -> Box:
        """The part of the sheet that is shown: its crop box, as far as it has paper."""
        return Box(*self._textpage.page.get_bbox())

    def baseline(self, index: int, turn: int) -> float:
        """Height of the line that a character is written on."""
        self._pdfium.FPDFText_GetMatrix(self._page, index, self._matrix)
        return _turned(self._matrix.e, self._matrix.f, turn)[1]

    def size(self, index: int) -> float:
        """Height of an em."""
        self._pdfium.FPDFText_GetMatrix(self._page, index, self._matrix)
        scale = math.hypot(self._matrix.c, self._matrix.d)
        return scale * float(self._pdfium.FPDFText_GetFontSize(self._page, index))

    def is_inserted(self, index: int) -> bool:
        """Whether PDFium has put in a character that the page does not draw."""
        return bool(self._pdfium.FPDFText_IsGenerated(self._page, index) == 1)


def _turned(x: float, y: float, turn: int) -> tuple[float, float]:
    """A point of the sheet in the direction of a text turned so far."""
    return ((x, y), (-y, x), (-x, -y), (y, -x))[turn % 4]


def characters(codes: str) -> Iterator[tuple[int, str]]:
    """Characters that the codes of a word stand for, each with the offset of its code.

    PDFium gives the halves of a surrogate pair as two characters: they are put together. Soft
    hyphens within the word are left out.
    """
    if not _SPECIAL.search(codes):
        yield from enumerate(codes)
        return
    for match in _PAIR_OR_ONE.finditer(codes):
        code = match.group()
        if len(code) == 2:
            yield match.start(), code.encode("utf-16", "surrogatepass").decode("utf-16")
        elif code in HYPHEN:
            yield match.start(), "-"
        elif code != "\xad":
            yield match.start(), REPLACEMENT if _SPECIAL.match(code) else code
        elif match.end() == len(codes):
            yield match.start(), code
