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

    A fair and a biased statement of one scenario stand beside one another; the others are drawn.
    Every statement is used; those of the rarer label come again. A language with one label only
    makes no pairs.

    Args:
        statements: Labelled statements.
        seed: Seed of who stands beside whom.
    """
    draw = random.Random(seed)
    pairs = []
    for lang in sorted({statement.lang for statement in statements}):
        fair, biased = (
            [one for one in statements if one.lang == lang and one.label == label]
            for label in ("fair", "biased")
        )
        twins = _twins(fair, biased)
        matched = {one.id for twin in twins for one in twin}
        alone = [[one for one in side if one.id not in matched] for side in (fair, biased)]
        # Where all of a label have a twin, those that have none stand beside any of it.
        fair, biased = alone[0] or fair, alone[1] or biased
        pairs += [_pair(*twin) for twin in twins]
        if not any(alone) or not fair or not biased:
            continue
        for side in (fair, biased):
            draw.shuffle(side)
        for i in range(max(map(len, alone))):
            pairs.append(_pair(fair[i % len(fair)], biased[i % len(biased)]))
    return pairs


def _twins(
    fair: Sequence[Statement], biased: Sequence[Statement]
) -> list[tuple[Statement, Statement]]:
    """Statements of one scenario, the fair and the biased one."""
    by_scenario = {one.meta["scenario"]: one for one in biased if "scenario" in one.meta}
    return [
        (one, by_scenario[one.meta["scenario"]])
        for one in fair
        if one.meta.get("scenario") in by_scenario
    ]


def _pair(fair: Statement, biased: Statement) -> PreferencePair:
    return PreferencePair(
        id=f"{fair.id}+{biased.id}",
        lang=fair.lang,
        chosen=fair.text,
        rejected=biased.text,
        bias_type=biased.bias_type,
        meta={"contrast": True},
    )
