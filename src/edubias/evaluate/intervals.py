"""Confidence intervals by bootstrap over clusters.

Statements of one scenario resemble each other, so they are drawn together: whole clusters are
resampled with replacement, and the interval is that of the percentiles (Efron 1979; for clusters
Field and Welsh 2007, "Bootstrapping clustered data").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

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
    statistic: Callable[[Indices], float | None],
    clusters: Sequence[str],
    raised_by_noise: bool = False,
) -> Estimate:
    """A statistic of N items and its interval.

    Args:
        statistic: Computes the figure from the indices of the items, which may repeat.
        clusters: For each of the N items the cluster it belongs to.
        raised_by_noise: The statistic is a distance, 0 or more, and noise makes it greater, as
            resampling does: percentiles of resamples then lie above it. The interval is the basic
            one instead, ``2·value − percentiles`` (Davison and Hinkley 1997, section 5.2.1), not
            below 0, and wide enough to hold the value: with few items noise alone may be greater.

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
    low, high = (float(bound) for bound in np.quantile(draws, [tail, 1 - tail]))
    if raised_by_noise:
        low, high = max(0.0, 2 * value - high), max(value, 2 * value - low)
    return Estimate(value, low, high)


def clustered_share(
    holds: npt.NDArray[np.bool_] | npt.NDArray[np.float64],
    clusters: Sequence[str],
    scale: float = 1.0,
) -> Estimate:
    """Share of N items for which something holds, times ``scale``, and its interval.

    Where it holds for none or for all, resamples do not differ. The open end is then that of
    Clopper and Pearson 1934 for as many independent items as there are clusters.

    Args:
        holds: ``(N,)``; numbers from 0 to 1 where it may hold by half.
        clusters: For each of the N items the cluster it belongs to.
        scale: 1000 for "per 1,000".
    """
    if not len(holds):
        return Estimate(None)
    share = clustered_interval(lambda i: scale * float(holds[i].mean()), clusters)
    all_hold = holds.min() == 1
    if holds.any() and not all_hold:
        return share
    reach = scale * (1 - ((1 - LEVEL) / 2) ** (1 / len(set(clusters))))
    if all_hold:
        return replace(share, low=scale - reach, high=scale)
    return replace(share, low=0.0, high=reach)
