"""A run that is killed goes on as if nothing had happened."""

from __future__ import annotations

import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from edubias.config import load_config
from edubias.detect.calibrate import load_calibration
from edubias.errors import ConfigError
from edubias.train.checkpoint import CONTENTS, PARTIAL, CheckpointError, newest_checkpoint
from edubias.train.run import train
from tests.conftest import tiny_overrides

STEPS = 8
"""Of a run of the fixture: 16 pairs, 4 a step, 2 epochs."""


def settings(tiny_model, pair_files, folder, *more):
    return [
        *tiny_overrides(tiny_model, pair_files, folder),
        "train_cfgs.eval_strategy=steps",
        "train_cfgs.eval_interval=4",
        "train_cfgs.micro_batch_tokens=60",
        "lora_cfgs.lora_dropout=0.1",
        "logger_cfgs.save_interval=1",
        "logger_cfgs.save_total_limit=4",  # the best one and the newest three
        *more,
    ]


def run(tiny_model, pair_files, folder, *more):
    return train(
        load_config("edu_bias_embedded", settings(tiny_model, pair_files, folder, *more))
    ).folder


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory, tiny_model, pair_files):
    return run(tiny_model, pair_files, tmp_path_factory.mktemp("whole") / "out")


def losses(folder: Path) -> dict[int, float]:
    history = json.loads((folder / "trainer_state.json").read_text())["log_history"]
    return {entry["step"]: entry["loss"] for entry in history if "loss" in entry}


def assert_same(folder: Path, whole: Path) -> None:
    assert losses(folder) == pytest.approx(losses(whole), rel=1e-5)
    assert len(losses(folder)) == STEPS
    weights = load_file(folder / "adapter_model.safetensors")
    for name, weight in load_file(whole / "adapter_model.safetensors").items():
        torch.testing.assert_close(weights[name], weight, rtol=1e-5, atol=1e-7)
    calibrations = [load_calibration(path) for path in (folder, whole)]
    assert None not in calibrations
    assert calibrations[0].weights == pytest.approx(calibrations[1].weights, rel=1e-3)
    assert calibrations[0].intercept == pytest.approx(calibrations[1].intercept, rel=1e-3)


def command(tiny_model, pair_files, folder):
    given = settings(tiny_model, pair_files, folder)
    return [
        *[sys.executable, "-m", "edubias.cli.main", "train", "--config", "edu_bias_embedded"],
        *["--mode", "single", "--resume", *given],
    ]


def steps_logged(folder: Path) -> int:
    log = folder / "train.log"
    found = re.findall(r"step (\d+)/", log.read_text()) if log.exists() else []
    return int(found[-1]) if found else 0


def kill_at(process: subprocess.Popen, folder: Path, step: int, while_writing: bool) -> bool:
    """Kill -9 once a step has been logged; in the middle of a checkpoint if so wanted."""
    while process.poll() is None:
        if steps_logged(folder) >= step and (not while_writing or (folder / PARTIAL).exists()):
            time.sleep(random.uniform(0, 0.003 if while_writing else 0.1))
            process.send_signal(signal.SIGKILL)
            process.wait()
            return True
        time.sleep(0.0005)
    return False


