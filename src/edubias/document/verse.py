"""Lines that their author broke although none is short: verse, and lists of words."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from edubias.document.items import ITEM

LEAST = 3
"""So many lines at least tell verse from chance."""

WIDEST_CHINESE = 10
"""Characters of the widest line of Chinese verse, or list of words, without punctuation."""

WIDEST_ENGLISH = 60
"""The same of English verse."""

_CHINESE = regex.compile(r"\s*\p{Han}+(?:\s+\p{Han}+)*\s*")
_WORD = regex.compile(r"\s*\p{Latin}+(?:['’\-]\p{Latin}+)*\s*")
_CAPITAL_FIRST = regex.compile(r"\s*[“‘\"']?\p{Lu}")
_STOP_WITHIN = regex.compile(r"[.!?][”’\"')]*\s+\S")
_WORD_WITHIN = regex.compile(r"(?<=\s)\p{L}")


def broken_by_author(lines: Sequence[str]) -> bool:
    """Whether each of the lines stands for itself.

    Args:
        lines: Lines without an empty one between them.
    """
    lines = [line for line in lines if not line.rstrip().endswith((":", "：", "…"))]
    if len(lines) < LEAST or any(ITEM.match(line) for line in lines):
        return False
    return _chinese_verse(lines) or _english_verse(lines)


def in_list_of_words(lines: Sequence[str], at: int) -> bool:
    """Whether a line is a word, as the one before is, or the one after where a colon leads to it.

    Running text is set to no column so narrow.

    Args:
        lines: Lines without an empty one between them.
        at: Which line; not the first.
    """
    if not _WORD.fullmatch(lines[at]):
        return False
    if lines[at - 1].rstrip().endswith((":", "：")):
        return at + 1 < len(lines) and _WORD.fullmatch(lines[at + 1]) is not None
    return _WORD.fullmatch(lines[at - 1]) is not None


def _chinese_verse(lines: Sequence[str]) -> bool:
    """Without punctuation, and not as layout breaks: equal lines and a shorter one."""
    if not all(_CHINESE.fullmatch(line) for line in lines):
        return False
    widths = [len(line.strip()) for line in lines]
    after_heading = widths[1:] if widths[0] < widths[1] else widths
    return max(widths) <= WIDEST_CHINESE and not _wrapped(after_heading)


def _wrapped(widths: Sequence[int]) -> bool:
    return len(set(widths[:-1])) == 1 and widths[-1] < widths[0]


def _english_verse(lines: Sequence[str]) -> bool:
    """A capital begins each line, sentences end only with lines, and it is no long title."""
    within = "".join(found for line in lines for found in _WORD_WITHIN.findall(line.strip()))
    return (
        max(len(line.strip()) for line in lines) <= WIDEST_ENGLISH
        and all(_CAPITAL_FIRST.match(line) for line in lines)
        and not any(_STOP_WITHIN.search(line) or line.rstrip().endswith("-") for line in lines)
        and sum(map(str.islower, within)) > len(within) / 2
    )
