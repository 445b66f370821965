"""What makes a checkpoint whole, and what does not make it less so."""

from __future__ import annotations

import json
import os
import shutil

import pytest
import torch

from edubias.config import load_config
from edubias.detect.calibrate import load_calibration
from edubias.errors import ConfigError
from edubias.train.checkpoint import (
    CONTENTS,
    PARTIAL,
    checkpoint_to_resume,
    is_complete,
    is_write_error,
    publish,
)
from edubias.train.launch import Plan, start
from edubias.train.processes import Cluster
from edubias.train.run import train
from tests.conftest import tiny_overrides


@pytest.fixture
def checkpoint(trained, tmp_path):
    folder = tmp_path / "checkpoint-8"
    shutil.copytree(trained / "checkpoint-8", folder)
    assert is_complete(folder)
    return folder


def test_evaluating_and_calibrating_do_no_harm(checkpoint):
    (checkpoint / "metrics.json").write_text("{}")
    (checkpoint / "calibration.json").write_text("another one")
    assert is_complete(checkpoint)


@pytest.mark.parametrize("damage", ["missing", "short", "unlisted"])
def test_damage_is_seen(checkpoint, damage):
    weights = checkpoint / "adapter_model.safetensors"
    if damage == "missing":
        weights.unlink()
    elif damage == "short":
        weights.write_bytes(weights.read_bytes()[:-1])
    else:
        (checkpoint / CONTENTS).unlink()
    assert not is_complete(checkpoint)


@pytest.mark.parametrize("mode", ["zero3", "fsdp"])
def test_spread_weights_are_not_merged(tiny_model, pair_files, tmp_path, mode):
    settings = tmp_path / "zero3.json"
    settings.write_text(json.dumps({"zero_optimization": {"stage": 3}}))
    given = tiny_overrides(tiny_model, pair_files, tmp_path / "out")
    config = load_config("edu_bias_embedded", [*given, "lora_cfgs.save_full_model=true"])
    with pytest.raises(ConfigError, match="spread over processes"):
        train(config, settings if mode == "zero3" else None, fsdp=mode == "fsdp")


def test_a_finished_run_that_is_taken_up_again_keeps_its_calibration(
    trained, tiny_model, pair_files, tmp_path
):
    folder = tmp_path / "out"
    shutil.copytree(trained, folder)
    (folder / "calibration.json").write_text("calibrated with more")
    given = tiny_overrides(tiny_model, pair_files, folder)
    train(load_config("edu_bias_embedded", [*given, "train_cfgs.load_checkpoint=true"]))
    assert (folder / "calibration.json").read_text() == "calibrated with more"


def test_a_new_run_does_not_take_the_calibration_of_an_earlier_one(
    trained, tiny_model, pair_files, tmp_path
):
    folder = tmp_path / "out"
    shutil.copytree(trained, folder)
    (folder / "calibration.json").write_text("of other weights")
    given = [*tiny_overrides(tiny_model, pair_files, folder), "train_cfgs.max_steps=1"]
    train(load_config("edu_bias_embedded", given))
    assert load_calibration(folder) == load_calibration(folder / "checkpoint-1")
    train(load_config("edu_bias_embedded", [*given, "data_cfgs.eval_datasets=null"]))
    assert not (folder / "calibration.json").exists()


@pytest.mark.parametrize(
    ("processes", "sharding", "named"),
    [(2, "none", r"processes \(1, now 2\)"), (1, "deepspeed", "sharding .none, now deepspeed")],
)
def test_a_run_goes_on_with_as_many_processes_only(
    trained, tiny_model, pair_files, processes, sharding, named
):
    given = tiny_overrides(tiny_model, pair_files, trained)
    config = load_config("edu_bias_embedded", [*given, "train_cfgs.load_checkpoint=true"])
    assert checkpoint_to_resume(config, 1, "none") == (trained / "checkpoint-8", [])
    with pytest.raises(ConfigError, match=named):
        checkpoint_to_resume(config, processes, sharding)


def test_what_is_not_resumed_stays_as_it_is(trained, tiny_model, pair_files):
    given = tiny_overrides(tiny_model, pair_files, trained)
    config = load_config("edu_bias_embedded", [*given, "train_cfgs.load_checkpoint=true"])
    before = {path: path.stat().st_mtime_ns for path in trained.rglob("*")}
    with pytest.raises(ConfigError, match="processes"):
        start(Plan(config, "accelerate"), Cluster(2))
    assert {path: path.stat().st_mtime_ns for path in trained.rglob("*")} == before


def test_a_checkpoint_gets_its_name_when_it_would_outlast_a_power_cut(
    checkpoint, tmp_path, monkeypatch
):
    partial = tmp_path / PARTIAL / "checkpoint-9"
    partial.parent.mkdir()
    checkpoint.rename(partial)
    target, on_disk, sync = tmp_path / "checkpoint-9", set(), os.fsync

    def noted(descriptor):
        sync(descriptor)
        if not target.exists():
            on_disk.add(os.fstat(descriptor).st_ino)

    monkeypatch.setattr(os, "fsync", noted)
    assert publish(partial, tmp_path) == target
    assert {path.stat().st_ino for path in (target, *target.rglob("*"))} <= on_disk


def test_what_is_no_failure_of_writing_is_not_called_one():
    assert is_write_error(OSError("no space"))
    with pytest.raises(RuntimeError) as caught:
        torch.save(torch.zeros(10), "/dev/full")
    assert is_write_error(caught.value)
    assert not is_write_error(RuntimeError("NCCL error: unhandled system error"))