def killed_again_and_again(tiny_model, pair_files, folder, kills):
    rng = random.Random(0)
    environment = {**os.environ, "EDUBIAS_HOME": str(folder.parent / "home")}
    done = 0
    for number in range(kills):
        process = subprocess.Popen(
            command(tiny_model, pair_files, folder),
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        step = min(STEPS - 1, steps_logged(folder) + rng.randint(0, 1))
        done += kill_at(process, folder, step, while_writing=number % 2 == 0)
    assert done >= kills - 1, "most kills came before the end"
    last = subprocess.run(
        command(tiny_model, pair_files, folder), env=environment, capture_output=True, text=True
    )
    assert last.returncode == 0, last.stderr


def test_killed_runs_end_like_uninterrupted_ones(tiny_model, pair_files, tmp_path, uninterrupted):
    folder = tmp_path / "out"
    killed_again_and_again(tiny_model, pair_files, folder, kills=3)
    assert_same(folder, uninterrupted)
    assert "resume from" in (folder / "train.log").read_text()
    assert len(list(folder.glob("checkpoint-*"))) == 4
    assert not (folder / PARTIAL).exists()


@pytest.mark.slow
def test_twenty_kills(tiny_model, pair_files, tmp_path, uninterrupted):
    for number in range(4):
        folder = tmp_path / str(number) / "out"
        killed_again_and_again(tiny_model, pair_files, folder, kills=5)
        assert_same(folder, uninterrupted)


def stopped(tiny_model, pair_files, folder):
    """A run whose last three steps got lost."""
    run(tiny_model, pair_files, folder)
    for path in (folder / "checkpoint-8", folder / "checkpoint-7"):
        for file in path.iterdir():
            file.unlink()
        path.rmdir()


def test_what_is_half_written_is_passed_over(tiny_model, pair_files, tmp_path, uninterrupted):
    folder = tmp_path / "out"
    run(tiny_model, pair_files, folder)
    (folder / PARTIAL / "checkpoint-9").mkdir(parents=True)
    optimizer = folder / "checkpoint-8" / "optimizer.pt"
    optimizer.write_bytes(optimizer.read_bytes()[:100])
    (folder / "checkpoint-7" / CONTENTS).unlink()
    checkpoint, skipped = newest_checkpoint(folder)
    assert checkpoint.name == "checkpoint-6"
    assert [Path(path).name for path in skipped] == [PARTIAL, "checkpoint-8", "checkpoint-7"]
    run(tiny_model, pair_files, folder, "train_cfgs.load_checkpoint=true")
    assert_same(folder, uninterrupted)
    # Renamed: as checkpoints they would count as the newest ones, and better ones would go.
    damaged = {path.name for path in folder.glob("damaged-*")}
    assert damaged == {"damaged-checkpoint-7", "damaged-checkpoint-8"}
    log = (folder / "train.log").read_text()
    assert "half-written" in log
    assert "checkpoint-6" in log.split("resume from", 1)[1]


def test_a_finished_run_stays_as_it_is(tiny_model, pair_files, tmp_path, uninterrupted):
    folder = tmp_path / "out"
    run(tiny_model, pair_files, folder)
    run(tiny_model, pair_files, folder, "train_cfgs.load_checkpoint=true")
    assert_same(folder, uninterrupted)


def test_a_run_that_is_finished_within_an_epoch_takes_no_further_step(
    tiny_model, pair_files, tmp_path
):
    given = ["train_cfgs.epochs=1.5", "train_cfgs.lr_scheduler_type=constant"]
    folder = run(tiny_model, pair_files, tmp_path / "out", *given)
    before = load_file(folder / "adapter_model.safetensors")
    run(tiny_model, pair_files, folder, *given, "train_cfgs.load_checkpoint=true")
    assert steps_logged(folder) == 6
    assert not (folder / "checkpoint-7").exists()
    for name, weight in load_file(folder / "adapter_model.safetensors").items():
        assert torch.equal(weight, before[name])


def test_intervals_hold_within_epochs_and_may_change(tiny_model, pair_files, tmp_path):
    def go(*more):
        by_epoch = ["train_cfgs.eval_strategy=epoch", "logger_cfgs.save_total_limit=9"]
        return run(tiny_model, pair_files, tmp_path / "out", *by_epoch, *more)

    folder = go("logger_cfgs.save_interval=3", "logger_cfgs.log_interval=4")
    assert {path.name[11:] for path in folder.glob("checkpoint-*")} == {"3", "4", "6", "8"}
    for number in (4, 6, 8):
        shutil.rmtree(folder / f"checkpoint-{number}")
    go(
        "logger_cfgs.save_interval=5",
        "logger_cfgs.log_interval=1",
        "train_cfgs.load_checkpoint=true",
    )
    assert {path.name[11:] for path in folder.glob("checkpoint-*")} == {"3", "4", "5", "8"}
    assert set(losses(folder)) == {4, 5, 6, 7, 8}


def test_other_settings_are_refused(tiny_model, pair_files, tmp_path):
    folder = tmp_path / "out"
    run(tiny_model, pair_files, folder)
    own = (folder / "config.yaml").read_text()
    given = ["train_cfgs.load_checkpoint=true", "train_cfgs.learning_rate=0.1"]
    with pytest.raises(ConfigError, match=r"train_cfgs\.learning_rate"):
        run(tiny_model, pair_files, folder, *given)
    assert (folder / "config.yaml").read_text() == own
    changed = tmp_path / "train.jsonl"
    changed.write_text(pair_files["train"].read_text().replace("ok all", "all ok"))
    given = ["train_cfgs.load_checkpoint=true", f"data_cfgs.train_datasets={changed}"]
    with pytest.raises(ConfigError, match="train data"):
        run(tiny_model, pair_files, folder, *given)


def test_nothing_to_resume_starts_from_the_beginning(tiny_model, pair_files, tmp_path):
    folder = run(tiny_model, pair_files, tmp_path / "out", "train_cfgs.load_checkpoint=true")
    assert "resume from the beginning" in (folder / "train.log").read_text()
    assert len(losses(folder)) == STEPS
    # Its configuration stands for a training, not for the end of one.
    assert not load_config(folder / "config.yaml").train_cfgs.load_checkpoint


@contextmanager
def no_larger_files(size):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_a_full_disk_at_the_end_keeps_the_model_that_was_there(trained, tmp_path):
    folder = tmp_path / "out"
    shutil.copytree(trained, folder)
    before = (folder / "adapter_model.safetensors").read_bytes()
    given = ["train_cfgs.load_checkpoint=true", f"logger_cfgs.output_dir={folder}"]
    config = load_config(trained / "config.yaml", given)
    with no_larger_files(len(before) // 2), pytest.raises(CheckpointError, match="trained model"):
        train(config)
    assert (folder / "adapter_model.safetensors").read_bytes() == before
    assert "stopped: " in (folder / "train.log").read_text()


def test_a_full_disk_keeps_what_was_there(tiny_model, pair_files, tmp_path, uninterrupted):
    """A limit on the size of files stands in for the disk: the system refuses to write more."""
    folder = tmp_path / "out"
    stopped(tiny_model, pair_files, folder)
    adapter = (folder / "checkpoint-6" / "adapter_model.safetensors").stat().st_size
    with no_larger_files(adapter // 2), pytest.raises(CheckpointError, match="--resume"):
        run(tiny_model, pair_files, folder, "train_cfgs.load_checkpoint=true")
    assert newest_checkpoint(folder) == (folder / "checkpoint-6", [])
    run(tiny_model, pair_files, folder, "train_cfgs.load_checkpoint=true")
    assert_same(folder, uninterrupted)
