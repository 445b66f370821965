"""Paragraphs from lines, where layout has broken the text: plain text and PDF."""

from __future__ import annotations

import bisect
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import regex

from edubias.records import Block, LineStart, Place

FULL = 0.75
"""A line of this share of the widest one's width was broken by layout, not by its author."""

_TERMINAL = tuple('。！？!?.：:；;”’"」』）)')
ITEM = regex.compile(
    r"\s*(?:[-*•·●○■□◆▪–]\s|[(（]?\d{1,3}[)）.．、](?=\s*\S)|[(（][一二三四五六七八九十]{1,3}[)）]"
    r"|[一二三四五六七八九十]{1,3}、|[①-⑳]|[A-H][.．、]|第[一二三四五六七八九十百\d]+[章节课单元])"
)
"""Begins an item of a list, or a heading that is numbered."""

_INDENT = regex.compile(r"　{1,4}\S|\s{2,}\S|\t")
_HYPHEN = regex.compile(r"\p{L}[-\u00ad\u2010]$")


@dataclass(frozen=True)
class Line:
    """A line as it stands in its source.

    Attributes:
        text: The line without its break.
        number: Its number, from 1.
        start: Offset of its first character in the source.
    """

    text: str
    number: int
    start: int


def lines_of(text: str) -> list[Line]:
    r"""Lines of a text; ``\\r\\n``, ``\\r`` and ``\\n`` break them."""
    found = []
    start = 0
    for number, match in enumerate(regex.finditer(r"\r\n|\r|\n|\f|$", text), start=1):
        found.append(Line(text[start : match.start()], number, start))
        start = match.end()
    return found


def width(text: str) -> int:
    """Columns that a text takes: full-width characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def paragraphs(lines: Iterable[Line], place: Place) -> list[Block]:
    """Join lines that layout has broken.

    An empty line ends a paragraph; so does a line that is shorter than the widest ones, unless the
    next one goes on in lower case; an indented line or an item of a list begins one.

    Args:
        lines: The lines, in order.
        place: Where they stand; the line and column of each block are added.
    """
    lines = list(lines)
    widest = max((width(line.text.strip()) for line in lines), default=0)
    groups: list[list[Line]] = []
    before: Line | None = None
    for line in lines:
        if not line.text.strip():
            before = None
            continue
        if before is None or not _continues(before.text, line.text, widest):
            groups.append([])
        groups[-1].append(line)
        before = line
    return [_joined(group, place) for group in groups]


def _continues(before: str, line: str, widest: int) -> bool:
    if ITEM.match(line) or (_INDENT.match(line) and not _INDENT.match(before)):
        return False
    if width(before.strip()) >= FULL * widest:
        return True
    return line.lstrip()[:1].islower() and not before.rstrip().endswith(_TERMINAL)


def _joined(lines: Sequence[Line], place: Place) -> Block:
    text = ""
    origin: list[int] = []
    for line in lines:
        stripped = line.text.strip()
        first = line.start + line.text.index(stripped)
        if text:
            if _HYPHEN.search(text):
                if stripped[:1].islower():  # a word that was broken; "Anglo-Saxon" keeps its hyphen
                    text, origin = text[:-1], origin[:-1]
            elif not (tight(text[-1]) or tight(stripped[0])):
                text += " "
                origin.append(origin[-1] + 1)
        text += stripped
        origin += range(first, first + len(stripped))
    return block_at(text, origin, [(line.start, line.number) for line in lines], place)


def tight(char: str) -> bool:
    """Whether no space stands beside this character when lines are joined."""
    return unicodedata.east_asian_width(char) in "WF" or "　" <= char <= "〿"


def block_at(
    text: str, origin: Sequence[int], line_starts: Sequence[tuple[int, int]], place: Place
) -> Block:
    """A block that knows its lines and columns.

    Args:
        text: Its text.
        origin: Offset in the source of each character, rising.
        line_starts: Offset and number of lines of the source, rising, the first before the text.
        place: Where the source stands in the document.
    """
    found: list[LineStart] = []
    for position, source in enumerate(origin):
        after = bisect.bisect_right(line_starts, source, key=lambda start: start[0])
        offset, number = line_starts[after - 1]
        if not found or found[-1].line != number:
            found.append(LineStart(position, number, source - offset + 1))
    block = Block(text, place, tuple(found), tuple(origin))
    return Block(text, block.place_at(0), block.lines, block.origin)
