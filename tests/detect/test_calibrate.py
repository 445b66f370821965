import json

import numpy as np
import pytest

from edubias.detect.calibrate import (
    CALIBRATION_FILE,
    Calibration,
    fit,
    load_calibration,
    probability,
    verdict_of,
)
from edubias.detect.severity import severity_of
from edubias.errors import ModelError


def test_log_odds_recover_the_truth():
    draw = np.random.default_rng(0)
    features = draw.normal(size=(20000, 2)) * [0.03, 5] + [0.1, 7]  # far from unit scale
    truth = features @ [80, 0.2] - 10
    result = fit(("one", "two"), features, draw.random(20000) < 1 / (1 + np.exp(-truth)))
    assert result.weights == pytest.approx((80, 0.2), rel=0.05)
    assert result.log_odds(features) == pytest.approx(truth, abs=0.15)


def test_features_that_do_not_rise_with_bias_get_no_weight():
    draw = np.random.default_rng(0)
    biased = draw.random(2000) < 0.25
    features = np.stack([biased + draw.normal(size=2000), -1.0 * biased], axis=1)
    result = fit(("good", "wrong way"), features, biased)
    assert result.weights[0] > 0
    assert result.weights[1] == 0
    alone = fit(("wrong way",), features[:, 1:], biased)
    assert probability(float(alone.log_odds(features[:1, 1:])[0])) == pytest.approx(
        biased.mean(), abs=1e-3
    )


def test_separable_classes_give_finite_weights():
    result = fit(("score",), np.array([[0.0], [1.0]]), np.array([False, True]))
    assert np.isfinite(result.weights[0])
    assert result.log_odds(np.array([[1.0]]))[0] > 2


def test_probabilities_and_verdicts():
    assert probability(0.0) == 0.5
    assert probability(1e6) == 1.0
    assert probability(-1e6) == 0.0
    odds = [-3.0, -0.7, -0.6, 0.0, 1.0, 1.2, 3.0]
    verdicts = ["fair", "fair", *["unsure"] * 3, "biased", "biased"]
    assert [verdict_of(value) for value in odds] == verdicts
    severities = ["none", "none", *["low"] * 3, "medium", "high"]
    assert [severity_of(value) for value in odds] == severities


def test_round_trip_and_damage(tmp_path):
    assert load_calibration(tmp_path) is None
    calibration = Calibration(("reward_mean", "verdict"), (2.0, 0.5), 0.1, 8)
    calibration.save(tmp_path)
    assert load_calibration(tmp_path) == calibration
    for damaged in ("{", '{"slope": 1}', json.dumps({"format_version": 1, "slope": 1})):
        (tmp_path / CALIBRATION_FILE).write_text(damaged)
        with pytest.raises(ModelError, match="damaged"):
            load_calibration(tmp_path)
