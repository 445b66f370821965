"""Turn features into probabilities: logistic calibration on the evaluation split.

Platt 1999, "Probabilistic outputs for support vector machines", with more than one score: one
weight for each feature and one intercept, fitted by maximum likelihood. Features rise with bias, so
weights are not negative. Never fitted on test data.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from edubias.detect.damage import damaged
from edubias.records import Verdict

CALIBRATION_FILE = "calibration.json"
FORMAT_VERSION = 3

BIASED_ODDS = 3.0
"""Odds for bias from which a text is called biased: a probability of 3/4. At two to one, 5 of the
evaluation split's 26 texts that mention bias were called biased, now 2 (``docs/LOG.md``)."""

FAIR_ODDS = 2.0
"""Odds against bias from which a text is called fair: a probability of 1/3."""

RIDGE = 1e-4
"""Weight of the squared weights of standardised features: next to nothing, but finite where the
classes can be separated."""


@dataclass(frozen=True)
class Calibration:
    """``P(biased | features) = 1 / (1 + exp(−(weights·features + intercept)))``.

    Attributes:
        features: Names of the features.
        weights: Weight of each, 0 or more.
        intercept: Log-odds where all features are 0.
        statements: Number of statements it was fitted on.
        fair_below: Verdict below which a statement is fair, whatever its other features; None
            where verdicts do not tell.
        provisional: Fitted in training, on pairs alone; ``edubias calibrate`` makes a better one.
        format_version: Version of this record.
    """

    features: tuple[str, ...]
    weights: tuple[float, ...]
    intercept: float
    statements: int
    fair_below: float | None = None
    provisional: bool = False
    format_version: int = FORMAT_VERSION

    def log_odds(self, features: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """``(N,)`` log-odds that statements with ``(N, F)`` features are biased."""
        return np.asarray(features @ np.asarray(self.weights) + self.intercept)

    @property
    def uses_verdict(self) -> bool:
        """Whether the verdict has a say."""
        return dict(zip(self.features, self.weights, strict=True)).get("verdict", 0.0) > 0

    def save(self, folder: Path) -> None:
        """Write the calibration into a model's folder."""
        (folder / CALIBRATION_FILE).write_text(json.dumps(asdict(self), indent=2) + "\n")


def probabilities(log_odds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Probabilities, in [0, 1], of log-odds."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * log_odds)))


def probability(log_odds: float) -> float:
    """Probability of log-odds."""
    return float(probabilities(np.asarray(log_odds)))


def verdict_of(log_odds: float) -> Verdict:
    """What log-odds say: biased, fair, or neither clearly enough."""
    if log_odds <= -math.log(FAIR_ODDS):
        return "fair"
    return "biased" if log_odds >= math.log(BIASED_ODDS) else "unsure"


def load_calibration(folder: Path) -> Calibration | None:
    """Calibration of a model's folder; None where it has none.

    Raises:
        ModelError: The file is damaged or of another version.
    """
    file = folder / CALIBRATION_FILE
    if not file.is_file():
        return None
    try:
        tree = json.loads(file.read_text(encoding="utf-8"))
        if tree["format_version"] != FORMAT_VERSION:
            raise KeyError("format_version")
        return Calibration(
            **{**tree, "features": tuple(tree["features"]), "weights": tuple(tree["weights"])}
        )
    except (ValueError, TypeError, KeyError) as error:  # undecodable, no JSON, or another record
        raise damaged(file) from error


def fit(
    names: Sequence[str], features: npt.NDArray[np.float64], biased: npt.NDArray[np.bool_]
) -> Calibration:
    """Maximum-likelihood calibration.

    Args:
        names: Names of F features.
        features: ``(N, F)`` features of N statements.
        biased: ``(N,)`` true labels, of which some are true and some are false.
    """
    # Features have no common scale: fit on standardised ones and transform back.
    centre, spread = features.mean(axis=0), features.std(axis=0)
    spread[spread == 0] = 1.0
    standard = (features - centre) / spread
    signs = np.where(biased, 1.0, -1.0)

    def loss(parameters: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        weights, intercept = parameters[:-1], parameters[-1]
        margins = signs * (standard @ weights + intercept)
        pull = -signs * np.exp(-np.logaddexp(0.0, margins)) / len(signs)
        gradient = np.append(standard.T @ pull + 2 * RIDGE * weights, pull.sum())
        value = np.logaddexp(0.0, -margins).mean() + RIDGE * float(weights @ weights)
        return float(value), gradient

    bounds = [(0.0, None)] * len(names) + [(None, None)]
    start = np.zeros(len(names) + 1)
    found = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x
    weights = found[:-1] / spread
    return Calibration(
        features=tuple(names),
        weights=tuple(float(weight) for weight in weights),
        intercept=float(found[-1] - weights @ centre),
        statements=len(features),
    )
