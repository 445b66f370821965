"""Evaluate a checkpoint on held-out pairs, beside the base model it was trained from."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edubias.detect.calibrate import Calibration, fit, load_calibration
from edubias.detect.detector import load_scorer
from edubias.detect.score import Scorer, TokenLogps
from edubias.evaluate.intervals import Estimate, Indices, clustered_interval
from edubias.evaluate.metrics import auroc, average_precision, f1, mean, precision, recall
from edubias.lang import tr
from edubias.model.logps import Advance
from edubias.model.manifest import library_versions, source_revision, utc_now
from edubias.progress import counting
from edubias.records import PreferencePair

FORMAT_VERSION = 1
OVERALL = "all"


@dataclass(frozen=True)
class PairScores:
    """What one model says of N pairs.

    Attributes:
        scores: ``(N, 2)``: bias scores of the chosen and of the rejected texts.
        rewards: ``(N, 2)``: implicit rewards, the same way round; for the base model, which has
            none, its log-probabilities per token.
        threshold: Score from which a statement counts as biased, fitted on the evaluation split.
    """

    scores: npt.NDArray[np.float64]
    rewards: npt.NDArray[np.float64]
    threshold: float


@dataclass(frozen=True)
class Evaluation:
    """Results of an evaluation, with what they came from.

    Attributes:
        checkpoint: Folder of the evaluated model.
        base_model: Name of the model it was trained from.
        data: For ``test`` and ``eval``: path, sha256, number of pairs.
        calibration: The checkpoint's calibration.
        groups: For each group of pairs (``all``, ``lang/zh``, ``bias_type/…``) its number of
            pairs and scenarios.
        results: For ``trained`` and ``base``, for each group, each figure.
    """

    checkpoint: str
    base_model: str
    data: dict[str, dict[str, Any]]
    calibration: Calibration
    groups: dict[str, dict[str, int]]
    results: dict[str, dict[str, dict[str, Estimate]]]
    commit: dict[str, Any] | None = field(default_factory=source_revision)
    libraries: dict[str, str] = field(default_factory=library_versions)
    created: str = field(default_factory=utc_now)
    format_version: int = FORMAT_VERSION

    def save(self, path: Path) -> None:
        """Write the evaluation as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(self), ensure_ascii=False, indent=2)
        path.write_text(text + "\n", encoding="utf-8")


def evaluate(
    checkpoint: Path,
    test: Sequence[PreferencePair],
    calibration_pairs: Sequence[PreferencePair],
    data: dict[str, dict[str, Any]],
) -> Evaluation:
    """Evaluate a checkpoint.

    A checkpoint without a calibration gets one, fitted on ``calibration_pairs``, and keeps it.

    Args:
        checkpoint: Folder of a trained model.
        test: Held-out pairs.
        calibration_pairs: Pairs of the evaluation split, for the thresholds.
        data: Records of the data files, for the report.

    Raises:
        ModelError: The checkpoint or its base model cannot be loaded.
    """
    scorer, manifest = load_scorer(checkpoint)
    calibration = load_calibration(checkpoint)
    # A checkpoint that is calibrated already needs these pairs for the base model only.
    passes = 4 * len(test) + (4 if calibration is None else 2) * len(calibration_pairs)
    with counting(tr("scoring", "打分"), passes, tr("statements", "句")) as progress:

        def advance(done: int) -> None:
            progress.advance(progress.task_ids[0], done)

        if calibration is None:
            calibration_logps = _logps_of_pairs(scorer, calibration_pairs, advance)
            calibration = fit(*_labelled(_scores(calibration_logps, scorer.score_of)))
            calibration.save(checkpoint)
        base_scores = _base_scores_of_pairs(scorer, calibration_pairs, advance)
        test_logps = _logps_of_pairs(scorer, test, advance)

    base_calibration = fit(*_labelled(base_scores))
    models = {
        "trained": PairScores(
            _scores(test_logps, scorer.score_of),
            _scores(test_logps, lambda logps: logps.implicit_reward(scorer.beta)),
            calibration.threshold,
        ),
        "base": PairScores(
            _scores(test_logps, _base_score),
            -_scores(test_logps, _base_score),
            base_calibration.threshold,
        ),
    }
    groups = group_indices(test)
    return Evaluation(
        checkpoint=str(checkpoint),
        base_model=manifest.base_model,
        data=data,
        calibration=calibration,
        groups={
            name: {"pairs": len(indices), "scenarios": len({test[i].scenario for i in indices})}
            for name, indices in groups.items()
        },
        results={
            model: {
                name: figures(
                    scores, indices, [test[i].scenario for i in indices], model == "trained"
                )
                for name, indices in groups.items()
            }
            for model, scores in models.items()
        },
    )


