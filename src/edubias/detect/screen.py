"""A first look at a statement that costs next to nothing: is it plain subject matter?

Most of a textbook says nothing of people. A linear model on character n-grams lets such sentences
pass, so that the language model reads only what might matter. It is fitted on the training split
and its threshold on the evaluation split, where it must let through nearly all that the whole
detector would flag.
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

from edubias.detect.damage import damaged

FILE = "screen.safetensors"
FORMAT_VERSION = "1"
COLUMNS = 2**17
RECALL = 0.995
"""Share of what the whole detector flags that must come through."""

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


def fit_screen(texts: Sequence[str], relevant: Sequence[bool], held_out: Sequence[str]) -> Screen:
    """Fit a screen.

    Args:
        texts: Training texts.
        relevant: Which of them the detector should read; some are and some are not.
        held_out: Texts of the evaluation split that the whole detector flags.
    """
    model = LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000)
    model.fit(NGRAMS.transform(texts), np.asarray(relevant))
    screen = Screen(model.coef_[0].astype(np.float32), float(model.intercept_[0]), 0.0)
    scores = np.sort(screen.scores(held_out)) if held_out else np.zeros(1)
    # The lowest of those that must come through, with a little room for rounding.
    lost = int((1 - RECALL) * len(scores))
    return Screen(screen.weights, screen.intercept, float(scores[lost]) - 1e-6)
