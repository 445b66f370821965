"""What the trackers write can be read back with their own libraries."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
import wandb
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from wandb.proto import wandb_internal_pb2

from edubias.config import LoggerCfgs, load_config
from edubias.train.run import train
from edubias.train.trackers import prepare_tracker
from tests.conftest import tiny_overrides

METRICS = ("train/loss", "train/reward_accuracy", "train/reward_margin")
VARIABLES = (
    *("WANDB_API_KEY", "WANDB_MODE", "WANDB_DIR", "WANDB_PROJECT", "TENSORBOARD_LOGGING_DIR"),
    *("SWANLAB_API_KEY", "SWANLAB_MODE", "SWANLAB_LOG_DIR", "SWANLAB_PROJECT"),
)


@pytest.fixture(autouse=True)
def variables_come_back(monkeypatch, tmp_path):
    for name in VARIABLES:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("NETRC", str(tmp_path / "none"))


def wandb_records(file: Path) -> Iterator[wandb_internal_pb2.Record]:
    """Records of a run file: LevelDB's log format after a header of seven bytes."""
    data, position, whole = file.read_bytes(), 7, b""
    assert data[:4] == b":W&B"
    while position + 7 <= len(data):
        if 32768 - position % 32768 < 7:  # the rest of a block too small for a record's header
            position += 32768 - position % 32768
            continue
        _, length, kind = struct.unpack("<IHB", data[position : position + 7])
        whole += data[position + 7 : position + 7 + length]
        position += 7 + length
        if kind in (1, 4):  # whole, or the last part
            record = wandb_internal_pb2.Record()
            record.ParseFromString(whole)
            yield record
            whole = b""


def logged(tiny_model, pair_files, folder, tracker):
    overrides = [
        *tiny_overrides(tiny_model, pair_files, folder),
        *["train_cfgs.max_steps=3", f"logger_cfgs.log_type={tracker}"],
    ]
    train(load_config("edu_bias_embedded", overrides))
    history = json.loads((folder / "trainer_state.json").read_text())["log_history"]
    return {
        metric: [e[metric[6:]] for e in history if metric[6:] in e and "loss" in e]
        for metric in METRICS
    }


def test_tensorboard(tiny_model, pair_files, tmp_path):
    expected = logged(tiny_model, pair_files, tmp_path / "out", "tensorboard")
    events = EventAccumulator(str(tmp_path / "out" / "tensorboard"))
    events.Reload()
    for metric, values in expected.items():
        assert len(values) == 3
        assert [event.value for event in events.Scalars(metric)] == pytest.approx(values, rel=1e-5)


def test_wandb_without_a_key_records_offline_and_asks_nothing(tiny_model, pair_files, tmp_path):
    expected = logged(tiny_model, pair_files, tmp_path / "out", "wandb")
    assert os.environ["WANDB_MODE"] == "offline"
    wandb.teardown()  # its service writes what it still holds
    [file] = (tmp_path / "out" / "wandb").glob("offline-run-*/run-*.wandb")
    found = {metric: [] for metric in METRICS}
    for record in wandb_records(file):
        for item in record.history.item:
            name = item.key or "/".join(item.nested_key)
            if name in found:
                found[name].append(float(item.value_json))
    for metric, values in expected.items():
        assert found[metric] == pytest.approx(values, rel=1e-5)


def test_the_guides_placeholder_is_no_key(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_API_KEY", "your_wandb_key")
    assert "offline" in prepare_tracker(LoggerCfgs(log_type="wandb"), tmp_path)
    assert os.environ["WANDB_MODE"] == "offline"


def test_what_the_user_has_set_stays(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_API_KEY", "abc")
    monkeypatch.setenv("WANDB_PROJECT", "mine")
    assert prepare_tracker(LoggerCfgs(log_type="wandb"), tmp_path) is None
    assert "WANDB_MODE" not in os.environ
    assert os.environ["WANDB_PROJECT"] == "mine"


def test_swanlab_stays_on_the_machine_without_a_key(tmp_path):
    assert prepare_tracker(LoggerCfgs(log_type="swanlab"), tmp_path) is None
    assert os.environ["SWANLAB_MODE"] == "local"
    assert os.environ["SWANLAB_LOG_DIR"].startswith(str(tmp_path))
