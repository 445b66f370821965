from __future__ import annotations

import json
import math
import shutil
from dataclasses import replace

import pytest

from edubias.data.labelled import Collection, statements_of_split
from edubias.data.read import load_pairs, load_statements
from edubias.detect.calibrate import load_calibration
from edubias.errors import DataError, ModelError
from edubias.evaluate.generation import prompts_of
from edubias.evaluate.measure import BASELINES
from edubias.evaluate.run import Wanted, evaluate
from edubias.evaluate.splits import Splits
from edubias.records import PreferencePair


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
    """A copy with training's calibration only: evaluating it fits everything."""
    folder = tmp_path_factory.mktemp("calibrated") / "copy"
    shutil.copytree(trained, folder)
    assert load_calibration(folder).provisional
    return folder


@pytest.fixture(scope="module")
def evaluation(uncalibrated, splits):
    wanted = Wanted(BASELINES, continuations=3, span_pairs=4)
    return evaluate(uncalibrated, splits, {}, wanted)


def test_trained_beats_base_and_groups_add_up(evaluation):
    trained, base = evaluation.results["trained"], evaluation.results["base"]
    assert trained["pairs"]["pair_accuracy"].value == 1.0
    assert trained["all"]["auroc"].value > base["all"]["auroc"].value
    counts = {name: group["texts"] for name, group in evaluation.groups.items()}
    assert counts["pairs"] + counts["statements"] == counts["all"] == 20 + 18
    assert counts["pairs/lang/zh"] + counts["pairs/lang/en"] == counts["pairs"]
    assert counts["kind/neutral_subject"] == 6
    assert evaluation.groups["pairs"]["clusters"] == 5
    assert "pair_accuracy" not in trained["statements"]
    for figure in ("auroc", "f1", "precision", "calibration_error"):
        assert figure in trained["all"]
        assert figure not in trained["kind/neutral_subject"]
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
    assert not made.provisional


def test_pairs_of_a_scenario_that_was_trained_on_are_refused(trained, splits):
    """Whatever their words are; they resemble those that were seen."""
    meta = {**splits.test.pairs[0].meta, "scenario": splits.training.pairs[0].scenario}
    other = replace(splits.test.pairs[0], meta=meta)
    torn = Splits(Collection([other]), splits.evaluation, splits.training)
    with pytest.raises(DataError, match="appears in"):
        evaluate(trained, torn, {}, Wanted(()))


def test_english_beginnings_end_with_a_word():
    def pair(lang, chosen, rejected):
        return PreferencePair("1", lang, chosen, rejected)

    english = pair("en", "The nurse said that whoever asks", "The nurse said that women ask")
    chinese = pair("zh", "护士在病房里说大家都可以", "护士在病房里说女人都应该")
    assert [one for one, _ in prompts_of([english], 9)] == ["The nurse said that"]
    assert [one for one, _ in prompts_of([chinese], 9)] == ["护士在病房里说"]


def test_some_baselines_need_the_training_split(trained, splits):
    without = Splits(splits.test, splits.evaluation)
    with pytest.raises(DataError, match="training split"):
        evaluate(trained, without, {}, Wanted(("ngrams",)))
