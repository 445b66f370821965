"""Sentences of a paragraph, Chinese or English, as half-open offsets into its text.

Rules, as no model is needed where punctuation says it: a sentence ends at 。！？, at .!? before a
space, and where its author began a new line; closing quotation marks and brackets and the marks of
footnotes stay with what they close. It goes on after an ellipsis, unless a capital follows.

What is said between quotation marks is not torn from what is said of it:
``老师说：“女生不适合当领导。”这句话是错的。`` is one sentence, since a detector that is shown the
quotation alone must take it for the author's opinion. Whether the words after a quotation speak of
it no rule can tell for certain (``然后走了`` does not), and a sentence too long does less harm than
an opinion laid in the author's mouth. So they are joined to it, up to a length, but not another
quotation, nor the next speech of a dialogue.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable

import regex

from edubias.document.enclosures import (
    BRACKET,
    QUOTATION,
    TITLE,
    Enclosure,
    enclosures,
    outermost,
)
from edubias.document.stops import Stop, stops
from edubias.records import language_of

Offsets = tuple[int, int]

LONGEST_QUOTED = 160
"""Longest sentence, in characters, that is joined for the sake of a quotation or an ellipsis."""

LONGEST_QUOTED_ENGLISH = 400
"""The same in a text without Chinese characters, whose words are that much longer."""

_CLAUSE = regex.compile(r"[；;：:]+[”’」』）)]*|[，,、—]+")
_SPACE = regex.compile(r"\s+")
_LETTER = regex.compile(r"\p{L}")

_INK = regex.compile(r"\S")
_PUNCTUATION_WITHIN = regex.compile(r"[，、；：,;:～~·。．.！？!?…⋯]")
_SMALL = regex.compile(r"[^\S\n]*\p{Ll}")
_NO_CAPITAL = regex.compile(r"[^\S\n]*[^\p{Lu}\s]")
_ANYTHING = regex.compile(r"[^\S\n]*\S")
_CLAUSE_GOES_ON = regex.compile(rf"[^\S\n]*[\p{{Ll}}\p{{Lo}}\d{QUOTATION}{TITLE}]")
_WORDS_FOLLOW = regex.compile(r"[^\S\n]*[—–]{0,2}[^\S\n]*\p{L}(?![.．、)）])")
_NEXT_SPEECH = regex.compile(
    r"[^。！？.!?\n“‘「『\"]{1,60}(?<=(?:[：:，,说說道问問答喊叫]|said|says|asked|replied)\s*)[“‘「『\"']"
)


def sentences(text: str) -> list[Offsets]:
    """Sentences of a paragraph.

    Args:
        text: The paragraph.

    Returns:
        Half-open offsets of each sentence without the spaces around it, in order. What holds no
        letter is none.
    """
    longest = LONGEST_QUOTED if language_of(text) == "zh" else LONGEST_QUOTED_ENGLISH
    pairs = enclosures(text, longest)
    ends = list(stops(text, pairs))
    whole = _kept_whole(text, pairs, ends)
    around = [_around(whole, stop) for stop in ends]
    reached = _reached(ends, around)
    found: list[Offsets] = []
    start = 0
    for index, stop in enumerate(ends[:-1]):
        if reached[index + 1] - start <= longest and _goes_on(text, start, stop, around[index]):
            continue
        found.append((start, stop.end))
        start = stop.end
    found.append((start, len(text)))
    trimmed = (_trim(text, begin, end) for begin, end in found)
    return [(begin, end) for begin, end in trimmed if _LETTER.search(text, begin, end)]


def _kept_whole(text: str, pairs: list[Enclosure], ends: list[Stop]) -> list[Enclosure]:
    """What is not torn: quotations, titles, and brackets within a sentence, in order.

    Brackets around sentences of their own are no reason to keep these together.
    """
    firsts = (_INK.search(text, at) for at in (0, *(stop.end for stop in ends)))
    begins = {first.start() for first in firsts if first is not None}
    return outermost([one for one in pairs if one.mark not in BRACKET or one.start not in begins])


def _around(whole: list[Enclosure], stop: Stop) -> Enclosure | None:
    """What the mark stands in, if anything is."""
    at = bisect_left(whole, stop.mark + 1, key=lambda one: one.end)
    return whole[at] if at < len(whole) and whole[at].start < stop.mark else None


def _reached(ends: list[Stop], around: list[Enclosure | None]) -> list[int]:
    """For each stop the end of the text that must go with it to leave nothing torn."""
    reached = [stop.end for stop in ends]
    for index in range(len(ends) - 2, -1, -1):
        one = around[index]
        if one is not None and ends[index].end < one.end:
            reached[index] = reached[index + 1]
    return reached


def _goes_on(text: str, start: int, stop: Stop, around: Enclosure | None) -> bool:
    """Whether a sentence goes on after this stop, as far as its length allows."""
    if around is not None and stop.end < around.end:
        return True
    if stop.kind == "line":
        return False
    if _PUNCTUATION_WITHIN.match(text, stop.end):
        return True
    if around is not None:
        return _speaks_of_it(text, start, stop, around)
    if stop.kind == "ellipsis":
        return _NO_CAPITAL.match(text, stop.end) is not None
    return stop.end > stop.marked and _SMALL.match(text, stop.end) is not None


def _speaks_of_it(text: str, start: int, stop: Stop, quoted: Enclosure) -> bool:
    """Whether a sentence goes on after a quotation, title or bracket that ends with a stop."""
    if quoted.mark in TITLE:
        return _ANYTHING.match(text, stop.end) is not None
    if quoted.mark in BRACKET:
        return _CLAUSE_GOES_ON.match(text, stop.end) is not None
    if _WORDS_FOLLOW.match(text, stop.end) is None:
        return False
    introduced = bool(text[start : quoted.start].strip())
    return not (introduced and _NEXT_SPEECH.match(text, stop.end))


def _trim(text: str, start: int, end: int) -> Offsets:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def shortened(text: str, fits: Callable[[str], bool]) -> list[Offsets]:
    """A sentence that is too long, in parts that fit.

    It is cut where a sentence may end, then at clauses, then at spaces, then anywhere, as near the
    middle as can be.

    Args:
        text: The sentence.
        fits: Whether a text is short enough; must be true of a single character.

    Returns:
        Half-open offsets of the parts, in order.
    """
    levels = (
        [stop.end for stop in stops(text, enclosures(text, len(text)))],
        [match.end() for match in _CLAUSE.finditer(text)],
        [match.end() for match in _SPACE.finditer(text)],
    )
    return [p for p in _parts(text, 0, len(text), fits, levels) if _LETTER.search(text, *p)]


def _parts(
    text: str, start: int, end: int, fits: Callable[[str], bool], levels: tuple[list[int], ...]
) -> list[Offsets]:
    start, end = _trim(text, start, end)
    if end - start <= 1 or fits(text[start:end]):
        return [(start, end)] if end > start else []
    middle = (start + end) // 2
    cut = middle
    for ends in levels:
        inner = ends[bisect_right(ends, start) : bisect_left(ends, end)]
        if inner:
            cut = min(inner, key=lambda one: abs(one - middle))
            break
    return _parts(text, start, cut, fits, levels) + _parts(text, cut, end, fits, levels)
