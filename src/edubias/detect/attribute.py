"""From tokens that speak for bias to phrases: mapped to characters and merged.

How much each token speaks for bias, its blame, is the verdict's gradient or, where no verdict was
trained, the token's share of the implicit reward. A phrase stands out against its own text: by more
than a standard deviation over the mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import regex

from edubias.records import Span

MOST_SPANS = 3
LEAST_SHARE = 0.2
"""A further span is shown if it makes up this share of what speaks for bias."""

LONGEST_SHARE = 0.6
"""Longest span, as a share of the text: a span of everything says nothing."""

WORD = regex.compile(r"[\p{L}\p{M}\p{N}'’-]")
HAN = regex.compile(r"\p{Han}")
EDGE = regex.compile(r"[\s\p{P}]")


@dataclass(frozen=True)
class Piece:
    """Characters that tokens cover, and their blame: bytes of one character make one piece."""

    start: int
    end: int
    blame: float


def pieces(offsets: Sequence[tuple[int, int]], blame: npt.NDArray[np.float64]) -> list[Piece]:
    """Tokens as pieces of text, those that cover the same characters merged.

    Args:
        offsets: Half-open character offsets of the first T tokens, in order.
        blame: ``(≥T,)``: each token's blame; what is beyond the offsets (an end token) is left out.
    """
    merged: list[Piece] = []
    for (start, end), value in zip(offsets, blame, strict=False):
        if merged and start < merged[-1].end:
            last = merged[-1]
            merged[-1] = Piece(last.start, max(last.end, end), last.blame + float(value))
        elif end > start:
            merged.append(Piece(start, end, float(value)))
    return merged


def spans_of(text: str, parts: Sequence[Piece]) -> tuple[Span, ...]:
    """The phrases that speak most for bias, in their order in the text.

    Phrases are runs of pieces whose blame, less what is usual in the text, sums up to the most
    (Bentley 1984, "Algorithm design techniques"); further ones are looked for in what is left.
    """
    if not parts:
        return ()
    excess = np.asarray([part.blame for part in parts])
    excess = excess - excess.mean() - excess.std()
    total = float(excess[excess > 0].sum())
    if total <= 0:
        return ()
    found: list[Span] = []
    free = [(0, len(parts))]
    most = max(1, int(LONGEST_SHARE * len(parts)))
    while free and len(found) < MOST_SPANS:
        value, low, high = max(_best_run(excess, a, b, most) for a, b in free)
        if value <= 0 or (found and value / total < LEAST_SHARE):
            break
        start, end = _trimmed(text, *_whole_words(text, parts[low].start, parts[high - 1].end))
        if start < end and all(end <= span.start or start >= span.end for span in found):
            found.append(Span(start, end, text[start:end], round(min(1.0, value / total), 2)))
        free = [
            piece
            for a, b in free
            for piece in ([(a, low), (high, b)] if a <= low < b else [(a, b)])
            if piece[0] < piece[1]
        ]
    return tuple(sorted(found, key=lambda span: span.start))


def _best_run(
    excess: npt.NDArray[np.float64], low: int, high: int, most: int
) -> tuple[float, int, int]:
    """Greatest sum of a run of at most ``most`` within a range, and the run."""
    sums = np.concatenate([[0.0], np.cumsum(excess[low:high])])
    best = (-np.inf, low, low + 1)
    for end in range(1, len(sums)):
        first = max(0, end - most)
        start = first + int(np.argmin(sums[first:end]))
        best = max(best, (float(sums[end] - sums[start]), low + start, low + end))
    return best


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """A range widened to whole words; Chinese has no spaces to tell words by."""

    def inside(position: int) -> bool:
        pair = text[position - 1 : position + 1]
        return len(pair) == 2 and all(WORD.match(c) and not HAN.match(c) for c in pair)

    while start > 0 and inside(start):
        start -= 1
    while end < len(text) and inside(end):
        end += 1
    return start, end


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A range without space and punctuation at its edges."""
    while start < end and EDGE.match(text[start]):
        start += 1
    while start < end and EDGE.match(text[end - 1]):
        end -= 1
    return start, end