def group_indices(pairs: Sequence[PreferencePair]) -> dict[str, Indices]:
    """Indices of all pairs, of those of each language, and of those of each bias type."""
    groups: dict[str, list[int]] = {OVERALL: list(range(len(pairs)))}
    for i, pair in enumerate(pairs):
        groups.setdefault(f"lang/{pair.lang}", []).append(i)
    for i, pair in enumerate(pairs):
        if pair.bias_type is not None:
            groups.setdefault(f"bias_type/{pair.bias_type}", []).append(i)
    return {name: np.asarray(indices, dtype=np.intp) for name, indices in groups.items()}


def figures(
    model: PairScores, indices: Indices, scenarios: Sequence[str], trained: bool
) -> dict[str, Estimate]:
    """All figures of one model on one group of pairs.

    Args:
        model: What the model says of all pairs.
        indices: The group's pairs.
        scenarios: Their scenarios, the clusters of the bootstrap.
        trained: Whether there are implicit rewards, so that margin and loss have a meaning.
    """
    scores, rewards = model.scores[indices], model.rewards[indices]
    margins = rewards[:, 0] - rewards[:, 1]

    def detection(figure: Callable[..., float | None], decided: bool) -> Estimate:
        def of(chosen: Indices) -> float | None:
            values, biased = _labelled(scores[chosen])
            return figure(biased, values >= model.threshold if decided else values)

        return clustered_interval(of, scenarios)

    result = {
        "reward_accuracy": clustered_interval(lambda i: mean(margins[i] > 0), scenarios),
        "auroc": detection(auroc, decided=False),
        "average_precision": detection(average_precision, decided=False),
        "f1": detection(f1, decided=True),
        "precision": detection(precision, decided=True),
        "recall": detection(recall, decided=True),
    }
    if trained:
        losses = np.logaddexp(0.0, -margins)
        result["reward_margin"] = clustered_interval(lambda i: mean(margins[i]), scenarios)
        result["loss"] = clustered_interval(lambda i: mean(losses[i]), scenarios)
    return result


def _logps_of_pairs(
    scorer: Scorer, pairs: Sequence[PreferencePair], advance: Advance
) -> list[tuple[TokenLogps, TokenLogps]]:
    texts = [text for pair in pairs for text in (pair.chosen, pair.rejected)]
    logps = scorer.token_logps(texts, advance, keep=True)
    return list(zip(logps[::2], logps[1::2], strict=True))


def _base_scores_of_pairs(
    scorer: Scorer, pairs: Sequence[PreferencePair], advance: Advance
) -> npt.NDArray[np.float64]:
    """``(N, 2)`` scores by the base model alone."""
    texts = [text for pair in pairs for text in (pair.chosen, pair.rejected)]
    means = [float(logps.mean()) for logps in scorer.reference_logps(texts, advance, keep=True)]
    return -np.asarray(means).reshape(-1, 2)


def _base_score(logps: TokenLogps) -> float:
    """How unlikely the base model finds a statement, per token."""
    return -float(logps.reference.mean())


def _scores(
    pairs: Sequence[tuple[TokenLogps, TokenLogps]], score: Callable[[TokenLogps], float]
) -> npt.NDArray[np.float64]:
    return np.asarray([[score(chosen), score(rejected)] for chosen, rejected in pairs])


def _labelled(
    scores: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """``(N, 2)`` scores of pairs as 2N scores of statements with their labels."""
    biased = np.broadcast_to(np.asarray([False, True]), scores.shape)
    return scores.ravel(), biased.ravel()
