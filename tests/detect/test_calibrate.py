import numpy as np
import pytest

from edubias.detect.calibrate import CALIBRATION_FILE, Calibration, fit, load_calibration
from edubias.errors import ModelError


def test_probabilities_recover_the_truth():
    draw = np.random.default_rng(0)
    scores = draw.normal(size=20000) * 0.03 + 0.1  # far from unit scale
    truth = 1 / (1 + np.exp(-(80 * scores - 9)))
    result = fit(scores, draw.random(20000) < truth)
    assert result.slope == pytest.approx(80, rel=0.05)
    assert result.probability(0.1) == pytest.approx(1 / (1 + np.exp(1)), abs=0.02)


def test_threshold_is_where_the_probability_is_one_half():
    calibration = Calibration(slope=4.0, intercept=-1.0, statements=10)
    assert calibration.probability(calibration.threshold) == pytest.approx(0.5)
    assert calibration.probability(1e6) == 1.0
    assert calibration.probability(-1e6) == 0.0


def test_scores_that_do_not_rise_with_bias_say_nothing():
    scores = np.array([0.0, 1.0, 0.0, 1.0])
    result = fit(scores, np.array([True, False, True, False]))
    assert result.probability(0.0) == pytest.approx(result.probability(1.0), abs=1e-3)


def test_round_trip_and_damage(tmp_path):
    assert load_calibration(tmp_path) is None
    calibration = Calibration(2.0, 0.5, 8)
    calibration.save(tmp_path)
    assert load_calibration(tmp_path) == calibration
    (tmp_path / CALIBRATION_FILE).write_text('{"slope": 1}')
    with pytest.raises(ModelError, match="damaged"):
        load_calibration(tmp_path)
