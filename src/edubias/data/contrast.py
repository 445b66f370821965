"""Training pairs of statements that have no partner of their own.

With one prompt for all, rewards of different contents are comparable, so any fair statement may
stand against any biased one. Minimal pairs teach which words matter; these teach what plain
subject matter, fair mention of groups and bias look like beside one another.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

from edubias.data.labelled import PLAIN
from edubias.records import PreferencePair, Statement


def contrast_pairs(statements: Sequence[Statement], seed: int) -> list[PreferencePair]:
    """Labelled statements as pairs: in each language every fair one beside a biased one.

    A fair and a biased statement of one scenario stand beside one another; the others are drawn.
    Every statement is used, but of plain subject matter, which is learnt soon, no more than of any
    other kind. Those of the rarer label come again. A language with one label only makes no pairs.

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
        if not fair or not biased:
            continue
        twins = _twins(fair, biased)
        pairs += [_pair(*twin) for twin in twins]
        matched = {one.id for twin in twins for one in twin}
        lone_fair, lone_biased = (
            [one for one in side if one.id not in matched] for side in (fair, biased)
        )
        draw.shuffle(lone_fair)
        draw.shuffle(lone_biased)
        lone_fair = _with_less_plain(lone_fair)
        # Where all of one label have a twin, the lone ones stand beside any of it.
        firsts, seconds = lone_fair or fair, lone_biased or biased
        for i in range(max(len(lone_fair), len(lone_biased))):
            pairs.append(_pair(firsts[i % len(firsts)], seconds[i % len(seconds)]))
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


def _with_less_plain(fair: Sequence[Statement]) -> list[Statement]:
    """Of plain subject matter no more than of the most frequent other kind."""
    others = Counter(one.kind for one in fair if one.kind != PLAIN)
    plain = [one for one in fair if one.kind == PLAIN]
    kept = {one.id for one in plain[: max(others.values(), default=len(plain))]}
    return [one for one in fair if one.kind != PLAIN or one.id in kept]


def _pair(fair: Statement, biased: Statement) -> PreferencePair:
    return PreferencePair(
        id=f"{fair.id}+{biased.id}",
        lang=fair.lang,
        chosen=fair.text,
        rejected=biased.text,
        bias_type=biased.bias_type,
        meta={"contrast": True},
    )
