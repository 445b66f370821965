"""What makes a checkpoint whole, and what does not make it less so."""

from __future__ import annotations

import json
import shutil

import pytest

from edubias.config import load_config
from edubias.errors import ConfigError
from edubias.train.checkpoint import CONTENTS, is_complete
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
