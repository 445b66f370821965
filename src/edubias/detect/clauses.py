"""Wordings that leave whole clauses out.

What editors cut most often is a clause: the judgement after the fact, the reason that is ascribed
to a group. Punctuation says where clauses end, so these wordings need no model to write them, and
what is left of a sentence reads as its author wrote it.
"""

from __future__ import annotations

from itertools import combinations

import regex

MOST_CLAUSES = 12
"""Longest text, in clauses, that is cut."""

MOST_FOR_TWO_CUTS = 6
"""Longest text, in clauses, that is cut in two places: their number grows with its fourth power."""

STOP = regex.compile(r"[，、。；：！？…—]+[”’」』）)]*|[,;:.!?]+[”’\"')]*(?=\s|$)")
END = regex.compile(r"[。！？…._＿!?”’」』）\"')]$")
LAST_MARK = regex.compile(r"[。！？…!?.]*[”’」』）\"')]*$")
DANGLING = regex.compile(r"[，、；：—,;:\s]+$")
PAIRS = [tuple(pair) for pair in ("“”", "‘’", "「」", "『』", "（）", "()", "《》")]


def clause_cuts(text: str) -> list[str]:
    """A text with one run of clauses, or two, left out.

    Args:
        text: The text.

    Returns:
        Wordings, each once, those with one cut first; none that tears a quotation or a bracket.
        None of a text of one clause or of more than ``MOST_CLAUSES``.
    """
    parts = _clauses(text)
    count = len(parts)
    if not 1 < count <= MOST_CLAUSES:
        return []
    borders = range(count + 1)
    kept = [parts[:low] + parts[high:] for low, high in combinations(borders, 2)]
    if count <= MOST_FOR_TWO_CUTS:
        kept += [
            parts[:low] + parts[high:start] + parts[end:]
            for low, high, start, end in combinations(borders, 4)
        ]
    found = dict.fromkeys(_joined(one, text) for one in kept if one)
    return [one for one in found if one and _whole(one)]


def _clauses(text: str) -> list[str]:
    """The text in pieces, each with the punctuation after it."""
    ends = [match.end() for match in STOP.finditer(text)]
    if not ends or ends[-1] < len(text):
        ends.append(len(text))
    return [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def _joined(parts: list[str], text: str) -> str:
    """Clauses as a text that begins and ends as one does."""
    joined = "".join(parts).strip()
    if not END.search(joined):
        mark = LAST_MARK.search(text.rstrip())
        joined = DANGLING.sub("", joined) + (mark.group() if mark else "")
    if text.lstrip()[:1].isupper():
        joined = joined[:1].upper() + joined[1:]
    return joined


def _whole(text: str) -> bool:
    """Whether every bracket and quotation mark has its other half."""
    return text.count('"') % 2 == 0 and all(
        text.count(opening) == text.count(closing) for opening, closing in PAIRS
    )
