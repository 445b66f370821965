"""A first look at a statement that costs next to nothing: is it plain subject matter?

Most of a textbook says nothing of people. A linear model on character n-grams lets such sentences
pass, so that the language model reads only what might matter. It is fitted on the training split;
its threshold must let through nearly all of what is not plain, and of what the whole detector
flags in the evaluation split.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

from edubias.detect.damage import damaged

FILE = "screen.safetensors"
FORMAT_VERSION = "1"
COLUMNS = 2**17
RECALL = 0.995
"""Share of what must come through that does."""

FOLDS = 5

# Hashing needs no vocabulary, so nothing but numbers is stored.
NGRAMS = HashingVectorizer(analyzer="char_wb", ngram_range=(1, 3), n_features=COLUMNS, norm="l2")


@dataclass(frozen=True)
class Screen:
    """Logistic regression on hashed character n-grams.

    Attributes:
        weights: ``(COLUMNS,)``.
        intercept: Its log-odds for nothing at all.
        threshold: Statements below it are plain.
    """

    weights: npt.NDArray[np.float32]
    intercept: float
    threshold: float

    def scores(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """``(N,)``: how much each text looks like one that the detector should read."""
        if not texts:
            return np.zeros(0)
        return np.asarray(NGRAMS.transform(texts) @ self.weights + self.intercept, np.float64)

    def passes(self, texts: Sequence[str]) -> npt.NDArray[np.bool_]:
        """``(N,)``: which texts the detector should read."""
        return self.scores(texts) >= self.threshold

    def save(self, folder: Path) -> None:
        """Write the screen into a model's folder."""
        numbers = np.asarray([self.intercept, self.threshold], np.float64)
        save_file(
            {"weights": self.weights, "numbers": numbers},
            folder / FILE,
            metadata={"format": FORMAT_VERSION},
        )


def load_screen(folder: Path) -> Screen | None:
    """Screen of a model's folder; None where it has none.

    Raises:
        ModelError: The file is damaged or of another version.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="np") as file:
            if (file.metadata() or {}).get("format") != FORMAT_VERSION:
                raise KeyError("format")
            intercept, threshold = file.get_tensor("numbers").tolist()
            return Screen(file.get_tensor("weights"), intercept, threshold)
    except (SafetensorError, KeyError, ValueError) as error:
        raise damaged(path) from error


def fit_screen(
    texts: Sequence[str],
    relevant: Sequence[bool],
    clusters: Sequence[str],
    held_out: Sequence[str],
) -> Screen:
    """Fit a screen.

    The threshold lets through ``RECALL`` of what must come through, both of the evaluation
    split's texts and of the training split's relevant ones, each scored by a model that has not
    seen its cluster: the rare text that looks plain takes many texts to be met.

    Args:
        texts: Training texts.
        relevant: Which of them the detector should read; some are and some are not.
        clusters: What each of them resembles.
        held_out: Texts of the evaluation split that must come through.
    """
    model = LogisticRegression(C=10.0, max_iter=1000)
    counts, wanted = NGRAMS.transform(texts), np.asarray(relevant)
    model.fit(counts, wanted)
    screen = Screen(model.coef_[0].astype(np.float32), float(model.intercept_[0]), 0.0)
    thresholds = [_threshold(screen.scores(held_out))] if held_out else []
    folds = min(
        FOLDS,
        len({name for name, is_relevant in zip(clusters, wanted, strict=True) if not is_relevant}),
    )
    if folds > 1:
        unseen = cross_val_predict(
            model,
            counts,
            wanted,
            groups=clusters,
            cv=StratifiedGroupKFold(folds),
            method="decision_function",
        )
        thresholds.append(_threshold(unseen[wanted]))
    return Screen(screen.weights, screen.intercept, min(thresholds, default=0.0))


def _threshold(scores: npt.NDArray[np.float64]) -> float:
    """The lowest score of those that must come through, with a little room for rounding."""
    return float(np.sort(scores)[int((1 - RECALL) * len(scores))]) - 1e-6
