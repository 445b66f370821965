"""Marks that begin an item of a list, an option of a question or a numbered heading.

Running text begins a line with the like: ``A. Miller``, ``– and nobody asked``, a blank to be
filled in. So after a line that is full and has no stop, a mark counts only where others of its kind
stand beside it: B. below A., or an item before a dash. A stop parts sentences in any case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import regex

NEAR = 12
"""Lines within which the next item of a list is looked for."""

_HAN = "一二三四五六七八九十"

ITEM = regex.compile(
    r"\s*(?:(?P<bullet>[•·●○■□◆▪])\s|(?P<dash>[-*–])\s"
    # A blank at the head of a statement that is to be judged true or false.
    r"|(?P<blank>[(（]\s*[)）]|_{2,})(?=\s*[\p{L}\d“\"《「])"
    # "3.5 percent" is none after a line without a stop; "1.2 Forces" is after another.
    r"|(?P<section>\d{1,2}(?:[.．]\d{1,2}){1,3}(?=\s+[^\s\d]))"
    r"|(?P<open>[(（]?)(?:(?P<number>\d{1,3})(?:[.．](?!\d)|[)）、])(?=\s*\S)"
    # "A、B两地" names two places, and "e. g." is no option.
    r"|(?P<capital>[A-H])(?:[)）.．]|、(?!\s*[A-H](?![A-Za-z])))"
    r"|(?P<small>[a-h])[)）.．、](?=\s|\p{Han})(?!\s?[a-z][.．])"
    r"|(?P<roman>[ivx]{1,5}|[IVX]{1,5})[)）.．、](?=\s|\p{Han})(?!\s?[a-z][.．]))"
    rf"|(?P<bracketed>[(（])(?P<han>[{_HAN}]{{1,3}})[)）]|(?P<han>[{_HAN}]{{1,3}})、"
    r"|(?P<circled>[①-⑳])"
    rf"|第(?P<chapter>[{_HAN}百\d]+)(?:章|节|课|单元))"
)
"""Begins an item of a list, or a heading that is numbered."""

_CHAPTER_ALONE = regex.compile(r"\s*第\w+?(?:章|节|课|单元)(?=\s|[:：]|$)")
_STOP = regex.compile(r"[。！？!?.：:；;”’\"」』）)]\s*$")
_SENTENCE_STOP = regex.compile(r"[。！？!?.][”’\"」』）)]*\s*$")
_GOES_ON_SMALL = regex.compile(r"\s*\p{Ll}")
_ROMAN = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")


@dataclass(frozen=True)
class Mark:
    """What a line begins with.

    Attributes:
        text: The mark.
        kind: The group of ``ITEM`` that it is of.
        style: What marks of one list have in common.
        number: Its number in the list; None where items are not numbered.
        end: Where in its line it ends.
    """

    text: str
    kind: str
    style: str
    number: int | None
    end: int


def mark_of(line: str) -> Mark | None:
    """The mark that a line begins with, if it does."""
    match = ITEM.match(line)
    if match is None:
        return None
    text = match.group().strip()
    kind, value = next(
        (name, found)
        for name, found in match.groupdict().items()
        if found and name not in ("open", "bracketed")
    )
    number = _number(kind, value)
    if kind in ("bullet", "dash"):
        return Mark(text, kind, text, None, match.end())
    if kind == "blank":
        return Mark(text, kind, kind + text[0], None, match.end())
    return Mark(text, kind, kind + text.replace(value, ""), number, match.end())


def begins_item(lines: Sequence[str], at: int, first: int, full: bool) -> bool:
    """Whether an item of a list, or a numbered heading, begins with a line.

    Args:
        lines: Lines without an empty one between them.
        at: Which line; not the first.
        first: The line that began the paragraph of the line before.
        full: Whether the line before is so long that layout may have broken it.
    """
    mark = mark_of(lines[at])
    if mark is None:
        return False
    if not full:
        return True
    if _in_running_text(mark, lines, at, first):
        return False
    return _STOP.search(lines[at - 1]) is not None or _of_a_list(mark, lines, at, first)


def _number(kind: str, value: str) -> int | None:
    if kind == "number" or (kind == "chapter" and value.isascii()):
        return int(value)
    if kind in ("capital", "small"):
        return ord(value.lower()) - ord("a") + 1
    if kind == "roman":
        return _ROMAN.index(value.lower()) if value.lower() in _ROMAN else None
    if kind == "circled":
        return ord(value) - ord("①") + 1
    return _han_number(value) if kind in ("han", "chapter") else None


def _han_number(value: str) -> int | None:
    """A number up to 99; greater ones are told apart by nothing else here."""
    tens, ten, units = value.rpartition("十")
    if any(len(digit) > 1 or digit not in _HAN for digit in (tens, units)):
        return None
    return (10 * (_HAN.index(tens) + 1 if tens else 1) if ten else 0) + (
        _HAN.index(units) + 1 if units else 0
    )


def _in_running_text(mark: Mark, lines: Sequence[str], at: int, first: int) -> bool:
    """Whether a list stands within a sentence: ``(1) cooking; (2) washing;`` and here ``(3)``."""
    if mark.number is None or not (mark.text[0] in "(（" or "①" <= mark.text[0] <= "⑳"):
        return False
    begun = mark_of(lines[first])
    if (begun is not None and begun.style == mark.style) or _SENTENCE_STOP.search(lines[at - 1]):
        return False
    return any(
        one.style == mark.style and one.number == mark.number - 1
        for line in lines[first:at]
        for start in regex.finditer(r"[(（①-⑳]", line)
        if (one := mark_of(line[start.start() :])) is not None
    )


def _of_a_list(mark: Mark, lines: Sequence[str], at: int, first: int) -> bool:
    """Whether the other items say that this is one, or its mark is never anything else."""
    line = lines[at]
    if mark.kind == "bullet" or _CHAPTER_ALONE.match(line):
        return True
    if mark.number is None:
        begun = mark_of(lines[first])
        if begun is None or begun.style != mark.style:
            return False
        return not (mark.kind == "blank" and _GOES_ON_SMALL.match(line, mark.end))
    near = range(max(at - NEAR, 0), min(at + NEAR + 1, len(lines)))
    others = [(one, mark_of(lines[one])) for one in near if one != at]
    # Options may stand in rows: "A. girls    B. boys".
    others += [(at + 1, mark_of(part)) for part in regex.split(r"\s{2,}|\t|　", line.strip())[1:]]
    return any(
        other is not None
        and other.style == mark.style
        and other.number == mark.number + (1 if one > at else -1)
        for one, other in others
    )
