"""Wordings that leave whole clauses out.

What editors cut most often is a clause: the judgement after the fact, the reason that is ascribed
to a group. Punctuation says where clauses end, so these wordings need no model to write them, and
what is left of a sentence reads as its author wrote it.
"""

from __future__ import annotations

from itertools import combinations

import regex

from edubias.document.enclosures import Enclosure, enclosures

Cut = tuple[int, int]
"""Half-open offsets of what is left out."""

MOST_CLAUSES = 12
"""Longest text, in clauses, that is cut."""

MOST_FOR_TWO_CUTS = 6
"""Longest text, in clauses, that is cut in two places: their number grows with its fourth power."""

STOP = regex.compile(r"[，、。；：！？…—]+[”’」』）)]*|[,;:.!?]+[”’\"')]*(?=\s|$)")
END = regex.compile(r"[。！？…._＿!?”’」』）\"')]$")
LAST_MARK = regex.compile(r"[。！？…!?.]*[”’」』）\"')]*$")
DANGLING = regex.compile(r"[，、；：—,;:\s]+$")


def clause_cuts(text: str) -> list[str]:
    """A text with one run of clauses, or two, left out.

    Args:
        text: The text.

    Returns:
        Wordings, each once, those with one cut first; none that tears a quotation or a bracket.
        None of a text of one clause or of more than ``MOST_CLAUSES``.
    """
    borders = _borders(text)
    count = len(borders) - 1
    if not 1 < count <= MOST_CLAUSES:
        return []
    cuts: list[tuple[Cut, ...]] = [(cut,) for cut in combinations(borders, 2)]
    if count <= MOST_FOR_TWO_CUTS:
        cuts += [((low, high), (start, end)) for low, high, start, end in combinations(borders, 4)]
    closed = enclosures(text, len(text))
    found = dict.fromkeys(
        _without(text, cut) for cut in cuts if not any(_tears(cut, one) for one in closed)
    )
    return [one for one in found if one]


def _borders(text: str) -> list[int]:
    """Where clauses begin and end; each has the punctuation after it."""
    return sorted({0, *(match.end() for match in STOP.finditer(text)), len(text)})


def _tears(cuts: tuple[Cut, ...], closed: Enclosure) -> bool:
    """Whether one mark of a quotation or a bracket is left out, and the other is not."""

    def left_out(at: int) -> bool:
        return any(start <= at < end for start, end in cuts)

    return left_out(closed.start) != left_out(closed.end - 1)


def _without(text: str, cuts: tuple[Cut, ...]) -> str:
    """The text without some of it, beginning and ending as it does; empty where nothing is left."""
    left = text
    for start, end in reversed(cuts):
        left = left[:start] + left[end:]
    left = left.strip()
    if left and not END.search(left):
        mark = LAST_MARK.search(text.rstrip())
        left = DANGLING.sub("", left) + (mark.group() if mark else "")
    if text.lstrip()[:1].isupper():
        left = left[:1].upper() + left[1:]
    return left
