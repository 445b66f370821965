"""How well scores tell biased statements from fair ones.

Every function takes N true labels (True for biased) and N scores or decisions, and returns None
where the figure is not defined, such as an AUROC of one class only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

Labels = npt.NDArray[np.bool_]
Scores = npt.NDArray[np.float64]


def auroc(biased: Labels, scores: Scores) -> float | None:
    """Probability that a biased statement scores above a fair one, ties counting one half.

    By the ranks, after Mann and Whitney 1947: much faster in a bootstrap than from the curve.
    """
    positives = int(biased.sum())
    negatives = len(biased) - positives
    if not positives or not negatives:
        return None
    rank_sum = float(rankdata(scores)[biased].sum())
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def pairs_in_order(fair: Scores, biased: Scores) -> Scores:
    """For each of N pairs 1 where its biased side scores above its fair one, 1/2 for a tie, else 0.

    Their mean is the pair accuracy: what ``auroc`` is, within pairs.
    """
    return np.heaviside(biased - fair, 0.5)


def average_precision(biased: Labels, scores: Scores) -> float | None:
    """Area under the precision-recall curve, as a step function.

    What scikit-learn computes, without its checks: in a bootstrap they take most of the time.
    """
    if biased.all() or not biased.any():
        return None
    order = np.argsort(-scores, kind="stable")
    found = np.cumsum(biased[order])
    # Equal scores are flagged together: a threshold stands at the last of each run of them.
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(order) - 1)
    precisions = found[last] / (last + 1)
    recalls = found[last] / found[-1]
    return float(np.sum(np.diff(recalls, prepend=0.0) * precisions))


def precision(biased: Labels, flagged: Labels) -> float | None:
    """Share of flagged statements that are biased; None where nothing is flagged."""
    return _share(int((biased & flagged).sum()), int(flagged.sum()))


def recall(biased: Labels, flagged: Labels) -> float | None:
    """Share of biased statements that are flagged."""
    return _share(int((biased & flagged).sum()), int(biased.sum()))


def f1(biased: Labels, flagged: Labels) -> float | None:
    """Harmonic mean of precision and recall; None where nothing is biased and nothing flagged."""
    return _share(2 * int((biased & flagged).sum()), int(biased.sum()) + int(flagged.sum()))


def mean(values: npt.NDArray[Any]) -> float | None:
    """Mean of N numbers; None for none."""
    return float(values.mean()) if len(values) else None


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


BINS = 10


def calibration_error(biased: Labels, probabilities: Scores) -> float | None:
    """Expected calibration error: mean distance of probability and frequency over ten bins.

    Bins hold about equally many statements (Nguyen and O'Connor 2015, arXiv:1508.05154), since
    most probabilities are near 0 or 1.
    """
    if not len(biased):
        return None
    distances = [
        len(part) * abs(float(probabilities[part].mean()) - float(biased[part].mean()))
        for part in equal_bins(probabilities)
    ]
    return sum(distances) / len(biased)


def equal_bins(values: Scores) -> list[npt.NDArray[np.intp]]:
    """Indices of N values in at most ``BINS`` bins of about equally many, in rising order.

    Equal values stay together: which of them came first says nothing.
    """
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    cuts = [round(k * len(order) / BINS) for k in range(1, BINS)]
    ends = {
        int(np.searchsorted(ordered, ordered[cut], side="left")) for cut in cuts if cut < len(order)
    }
    return [part for part in np.split(order, sorted(ends)) if len(part)]
