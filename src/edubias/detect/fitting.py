"""Fit what a detector needs beyond its trained policy: calibration, type head, screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edubias.data.labelled import PLAIN, Collection, LabelledText
from edubias.detect import classify, screen
from edubias.detect.calibrate import Calibration, fit, verdict_of
from edubias.detect.classify import fit_type_head
from edubias.detect.score import FEATURES, Reading, Scorer
from edubias.detect.screen import fit_screen
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
    """
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
    folder: Path,
    advance: Advance | None = None,
) -> tuple[float, float | None] | None:
    """Fit the type head on the training split and keep it.

    Regularisation and temperature are those under which texts of the evaluation split are
    likeliest: the policy has seen the training texts and tells their kinds too well.

    Args:
        scorer: Reads the texts.
        training: Training texts; the biased ones that name their kind are used.
        held_out: Texts of the evaluation split.
        readings: What the scorer says of them.
        folder: The checkpoint's folder.
        advance: Told how many more passes are done; one for each training text that is used.

    Returns:
        Regularisation, and accuracy on the evaluation split, or None where none of its texts
        names a kind; None where the training texts name fewer than two.
    """
    used = typed(training)
    kinds = [str(one.bias_type) for one in used]
    (folder / classify.FILE).unlink(missing_ok=True)  # an earlier one belongs to other data
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
        fit_type_head(evidence, kinds, STRENGTHS[-1]).save(folder)
        return STRENGTHS[-1], None
    others, gold = np.asarray([row for row, _ in known]), [kind for _, kind in known]
    fitted = [
        (*fit_type_head(evidence, kinds, strength).tempered(others, gold), strength)
        for strength in STRENGTHS
    ]
    head, _, strength = max(fitted, key=lambda found: found[1])
    head.save(folder)
    best = head.log_probabilities(others).argmax(axis=1)
    return strength, float(np.mean([head.bias_types[i] for i in best] == np.asarray(gold)))


def typed(texts: Sequence[LabelledText]) -> list[LabelledText]:
    """Biased texts that name their kind of bias."""
    return [one for one in texts if one.biased and one.bias_type is not None]


def fit_plain_screen(
    training: Sequence[LabelledText],
    held_out: Sequence[LabelledText],
    log_odds: npt.NDArray[np.float64],
    folder: Path,
) -> bool:
    """Fit the screen and keep it.

    Args:
        training: Training texts; plain subject matter against all others.
        held_out: Texts of the evaluation split.
        log_odds: What the calibrated detector says of them.
        folder: The checkpoint's folder.

    Returns:
        Whether there was enough to fit it on.
    """
    (folder / screen.FILE).unlink(missing_ok=True)
    relevant = [one.kind != PLAIN for one in training]
    flagged = [
        one.text
        for one, value in zip(held_out, log_odds, strict=True)
        if one.kind != PLAIN and verdict_of(float(value)) != "fair"
    ]
    if all(relevant) or not any(relevant) or not flagged:
        return False
    fit_screen(training, flagged).save(folder)
    return True


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
        training: The training split: type head and screen. Where it is None they stay as they are.
        advance: Told how many more passes are done; ``passes`` says of how many.
        say: Told what was found, for people.
    """
    texts = evaluation.texts()
    calibration, readings = fit_calibration(scorer, texts, advance)
    calibration.save(checkpoint)
    weights = zip(calibration.features, calibration.weights, strict=True)
    say("calibration: " + ", ".join(f"{name} {weight:.4g}" for name, weight in weights))
    if training is None:
        return calibration
    known = training.texts()
    if found := fit_types(scorer, known, texts, readings, checkpoint, advance):
        strength, accuracy = found
        said = "" if accuracy is None else f", accuracy {accuracy:.3f} on the evaluation split"
        say(f"bias types: C {strength}{said}")
    else:
        say(tr("bias types: not fitted, too few texts", "偏见类型：文本过少，未拟合"))
    features = scorer.features(readings, calibration.features)
    if fit_plain_screen(known, texts, calibration.log_odds(features), checkpoint):
        say(tr("screen: fitted", "初筛：已拟合"))
    else:
        say(
            tr(
                f"screen: not fitted; it takes training texts of kind {PLAIN} and others, and "
                "texts of the evaluation split that are not found fair",
                f"初筛：未拟合；需要训练集中既有 {PLAIN} 类语句也有其他文本，"
                "且评估集中有未判为无偏见的文本",
            )
        )
    return calibration


def passes(evaluation: Collection, training: Collection | None) -> int:
    """Forward passes that ``calibrate`` takes."""
    count = 2 * len(evaluation.texts())
    return count if training is None else count + len(typed(training.texts()))
