"""A first look at a statement that costs next to nothing: is it plain subject matter?

Most of a textbook says nothing of people. A linear model on character n-grams lets such sentences
pass, so that the language model reads only what might matter. It is fitted on the training split;
its threshold must let through nearly all biased texts of that split, and of what the whole
detector flags in the evaluation split.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from edubias.data.labelled import PLAIN, LabelledText
from edubias.detect.damage import damaged

FILE = "screen.safetensors"
FORMAT_VERSION = "2"
COLUMNS = 2**17
RECALL = 0.997
"""Share of what must come through that does."""

FOLDS = 5

# Hashing needs no vocabulary, so nothing but numbers is stored.
NGRAMS = HashingVectorizer(
    analyzer="char_wb", ngram_range=(1, 2), n_features=COLUMNS, norm=None, alternate_sign=False
)

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Screen:
    """Logistic regression on hashed character n-grams, weighted by how rare they are.

    Attributes:
        rarity: ``(COLUMNS,)`` inverse document frequencies.
        weights: ``(COLUMNS,)``.
        intercept: Its log-odds for nothing at all.
        threshold: Statements below it are plain.
    """

    rarity: Array
    weights: Array
    intercept: float
    threshold: float

    def scores(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """``(N,)``: how much each text looks like one that the detector should read."""
        if not texts:
            return np.zeros(0)
        counts = _weighted(NGRAMS.transform(texts), self.rarity)
        return np.asarray(counts @ self.weights + self.intercept, np.float64)

    def passes(self, texts: Sequence[str]) -> npt.NDArray[np.bool_]:
        """``(N,)``: which texts the detector should read."""
        return self.scores(texts) >= self.threshold

    def save(self, folder: Path) -> None:
        """Write the screen into a model's folder."""
        numbers = np.asarray([self.intercept, self.threshold], np.float64)
        save_file(
            {"rarity": self.rarity, "weights": self.weights, "numbers": numbers},
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
            numbers = file.get_tensor("numbers").tolist()
            return Screen(file.get_tensor("rarity"), file.get_tensor("weights"), *numbers)
    except (SafetensorError, KeyError, TypeError) as error:
        raise damaged(path) from error


def fit_screen(training: Sequence[LabelledText], held_out: Sequence[str]) -> Screen:
    """Fit a screen: plain subject matter against everything else.

    The threshold lets through ``RECALL`` of the texts that must come through, and of the biased
    training texts, each of them scored by a model that has not seen its cluster: it takes many
    texts to meet the rare one that looks plain.

    Args:
        training: Training texts; some are plain and some are not.
        held_out: Texts of the evaluation split that must come through; at least one.
    """
    counts = NGRAMS.transform([one.text for one in training])
    rarity = TfidfTransformer().fit(counts).idf_.astype(np.float32)
    rows = _weighted(counts, rarity)
    relevant = np.asarray([one.kind != PLAIN for one in training])
    model = LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000)
    model.fit(rows, relevant)
    screen = Screen(rarity, model.coef_[0].astype(np.float32), float(model.intercept_[0]), 0.0)
    thresholds = [_threshold(screen.scores(held_out))]
    biased = np.asarray([one.biased for one in training])
    clusters = [one.cluster for one in training]
    enough = len(set(clusters)) >= FOLDS
    folds = list(GroupKFold(FOLDS).split(rows, groups=clusters)) if enough else []
    # Few or large clusters may leave one sort alone to be learned from.
    if biased.any() and folds and all(len(set(relevant[seen])) == 2 for seen, _ in folds):
        unseen = cross_val_predict(model, rows, relevant, cv=folds, method="decision_function")
        thresholds.append(_threshold(unseen[biased]))
    return Screen(rarity, screen.weights, screen.intercept, min(thresholds))


def _weighted(counts: csr_matrix, rarity: Array) -> csr_matrix:
    """Counts of n-grams damped, weighted and of unit length (tf-idf, sublinear)."""
    transformer = TfidfTransformer(sublinear_tf=True)
    transformer.idf_ = rarity
    return transformer.transform(counts)


def _threshold(scores: npt.NDArray[np.float64]) -> float:
    """The lowest score of those that must come through, with a little room for rounding."""
    return float(np.sort(scores)[int((1 - RECALL) * len(scores))]) - 1e-6
