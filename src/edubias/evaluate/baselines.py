"""Baselines: what much simpler systems make of the same texts.

Each is fitted on the training split alone. A detector that does not beat them has learnt nothing
that matters.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from edubias.data.labelled import LabelledText
from edubias.evaluate.systems import Scores


def length_scores(texts: Sequence[LabelledText]) -> Scores:
    """Length in characters."""
    return np.asarray([float(len(one.text)) for one in texts])


def ngram_scores(training: Sequence[LabelledText], texts: Sequence[LabelledText]) -> Scores:
    """Log-odds of a logistic regression on TF-IDF weighted character n-grams (1 to 4)."""
    model = make_pipeline(
        TfidfVectorizer(analyzer="char", ngram_range=(1, 4), sublinear_tf=True, min_df=2),
        LogisticRegression(C=3.0, max_iter=1000),
    )
    model.fit([one.text for one in training], [one.biased for one in training])
    return np.asarray(model.decision_function([one.text for one in texts]), dtype=np.float64)


def likelihood_scores(reference_logps: Sequence[Tensor]) -> Scores:
    """How unlikely the base model finds a text, per token, in nats."""
    return np.asarray([-float(logps.mean()) for logps in reference_logps])


def probe_scores(training_states: Scores, biased: Sequence[bool], states: Scores) -> Scores:
    """Log-odds of a logistic regression on the base model's hidden states.

    Args:
        training_states: ``(M, H)`` states of training texts.
        biased: Their M labels.
        states: ``(N, H)`` states of the texts to judge.
    """
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.001, max_iter=500))
    model.fit(training_states, list(biased))
    return np.asarray(model.decision_function(states), dtype=np.float64)
