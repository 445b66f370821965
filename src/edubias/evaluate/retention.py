"""What training has cost: how well the policy still models plain educational text.

Perplexity of neutral texts under policy and base model, and how much less likely the policy finds
their tokens. (A divergence proper would need the model's own samples.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edubias.detect.score import Reading
from edubias.evaluate.intervals import Estimate, clustered_interval


@dataclass(frozen=True)
class Retention:
    """How the policy differs from the base model on neutral texts.

    Attributes:
        texts: Number of texts.
        base_perplexity: ``exp`` of the mean negative log-probability of a token.
        perplexity: The same under the policy.
        nats: Mean over tokens of ``log π_ref − log π``: by how much the policy finds the texts less
            likely; ``log(perplexity / base_perplexity)``.
    """

    texts: int
    base_perplexity: Estimate
    perplexity: Estimate
    nats: Estimate


def retention(readings: Sequence[Reading]) -> Retention:
    """Retention from readings of neutral texts, with intervals over texts."""
    tokens = np.asarray([len(reading.policy) for reading in readings], dtype=float)
    sums = {
        name: np.asarray([float(getattr(reading, name).sum()) for reading in readings])
        for name in ("policy", "reference")
    }
    clusters = [str(i) for i in range(len(readings))]

    def perplexity(name: str) -> Estimate:
        return clustered_interval(
            lambda i: float(np.exp(-sums[name][i].sum() / tokens[i].sum())), clusters
        )

    return Retention(
        texts=len(readings),
        base_perplexity=perplexity("reference"),
        perplexity=perplexity("policy"),
        nats=clustered_interval(
            lambda i: float((sums["reference"][i] - sums["policy"][i]).sum() / tokens[i].sum()),
            clusters,
        ),
    )
