"""All figures of one system on one group of texts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from edubias.data.labelled import PAIR, LabelledText
from edubias.detect.calibrate import BIASED_ODDS, probabilities
from edubias.evaluate.intervals import Estimate, Indices, clustered_interval, clustered_share
from edubias.evaluate.metrics import (
    auroc,
    average_precision,
    calibration_error,
    f1,
    mean,
    pairs_in_order,
    precision,
    recall,
)
from edubias.evaluate.systems import SystemScores

OVERALL = "all"
FLAGGED = math.log(BIASED_ODDS)
"""Log-odds from which a text is reported as biased."""

PER_THOUSAND = 1000.0


@dataclass(frozen=True)
class Group:
    """A group of texts.

    Attributes:
        indices: Their positions.
        pairs: Whether they are whole pairs, both sides in turn.
    """

    indices: Indices
    pairs: bool


def groups_of(texts: Sequence[LabelledText]) -> dict[str, Group]:
    """Groups of texts: all, pairs, statements, languages, kinds of bias, subjects, kinds."""
    members: dict[str, list[int]] = {OVERALL: list(range(len(texts)))}

    def add(name: str, index: int) -> None:
        members.setdefault(name, []).append(index)

    for index, one in enumerate(texts):
        add("pairs" if one.kind == PAIR else "statements", index)
    for index, one in enumerate(texts):
        add(f"lang/{one.lang}", index)
    for prefix in ("pairs/lang/", "bias_type/", "subject/"):
        for index, one in enumerate(texts):
            if one.kind != PAIR:
                continue
            value = {"pairs/lang/": one.lang, "bias_type/": one.bias_type}.get(prefix, one.subject)
            if value is not None:
                add(prefix + value, index)
    for index, one in enumerate(texts):
        if one.kind != PAIR:
            add(f"statements/lang/{one.lang}", index)
            add(f"kind/{one.kind}", index)
    return {
        name: Group(
            np.asarray(sorted(indices), dtype=np.intp),
            pairs=all(texts[i].kind == PAIR for i in indices),
        )
        for name, indices in members.items()
    }


def figures(
    system: SystemScores, texts: Sequence[LabelledText], group: Group
) -> dict[str, Estimate]:
    """All figures of one system on one group that are defined there.

    ``pair_accuracy``: pairs whose biased side scores higher, ties counting one half. ``f1``,
    ``precision``, ``recall``: decided either way at even odds; like ``calibration_error`` only
    where the group holds both biased and fair texts. ``false_alarms``: fair texts that are reported
    as biased (odds of three to one), per 1,000. ``flagged``: biased texts that are.
    """
    indices = group.indices
    biased = np.asarray([texts[i].biased for i in indices])
    scores = system.scores[indices]
    clusters = [texts[i].cluster for i in indices]
    log_odds = None if system.log_odds is None else system.log_odds[indices]
    result = {}
    if log_odds is not None:
        reported = log_odds >= FLAGGED
        result["false_alarms"] = _share_of(~biased, reported, clusters, PER_THOUSAND)
        result["flagged"] = _share_of(biased, reported, clusters)
        result["recall"] = _share_of(biased, log_odds >= 0, clusters)
    if group.pairs:
        in_order = pairs_in_order(scores[::2], scores[1::2])
        result["pair_accuracy"] = clustered_share(in_order, clusters[::2])
    if biased.any() and not biased.all():
        for name, statistic in text_figures(biased, scores, log_odds).items():
            if name not in result:
                noisy = name == "calibration_error"
                result[name] = clustered_interval(statistic, clusters, raised_by_noise=noisy)
    return {name: estimate for name, estimate in result.items() if estimate.value is not None}


def _share_of(
    counted: npt.NDArray[np.bool_],
    holds: npt.NDArray[np.bool_],
    clusters: Sequence[str],
    scale: float = 1.0,
) -> Estimate:
    """Share of the texts that count for which something holds."""
    chosen = [cluster for cluster, counts in zip(clusters, counted, strict=True) if counts]
    return clustered_share(holds[counted], chosen, scale)


def text_figures(
    biased: npt.NDArray[np.bool_],
    scores: npt.NDArray[np.float64],
    log_odds: npt.NDArray[np.float64] | None,
) -> dict[str, Callable[[Indices], float | None]]:
    """All figures of single texts, as functions of which texts are drawn.

    Args:
        biased: ``(N,)`` labels.
        scores: ``(N,)`` scores.
        log_odds: ``(N,)``; None leaves decisions and probabilities out.
    """
    order: dict[str, Callable[[Indices], float | None]] = {
        "auroc": lambda i: auroc(biased[i], scores[i]),
        "average_precision": lambda i: average_precision(biased[i], scores[i]),
    }
    if log_odds is None:
        return order
    return order | {
        "f1": lambda i: f1(biased[i], log_odds[i] >= 0),
        "precision": lambda i: precision(biased[i], log_odds[i] >= 0),
        "recall": lambda i: recall(biased[i], log_odds[i] >= 0),
        "calibration_error": lambda i: calibration_error(biased[i], probabilities(log_odds[i])),
        "false_alarms": partial(_rate, biased, log_odds, False, PER_THOUSAND),
        "flagged": partial(_rate, biased, log_odds, True, 1.0),
    }


def _rate(
    biased: npt.NDArray[np.bool_],
    log_odds: npt.NDArray[np.float64],
    of_biased: bool,
    scale: float,
    chosen: Indices,
) -> float | None:
    """Share of the biased or of the fair texts that are reported, times ``scale``."""
    flagged = log_odds[chosen][biased[chosen] == of_biased] >= FLAGGED
    share = mean(flagged)
    return None if share is None else scale * share


def advantage(
    one: SystemScores, other: SystemScores, texts: Sequence[LabelledText], group: Group
) -> Estimate:
    """By how much one system's AUROC on a group is above another's: a paired bootstrap."""
    biased = np.asarray([texts[i].biased for i in group.indices])
    mine, theirs = one.scores[group.indices], other.scores[group.indices]

    def difference(drawn: Indices) -> float | None:
        first, second = auroc(biased[drawn], mine[drawn]), auroc(biased[drawn], theirs[drawn])
        return None if first is None or second is None else first - second

    return clustered_interval(difference, [texts[i].cluster for i in group.indices])
