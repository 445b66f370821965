"""Pinyin above Chinese text: a reading aid in primers, no text of its own.

Left in, it would part each line from the next and be judged as if it were English.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import regex

from edubias.document.pdf_page import Page, Piece

SMALLER = 0.65
"""Pinyin has at most this share of the size of the characters below it."""

NEAR = 2.0
"""Greatest distance of their baselines, in ems of the characters."""

_HAN = regex.compile(r"\p{Han}")
_SYLLABLES = regex.compile(
    r"(?:(?:[bpmfdtnlgkhjqxrzcsyw]|[zcs]h)?[aeiouv]{1,3}(?:ng?|r)?[\s'’,.，。!?]*)+"
)


def without_pinyin(page: Page, pieces: Sequence[Piece]) -> list[Piece]:
    """Pieces of a page but for pinyin that stands above Chinese text.

    Args:
        page: The page.
        pieces: Pieces of its lines.
    """
    chinese = [piece for piece in pieces if _HAN.search(page.text, piece.start, piece.end)]
    if not chinese:
        return list(pieces)
    biggest = max(piece.size for piece in chinese)
    return [
        piece
        for piece in pieces
        if piece.size > SMALLER * biggest
        or not any(_stands_above(piece, one) for one in chinese)
        or not _is_pinyin(page.text[piece.start : piece.end])
    ]


def _stands_above(piece: Piece, chinese: Piece) -> bool:
    return (
        piece.turn == chinese.turn
        and piece.size <= SMALLER * chinese.size
        and 0 < piece.baseline - chinese.baseline < NEAR * chinese.size
        and piece.box.left > chinese.box.left - chinese.size
        and piece.box.right < chinese.box.right + chinese.size
    )


def _is_pinyin(text: str) -> bool:
    parted = unicodedata.normalize("NFD", text.lower())  # Letters and their tone marks.
    letters = "".join(char for char in parted if not unicodedata.combining(char))
    return _SYLLABLES.fullmatch(letters.strip()) is not None
