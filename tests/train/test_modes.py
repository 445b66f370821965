"""One process, several, DeepSpeed's ZeRO and FSDP train the same model."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import pytest
from safetensors.torch import load_file

from edubias.detect.detector import load_scorer
from edubias.errors import LaunchError
from edubias.train.launch import ALLOW_CPU_DEEPSPEED, plan_training, start
from edubias.train.processes import Cluster
from tests.conftest import tiny_overrides

TEXTS = ["数学 90 xx zz", "physics 91 ok all", "art"]
STEPS = 8
"""Of two epochs of 16 pairs, 4 a step."""


def run(mode, processes, tiny_model, pair_files, folder, *more) -> Path:
    overrides = [
        *tiny_overrides(tiny_model, pair_files, folder),
        f"train_cfgs.per_device_train_batch_size={4 // processes}",
        *more,
    ]
    found = plan_training("edu_bias_embedded", overrides, mode, False, {ALLOW_CPU_DEEPSPEED: "1"})
    assert found.mode == mode
    return start(found, Cluster(processes))


def losses(folder: Path) -> list[float]:
    history = json.loads((folder / "trainer_state.json").read_text())["log_history"]
    return [entry["loss"] for entry in history if "loss" in entry]


def scores(folder: Path) -> list[float]:
    return load_scorer(folder)[0].scores(TEXTS)


@pytest.fixture(scope="module")
def single(tmp_path_factory, tiny_model, pair_files):
    return run("single", 1, tiny_model, pair_files, tmp_path_factory.mktemp("single") / "out")


@pytest.mark.parametrize(
    ("mode", "more"),
    [
        ("accelerate", []),
        ("deepspeed", ["train_cfgs.ds_cfgs=ds_z2.json"]),
        ("deepspeed", ["train_cfgs.ds_cfgs=ds_z3.json"]),
        ("fsdp", []),
    ],
    ids=["accelerate", "zero2", "zero3", "fsdp"],
)
def test_two_processes_train_the_same_model(
    mode, more, tmp_path, tiny_model, pair_files, single, monkeypatch, interruptible
):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    folder = run(mode, 2, tiny_model, pair_files, tmp_path / "out", *more)
    assert len(losses(folder)) == STEPS
    assert losses(folder) == pytest.approx(losses(single), rel=1e-4, abs=1e-5)
    assert scores(folder) == pytest.approx(scores(single), rel=1e-3, abs=1e-5)
    weights, expected = (load_file(f / "adapter_model.safetensors") for f in (folder, single))
    assert weights.keys() == expected.keys()
    log = (folder / "train.log").read_text()
    assert "processes=2" in log
    assert "strategy=packed" in log
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler  # torchrun's is gone


def test_a_worker_that_fails_says_why(tmp_path, tiny_model, pair_files, capfd):
    model = shutil.copytree(tiny_model, tmp_path / "model")
    (model / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(LaunchError, match="failed in process"):
        run("accelerate", 2, model, pair_files, tmp_path / "out")
    shown = capfd.readouterr().err
    assert "can't be loaded" in shown
    assert "Traceback" not in shown
