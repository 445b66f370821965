"""Whether a wording still says what a text says: its numbers, its names, about its length."""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher

import regex

LENGTHS = (0.4, 1.5)
"""Shortest and longest wording, as a share of the text."""

LEAST_LIKE = 0.45
"""Least likeness of wording and text: the share of characters in common, in order."""

NUMBER = regex.compile(r"\d+(?:[.,/]\d+)*")
NAME = regex.compile(r"(?<=[\p{Ll},;:'’] )\p{Lu}\p{Ll}+|[小老阿]\p{Han}(?=[和与说在把的，、。])")
"""Names in the middle of an English sentence, and familiar Chinese ones."""

NO_NAME = regex.compile(
    r"(?:an|ans|ese|ish|im|ims|ic|ics|ew|ews|ench|utch|eek|eeks)$|[小老][人师组孩学时区板外]$"
)
"""Groups and things that look like names; a fair wording may well leave them out."""


def keeps_content(text: str, wording: str) -> bool:
    """Whether a wording says about what a text says, and says it differently."""
    return keeps_claim(text, wording) and likeness(text, wording) >= LEAST_LIKE


def keeps_claim(text: str, wording: str) -> bool:
    """Whether a sentence of another form can stand for a text: its numbers, names and length."""
    if wording.strip() == text.strip():
        return False
    if Counter(NUMBER.findall(text)) != Counter(NUMBER.findall(wording)):
        return False
    if any(name not in wording for name in NAME.findall(text) if not NO_NAME.search(name)):
        return False
    low, high = LENGTHS
    return low * len(text) <= len(wording) <= high * len(text)


def likeness(one: str, other: str) -> float:
    """Share of characters in common, in order (Ratcliff and Metzener 1988), in [0, 1]."""
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
