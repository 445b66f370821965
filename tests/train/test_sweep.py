"""Sweeps of the tiny model: three trials of two steps."""

from __future__ import annotations

import _thread
import csv
import gc
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pytest
import torch
from peft import PeftModel

from edubias.config import load_config
from edubias.errors import ConfigError, DataError, ModelError
from edubias.model.manifest import load_manifest
from edubias.report.figure import save_figure
from edubias.report.sweep_plot import sweep_figure
from edubias.train.space import Choice, Range, default_dimensions, space_of
from edubias.train.sweep import sweep
from tests.conftest import tiny_overrides

SPACE = ["train_cfgs.learning_rate=1e-3..1e-2:log", "lora_cfgs.r=4,8"]


def settings(tiny_model, pair_files, *more):
    given = tiny_overrides(tiny_model, pair_files, Path("outputs/final"))
    return load_config("edu_bias_embedded", [*given, "train_cfgs.max_steps=2", *more])


@pytest.fixture
def config(tiny_model, pair_files):
    return settings(tiny_model, pair_files)


@pytest.fixture(scope="module")
def whole(tmp_path_factory, tiny_model, pair_files):
    """A sweep of three trials that nothing stopped. There is no test split to be read."""
    folder = tmp_path_factory.mktemp("sweep")
    data = {split: shutil.copy(pair_files[split], folder) for split in ("train", "eval")}
    config = settings(tiny_model, data)
    assert not list(folder.glob("*test*"))
    return sweep(config, space_of(SPACE, config), folder / "out", trials=3)


def values(result):
    return [dict(trial.values) for trial in result.trials]


def test_the_best_trial_has_the_best_metric(whole):
    assert [trial.state for trial in whole.trials] == ["complete"] * 3
    for trial in whole.trials:
        metrics = load_manifest(whole.folder / trial.name).metrics
        assert trial.value == trial.metrics["eval/auroc"] == metrics["eval/auroc"]
    assert whole.best.value == max(trial.value for trial in whole.trials)


def test_trials_get_what_the_space_holds(whole):
    assert len({str(given) for given in values(whole)}) == 3
    for trial in whole.trials:
        rank, rate = trial.values["lora_cfgs.r"], trial.values["train_cfgs.learning_rate"]
        assert rank in (4, 8)
        assert 1e-3 <= rate <= 1e-2
        trained_with = load_manifest(whole.folder / trial.name).config
        assert trained_with["train_cfgs"]["learning_rate"] == pytest.approx(rate)
        assert trained_with["lora_cfgs"]["r"] == rank
        assert trained_with["lora_cfgs"]["lora_alpha"] == 2 * rank


def test_a_sweep_needs_no_test_split(whole):
    """It ran where there is none; what it read is what the trials name."""
    for trial in whole.trials:
        data = load_manifest(whole.folder / trial.name).data
        assert {Path(record["path"]).name for record in data.values()} == {
            "train.jsonl",
            "eval.jsonl",
        }


def test_best_yaml_is_a_whole_configuration(whole):
    best = load_config(whole.folder / "best.yaml")
    trial = load_config(whole.folder / whole.best.name / "config.yaml")
    assert best.logger_cfgs.output_dir == "outputs/final"
    assert not best.train_cfgs.load_checkpoint
    trial.train_cfgs.load_checkpoint = False
    assert best.model_copy(update={"logger_cfgs": trial.logger_cfgs}) == trial


