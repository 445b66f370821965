"""Which kind of bias: a linear head on the policy's hidden states."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression

from edubias.detect.damage import damaged
from edubias.records import TypeGuess

FILE = "bias_types.safetensors"
FORMAT_VERSION = "1"

SHOWN = 2
"""Kinds that a finding names."""

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class TypeHead:
    """Multinomial logistic regression on hidden states.

    Attributes:
        bias_types: The C kinds.
        weights: ``(C, H)``.
        intercepts: ``(C,)``.
    """

    bias_types: tuple[str, ...]
    weights: Array
    intercepts: Array

    def probabilities(self, states: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """``(N, C)`` probabilities of each kind for ``(N, H)`` states."""
        logits = states @ self.weights.T.astype(np.float64) + self.intercepts
        shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))

    def guesses(self, state: npt.NDArray[np.float64]) -> tuple[TypeGuess, ...]:
        """The likeliest kinds of one statement, likeliest first."""
        row = self.probabilities(state[None])[0]
        best = np.argsort(-row)[:SHOWN]
        return tuple(TypeGuess(self.bias_types[i], round(float(row[i]), 2)) for i in best)

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
    states: npt.NDArray[np.float64], bias_types: Sequence[str], strength: float
) -> TypeHead:
    """Fit a head.

    Args:
        states: ``(N, H)`` hidden states of biased statements.
        bias_types: Their N kinds, at least two different ones.
        strength: Inverse of the regularisation, on standardised states.
    """
    centre, spread = states.mean(axis=0), states.std(axis=0)
    spread[spread == 0] = 1.0
    model = LogisticRegression(C=strength, max_iter=2000, class_weight="balanced")
    model.fit((states - centre) / spread, list(bias_types))
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
