"""Paragraphs from lines, where layout has broken the text: plain text and PDF."""

from __future__ import annotations

import bisect
import itertools
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import regex

from edubias.document.items import ITEM as ITEM
from edubias.document.items import begins_item
from edubias.document.verse import broken_by_author, in_list_of_words
from edubias.records import Block, LineStart, Place

FULL = 0.75
"""A line of this share of the widest one's width was broken by layout, not by its author."""

PART = 0.4
"""A line of a smaller share is not continued by one in lower case either: it is of a list.

That is a share of the widest line near it, as a table may be far wider than the text.
"""

LONGEST_WORD = 80
"""Characters at the end of a line that a broken word may have."""

_TERMINAL = tuple('。！？!?.：:；;”’"」』）)')
_INDENT = regex.compile(r"　{1,4}\S|\s{2,}\S|\t")
_CHINESE_INDENT = regex.compile(r"　　\S")
_SOFT_HYPHEN = "\u00ad"
_HYPHEN = regex.compile(r"\p{L}[-\u00ad\u2010]$")
_HYPHENS = regex.compile(r"[\-\u2010]")
_WORD_BEFORE = regex.compile(r"(?<![\p{L}\-\u2010])[\p{L}\-\u2010]++$")
_WORD_AFTER = regex.compile(r"^[\p{L}\-\u2010]+")
_COMPOUND = regex.compile(r"(?<!\p{L})\p{L}++(?:[\-\u2010]\p{L}++)+")
_LEADERS = regex.compile(
    r"(?<![.．_·…‥]\s?)(?:(?:[.．_]\s?){4,}+|(?:[·…‥]\s?){3,}+)\s*(?:\d+|[ivxlc]+)\s*$"
)


@dataclass(frozen=True)
class Line:
    """A line as it stands in its source.

    Attributes:
        text: The line without its break.
        number: Its number, from 1.
        start: Offset of its first character in the source.
        column: Column of that character; not 1 after a form feed, where editors begin no new line.
    """

    text: str
    number: int
    start: int
    column: int = 1


def lines_of(text: str) -> list[Line]:
    r"""Lines of a text, ended by ``\r\n``, ``\r``, ``\n`` or, without being counted, ``\f``."""
    found: list[Line] = []
    start = begun = 0
    number = 1
    for match in regex.finditer(r"\r\n|\r|\n|\f|$", text):
        found.append(Line(text[start : match.start()], number, start, start - begun + 1))
        start = match.end()
        if match.group() != "\f":
            begun = start
            number += 1
    return found


def starts_of(lines: Iterable[Line]) -> list[tuple[int, int]]:
    """Where each line begins as editors show it, and its number."""
    return [(line.start - line.column + 1, line.number) for line in lines]


