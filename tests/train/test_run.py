"""Whole trainings of the tiny model."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file

from edubias.config import load_config
from edubias.detect.calibrate import load_calibration
from edubias.detect.detector import Detector, load_scorer
from edubias.errors import ConfigError, DataError, ModelError
from edubias.model.manifest import load_manifest
from edubias.train.ignored import ignored_keys
from edubias.train.run import train
from tests.conftest import ROOT, make_rows, tiny_overrides, write_jsonl

METRICS = {
    "loss",
    "reward_accuracy",
    "reward_margin",
    "better_sample_reward",
    "worse_sample_reward",
}


@pytest.fixture
def overrides(tiny_model, pair_files, tmp_path):
    return tiny_overrides(tiny_model, pair_files, tmp_path / "out")


def test_it_learns_to_tell_the_sides_apart(trained):
    findings = Detector.load(trained).detect(["physics 99 ok all", "physics 99 xx zz"])
    assert [finding.verdict for finding in findings] == ["fair", "biased"]
    history = json.loads((trained / "trainer_state.json").read_text())["log_history"]
    losses = [entry["loss"] for entry in history if "loss" in entry]
    assert losses[-1] < losses[0]
    accuracies = [entry["verdict_accuracy"] for entry in history if "verdict_accuracy" in entry]
    assert accuracies[-1] > 0.8


def test_policy_and_reference_start_equal(overrides):
    alone = ["train_cfgs.verdict_coeff=0", "train_cfgs.kind_coeff=0", "train_cfgs.max_steps=1"]
    config = load_config("edu_bias_embedded", [*overrides, *alone])
    metrics = train(config).metrics
    assert metrics["train/loss"] == pytest.approx(0.6931, abs=1e-4)
    assert not {"train/verdict_accuracy", "train/kind_accuracy"} & metrics.keys()


def test_what_a_run_leaves_behind(trained):
    names = {path.name for path in trained.iterdir()}
    assert {"adapter_model.safetensors", "config.yaml", "train.log", "trainer_state.json"} <= names
    assert {"checkpoint-4", "checkpoint-8"} <= names
    manifest = load_manifest(trained)
    assert manifest.beta == 0.5
    assert manifest.data["train"]["pairs"] == 16
    assert len(manifest.data["train"]["sha256"]) == 64
    assert manifest.libraries["torch"] == torch.__version__
    assert {
        f"{split}/{name}" for name in METRICS for split in ("train", "eval")
    } <= manifest.metrics.keys()
    assert "train/lr" in manifest.metrics
    assert load_config(trained / "config.yaml").model_dump(mode="json") == manifest.config


def test_train_log_names_the_metrics(trained):
    log = (trained / "train.log").read_text()
    for name in METRICS:
        assert f"train/{name}=" in log
        assert f"eval/{name}=" in log
    assert "train/lr=" in log
    assert "step 8/8" in log


def test_checkpoints_are_detectors_too(trained):
    for folder in (trained / "checkpoint-4", trained):
        assert load_calibration(folder) is not None
        assert len(Detector.load(folder).detect(["physics ok"])) == 1


def test_calibration_of_training_equals_that_of_the_scorer(trained, pair_files):
    """The rewards that the trainer calibrates on are the ones that detection computes."""
    from edubias.data.read import load_pairs

    scorer, _ = load_scorer(trained)
    pairs = load_pairs(pair_files["eval"])
    logps = scorer.readings([text for pair in pairs for text in (pair.chosen, pair.rejected)])
    rewards = [one.implicit_reward(scorer.beta) for one in logps]
    margins = [a - b for a, b in zip(rewards[::2], rewards[1::2], strict=True)]
    expected = load_manifest(trained).metrics["eval/reward_margin"]
    assert sum(margins) / len(margins) == pytest.approx(expected, rel=1e-4)


def test_the_same_scores_in_another_process(trained):
    texts = ["physics 99 ok all", "数学 xx", "x"]
    here = [finding.score for finding in Detector.load(trained).detect(texts)]
    command = [
        sys.executable,
        "-m",
        "edubias.cli.main",
        "detect",
        "--model",
        str(trained),
        "--json",
        *texts,
    ]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    there = [json.loads(line)["score"] for line in run.stdout.splitlines()]
    assert there == pytest.approx(here, abs=1e-6)


def test_same_seed_same_weights(trained, overrides):
    again = train(load_config("edu_bias_embedded", overrides)).folder
    first, second = (load_file(folder / "adapter_model.safetensors") for folder in (trained, again))
    for name, weight in first.items():
        torch.testing.assert_close(weight, second[name], rtol=1e-4, atol=1e-6)


def test_accumulation_equals_a_larger_batch(tiny_model, pair_files, tmp_path):
    runs = []
    for batch, accumulation in ((8, 1), (2, 4)):
        out = tmp_path / f"b{batch}"
        given = [
            *tiny_overrides(tiny_model, pair_files, out),
            f"train_cfgs.per_device_train_batch_size={batch}",
            f"train_cfgs.gradient_accumulation_steps={accumulation}",
            "train_cfgs.micro_batch_tokens=null",
        ]
        folder = train(load_config("edu_bias_embedded", given)).folder
        runs.append(
            (load_manifest(folder).metrics, load_file(folder / "adapter_model.safetensors"))
        )
    (metrics, weights), (other_metrics, other_weights) = runs
    assert other_metrics["eval/loss"] == pytest.approx(metrics["eval/loss"], rel=1e-3)
    assert other_metrics["train/reward_margin"] == pytest.approx(
        metrics["train/reward_margin"], rel=1e-3
    )
    for name, weight in weights.items():
        torch.testing.assert_close(weight, other_weights[name], rtol=1e-2, atol=1e-4)


def test_full_fine_tuning_keeps_its_reference(overrides, tiny_model):
    given = [*overrides, "lora_cfgs.use_lora=false", "train_cfgs.learning_rate=0.001"]
    folder = train(load_config("edu_bias_embedded", given)).folder
    assert (folder / "model.safetensors").is_file()
    scorer, _ = load_scorer(folder)
    assert scorer.reference is not None
    findings = Detector.load(folder).detect(["physics 99 ok all", "physics 99 xx zz"])
    assert findings[0].score < findings[1].score


def test_merged_model_scores_like_its_adapters(overrides):
    folder = train(
        load_config("edu_bias_embedded", [*overrides, "lora_cfgs.save_full_model=true"])
    ).folder
    texts = ["physics 99 ok all", "数学 xx"]
    merged, adapters = (Detector.load(f).detect(texts) for f in (folder / "merged", folder))
    for one, other in zip(merged, adapters, strict=True):
        assert one.score == pytest.approx(other.score, abs=1e-5)
        assert one.verdict == other.verdict


def test_without_evaluation_data(overrides):
    folder = train(
        load_config("edu_bias_embedded", [*overrides, "data_cfgs.eval_datasets=null"])
    ).folder
    with pytest.raises(ModelError, match="not calibrated"):
        Detector.load(folder)


def test_other_losses_train(overrides):
    for loss in ("sigmoid_norm", "ipo", "bco"):
        given = [*overrides, f"train_cfgs.loss_type={loss}", "train_cfgs.max_steps=2"]
        assert train(load_config("edu_bias_embedded", given)).metrics["train/reward_accuracy"] >= 0


@pytest.mark.parametrize(
    ("override", "reason"),
    [
        ("logger_cfgs.output_dir=null", "no output folder"),
        ("data_cfgs.train_datasets=null", "no training data"),
        ("data_cfgs.train_template=Other", "unknown template"),
        ("train_cfgs.bf16=true train_cfgs.fp16=true", "exclude each other"),
        ("lora_cfgs.inference_mode=true", "nothing to train"),
    ],
)
def test_what_cannot_be_trained(overrides, override, reason, tmp_path):
    with pytest.raises(ConfigError, match=reason):
        train(load_config("edu_bias_embedded", [*overrides, *override.split()]))
    assert not list(tmp_path.rglob("train.log"))  # nothing has begun


@pytest.mark.parametrize(
    ("tracker", "remedy"), [("wandb", r"edubias\[track\]"), ("swanlab", "pip install swanlab")]
)
def test_a_tracker_that_is_not_installed(overrides, monkeypatch, tracker, remedy):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=remedy):
        train(load_config("edu_bias_embedded", [*overrides, f"logger_cfgs.log_type={tracker}"]))


def test_overlapping_data_is_refused(overrides, tmp_path):
    same = write_jsonl(tmp_path / "same.jsonl", make_rows(3))
    given = [*overrides, f"data_cfgs.train_datasets={same}", f"data_cfgs.eval_datasets={same}"]
    with pytest.raises(DataError, match="overlap"):
        train(load_config("edu_bias_embedded", given))


def test_a_model_that_cannot_be_had(overrides, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    given = [*overrides, "model_cfgs.model_name_or_path=nobody/no-such-model"]
    with pytest.raises(ModelError, match="MODEL_NAME_OR_PATH"):
        train(load_config("edu_bias_embedded", given))


def test_align_anythings_own_configuration_trains(tiny_model, pair_files, tmp_path):
    """Key for key, with its names for data and folders filled in, on data in its layout."""
    rows = [json.loads(line) for line in pair_files["train"].read_text().splitlines()]
    pairs = write_jsonl(
        tmp_path / "pairs.jsonl",
        [
            {
                "prompt": "p",
                "response_0": row["rejected"],
                "response_1": row["chosen"],
                "better_response_id": 1,
            }
            for row in rows
        ],
    )
    config = load_config(
        ROOT / "tests" / "fixtures" / "align_anything_dpo.yaml",
        [
            *[f"data_cfgs.train_datasets={pairs}", "data_cfgs.train_template=PKUSafeRLHF"],
            *["data_cfgs.train_split=train", f"model_cfgs.model_name_or_path={tiny_model}"],
            *[f"logger_cfgs.output_dir={tmp_path / 'out'}", "logger_cfgs.log_type=none"],
        ],
    )
    assert len(ignored_keys(config)) == 2  # regularization and train_split
    result = train(config)
    assert (result.folder / "model.safetensors").is_file()
    assert result.metrics["train/loss"] > 0


def test_ligers_kernels_are_refused_without_a_gpu(overrides):
    config = load_config("edu_bias_embedded", [*overrides, "train_cfgs.use_liger_kernel=true"])
    with pytest.raises(ConfigError, match=r"liger|Liger"):
        train(config)
