from __future__ import annotations

import json
import shutil

import pytest

from edubias.data.read import load_pairs
from edubias.detect.calibrate import CALIBRATION_FILE, load_calibration
from edubias.evaluate.run import evaluate


@pytest.fixture(scope="module")
def evaluation(trained, pair_files):
    return evaluate(trained, load_pairs(pair_files["test"]), load_pairs(pair_files["eval"]), {})


def test_trained_beats_base_and_groups_add_up(evaluation):
    trained, base = evaluation.results["trained"], evaluation.results["base"]
    assert trained["all"]["reward_accuracy"].value == 1.0
    assert trained["all"]["auroc"].value > base["all"]["auroc"].value
    counts = evaluation.groups
    assert counts["lang/zh"]["pairs"] + counts["lang/en"]["pairs"] == counts["all"]["pairs"] == 10
    assert counts["all"]["scenarios"] == 5
    assert trained["all"]["loss"].value == pytest.approx(
        (trained["lang/zh"]["loss"].value * 4 + trained["lang/en"]["loss"].value * 6) / 10
    )


def test_the_base_model_has_no_margin_or_loss(evaluation):
    assert "loss" not in evaluation.results["base"]["all"]


def test_json(evaluation, tmp_path):
    evaluation.save(tmp_path / "deep" / "metrics.json")
    tree = json.loads((tmp_path / "deep" / "metrics.json").read_text())
    assert tree["results"]["trained"]["all"]["auroc"].keys() == {"value", "low", "high"}
    assert tree["libraries"]["torch"]


def test_an_uncalibrated_checkpoint_is_calibrated_on_the_evaluation_split(
    trained, pair_files, tmp_path
):
    folder = tmp_path / "copy"
    shutil.copytree(trained, folder)
    (folder / CALIBRATION_FILE).unlink()
    evaluate(folder, load_pairs(pair_files["test"])[:2], load_pairs(pair_files["eval"]), {})
    made, original = load_calibration(folder), load_calibration(trained)
    assert made.slope == pytest.approx(original.slope, rel=1e-2)
    assert made.threshold == pytest.approx(original.threshold, abs=1e-3)
