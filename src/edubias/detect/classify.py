"""Which kind of bias: a linear head on the policy's hidden states and its logits of kinds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression

from edubias.detect.damage import damaged
from edubias.records import TypeGuess

FILE = "bias_types.safetensors"
FORMAT_VERSION = "2"

SHOWN = 2
"""Kinds that a finding names."""

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class TypeHead:
    """Multinomial logistic regression on what tells a kind of bias.

    Attributes:
        bias_types: The C kinds.
        weights: ``(C, D)``.
        intercepts: ``(C,)``.
    """

    bias_types: tuple[str, ...]
    weights: Array
    intercepts: Array

    def log_probabilities(self, evidence: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """``(N, C)`` log-probabilities of each kind for ``(N, D)`` evidence."""
        logits = evidence @ self.weights.T.astype(np.float64) + self.intercepts
        return np.asarray(log_softmax(logits, axis=1))

    def guesses(self, evidence: npt.NDArray[np.float64]) -> tuple[TypeGuess, ...]:
        """The likeliest kinds of one statement, likeliest first."""
        row = np.exp(self.log_probabilities(evidence[None])[0])
        best = np.argsort(-row)[:SHOWN]
        return tuple(TypeGuess(self.bias_types[i], round(float(row[i]), 2)) for i in best)

    def tempered(
        self, evidence: npt.NDArray[np.float64], bias_types: Sequence[str]
    ) -> tuple[TypeHead, float]:
        """This head as sure of itself as it may be, and its mean log-likelihood then.

        It was fitted on texts that the policy was trained on and is too sure of itself; one
        temperature mends that (Guo et al. 2017, arXiv:1706.04599, section 4.2).

        Args:
            evidence: ``(N, D)``: other texts, N of at least 1.
            bias_types: Their kinds, all of which the head knows.
        """
        gold = [self.bias_types.index(kind) for kind in bias_types]

        def head(inverse: float) -> TypeHead:
            scale = np.float32(inverse)
            return TypeHead(self.bias_types, self.weights * scale, self.intercepts * scale)

        def loss(inverse: float) -> float:
            found = head(inverse).log_probabilities(evidence)
            return -float(found[np.arange(len(gold)), gold].mean())

        best = minimize_scalar(loss, bounds=(0.05, 5.0), method="bounded")
        return head(float(best.x)), -float(best.fun)

    def save(self, folder: Path) -> None:
        """Write the head into a model's folder."""
        save_file(
            # safetensors writes the buffer as it lies, whatever the order of its rows.
            {"weights": np.ascontiguousarray(self.weights), "intercepts": self.intercepts},
            folder / FILE,
            metadata={"format": FORMAT_VERSION, "bias_types": json.dumps(self.bias_types)},
        )


def load_type_head(folder: Path) -> TypeHead | None:
    """Type head of a model's folder; None where it has none.

    Raises:
        ModelError: The file is damaged or of another version.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != FORMAT_VERSION:
                raise KeyError("format")
            return TypeHead(
                tuple(json.loads(metadata["bias_types"])),
                file.get_tensor("weights"),
                file.get_tensor("intercepts"),
            )
    except (SafetensorError, KeyError, json.JSONDecodeError) as error:
        raise damaged(path) from error


def fit_type_head(
    evidence: npt.NDArray[np.float64], bias_types: Sequence[str], strength: float
) -> TypeHead:
    """Fit a head.

    Args:
        evidence: ``(N, D)``, of biased statements.
        bias_types: Their N kinds, at least two different ones.
        strength: Inverse of the regularisation, on standardised evidence.
    """
    centre, spread = evidence.mean(axis=0), evidence.std(axis=0)
    spread[spread == 0] = 1.0
    model = LogisticRegression(C=strength, max_iter=2000, class_weight="balanced")
    model.fit((evidence - centre) / spread, list(bias_types))
    weights, intercepts = model.coef_ / spread, model.intercept_
    if len(weights) == 1:  # two kinds only: scikit-learn keeps one row
        weights, intercepts = (
            np.vstack([-weights, weights]) / 2,
            np.hstack([-intercepts, intercepts]) / 2,
        )
    return TypeHead(
        tuple(str(name) for name in model.classes_),
        weights.astype(np.float32),
        (intercepts - weights @ centre).astype(np.float32),
    )
