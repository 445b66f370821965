from __future__ import annotations

import random
import shutil
from dataclasses import replace

import numpy as np
import pytest

from edubias.detect import classify, screen
from edubias.detect.calibrate import CALIBRATION_FILE, Calibration
from edubias.detect.detector import Detector
from edubias.detect.fitting import GLANCE_MARGIN, fair_below
from edubias.errors import DataError, ModelError
from edubias.taxonomy import BIAS_TYPES

TEXTS = ["physics 99 ok all", "physics 99 xx zz", "数学 12 xx zz", "艺术 ok all", "art xx"]
PLAIN = "30 + 3 = 33 : 2"


@pytest.fixture(scope="module")
def detector(calibrated):
    return Detector.load(calibrated)


def test_findings_say_what_kind_where_and_how_sure(detector):
    fair, biased = detector.detect(TEXTS[:2])
    assert (fair.verdict, fair.severity, fair.spans, fair.bias_types) == ("fair", "none", (), ())
    assert biased.verdict == "biased"
    assert biased.severity in ("medium", "high")
    assert biased.probability > 3 / 4 > 1 / 3 > fair.probability
    first, second = biased.bias_types
    assert {first.bias_type, second.bias_type} <= set(BIAS_TYPES)
    assert first.confidence + second.confidence == pytest.approx(1, abs=0.02)
    assert biased.spans
    for span in biased.spans:
        assert biased.text[span.start : span.end] == span.text


def test_plain_subject_matter_is_not_read_unless_asked_for(detector):
    plain, biased = detector.detect([PLAIN, TEXTS[1]])
    assert (plain.verdict, plain.score, plain.probability) == ("fair", None, None)
    assert biased.score is not None
    read, same = detector.detect([PLAIN, TEXTS[1]], exhaustive=True)
    assert read.score is not None
    assert same == biased


def test_a_verdict_that_is_low_enough_spares_the_reading(detector):
    """The second look of the cascade, whatever the screen says."""
    unscreened = replace(detector, screen=None)
    verdicts = [reading.verdict for reading in detector.scorer.readings(TEXTS)]
    limit = sorted(verdicts)[2]
    calibration = replace(detector.calibration, fair_below=limit)
    glancing = replace(unscreened, calibration=calibration)
    expected = [i for i, verdict in enumerate(verdicts) if verdict >= limit]
    assert glancing.worth_reading(TEXTS) == expected
    whole = unscreened.detect(TEXTS, exhaustive=True)
    for i, finding in enumerate(glancing.detect(TEXTS)):
        if i in expected:
            assert finding == whole[i]
        else:
            assert (finding.verdict, finding.score) == ("fair", None)
    assert glancing.detect(TEXTS, exhaustive=True) == whole


def test_the_verdict_that_spares_a_reading_is_below_all_that_were_reported():
    with_verdict = Calibration(("reward_mean", "verdict"), (1.0, 0.5), 0.0, 5)
    verdicts, log_odds = [-6.0, -4.0, -3.0, 0.5, 5.0], np.array([-5.0, -0.5, -3.0, 0.0, 4.0])
    assert fair_below(with_verdict, verdicts, log_odds) == pytest.approx(-4.0 - GLANCE_MARGIN)
    assert fair_below(with_verdict, verdicts, np.full(5, -3.0)) is None
    without = Calibration(("reward_mean", "verdict"), (1.0, 0.0), 0.0, 5)
    assert fair_below(without, verdicts, log_odds) is None


def test_a_finding_does_not_depend_on_what_comes_with_it(detector):
    together = {finding.text: finding for finding in detector.detect(TEXTS)}
    draw = random.Random(0)
    for _ in range(3):
        some = draw.sample(TEXTS, 3)
        for finding in detector.detect(some):
            known = together[finding.text]
            assert (finding.score, finding.verdict) == (known.score, known.verdict)
            assert [(s.start, s.end) for s in finding.spans] == [
                (s.start, s.end) for s in known.spans
            ]


def test_a_text_that_does_not_fit_is_refused_and_not_cut(detector):
    with pytest.raises(DataError, match=r"longer than .*: 2"):
        detector.detect(["fine", "physics " * 300])


def test_no_texts_no_findings(detector):
    assert detector.detect([]) == []


def test_progress_counts_every_statement_once(detector):
    done = []
    texts = [PLAIN, *TEXTS]
    glancing = replace(detector, calibration=replace(detector.calibration, fair_below=-1.0))
    for one in (detector, glancing):
        for exhaustive in (False, True):
            done.clear()
            one.detect(texts, done.append, exhaustive)
            assert sum(done) == one.passes(exhaustive) * len(texts)
    assert (glancing.passes(), glancing.passes(exhaustive=True)) == (3, 2)


def test_without_heads_there_are_no_kinds_and_everything_is_read(calibrated, tmp_path):
    folder = tmp_path / "bare"
    shutil.copytree(calibrated, folder)
    (folder / classify.FILE).unlink()
    (folder / screen.FILE).unlink()
    plain, biased = Detector.load(folder).detect([PLAIN, TEXTS[1]], exhaustive=True)
    assert plain.score is not None
    assert biased.verdict == "biased"
    assert biased.bias_types == ()
    (folder / CALIBRATION_FILE).unlink()
    with pytest.raises(ModelError, match="calibrate"):
        Detector.load(folder)
