"""Turn scores into probabilities: logistic calibration on the evaluation split.

Platt 1999, "Probabilistic outputs for support vector machines": one slope and one intercept,
fitted by maximum likelihood. Never fitted on test data.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from edubias.errors import ModelError
from edubias.lang import tr

CALIBRATION_FILE = "calibration.json"
FORMAT_VERSION = 1
LEAST_SLOPE = 1e-6
"""A score that does not rise with bias gets this slope: all probabilities near the base rate."""


@dataclass(frozen=True)
class Calibration:
    """``P(biased | score) = 1 / (1 + exp(−(slope·score + intercept)))``.

    Attributes:
        slope: Above 0.
        intercept: Log-odds at score 0.
        statements: Number of statements it was fitted on.
        format_version: Version of this record.
    """

    slope: float
    intercept: float
    statements: int
    format_version: int = FORMAT_VERSION

    def probability(self, score: float) -> float:
        """Probability, in [0, 1], that a statement with this score is biased."""
        return 0.5 * (1.0 + math.tanh(0.5 * (self.slope * score + self.intercept)))

    @property
    def threshold(self) -> float:
        """Score at which the probability is one half; from there on the verdict is "biased"."""
        return -self.intercept / self.slope

    def save(self, folder: Path) -> None:
        """Write the calibration into a model's folder."""
        (folder / CALIBRATION_FILE).write_text(json.dumps(asdict(self), indent=2) + "\n")


def load_calibration(folder: Path) -> Calibration | None:
    """Calibration of a model's folder; None where it has none.

    Raises:
        ModelError: The file is damaged or of another version.
    """
    file = folder / CALIBRATION_FILE
    if not file.is_file():
        return None
    try:
        return Calibration(**json.loads(file.read_text(encoding="utf-8")))
    except (json.JSONDecodeError, TypeError) as error:
        raise ModelError(
            tr(f"{file}: damaged or of another version", f"{file}：已损坏或版本不符"),
            tr(
                "Delete it; `edubias evaluate` calibrates the checkpoint anew.",
                "请删除该文件，`edubias evaluate` 会重新校准。",
            ),
        ) from error


def fit(scores: npt.NDArray[np.float64], biased: npt.NDArray[np.bool_]) -> Calibration:
    """Maximum-likelihood calibration of N scores.

    Args:
        scores: ``(N,)`` scores.
        biased: ``(N,)`` true labels, of which some are true and some are false.
    """
    column = scores.astype(np.float64)[:, None]
    # Scores have no natural scale: fit on standardised ones, with next to no regularisation, and
    # transform back.
    centre, spread = column.mean(), column.std() or 1.0
    model = LogisticRegression(C=1e4).fit((column - centre) / spread, biased)
    slope = max(float(model.coef_[0, 0]) / spread, LEAST_SLOPE)
    intercept = float(model.intercept_[0]) - slope * float(centre)
    return Calibration(slope=slope, intercept=intercept, statements=len(column))
