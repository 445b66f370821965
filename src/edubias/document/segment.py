"""Sentences of a paragraph, Chinese or English, as half-open offsets into its text.

Rules, as no model is needed where punctuation says it: a sentence ends at 。！？…, at .!? before a
space, and where its author began a new line; closing quotation marks and brackets stay with what
they close. What is said between quotation marks is not torn from what is said of it:
``“女生不适合当领导。”请反驳这句话。`` is one sentence, since a detector that is shown the quotation
alone must take it for the author's opinion.
"""

from __future__ import annotations

from collections.abc import Callable

import regex

Offsets = tuple[int, int]

LONGEST_QUOTED = 160
"""Longest sentence, in characters, that is kept whole for the sake of a quotation in it."""

_ABBREVIATIONS = [
    "Mr",
    "Mrs",
    "Ms",
    "Dr",
    "Prof",
    "St",
    "Mt",
    "Jr",
    "Sr",
    "No",
    "Fig",
    "Figs",
    "Eq",
    "Vol",
    "pp",
    "vs",
    "cf",
    "al",
    "etc",
    "approx",
    "e.g",
    "i.e",
    "a.m",
    "p.m",
    "U.S",
    "U.K",
]

_END = regex.compile(
    r"""
    \n+ | (?: [。！？!?]+ | …+ | (?<=[^\p{L}\d\s]|[\p{L}\d]) \.+ (?= [”’"')\]）】]* (?:\s|$) ) )
    [”’"'」』）)】\]〕》]*
    """,
    regex.VERBOSE,
)
_CLAUSE = regex.compile(r"[；;：:]+[”’」』）]*|[，,、—]+")
_SPACE = regex.compile(r"\s+")
_OPENING = "“「『"
_CLOSING = "”」』"
_STRAIGHT = '"'
"""Opens and closes."""

_ABBREVIATION = regex.compile(
    r"(?:^|[\s(“\"'])(?:" + "|".join(regex.escape(one) for one in _ABBREVIATIONS) + r"|[A-Z])\.$"
)
_SAID_OF_IT = regex.compile(r"\s*\p{L}")
_LETTER = regex.compile(r"\p{L}")


def sentences(text: str) -> list[Offsets]:
    """Sentences of a paragraph.

    Args:
        text: The paragraph.

    Returns:
        Half-open offsets of each sentence without the spaces around it, in order. What holds no
        letter is none.
    """
    found: list[Offsets] = []
    start = 0
    for match in _END.finditer(text):
        end = match.end()
        if end < start or _goes_on(text, start, match.start(), end):
            continue
        found.append((start, end))
        start = end
    found.append((start, len(text)))
    trimmed = (_trim(text, begin, end) for begin, end in found)
    return [(begin, end) for begin, end in trimmed if _LETTER.search(text, begin, end)]


def _goes_on(text: str, start: int, mark: int, end: int) -> bool:
    """Whether the sentence does not end at this mark."""
    if text[mark] == "." and _ABBREVIATION.search(text, start, mark + 1):
        return True
    if end - start > LONGEST_QUOTED:
        return False
    if _inside_quotation(text, start, end):
        return True
    # A quotation that ends with its own full stop, and what is said of it.
    closes, opens = text[end - 1], text[start:end].lstrip()[:1]
    quoted = opens in _OPENING + _STRAIGHT and closes in _CLOSING + _STRAIGHT
    return quoted and _SAID_OF_IT.match(text, end) is not None


def _inside_quotation(text: str, start: int, end: int) -> bool:
    """Whether a quotation that began in this sentence is still open, and is closed soon."""
    rest = text[end : start + LONGEST_QUOTED]
    if text.count(_STRAIGHT, start, end) % 2:
        return _STRAIGHT in rest
    opened = sum(text.count(mark, start, end) for mark in _OPENING)
    closed = sum(text.count(mark, start, end) for mark in _CLOSING)
    return opened > closed and any(mark in rest for mark in _CLOSING)


def _trim(text: str, start: int, end: int) -> Offsets:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def shortened(text: str, fits: Callable[[str], bool]) -> list[Offsets]:
    """A sentence that is too long, in parts that fit.

    It is cut at clauses, then at spaces, then anywhere, as near the middle as can be.

    Args:
        text: The sentence.
        fits: Whether a text is short enough; must be true of a single character.

    Returns:
        Half-open offsets of the parts, in order.
    """
    return [part for part in _parts(text, 0, len(text), fits) if _LETTER.search(text, *part)]


def _parts(text: str, start: int, end: int, fits: Callable[[str], bool]) -> list[Offsets]:
    start, end = _trim(text, start, end)
    if end - start <= 1 or fits(text[start:end]):
        return [(start, end)] if end > start else []
    middle = (start + end) // 2
    cut = middle
    for pattern in (_END, _CLAUSE, _SPACE):
        ends = [match.end() for match in pattern.finditer(text, start, end)]
        inner = [one for one in ends if start < one < end]
        if inner:
            cut = min(inner, key=lambda one: abs(one - middle))
            break
    return _parts(text, start, cut, fits) + _parts(text, cut, end, fits)
