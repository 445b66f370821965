"""Measure a checkpoint on held-out pairs and statements, beside baselines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edubias.data.labelled import PLAIN
from edubias.detect.calibrate import Calibration, load_calibration
from edubias.detect.detector import detector_of, load_scorer, no_rewriter
from edubias.detect.fitting import calibrate, fit_calibration, that_fit
from edubias.detect.fitting import passes as calibration_passes
from edubias.detect.rewrite import has_rewriter
from edubias.errors import DataError
from edubias.evaluate.figures import advantage, figures, groups_of
from edubias.evaluate.generation import prompts_of
from edubias.evaluate.heads import cascade_figures, type_figures
from edubias.evaluate.measure import (
    base_scores,
    baseline_scores,
    measure_faithfulness,
    measure_generation,
    part_scores,
    trained_scores,
)
from edubias.evaluate.record import Evaluation
from edubias.evaluate.retention import retention
from edubias.evaluate.rewrites import biased_statements, measure_rewrites
from edubias.evaluate.splits import Splits, require_apart
from edubias.lang import tr
from edubias.progress import counting

TRAINED = "trained"
BASE = "base"
"""The base model's log-probabilities."""

MAIN_GROUPS = ("all", "pairs", "statements")
"""Groups on which the other systems are measured too; for the trained model it is all groups."""


@dataclass(frozen=True)
class Wanted:
    """What to measure beyond the trained model's and the base model's scores.

    Attributes:
        baselines: Which of ``BASELINES``.
        continuations: How many continuations to sample for the bias generation rate; 0 for none.
        span_pairs: Of how many random pairs to test the phrases that findings point at.
        rewrites: For how many random biased texts to propose better wordings.
    """

    baselines: Sequence[str] = ("length",)
    continuations: int = 0
    span_pairs: int = 0
    rewrites: int = 0


def evaluate(
    checkpoint: Path,
    splits: Splits,
    data: dict[str, dict[str, Any]],
    wanted: Wanted,
    keep_calibration: bool = True,
) -> Evaluation:
    """Evaluate a checkpoint.

    A checkpoint whose only calibration is that of its training gets a whole one, fitted on the
    evaluation split.

    Args:
        checkpoint: Folder of a trained model.
        splits: The data.
        data: Records of the data files, for the report.
        wanted: What to measure besides.
        keep_calibration: Keep a calibration that was fitted here.

    Raises:
        DataError: Splits share a text; or a baseline, or the judge of continuations, needs
            training data and there is none.
        ModelError: The checkpoint or its base model cannot be loaded; or wordings are asked for and
            the checkpoint has no rewriter.
    """
    needs_training = wanted.continuations or {"ngrams", "probe"} & set(wanted.baselines)
    if splits.training is None and needs_training:
        raise DataError(
            tr("what was asked for needs the training split", "所需的项目要用到训练集"),
            tr("Give it with --train-data FILE.", "请用“--train-data 文件”指定。"),
        )
    require_apart(splits)
    if wanted.rewrites and not has_rewriter(checkpoint):
        raise no_rewriter()
    scorer, manifest = load_scorer(checkpoint)
    given = len(splits.test.texts())
    splits = Splits(
        that_fit(scorer, splits.test),
        that_fit(scorer, splits.evaluation),
        None if splits.training is None else that_fit(scorer, splits.training),
    )
    test, evaluation = splits.test.texts(), splits.evaluation.texts()
    if not test or not evaluation:
        raise DataError(
            tr(
                "no test text or no evaluation text is short enough for the model",
                "没有足够短的测试文本或验证文本",
            ),
            tr(
                "Train with a greater model_cfgs.model_max_length.",
                "请用更大的 model_cfgs.model_max_length 训练。",
            ),
        )
    with counting(
        tr("reading", "读取"),
        _passes(checkpoint, splits, wanted, keep_calibration),
    ) as progress:

        def advance(done: int) -> None:
            progress.advance(progress.task_ids[0], done)

        calibration = _whole_calibration(checkpoint)
        if calibration is None and keep_calibration:
            calibration = calibrate(checkpoint, scorer, splits.evaluation, splits.training, advance)
        elif calibration is None:
            calibration, _ = fit_calibration(scorer, evaluation, advance)
        readings = scorer.readings([one.text for one in test], advance, keep=True)
        systems = {
            TRAINED: trained_scores(scorer, calibration, readings),
            **part_scores(scorer, readings),
            BASE: base_scores(scorer, evaluation, readings, advance),
        }
        for name in wanted.baselines:
            systems[name] = baseline_scores(name, scorer, splits, advance)
        generation = (
            measure_generation(scorer, splits, wanted.continuations, advance)
            if wanted.continuations
            else None
        )
        spans = measure_faithfulness(
            scorer, calibration, splits, readings, wanted.span_pairs, advance
        )
        rewrites = (
            measure_rewrites(
                detector_of(scorer, calibration, checkpoint), test, wanted.rewrites, advance
            )
            if wanted.rewrites
            else None
        )
    groups = groups_of(test)
    neutral = [said for one, said in zip(test, readings, strict=True) if one.kind == PLAIN]
    return Evaluation(
        checkpoint=str(checkpoint),
        base_model=manifest.base_model,
        data=data,
        calibration=calibration,
        too_long=given - len(test),
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
                if system == TRAINED or name in MAIN_GROUPS
            }
            for system, scores in systems.items()
        },
        advantages={
            system: {
                name: advantage(systems[TRAINED], scores, test, groups[name])
                for name in MAIN_GROUPS
                if name in groups
            }
            for system, scores in systems.items()
            if system != TRAINED
        },
        cascade=cascade_figures(checkpoint, calibration, test, readings, systems[TRAINED].scores),
        bias_types=type_figures(checkpoint, test, readings),
        retention=retention(neutral) if neutral else None,
        generation=generation,
        spans=spans,
        rewrites=rewrites,
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


def _whole_calibration(checkpoint: Path) -> Calibration | None:
    """A checkpoint's calibration, unless it has none but that of its training.

    Every system is calibrated on the same texts; training has seen none but pairs.
    """
    found = load_calibration(checkpoint)
    return None if found is None or found.provisional else found


def _passes(checkpoint: Path, splits: Splits, wanted: Wanted, keeps: bool) -> int:
    test, evaluation = len(splits.test.texts()), len(splits.evaluation.texts())
    count = 2 * test + evaluation
    if _whole_calibration(checkpoint) is None:
        count += calibration_passes(splits.evaluation, splits.training if keeps else None)
    if "probe" in wanted.baselines and splits.training is not None:
        count += test + evaluation + len(splits.training.texts())
    count += 3 * len(biased_statements(splits.test.texts(), wanted.rewrites))
    count += 2 * len(prompts_of(splits.test.pairs, wanted.continuations))
    count += 4 * min(wanted.span_pairs, len(splits.test.pairs))
    return count + (test + evaluation if "prompted" in wanted.baselines else 0)