def test_table_of_trials(whole):
    with (whole.folder / "trials.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["trial"] for row in rows] == ["trial-000", "trial-001", "trial-002"]
    for row, trial in zip(rows, whole.trials, strict=True):
        assert float(row["eval/auroc"]) == trial.value
        assert int(row["lora_cfgs.r"]) == trial.values["lora_cfgs.r"]


def test_only_results_are_kept_of_a_trial(whole):
    names = {path.name for path in (whole.folder / "trial-000").iterdir()}
    assert "adapter_model.safetensors" in names
    assert not [name for name in names if name.startswith("checkpoint-")]


def during(log: Path, action) -> Thread:
    """Do something as soon as a trial has made its first step."""

    def wait():
        while not (log.exists() and "step 1/" in log.read_text()):
            time.sleep(0.001)
        action()

    thread = Thread(target=wait)
    thread.start()
    return thread


def test_an_interrupt_keeps_what_is_done(whole, tiny_model, pair_files, tmp_path, interruptible):
    """Stopped in the midst of its second trial, a resumed sweep ends like one that was not."""
    config = settings(tiny_model, pair_files, "logger_cfgs.save_interval=1")
    space = space_of(SPACE, config)
    thread = during(tmp_path / "trial-001" / "train.log", _thread.interrupt_main)
    stopped = sweep(config, space, tmp_path, trials=3)
    thread.join()
    assert stopped.interrupted
    assert [trial.state for trial in stopped.trials] == ["complete", "unfinished"]
    assert (tmp_path / "best.yaml").is_file()
    resumed = sweep(config, space, tmp_path, trials=3, resume=True)
    assert_same(resumed, whole)
    assert resumed.trials[0] == stopped.trials[0]
    assert "resume from" in (tmp_path / "trial-001" / "train.log").read_text()


@pytest.mark.slow
def test_a_killed_sweep_goes_on(whole, tiny_model, pair_files, tmp_path):
    folder = tmp_path / "out"
    config = settings(tiny_model, pair_files, "logger_cfgs.save_interval=1")
    file = tmp_path / "config.yaml"
    file.write_text(config.to_yaml())
    command = [sys.executable, "-m", "edubias.cli.main", "sweep", "--config", str(file)]
    command += ["--output", str(folder), "--trials", "3"]
    for space in SPACE:
        command += ["--space", space]
    process = subprocess.Popen(
        command,
        env={**os.environ, "EDUBIAS_HOME": str(tmp_path / "home")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    during(folder / "trial-001" / "train.log", process.kill).join(timeout=300)
    process.wait()
    assert not (folder / "best.yaml").exists()
    resumed = sweep(config, space_of(SPACE, config), folder, trials=3, resume=True)
    assert_same(resumed, whole)


def assert_same(one, other):
    assert values(one) == values(other)
    assert [trial.value for trial in one.trials] == pytest.approx(
        [trial.value for trial in other.trials]
    )


def test_a_failed_trial_is_recorded_and_the_sweep_goes_on(config, tmp_path):
    """And none leaves anything in memory, failed or not."""
    held = {}

    def count(trial):
        objects = gc.get_objects()
        tensors = [item for item in objects if isinstance(item, torch.Tensor)]
        models = sum(isinstance(item, PeftModel) for item in objects)
        held[trial.number] = models, len(tensors), sum(item.nbytes for item in tensors)

    space = space_of(["train_cfgs.learning_rate=1e-2,1e38"], config)
    gc.collect()
    models = sum(isinstance(item, PeftModel) for item in gc.get_objects())
    gc.disable()  # what is left must be left by the sweep's own doing
    try:
        result = sweep(config, space, tmp_path, trials=4, report=count)
    finally:
        gc.enable()
    states = [trial.state for trial in result.trials]
    assert {"complete", "failed"} == set(states)
    assert states.count("complete") >= 2
    for trial in result.trials:
        failed = trial.values["train_cfgs.learning_rate"] == 1e38
        assert trial.state == ("failed" if failed else "complete")
        assert ("diverged" in (trial.reason or "")) == failed
    assert result.best.values["train_cfgs.learning_rate"] == 1e-2
    assert "diverged" in (tmp_path / "trials.csv").read_text(encoding="utf-8")
    assert len(set(held.values())) == 1
    assert held[0][0] == models


def test_loss_is_minimised(config, tmp_path):
    """The configuration's own rate comes first; the other two are too small to learn anything."""
    rate = "train_cfgs.learning_rate"
    space = space_of([f"{rate}=1e-9,1e-8,1e-2"], config)
    result = sweep(config, space, tmp_path, metric="eval/loss", trials=2)
    own, other = result.trials
    assert own.values[rate] == 1e-2 != other.values[rate]
    assert own.value < other.value
    assert result.best == own


def test_no_successful_trial_is_an_error(config, tmp_path):
    space = space_of(["train_cfgs.label_smoothing=0.6,0.9"], config)
    with pytest.raises(ConfigError, match=r"no trial was successful(.|\n)*label_smoothing"):
        sweep(config, space, tmp_path, trials=2)


@pytest.mark.parametrize(
    ("override", "error", "reason"),
    [
        ("data_cfgs.eval_datasets=null", ConfigError, "no evaluation split"),
        ("data_cfgs.eval_datasets=nowhere.jsonl", DataError, "no such file"),
        ("model_cfgs.model_name_or_path=./no/model", ModelError, "no such model"),
        ("data_cfgs.train_datasets=null", ConfigError, "no training data"),
    ],
)
def test_what_would_fail_every_trial_stops_before_the_first(
    tiny_model, pair_files, tmp_path, override, error, reason
):
    config = settings(tiny_model, pair_files, override)
    with pytest.raises(error, match=reason):
        sweep(config, space_of(SPACE, config), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_earlier_sweep_is_not_mixed_with_another(whole, config):
    space = space_of(SPACE, config)
    with pytest.raises(ConfigError, match="not empty"):
        sweep(config, space, whole.folder)
    changed = config.model_copy(deep=True)
    changed.train_cfgs.seed = 1
    with pytest.raises(ConfigError, match=r"train_cfgs\.seed"):
        sweep(changed, space, whole.folder, resume=True)
    with pytest.raises(ConfigError, match="--metric"):
        sweep(config, space, whole.folder, metric="eval/loss", resume=True)
    with pytest.raises(ConfigError, match="--space"):
        sweep(config, space_of(SPACE[:1], config), whole.folder, resume=True)


def test_an_unknown_metric(config, tmp_path):
    with pytest.raises(ConfigError, match="eval/auroc, eval/reward_accuracy"):
        sweep(config, space_of(SPACE, config), tmp_path, metric="test/auroc")


def test_optuna_is_an_extra(config, tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"edubias\[sweep\]"):
        sweep(config, space_of(SPACE, config), tmp_path)


def test_picture(whole):
    figure = sweep_figure(whole)
    by_key = {axes.get_xlabel(): axes for axes in figure.axes}
    assert by_key.keys() == whole.space.dimensions.keys()
    rates = by_key["train_cfgs.learning_rate"]
    assert rates.get_xscale() == "log"
    others, best = (points.get_offsets().data for points in rates.collections)
    assert best.tolist() == [[whole.best.values["train_cfgs.learning_rate"], whole.best.value]]
    assert len(others) == 2
    labels = [text.get_text() for text in by_key["lora_cfgs.r"].get_xticklabels()]
    assert labels == ["4", "8"]
    save_figure(figure, whole.folder / "sweep.svg")
    assert whole.best.name in (whole.folder / "sweep.svg").read_text(encoding="utf-8")


def test_default_space_follows_what_is_trained(config):
    rates = "train_cfgs.learning_rate"
    embedded = load_config("edu_bias_embedded")
    assert default_dimensions(embedded)[rates] == Range(5e-5, 1e-3, log=True)
    assert default_dimensions(embedded)["lora_cfgs.r"] == Choice((8, 16, 32))
    full = load_config("dpo", ["lora_cfgs.use_lora=false"])
    assert default_dimensions(full)[rates] == Range(1e-6, 1e-5, log=True)
    assert "lora_cfgs.r" not in default_dimensions(full)
    assert default_dimensions(load_config("dpo"))[rates].low == 5e-6
    assert rates not in space_of([], config, {rates}).dimensions


def test_the_presets_own_values_come_first():
    embedded = load_config("edu_bias_embedded")
    own = space_of([], embedded).values_of(embedded)
    assert own["lora_cfgs.r"] == 16
    assert own["train_cfgs.learning_rate"] == 6e-4
    outside = load_config("edu_bias_embedded", ["train_cfgs.learning_rate=1"])
    assert space_of([], outside).values_of(outside) is None


def test_alpha_follows_the_rank_unless_it_is_set():
    for preset in ("edu_bias_embedded", "edu_bias_dpo"):
        config = load_config(preset)
        ratio = config.lora_cfgs.lora_alpha // config.lora_cfgs.r
        space = space_of(["lora_cfgs.r=8,16"], config)
        assert load_config(preset, space.overrides(space.values_of(config))) == config
        assert f"lora_cfgs.lora_alpha={8 * ratio}" in space.overrides({"lora_cfgs.r": 8})
    config = load_config("edu_bias_embedded")
    fixed = space_of(["lora_cfgs.r=8,16"], config, {"lora_cfgs.lora_alpha"})
    assert fixed.overrides({"lora_cfgs.r": 16}) == ["lora_cfgs.r=16"]


def test_forms_of_a_space(config):
    options = [
        "train_cfgs.scale_coeff=0.1..0.5",
        "train_cfgs.learning_rate=1e-6..1e-4:log",
        "lora_cfgs.r=4..64:log",
        "train_cfgs.loss_type=bco,ipo",
        "train_cfgs.max_steps=null,5",
        "logger_cfgs.log_run_name=2024-11-26,7",
    ]
    assert space_of(options, config).dimensions == {
        "train_cfgs.scale_coeff": Range(0.1, 0.5),
        "train_cfgs.learning_rate": Range(1e-6, 1e-4, log=True),
        "lora_cfgs.r": Range(4, 64, log=True, whole=True),
        "train_cfgs.loss_type": Choice(("bco", "ipo")),
        "train_cfgs.max_steps": Choice((None, 5)),
        "logger_cfgs.log_run_name": Choice(("2024-11-26", "7")),
    }
    written = str(space_of(options, config)).split(" --space ")
    again = space_of([option.removeprefix("--space ") for option in written], config)
    assert again == space_of(options, config)


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        ("train_cfgs.learning_rate", "no search space"),
        ("train_cfgs.learning_rate=", "no search space"),
        ("train_cfgs.learning_rate=2..1", "LOW < HIGH"),
        ("train_cfgs.learning_rate=0..1:log", "LOW > 0"),
        ("train_cfgs.learning_rate=0..1:ln", "no search space"),
        ("train_cfgs.learning_rate=a..b", "no search space"),
        ("train_cfgs.learning_rate=0..inf", "no search space"),
        ("lora_cfgs.r=1.5..4", "whole numbers"),
        ("train_cfgs.learning_rat=0..1", "did you mean 'train_cfgs.learning_rate'"),
        ("learning_rate=0..1", "did you mean 'train_cfgs.learning_rate'"),
        ("lora_cfgs.target_modules=[a],[b]", "no search space"),
    ],
)
def test_bad_spaces(config, option, reason):
    with pytest.raises(ConfigError, match=reason):
        space_of([option], config)


def test_a_key_is_not_both_set_and_searched(config):
    with pytest.raises(ConfigError, match="both set and searched"):
        space_of(SPACE, config, {"lora_cfgs.r"})
