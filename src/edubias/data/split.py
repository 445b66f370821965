"""Split pairs into train, eval and test, and check that nothing leaks between splits.

A pair's split depends on its scenario's name alone, so that all pairs of a scenario stay together
and adding pairs or scenarios moves nothing that was there before.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from edubias.lang import tr
from edubias.records import PreferencePair

Split = Literal["train", "eval", "test"]

SHARES: dict[Split, float] = {"train": 0.7, "eval": 0.1, "test": 0.2}
"""Expected share of scenarios in each split."""

SALT = 4146
"""Chosen, by scenario names and counts alone, so that within every bias type and language of the
shipped data the shares come out close to ``SHARES``."""


def split_of(scenario: str) -> Split:
    """Split that a scenario belongs to."""
    digest = hashlib.sha256(f"{SALT}:{scenario}".encode()).digest()
    position = int.from_bytes(digest[:8], "big") / 2**64
    bound = 0.0
    for split, share in SHARES.items():
        bound += share
        if position < bound:
            return split
    return "test"  # rounding of the sum of shares


def split_pairs(pairs: Iterable[PreferencePair]) -> dict[Split, list[PreferencePair]]:
    """Pairs of each split, in their order."""
    splits: dict[Split, list[PreferencePair]] = {"train": [], "eval": [], "test": []}
    for pair in pairs:
        splits[split_of(pair.scenario)].append(pair)
    return splits


def leaks(splits: Mapping[str, Sequence[PreferencePair]]) -> list[str]:
    """Scenarios and texts that stand in more than one split, one message each.

    A pair that names no scenario shares none: two files may both count their pairs from 1.
    """
    scenarios: dict[str, set[str]] = defaultdict(set)
    texts: dict[str, set[str]] = defaultdict(set)
    for split, pairs in splits.items():
        for pair in pairs:
            if pair.meta.get("scenario"):
                scenarios[pair.scenario].add(split)
            texts[pair.chosen].add(split)
            texts[pair.rejected].add(split)
    found = []
    for scenario, where in scenarios.items():
        if len(where) > 1:
            names = ", ".join(sorted(where))
            found.append(
                tr(f"scenario '{scenario}' appears in {names}", f"情境“{scenario}”出现在 {names}")
            )
    for text, where in texts.items():
        if len(where) > 1:
            names = ", ".join(sorted(where))
            found.append(tr(f"text “{text}” appears in {names}", f"文本“{text}”出现在 {names}"))
    return found
