"""What a system says of the texts of a split: the detector's own scores, or a baseline's.

Every system is calibrated the same way, on the evaluation split, so that their decisions and
probabilities compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edubias.data.labelled import LabelledText
from edubias.detect.calibrate import fit

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SystemScores:
    """What one system says of the N texts of the test split.

    Attributes:
        scores: ``(N,)``: higher is more biased, in whatever unit.
        log_odds: ``(N,)``: calibrated; a monotone function of the score. None where only the
            order of scores is of interest.
    """

    scores: Scores
    log_odds: Scores | None = None


def calibrated(
    evaluation: Sequence[LabelledText], evaluation_scores: Scores, test_scores: Scores
) -> SystemScores:
    """Scores of the test split with the calibration that follows from the evaluation split.

    Args:
        evaluation: The M texts of the evaluation split.
        evaluation_scores: ``(M,)``.
        test_scores: ``(N,)``.
    """
    biased = np.asarray([one.biased for one in evaluation])
    calibration = fit(("score",), evaluation_scores[:, None], biased)
    return SystemScores(test_scores, calibration.log_odds(test_scores[:, None]))
