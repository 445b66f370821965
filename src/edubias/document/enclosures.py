"""What stands between quotation marks, in brackets or in a title, as offsets into a text.

Curly, angular and straight marks are paired, innermost first. A straight mark says of itself not
whether it opens, and a single one may be an apostrophe: their neighbours tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import regex

QUOTATION = "“‘「『\"'"
TITLE = "《〈"
BRACKET = "（([［【〔"

FOOTNOTE = r"(?:\[\d{1,3}(?:\s?[-–,，、]\s?\d{1,3})*\]|[①-⑳](?!\p{L})|[⁰-⁹¹²³†‡])"
"""A mark that refers to a note; its brackets enclose nothing that is said.

A number in a circle before a word is more often the label of an item.
"""

_OPENED_BY = {
    "”": "“",
    "’": "‘",
    "」": "「",
    "』": "『",
    "》": "《",
    "〉": "〈",
    "】": "【",
    "〕": "〔",
    "）": "（(",
    ")": "(（",
    "］": "［[",
    "]": "[［",
    '"': '"',
    "'": "'",
}
CLOSING = "".join(_OPENED_BY)

_DEEPEST = 12
"""How many marks may be open at once; of more, the first ones are hardly ever closed."""

_MARK = regex.compile(
    rf"{FOOTNOTE} | (?<=[\p{{Latin}}\d])['’](?=\p{{Latin}})"  # can't
    rf"| (?P<mark>[{regex.escape(QUOTATION + TITLE + BRACKET + CLOSING)}])",
    regex.VERBOSE,
)
_CLOSED_LATER = regex.compile(
    r"[^‘’'\n]*+ (?: (?<=\p{Latin})['’](?=[\p{Latin}\s]) [^‘’'\n]*+ )* (?<=[.!?,。！？，…])['’]",
    regex.VERBOSE,
)
_WORD = regex.compile(r"[\p{Latin}\d]")


@dataclass(frozen=True)
class Enclosure:
    """An opening mark, its closing one and what is between them.

    Attributes:
        start: Offset of the opening mark.
        end: Offset after the closing one.
        mark: The opening mark.
    """

    start: int
    end: int
    mark: str


def enclosures(text: str, longest: int) -> list[Enclosure]:
    """All enclosures of a text, in the order of their closing marks: inner ones come first.

    Args:
        text: The text.
        longest: Longest one sought, in characters. A mark that is not closed so soon is
            passed over, lest it swallow the text.
    """
    found: list[Enclosure] = []
    open_at: list[int] = []
    for at, closes, opens in _marks(text, longest):
        depth = _opening(text, open_at, at, longest) if closes else None
        if depth is not None:
            found.append(Enclosure(open_at[depth], at + 1, text[open_at[depth]]))
            del open_at[depth:]
        elif opens:
            open_at.append(at)
            del open_at[:-_DEEPEST]
    return found


def _opening(text: str, open_at: list[int], at: int, longest: int) -> int | None:
    """Which of the open marks a closing one closes: the innermost of its kind."""
    for depth in range(len(open_at) - 1, -1, -1):
        if at + 1 - open_at[depth] > longest:
            return None
        if text[open_at[depth]] in _OPENED_BY[text[at]]:
            return depth
    return None


def outermost(found: list[Enclosure]) -> list[Enclosure]:
    """Those that stand in no other one, in order."""
    outer: list[Enclosure] = []
    for one in found:
        while outer and outer[-1].start > one.start:
            outer.pop()
        outer.append(one)
    return outer


def _marks(text: str, longest: int) -> Iterator[tuple[int, bool, bool]]:
    """Each mark: where it is, whether it may close and whether it may open."""
    for match in _MARK.finditer(text):
        mark = match["mark"]
        if mark is None:
            continue
        at = match.start()
        if mark not in "\"'’":
            yield at, mark in _OPENED_BY, mark not in _OPENED_BY
            continue
        before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
        space_before, space_after = not before.strip(), not after.strip()
        if mark == '"':
            yield at, not space_before or space_after, space_before or not space_after
        elif mark == "’":
            yield at, not _genitive(text, at, longest), False
        else:
            closes = not space_before and not _WORD.match(after)
            opens = not space_after and not _WORD.match(before) and not after.isdigit()
            yield at, closes and not _genitive(text, at, longest), opens


def _genitive(text: str, at: int, longest: int) -> bool:
    """Whether a single mark after a word makes its genitive: ``‘The girls’ maths is bad.’``."""
    return (
        at > 0
        and _WORD.match(text, at - 1) is not None
        and text[at + 1 : at + 2].isspace()
        and _CLOSED_LATER.match(text, at + 1, at + longest) is not None
    )