def width(text: str) -> int:
    """Columns that a text takes: full-width characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def paragraphs(lines: Iterable[Line], place: Place) -> list[Block]:
    """Join lines that layout has broken.

    An empty line ends a paragraph; so does a line that is shorter than the widest ones, unless the
    next one goes on in lower case, and an entry of a table of contents. An item of a list begins
    one; so does an indented line after one that is not, or where each paragraph has one line that
    is indented as in Chinese. Lines of verse and of lists of words are one each.

    Args:
        lines: The lines, in order.
        place: Where they stand; the line and column of each block are added.
    """
    lines = list(lines)
    widest = max((width(line.text.strip()) for line in lines), default=0)
    compounds = {found.casefold() for line in lines for found in _COMPOUND.findall(line.text)}
    return [
        _joined(group, place, compounds)
        for stretch in _stretches(lines)
        for group in _groups(stretch, widest)
    ]


def _stretches(lines: Iterable[Line]) -> list[list[Line]]:
    """Lines with no empty one between them."""
    parted = itertools.groupby(lines, key=lambda line: bool(line.text.strip()))
    return [list(stretch) for filled, stretch in parted if filled]


def _groups(stretch: Sequence[Line], widest: int) -> list[list[Line]]:
    """Lines of a stretch, by paragraph."""
    texts = [line.text for line in stretch]
    near = max(width(text.strip()) for text in texts)
    if broken_by_author(texts):
        return [[line] for line in stretch]
    firsts = [0]
    for at in range(1, len(texts)):
        if not _continues(texts, at, firsts[-1], (near, widest)):
            firsts.append(at)
    return [list(stretch[start:end]) for start, end in itertools.pairwise([*firsts, len(texts)])]


def _continues(texts: Sequence[str], at: int, first: int, widest: tuple[int, int]) -> bool:
    """Whether a line goes on the paragraph that another began; widest: near it, and of all."""
    before, line = texts[at - 1], texts[at]
    near, everywhere = widest
    taken = width(before.strip())
    if _INDENT.match(line) and not _INDENT.match(before):
        return False
    if at - 1 == first and _both_begin(before, line):
        return False
    if _LEADERS.search(before) or begins_item(texts, at, first, taken >= FULL * near):
        return False
    if in_list_of_words(texts, at):
        return False
    if taken >= FULL * everywhere:
        return True
    if not line.lstrip()[:1].islower() or before.rstrip().endswith(_TERMINAL):
        return False
    return taken >= PART * near or _HYPHEN.search(before.rstrip()) is not None


def _both_begin(before: str, line: str) -> bool:
    """Whether lines have the indent of Chinese paragraphs, and the former may be a whole one.

    All lines of a quotation may be indented so too, but there most end within a sentence.
    """
    return (
        _CHINESE_INDENT.match(before) is not None
        and _CHINESE_INDENT.match(line) is not None
        and before.rstrip().endswith((*_TERMINAL, "…"))
    )


def _joined(lines: Sequence[Line], place: Place, compounds: Collection[str]) -> Block:
    text = ""
    origin: list[int] = []
    for line in lines:
        stripped = line.text.strip()
        first = line.start + line.text.index(stripped)
        if text:
            if _HYPHEN.search(text[-2:]):  # not the whole of it again for each line
                if not _keeps_hyphen(text[-LONGEST_WORD:], stripped, compounds):
                    text = text[:-1]
                    origin.pop()
            elif not (tight(text[-1]) or tight(stripped[0])):
                text += " "
                origin.append(origin[-1] + 1)
        text += stripped
        origin += range(first, first + len(stripped))
    return block_at(text, origin, starts_of(lines), place)


def _keeps_hyphen(before: str, line: str, compounds: Collection[str]) -> bool:
    """Whether a hyphen at the end of a line belongs to its word, or only breaks it.

    It does in ``Anglo-Saxon``, in words that have another one, and where the word stands so
    elsewhere in these lines.
    """
    if before.endswith(_SOFT_HYPHEN):
        return False
    if not line[:1].islower():
        return True
    first = "".join(_WORD_BEFORE.findall(before))
    second = "".join(_WORD_AFTER.findall(line)).rstrip("-\u2010")
    return len(_HYPHENS.findall(first + second)) > 1 or (first + second).casefold() in compounds


def tight(char: str) -> bool:
    """Whether no space stands beside this character when lines are joined."""
    return unicodedata.east_asian_width(char) in "WF" or "　" <= char <= "〿"


def block_at(
    text: str, origin: Sequence[int], line_starts: Sequence[tuple[int, int]], place: Place
) -> Block:
    """A block that knows its lines and columns.

    Soft hyphens within it are left out: only layout shows them. One at its end stays, since its
    word may go on on the next page.

    Args:
        text: Its text.
        origin: Offset in the source of each character, rising.
        line_starts: Offset and number of lines of the source, rising, the first before the text.
        place: Where the source stands in the document.
    """
    kept = [at for at, char in enumerate(text) if char != _SOFT_HYPHEN or at + 1 == len(text)]
    text, origin = "".join([text[at] for at in kept]), [origin[at] for at in kept]
    found: list[LineStart] = []
    for position, source in enumerate(origin):
        after = bisect.bisect_right(line_starts, source, key=lambda start: start[0])
        offset, number = line_starts[after - 1]
        if not found or found[-1].line != number:
            found.append(LineStart(position, number, source - offset + 1))
    block = Block(text, place, tuple(found), tuple(origin))
    return Block(text, block.place_at(0), block.lines, block.origin)
