"""Whether a full stop belongs to a word: an abbreviation, an initial, the label of an item."""

from __future__ import annotations

import regex


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NEVER_LAST = _words(
    "mr mrs ms dr prof rev gov hon st mt fig figs eq eqs vol vols vs cf viz approx e.g i.e"
)
_BEFORE_NUMBER = _words(
    "no nos p pp ch jan feb mar apr jun jul aug sep sept oct nov dec"  # "No." may be an answer
)
_OFTEN_LAST = _words("etc al a.m p.m")
_IN_NAMES = _words("inc ltd co corp jr sr")

_FIRST_WORDS = (
    "The|This|That|These|Those|It|He|She|They|We|You|His|Her|Their|Our|There|Here|In|On|At|For|"
    "From|By|As|If|When|While|After|Before|Since|Because|But|And|However|What|Why|How|Who|Which|"
    "Some|Many|Most|All|Both|Girls|Boys|Women|Men"
)
"""Words that hardly follow an initial but in a new sentence."""

_WORD = regex.compile(r"[\p{Latin}.]+$")
_LONGEST_WORD = 12
_INITIALS = regex.compile(r"(?:\p{Lu}\p{Ll}{0,2}\.)*\p{Lu}|(?:\p{Lu}\.)+\p{Lu}\p{Ll}{1,2}")
_NOT_A_NAME = regex.compile(r"(?:[\p{L}\p{N}°]|(?<!\d)\d{1,3}\s)$")
"""Before a capital: 选A. and 37 °C. and 6 V. end a sentence."""
_LABEL = regex.compile(
    r"\s*[(（]?(?:\p{Latin}|[ivxIVX]{1,4}|[一二三四五六七八九十]{1,3})[)）]?[.．]"
)

_NUMBER = regex.compile(r"\s*\d")
_SAME_SENTENCE = regex.compile(r"\s+[\p{Ll}\d(\[]")
_NEW_SENTENCE = regex.compile(rf"[”’\"')\]]*\s+(?:{_FIRST_WORDS})\b")


def belongs_to_a_word(text: str, start: int, at: int) -> bool:
    """Whether a sentence does not end at a full stop, for the sake of the word before it.

    Args:
        text: The paragraph.
        start: Where the sentence begins.
        at: Offset of the full stop.
    """
    if _LABEL.fullmatch(text, start, at + 1):
        return True
    window = max(start, at - _LONGEST_WORD)
    found = _WORD.search(text[window:at])
    if found is None:
        return False
    word, first = found[0], window + found.start()
    after, small = at + 1, word.lower()
    if _INITIALS.fullmatch(word):
        if len(word) == 1 and _NOT_A_NAME.search(text[max(start, first - 8) : first]):
            return False
        return _NEW_SENTENCE.match(text, after) is None
    if small in _NEVER_LAST:
        return True
    if small in _BEFORE_NUMBER:
        return _NUMBER.match(text, after) is not None
    if small in _OFTEN_LAST:
        return _SAME_SENTENCE.match(text, after) is not None
    return small in _IN_NAMES and _NEW_SENTENCE.match(text, after) is None
