"""Confidence intervals by bootstrap over clusters.

Statements of one scenario resemble each other, so they are drawn together: whole clusters are
resampled with replacement, and the interval is that of the percentiles (Efron 1979; for clusters
Field and Welsh 2007, "Bootstrapping clustered data").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RESAMPLES = 500
LEVEL = 0.95
SEED = 0

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95% confidence interval; each is None where it is not defined."""

    value: float | None
    low: float | None = None
    high: float | None = None


def clustered_interval(
    statistic: Callable[[Indices], float | None], clusters: Sequence[str]
) -> Estimate:
    """A statistic of N items and its interval.

    Args:
        statistic: Computes the figure from the indices of the items, which may repeat.
        clusters: For each of the N items the cluster it belongs to.

    Returns:
        The estimate. With fewer than two clusters there is no interval. Resamples in which the
        statistic is not defined are left out.
    """
    value = statistic(np.arange(len(clusters)))
    members: dict[str, list[int]] = {}
    for index, cluster in enumerate(clusters):
        members.setdefault(cluster, []).append(index)
    groups = [np.asarray(indices, dtype=np.intp) for indices in members.values()]
    if value is None or len(groups) < 2:
        return Estimate(value)
    random = np.random.default_rng(SEED)
    draws = []
    for _ in range(RESAMPLES):
        drawn = random.integers(len(groups), size=len(groups))
        draw = statistic(np.concatenate([groups[i] for i in drawn]))
        if draw is not None:
            draws.append(draw)
    if not draws:
        return Estimate(value)
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return Estimate(value, float(low), float(high))
