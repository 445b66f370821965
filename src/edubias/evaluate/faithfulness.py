"""Are the phrases that a finding points at the ones that matter?

In a pair it is known what the fair wording is. Where the finding's phrases are replaced by it, the
score should fall, and by more than where random phrases of the same length are. DeYoung et al. 2020
(arXiv:1911.03429) measure rationales so, by leaving them out.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from edubias.evaluate.intervals import Estimate, clustered_interval
from edubias.records import Finding, PreferencePair

Range = tuple[int, int]

LogOdds = Callable[[Sequence[str]], Sequence[float]]
"""Log-odds that texts are biased."""


@dataclass(frozen=True)
class Faithfulness:
    """How the score of biased texts falls where phrases are replaced by the fair wording.

    Attributes:
        texts: Number of biased texts whose finding points at phrases.
        found: Mean fall, in log-odds, where the finding's phrases are replaced.
        chance: The same for random phrases of the same lengths.
        advantage: Difference of the two.
        covered: Share of texts in which a found phrase touches what differs from the fair wording.
        covered_by_chance: The same for random phrases.
    """

    texts: int
    found: Estimate
    chance: Estimate
    advantage: Estimate
    covered: Estimate
    covered_by_chance: Estimate


def replaced(biased: str, fair: str, ranges: Sequence[Range]) -> tuple[str, bool]:
    """The biased text with the fair wording wherever a difference touches one of the ranges.

    Returns:
        The text, and whether any difference was touched.
    """
    parts, touched = [], False
    matcher = SequenceMatcher(None, biased, fair, autojunk=False)
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        # An insertion has no characters of its own: it is touched where it stands within a range.
        hit = kind != "equal" and any(
            low < max(end, start + 1) and start < high for low, high in ranges
        )
        parts.append(fair[other_start:other_end] if hit else biased[start:end])
        touched |= hit
    return "".join(parts), touched


def random_ranges(length: int, ranges: Sequence[Range], draw: random.Random) -> list[Range]:
    """As many ranges of the same lengths, anywhere in a text of ``length`` characters.

    They do not overlap either: ones that did would replace less. Every arrangement is as likely.
    """
    lengths = [high - low for low, high in ranges]
    draw.shuffle(lengths)
    # Places among the characters left over and the ranges, each of which counts as one.
    places = draw.sample(range(length - sum(lengths) + len(lengths)), len(lengths))
    found = []
    widened = 0
    for place, extent in zip(sorted(places), lengths, strict=True):
        start = place + widened
        found.append((start, start + extent))
        widened += extent - 1
    return found


def faithfulness(
    pairs: Sequence[PreferencePair], findings: Sequence[Finding], log_odds: LogOdds, seed: int = 0
) -> Faithfulness | None:
    """Measure findings of the biased sides of pairs.

    Args:
        pairs: N pairs.
        findings: Findings of their biased sides, in order.
        log_odds: Judges the changed texts.
        seed: Seed of the random phrases.

    Returns:
        None where no finding points at phrases.
    """
    draw = random.Random(seed)
    chosen = [
        (p, f) for p, f in zip(pairs, findings, strict=True) if f.spans and f.score is not None
    ]
    if not chosen:
        return None
    texts: list[str] = []
    hits: list[bool] = []
    for pair, finding in chosen:
        ranges = [(span.start, span.end) for span in finding.spans]
        for tried in (ranges, random_ranges(len(pair.rejected), ranges, draw)):
            text, touched = replaced(pair.rejected, pair.chosen, tried)
            texts.append(text)
            hits.append(touched)
    before = np.asarray([finding.score for _, finding in chosen], dtype=float)
    after = np.asarray(log_odds(texts), dtype=float).reshape(-1, 2)
    falls = before[:, None] - after
    covered = np.asarray(hits, dtype=float).reshape(-1, 2)
    clusters = [pair.scenario for pair, _ in chosen]

    def mean_of(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Estimate:
        return clustered_interval(lambda drawn: float(values[drawn].mean()), clusters)

    return Faithfulness(
        texts=len(chosen),
        found=mean_of(falls[:, 0]),
        chance=mean_of(falls[:, 1]),
        advantage=mean_of(falls[:, 0] - falls[:, 1]),
        covered=mean_of(covered[:, 0]),
        covered_by_chance=mean_of(covered[:, 1]),
    )
