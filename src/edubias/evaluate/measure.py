"""Scores of all systems on the test split, and what else is measured with the models at hand."""

from __future__ import annotations

from collections.abc import Sequence

from edubias.data.labelled import PAIR, LabelledText
from edubias.data.read import sample
from edubias.detect.calibrate import Calibration
from edubias.detect.detector import Detector
from edubias.detect.score import Reading, Scorer
from edubias.evaluate.baselines import (
    length_scores,
    likelihood_scores,
    ngram_scores,
    probe_scores,
)
from edubias.evaluate.faithfulness import Faithfulness, faithfulness
from edubias.evaluate.generation import GenerationRate, generation_rate
from edubias.evaluate.prompted import prompted_scores
from edubias.evaluate.splits import Splits
from edubias.evaluate.systems import Scores, SystemScores, calibrated
from edubias.model.logps import Advance
from edubias.records import Statement

PARTS = {"reward": "reward_mean", "verdict": "verdict"}
"""Parts of the trained model that are measured by themselves, and the features they are."""

BASELINES = ("length", "ngrams", "probe", "prompted")
"""Baselines beside the base model's log-probabilities; those but the first need the training split
or minutes."""


def trained_scores(
    scorer: Scorer, calibration: Calibration, readings: Sequence[Reading]
) -> SystemScores:
    """What the calibrated detector says of the test texts."""
    log_odds = calibration.log_odds(scorer.features(readings, calibration.features))
    return SystemScores(log_odds, log_odds)


def part_scores(scorer: Scorer, readings: Sequence[Reading]) -> dict[str, SystemScores]:
    """What the detector is made of: the order that each part alone gives."""
    features = scorer.features(readings, tuple(PARTS.values()))
    return {name: SystemScores(features[:, i]) for i, name in enumerate(PARTS)}


def base_scores(
    scorer: Scorer,
    evaluation: Sequence[LabelledText],
    readings: Sequence[Reading],
    advance: Advance,
) -> SystemScores:
    """The base model's log-probabilities as scores."""
    held_out = scorer.reference_logps([one.text for one in evaluation], advance, keep=True)
    return calibrated(
        evaluation,
        likelihood_scores(held_out),
        likelihood_scores([reading.reference for reading in readings]),
    )


def baseline_scores(name: str, scorer: Scorer, splits: Splits, advance: Advance) -> SystemScores:
    """Scores of one of ``BASELINES``."""
    test, evaluation = splits.test.texts(), splits.evaluation.texts()
    training = [] if splits.training is None else splits.training.texts()
    if name == "length":
        return calibrated(evaluation, length_scores(evaluation), length_scores(test))
    everything = [*evaluation, *test]
    texts = [one.text for one in everything]
    if name == "ngrams":
        scores = ngram_scores(training, everything)
    elif name == "probe":
        states = scorer.base_states([*(one.text for one in training), *texts], advance)
        known = len(training)
        labels = [one.biased for one in training]
        scores = probe_scores(states[:known], labels, states[known:])
    else:
        scores = prompted_scores(
            scorer.reference or scorer.policy, scorer.tokenizer, texts, advance
        )
    return calibrated(evaluation, scores[: len(evaluation)], scores[len(evaluation) :])


def measure_generation(
    scorer: Scorer, splits: Splits, count: int, advance: Advance
) -> GenerationRate:
    """The judge is the n-gram model: it has nothing in common with the generator."""
    training = [] if splits.training is None else splits.training.texts()
    evaluation = splits.evaluation.texts()

    def judge(texts: Sequence[str]) -> Scores:
        judged = [LabelledText(text, False, "zh", PAIR, None, None, text) for text in texts]
        scores = ngram_scores(training, [*evaluation, *judged])
        known = len(evaluation)
        found = calibrated(evaluation, scores[:known], scores[known:]).log_odds
        assert found is not None  # systems that are calibrated have them
        return found

    return generation_rate(
        scorer.policy,
        scorer.reference,
        scorer.tokenizer,
        splits.test.pairs,
        judge,
        count,
        advance=advance,
    )


def measure_faithfulness(
    scorer: Scorer,
    calibration: Calibration,
    splits: Splits,
    readings: Sequence[Reading],
    count: int,
    advance: Advance,
) -> Faithfulness | None:
    """Faithfulness of the phrases in findings of ``count`` random pairs."""
    detector = Detector(scorer, calibration)
    positions = sample(list(range(len(splits.test.pairs))), count, seed=0)
    pairs = [splits.test.pairs[i] for i in positions]
    said = [readings[2 * i + 1] for i in positions]  # the texts begin with the pairs' sides
    findings = [
        detector.finding(Statement(pair.id, pair.rejected, pair.lang), reading, value)
        for pair, reading, value in zip(pairs, said, detector.log_odds(said), strict=True)
    ]
    found = faithfulness(
        pairs, findings, lambda texts: detector.log_odds(scorer.readings(texts, advance))
    )
    # Two changed texts a pair, two passes each; those that point at no phrases need none.
    advance(4 * (len(pairs) - (0 if found is None else found.texts)))
    return found
