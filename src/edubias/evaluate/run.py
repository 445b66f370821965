"""Measure a checkpoint on held-out pairs and statements, beside baselines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from edubias.data.labelled import PAIR, PLAIN, Collection, LabelledText
from edubias.data.read import sample
from edubias.detect.calibrate import Calibration, load_calibration
from edubias.detect.classify import load_type_head
from edubias.detect.detector import Detector, load_scorer
from edubias.detect.fitting import calibrate, typed
from edubias.detect.fitting import passes as calibration_passes
from edubias.detect.score import Reading, Scorer
from edubias.errors import DataError
from edubias.evaluate.baselines import (
    length_scores,
    likelihood_scores,
    ngram_scores,
    probe_scores,
)
from edubias.evaluate.faithfulness import Faithfulness, faithfulness
from edubias.evaluate.figures import advantage, figures, groups_of
from edubias.evaluate.generation import GenerationRate, generation_rate
from edubias.evaluate.intervals import Estimate, Indices, clustered_interval
from edubias.evaluate.prompted import prompted_scores
from edubias.evaluate.retention import Retention, retention
from edubias.evaluate.systems import Scores, SystemScores, calibrated
from edubias.lang import tr
from edubias.model.logps import Advance
from edubias.model.manifest import library_versions, source_revision, utc_now
from edubias.progress import counting
from edubias.records import Statement

FORMAT_VERSION = 2
TRAINED = "trained"
BASE = "base"
"""The base model's log-probabilities."""

PARTS = {"reward": "reward_mean", "verdict": "verdict"}
"""Parts of the trained model that are measured by themselves, and the features they are."""

BASELINES = ("length", "ngrams", "probe", "prompted")
"""Further baselines; those but the first need the training split or minutes."""

MAIN_GROUPS = ("all", "pairs", "statements", "lang/", "kind/", "pairs/lang/", "statements/lang/")
"""Groups on which baselines are measured too; for the trained model it is all groups."""


