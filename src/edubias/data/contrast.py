"""Training pairs of statements that have no partner of their own.

With one prompt for all, rewards of different contents are comparable, so any fair statement may
stand against any biased one. Minimal pairs teach which words matter; these teach what plain
subject matter, fair mention of groups and bias look like beside one another.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from edubias.records import PreferencePair, Statement


def contrast_pairs(statements: Sequence[Statement], seed: int) -> list[PreferencePair]:
    """Labelled statements as pairs: in each language every fair one beside a biased one.

    Every statement is used; those of the rarer label come again. A language with one label only
    makes no pairs.

    Args:
        statements: Labelled statements.
        seed: Seed of who stands beside whom.
    """
    draw = random.Random(seed)
    pairs = []
    for lang in sorted({statement.lang for statement in statements}):
        sides = [
            [one for one in statements if one.lang == lang and one.label == label]
            for label in ("fair", "biased")
        ]
        for side in sides:
            draw.shuffle(side)
        fair, biased = sides
        if not fair or not biased:
            continue
        for i in range(max(len(fair), len(biased))):
            chosen, rejected = fair[i % len(fair)], biased[i % len(biased)]
            pairs.append(
                PreferencePair(
                    id=f"{chosen.id}+{rejected.id}",
                    lang=lang,
                    chosen=chosen.text,
                    rejected=rejected.text,
                    bias_type=rejected.bias_type,
                    meta={"contrast": True},
                )
            )
    return pairs
