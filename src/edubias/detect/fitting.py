"""Fit what a detector needs beyond its trained policy: calibration, type head, screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from edubias.data.labelled import PLAIN, Collection, LabelledText
from edubias.detect import classify, screen
from edubias.detect.calibrate import CALIBRATION_FILE, Calibration, fit, verdict_of
from edubias.detect.classify import TypeHead, fit_type_head
from edubias.detect.score import FEATURES, Reading, Scorer
from edubias.detect.screen import Screen, fit_screen
from edubias.errors import DataError
from edubias.lang import tr
from edubias.model.logps import Advance

STRENGTHS = (0.03, 0.01, 0.003, 0.001, 0.0003)
"""Inverse regularisations tried for the type head."""

GLANCE_MARGIN = 0.25
"""How much lower than any met, in logits, the verdict of a text must be to be found fair by it."""


def that_fit(scorer: Scorer, given: Collection) -> Collection:
    """What is short enough to be read; a pair is left out if one of its sides is too long."""
    return Collection(
        [p for p in given.pairs if scorer.fits(p.chosen) and scorer.fits(p.rejected)],
        [one for one in given.statements if scorer.fits(one.text)],
    )


def fit_calibration(
    scorer: Scorer, texts: Sequence[LabelledText], advance: Advance | None = None
) -> tuple[Calibration, list[Reading]]:
    """Calibrate on texts of the evaluation split.

    Args:
        scorer: Reads them.
        texts: The texts.
        advance: Told how many more passes are done; two for each text.

    Returns:
        The calibration, and what it was fitted on.

    Raises:
        DataError: The texts are not of both sorts, biased and fair.
    """
    if len({one.biased for one in texts}) < 2:
        raise DataError(
            tr(
                f"calibrating takes biased and fair texts of the evaluation split; {len(texts)} "
                "texts are short enough for the model and they are not of both sorts",
                f"校准需要验证集中既有有偏见的文本也有无偏见的文本；长度合适的 {len(texts)} 条"
                "文本不满足这一点",
            ),
            tr(
                "Give other texts (--eval-data FILE), or train with a greater "
                "model_cfgs.model_max_length.",
                "请另行指定文本（--eval-data 文件），或用更大的 model_cfgs.model_max_length 训练。",
            ),
        )
    readings = scorer.readings([one.text for one in texts], advance, keep=True)
    biased = np.asarray([one.biased for one in texts])
    features = scorer.features(readings, tuple(FEATURES))
    calibration = fit(tuple(FEATURES), features, biased)
    verdicts = [reading.verdict for reading in readings]
    limit = fair_below(calibration, verdicts, calibration.log_odds(features))
    return replace(calibration, fair_below=limit), readings


def fair_below(
    calibration: Calibration, verdicts: Sequence[float], log_odds: npt.NDArray[np.float64]
) -> float | None:
    """The lowest verdict among texts that are not found fair, and a little less.

    Args:
        calibration: The calibration.
        verdicts: Verdicts of N texts of the evaluation split.
        log_odds: ``(N,)``: what the calibration says of them.

    Returns:
        None where the verdict has no say, or all texts are found fair.
    """
    reported = [
        verdict
        for verdict, value in zip(verdicts, log_odds, strict=True)
        if verdict_of(float(value)) != "fair"
    ]
    if not calibration.uses_verdict or not reported:
        return None
    return min(reported) - GLANCE_MARGIN


def fit_types(
    scorer: Scorer,
    training: Sequence[LabelledText],
    held_out: Sequence[LabelledText],
    readings: Sequence[Reading],
    advance: Advance | None = None,
) -> tuple[TypeHead, float, float | None] | None:
    """Fit the type head on the training split.

    Regularisation and temperature are those under which texts of the evaluation split are
    likeliest: the policy has seen the training texts and tells their kinds too well.

    Args:
        scorer: Reads the texts.
        training: Training texts; the biased ones that name their kind are used.
        held_out: Texts of the evaluation split.
        readings: What the scorer says of them.
        advance: Told how many more passes are done; one for each training text that is used.

    Returns:
        The head, its regularisation, and its accuracy on the evaluation split, or None where none
        of its texts names a kind; None where the training texts name fewer than two.
    """
    used = typed(training)
    kinds = [str(one.bias_type) for one in used]
    if len(set(kinds)) < 2:
        if advance is not None:
            advance(len(used))
        return None
    glances = scorer.glances([one.text for one in used], advance)
    evidence = np.asarray([glance.kind_evidence.tolist() for glance in glances])
    known = [
        (reading.kind_evidence.tolist(), str(one.bias_type))
        for one, reading in zip(held_out, readings, strict=True)
        if typed([one]) and one.bias_type in kinds
    ]
    if not known:
        return fit_type_head(evidence, kinds, STRENGTHS[-1]), STRENGTHS[-1], None
    others, gold = np.asarray([row for row, _ in known]), [kind for _, kind in known]
    fitted = [
        (*fit_type_head(evidence, kinds, strength).tempered(others, gold), strength)
        for strength in STRENGTHS
    ]
    head, _, strength = max(fitted, key=lambda found: found[1])
    best = head.log_probabilities(others).argmax(axis=1)
    return head, strength, float(np.mean([head.bias_types[i] for i in best] == np.asarray(gold)))


def typed(texts: Sequence[LabelledText]) -> list[LabelledText]:
    """Biased texts that name their kind of bias."""
    return [one for one in texts if one.biased and one.bias_type is not None]


def fit_plain_screen(
    training: Sequence[LabelledText],
    held_out: Sequence[LabelledText],
    log_odds: npt.NDArray[np.float64],
) -> Screen | None:
    """Fit the screen.

    Args:
        training: Training texts; plain subject matter against all others.
        held_out: Texts of the evaluation split.
        log_odds: What the calibrated detector says of them.

    Returns:
        None where there is too little to fit it on.
    """
    relevant = [one.kind != PLAIN for one in training]
    flagged = [
        one.text
        for one, value in zip(held_out, log_odds, strict=True)
        if one.kind != PLAIN and verdict_of(float(value)) != "fair"
    ]
    if all(relevant) or not any(relevant) or not flagged:
        return None
    return fit_screen(training, flagged)


def calibrate(
    checkpoint: Path,
    scorer: Scorer,
    evaluation: Collection,
    training: Collection | None,
    advance: Advance | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Calibration:
    """Fit all parts and keep them in the checkpoint's folder.

    Args:
        checkpoint: The folder.
        scorer: Its scorer.
        evaluation: The evaluation split: calibration and the screen's threshold.
        training: The training split: type head and screen. Where it is None the head stays as it
            is, and there is no screen: its threshold belongs to the earlier calibration.
        advance: Told how many more passes are done; ``passes`` says of how many.
        say: Told what was found, for people.

    Raises:
        DataError: The evaluation split does not hold both biased and fair texts.
    """
    texts = evaluation.texts()
    calibration, readings = fit_calibration(scorer, texts, advance)
    weights = zip(calibration.features, calibration.weights, strict=True)
    say("calibration: " + ", ".join(f"{name} {weight:.4g}" for name, weight in weights))
    if training is None:
        _keep(checkpoint, {CALIBRATION_FILE: calibration, screen.FILE: None})
        say(
            tr(
                "no training split: bias types as they were, and no screen",
                "没有训练集：偏见类型不变，不设初筛",
            )
        )
        return calibration
    known = training.texts()
    head = None
    if found := fit_types(scorer, known, texts, readings, advance):
        head, strength, accuracy = found
        said = "" if accuracy is None else f", accuracy {accuracy:.3f} on the evaluation split"
        say(f"bias types: C {strength}{said}")
    else:
        say(tr("bias types: not fitted, too few texts", "偏见类型：文本过少，未拟合"))
    features = scorer.features(readings, calibration.features)
    plain = fit_plain_screen(known, texts, calibration.log_odds(features))
    if plain is not None:
        say(tr("screen: fitted", "初筛：已拟合"))
    else:
        say(
            tr(
                f"screen: not fitted; it takes training texts of kind {PLAIN} and others, and "
                "texts of the evaluation split that are called biased or unsure",
                f"初筛：未拟合；需要训练集中既有 {PLAIN} 类语句也有其他文本，"
                "且验证集中有判为有偏见或存疑的文本",
            )
        )
    _keep(checkpoint, {CALIBRATION_FILE: calibration, classify.FILE: head, screen.FILE: plain})
    return calibration


def _keep(checkpoint: Path, parts: dict[str, Calibration | TypeHead | Screen | None]) -> None:
    """Put parts that belong together into a folder, none before all are written.

    Args:
        checkpoint: The folder.
        parts: For each file's name its part; None for one that there is no more.
    """
    with TemporaryDirectory(dir=checkpoint, prefix=".calibrating-") as folder:
        for part in parts.values():
            if part is not None:
                part.save(Path(folder))
        for name, part in parts.items():
            if part is None:
                (checkpoint / name).unlink(missing_ok=True)
            else:
                (Path(folder) / name).replace(checkpoint / name)


def passes(evaluation: Collection, training: Collection | None) -> int:
    """Forward passes that ``calibrate`` takes."""
    count = 2 * len(evaluation.texts())
    return count if training is None else count + len(typed(training.texts()))
