from __future__ import annotations

import json
import math
import shutil

import pytest

from edubias.data.labelled import Collection, statements_of_split
from edubias.data.read import load_pairs, load_statements
from edubias.detect.calibrate import CALIBRATION_FILE, load_calibration
from edubias.errors import DataError, ModelError
from edubias.evaluate.measure import BASELINES
from edubias.evaluate.run import Wanted, evaluate
from edubias.evaluate.splits import Splits


@pytest.fixture(scope="module")
def splits(pair_files, statement_file):
    statements = load_statements(statement_file)
    return Splits(
        *(
            Collection(load_pairs(pair_files[name]), statements_of_split(statements, name))
            for name in ("test", "eval", "train")
        )
    )


@pytest.fixture(scope="module")
def uncalibrated(trained, splits, tmp_path_factory):
    """A copy without calibration: evaluating it fits everything."""
    folder = tmp_path_factory.mktemp("calibrated") / "copy"
    shutil.copytree(trained, folder)
    (folder / CALIBRATION_FILE).unlink()
    return folder


@pytest.fixture(scope="module")
def evaluation(uncalibrated, splits):
    wanted = Wanted(BASELINES, continuations=3, span_pairs=4)
    return evaluate(uncalibrated, splits, {}, wanted)


def test_trained_beats_base_and_groups_add_up(evaluation):
    trained, base = evaluation.results["trained"], evaluation.results["base"]
    assert trained["pairs"]["reward_accuracy"].value == 1.0
    assert trained["all"]["auroc"].value > base["all"]["auroc"].value
    counts = {name: group["texts"] for name, group in evaluation.groups.items()}
    assert counts["pairs"] + counts["statements"] == counts["all"] == 20 + 18
    assert counts["pairs/lang/zh"] + counts["pairs/lang/en"] == counts["pairs"]
    assert counts["kind/neutral_subject"] == 6
    assert evaluation.groups["pairs"]["clusters"] == 5
    assert "reward_accuracy" not in trained["statements"]
    assert "auroc" not in trained["kind/neutral_subject"]
    assert trained["kind/neutral_subject"]["false_alarms"].value >= 0
    assert trained["kind/biased_subtle"]["flagged"].value <= 1


def test_every_baseline_is_measured(evaluation):
    assert set(evaluation.results) == {"trained", "reward", "verdict", "base", *BASELINES}
    # The pairs' tell-tale words are what an n-gram model finds first.
    assert evaluation.results["ngrams"]["pairs"]["auroc"].value == 1.0
    for system, results in evaluation.results.items():
        assert 0 <= results["all"]["auroc"].value <= 1
        # Parts of the detector are not calibrated by themselves.
        assert ("calibration_error" in results["all"]) == (system not in ("reward", "verdict"))


def test_advantages_are_differences_of_auroc(evaluation):
    results = evaluation.results
    for system, found in evaluation.advantages.items():
        for group, estimate in found.items():
            difference = (
                results["trained"][group]["auroc"].value - results[system][group]["auroc"].value
            )
            assert estimate.value == pytest.approx(difference)
            assert estimate.low <= estimate.value <= estimate.high


def test_every_text_is_there_with_what_was_said(evaluation, splits):
    texts = splits.test.texts()
    assert [one["text"] for one in evaluation.texts] == [one.text for one in texts]
    margins = [
        biased["score"] - fair["score"]
        for fair, biased in zip(evaluation.texts[:20:2], evaluation.texts[1:20:2], strict=True)
    ]
    assert min(margins) > 0


def test_retention_generation_and_spans(evaluation):
    retained = evaluation.retention
    assert retained.texts == 6
    assert retained.nats.value == pytest.approx(
        math.log(retained.perplexity.value / retained.base_perplexity.value)
    )
    generated = evaluation.generation
    assert generated.prompts == 3
    assert generated.judge_recall == 1.0
    assert 0 <= generated.policy.value <= 1
    assert evaluation.spans.texts <= 4


def test_wordings_need_a_rewriter(uncalibrated, splits):
    with pytest.raises(ModelError, match="edubias rewriter"):
        evaluate(uncalibrated, splits, {}, Wanted((), rewrites=2))


def test_bias_types(evaluation):
    kinds = evaluation.bias_types
    assert kinds["texts"] == 10 + 6
    assert sum(map(sum, kinds["confusion"])) == kinds["texts"]
    assert kinds["top1"].value <= kinds["top2"].value == 1.0  # there are two kinds


def test_json(evaluation, tmp_path):
    evaluation.save(tmp_path / "deep" / "metrics.json")
    tree = json.loads((tmp_path / "deep" / "metrics.json").read_text())
    assert tree["results"]["trained"]["all"]["auroc"].keys() == {"value", "low", "high"}
    assert tree["libraries"]["torch"]


def test_an_uncalibrated_checkpoint_is_calibrated_on_the_evaluation_split(evaluation, uncalibrated):
    made = load_calibration(uncalibrated)
    assert made == evaluation.calibration
    assert made.statements == 16 + 18  # the sides of 8 pairs and the statements


def test_some_baselines_need_the_training_split(trained, splits):
    without = Splits(splits.test, splits.evaluation)
    with pytest.raises(DataError, match="training split"):
        evaluate(trained, without, {}, Wanted(("ngrams",)))