@dataclass(frozen=True)
class Evaluation:
    """Results of an evaluation, with what they came from.

    Attributes:
        checkpoint: Folder of the evaluated model.
        base_model: Name of the model it was trained from.
        data: For each split path, sha256 and counts of its files.
        calibration: The checkpoint's calibration.
        groups: For each group of texts its number of texts and clusters.
        results: For each system, for each group, each figure.
        advantages: For each other system by how much the trained model's AUROC is above its own, on
            all texts, pairs and statements.
        bias_types: Figures of the type head, and its confusion matrix; None without a head.
        retention: What training cost on neutral texts; None without such texts.
        generation: The bias generation rate; None where it was not asked for.
        spans: How faithful findings' phrases are; None where it was not asked for.
        texts: For each text of the test split what the trained model says of it.
    """

    checkpoint: str
    base_model: str
    data: dict[str, dict[str, Any]]
    calibration: Calibration
    groups: dict[str, dict[str, int]]
    results: dict[str, dict[str, dict[str, Estimate]]]
    advantages: dict[str, dict[str, Estimate]]
    bias_types: dict[str, Any] | None
    retention: Retention | None
    generation: GenerationRate | None
    spans: Faithfulness | None
    texts: list[dict[str, Any]]
    commit: dict[str, Any] | None = field(default_factory=source_revision)
    libraries: dict[str, str] = field(default_factory=library_versions)
    created: str = field(default_factory=utc_now)
    format_version: int = FORMAT_VERSION

    def save(self, path: Path) -> None:
        """Write the evaluation as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        path.write_text(text + "\n", encoding="utf-8")


@dataclass(frozen=True)
class Splits:
    """What an evaluation needs.

    Attributes:
        test: What is measured.
        evaluation: What thresholds and calibrations are fitted on.
        training: What baselines are fitted on; None where it is not at hand.
    """

    test: Collection
    evaluation: Collection
    training: Collection | None = None


@dataclass(frozen=True)
class Wanted:
    """What to measure beyond the trained model's and the base model's scores.

    Attributes:
        baselines: Which of ``BASELINES``.
        continuations: How many continuations to sample for the bias generation rate; 0 for none.
        span_pairs: Of how many random pairs to test the phrases that findings point at.
    """

    baselines: Sequence[str] = ("length",)
    continuations: int = 0
    span_pairs: int = 0


def evaluate(
    checkpoint: Path,
    splits: Splits,
    data: dict[str, dict[str, Any]],
    wanted: Wanted,
) -> Evaluation:
    """Evaluate a checkpoint.

    A checkpoint without a calibration gets one, fitted on the evaluation split, and keeps it.

    Args:
        checkpoint: Folder of a trained model.
        splits: The data.
        data: Records of the data files, for the report.
        wanted: What to measure besides.

    Raises:
        DataError: A baseline, or the judge of continuations, needs training data and there is none.
        ModelError: The checkpoint or its base model cannot be loaded.
    """
    needs_training = wanted.continuations or {"ngrams", "probe"} & set(wanted.baselines)
    if splits.training is None and needs_training:
        raise DataError(
            tr("what was asked for needs the training split", "所需的项目要用到训练集"),
            tr("Name it with --train-data FILE.", "请用 --train-data FILE 指定。"),
        )
    scorer, manifest = load_scorer(checkpoint)
    test, evaluation = splits.test.texts(), splits.evaluation.texts()
    with counting(
        tr("reading", "读取"),
        _passes(checkpoint, splits, wanted),
        tr("passes", "次"),
    ) as progress:

        def advance(done: int) -> None:
            progress.advance(progress.task_ids[0], done)

        calibration = load_calibration(checkpoint) or calibrate(
            checkpoint, scorer, splits.evaluation, splits.training, advance
        )
        readings = scorer.readings([one.text for one in test], advance, keep=True)
        systems = {
            TRAINED: _trained(scorer, calibration, readings),
            **_parts(scorer, readings),
            BASE: _base(scorer, evaluation, readings, advance),
        }
        for name in wanted.baselines:
            systems[name] = _baseline(name, scorer, splits, advance)
        generation = (
            _generation(scorer, splits, wanted.continuations, advance)
            if wanted.continuations
            else None
        )
        spans = _faithfulness(scorer, calibration, splits, readings, wanted.span_pairs, advance)
    groups = groups_of(test)
    return Evaluation(
        checkpoint=str(checkpoint),
        base_model=manifest.base_model,
        data=data,
        calibration=calibration,
        groups={
            name: {
                "texts": len(group.indices),
                "clusters": len({test[i].cluster for i in group.indices}),
            }
            for name, group in groups.items()
        },
        results={
            system: {
                name: figures(scores, test, group)
                for name, group in groups.items()
                if system == TRAINED or name.startswith(MAIN_GROUPS)
            }
            for system, scores in systems.items()
        },
        advantages={
            system: {
                name: advantage(systems[TRAINED], scores, test, groups[name])
                for name in ("all", "pairs", "statements")
                if name in groups
            }
            for system, scores in systems.items()
            if system != TRAINED
        },
        bias_types=_type_figures(checkpoint, test, readings),
        retention=_retention(test, readings),
        generation=generation,
        spans=spans,
        texts=[
            {
                **asdict(one),
                "score": round(float(score), 4),
                "verdict_logit": round(reading.verdict, 4),
                "reward": round(reading.implicit_reward(scorer.beta), 4),
            }
            for one, score, reading in zip(test, systems[TRAINED].scores, readings, strict=True)
        ],
    )


def _passes(checkpoint: Path, splits: Splits, wanted: Wanted) -> int:
    test, evaluation = len(splits.test.texts()), len(splits.evaluation.texts())
    count = 2 * test + evaluation
    if load_calibration(checkpoint) is None:
        count += calibration_passes(splits.evaluation, splits.training)
    if "probe" in wanted.baselines and splits.training is not None:
        count += test + evaluation + len(splits.training.texts())
    count += 2 * wanted.continuations + 4 * min(wanted.span_pairs, len(splits.test.pairs))
    return count + (test + evaluation if "prompted" in wanted.baselines else 0)


def _trained(scorer: Scorer, calibration: Calibration, readings: Sequence[Reading]) -> SystemScores:
    log_odds = calibration.log_odds(scorer.features(readings, calibration.features))
    return SystemScores(log_odds, log_odds)


def _parts(scorer: Scorer, readings: Sequence[Reading]) -> dict[str, SystemScores]:
    """What the detector is made of: the order that each part alone gives."""
    features = scorer.features(readings, tuple(PARTS.values()))
    return {name: SystemScores(features[:, i]) for i, name in enumerate(PARTS)}


def _base(
    scorer: Scorer,
    evaluation: Sequence[LabelledText],
    readings: Sequence[Reading],
    advance: Advance,
) -> SystemScores:
    held_out = scorer.reference_logps([one.text for one in evaluation], advance, keep=True)
    return calibrated(
        evaluation,
        likelihood_scores(held_out),
        likelihood_scores([reading.reference for reading in readings]),
    )


def _baseline(name: str, scorer: Scorer, splits: Splits, advance: Advance) -> SystemScores:
    test, evaluation = splits.test.texts(), splits.evaluation.texts()
    training = [] if splits.training is None else splits.training.texts()
    if name == "length":
        return calibrated(evaluation, length_scores(evaluation), length_scores(test))
    everything = [*evaluation, *test]
    texts = [one.text for one in everything]
    if name == "ngrams":
        scores = ngram_scores(training, everything)
    elif name == "probe":
        states = scorer.states([*(one.text for one in training), *texts], advance, base=True)
        known = len(training)
        labels = [one.biased for one in training]
        scores = probe_scores(states[:known], labels, states[known:])
    else:
        scores = prompted_scores(
            scorer.reference or scorer.policy, scorer.tokenizer, texts, advance
        )
    return calibrated(evaluation, scores[: len(evaluation)], scores[len(evaluation) :])


def _generation(scorer: Scorer, splits: Splits, count: int, advance: Advance) -> GenerationRate:
    """The judge is the n-gram model: it has nothing in common with the generator."""
    training = [] if splits.training is None else splits.training.texts()
    evaluation = splits.evaluation.texts()

    def judge(texts: Sequence[str]) -> Scores:
        judged = [LabelledText(text, False, "zh", PAIR, None, None, text) for text in texts]
        scores = ngram_scores(training, [*evaluation, *judged])
        known = len(evaluation)
        return calibrated(evaluation, scores[:known], scores[known:]).log_odds

    return generation_rate(
        scorer.policy,
        scorer.reference,
        scorer.tokenizer,
        splits.test.pairs,
        judge,
        count,
        advance=advance,
    )


def _faithfulness(
    scorer: Scorer,
    calibration: Calibration,
    splits: Splits,
    readings: Sequence[Reading],
    count: int,
    advance: Advance,
) -> Faithfulness | None:
    detector = Detector(scorer, calibration)
    positions = sample(list(range(len(splits.test.pairs))), count, seed=0)
    pairs = [splits.test.pairs[i] for i in positions]
    said = [readings[2 * i + 1] for i in positions]  # the texts begin with the pairs' sides
    findings = [
        detector.finding(Statement(pair.id, pair.rejected, pair.lang), reading, value)
        for pair, reading, value in zip(pairs, said, detector.log_odds(said), strict=True)
    ]
    return faithfulness(
        pairs, findings, lambda texts: detector.log_odds(scorer.readings(texts, advance))
    )


def _retention(test: Sequence[LabelledText], readings: Sequence[Reading]) -> Retention | None:
    neutral = [reading for one, reading in zip(test, readings, strict=True) if one.kind == PLAIN]
    return retention(neutral) if neutral else None


def _type_figures(
    checkpoint: Path, test: Sequence[LabelledText], readings: Sequence[Reading]
) -> dict[str, Any] | None:
    head = load_type_head(checkpoint)
    chosen = [i for i, one in enumerate(test) if typed([one])]
    if head is None or not chosen:
        return None
    states = np.asarray([readings[i].state.tolist() for i in chosen])
    ranked = np.argsort(-head.probabilities(states), axis=1)
    gold = [str(test[i].bias_type) for i in chosen]
    names = list(head.bias_types)
    hits = np.asarray(
        [[names[k] == kind for k in row] for kind, row in zip(gold, ranked, strict=True)]
    )
    clusters = [test[i].cluster for i in chosen]

    def top(count: int) -> Estimate:
        def share(drawn: Indices) -> float | None:
            return float(hits[drawn, :count].any(axis=1).mean())

        return clustered_interval(share, clusters)

    confusion = np.zeros((len(names), len(names)), dtype=int)
    for kind, row in zip(gold, ranked, strict=True):
        if kind in names:
            confusion[names.index(kind), row[0]] += 1
    return {
        "top1": top(1),
        "top2": top(2),
        "texts": len(chosen),
        "names": names,
        "confusion": confusion.tolist(),
    }
