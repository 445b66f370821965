"""What the log says is what the trainer recorded."""

from __future__ import annotations

import json
import shutil

import pytest

from edubias.config import load_config
from edubias.errors import EdubiasError
from edubias.report.history import read_history
from edubias.train.callbacks import tracker_name
from edubias.train.run import train
from tests.conftest import tiny_overrides
from tests.report.conftest import write_log


def recorded(run):
    """For each tracker name its (step, value) in ``trainer_state.json``."""
    history = json.loads((run / "trainer_state.json").read_text())["log_history"]
    series = {}
    for entry in history:
        for key, value in entry.items():
            if key not in ("step", "epoch"):
                series.setdefault(tracker_name(key), []).append((entry["step"], value))
    return series


def assert_equals_record(run):
    history = read_history(run)
    expected = recorded(run)
    assert history.series.keys() == expected.keys()
    for name, points in expected.items():
        steps, values = zip(*points, strict=True)
        assert tuple(history.series[name].steps) == steps, name
        assert history.series[name].values == pytest.approx(values, rel=1e-5), name
    return history


def test_equals_the_trainers_record(trained):
    history = assert_equals_record(trained)
    assert len(history.series["train/loss"].steps) == 8
    assert list(history.series["eval/auroc"].steps) == [4, 8]
    assert (history.step, history.max_steps, history.done) == (8, 8, True)


def test_a_resumed_run_counts_once(trained, tiny_model, pair_files, tmp_path):
    """The first attempt's steps after the checkpoint are spoilt: none may be left over."""
    run = tmp_path / "out"
    shutil.copytree(trained, run)
    shutil.rmtree(run / "checkpoint-8")
    lines = (run / "train.log").read_text().splitlines(keepends=True)
    spoilt = [
        line.replace("/loss=", "/loss=99").replace("/lr=", "/lr=99")
        if any(f"step {step}/" in line for step in range(5, 9))
        else line
        for line in lines
        if " done " not in line
    ]
    (run / "train.log").write_text("".join(spoilt))
    overrides = tiny_overrides(tiny_model, pair_files, run)
    train(load_config("edu_bias_embedded", [*overrides, "train_cfgs.load_checkpoint=true"]))
    assert (run / "train.log").read_text().count("step 5/8") == 2
    assert_equals_record(run)


def test_steps_that_a_resumed_run_has_not_reached_are_gone(tmp_path):
    run = write_log(
        tmp_path / "run",
        "start model=m processes=1",
        "step 1/4 epoch 0.25 train/loss=1",
        "step 2/4 epoch 0.50 train/loss=2",
        "step 2/4 epoch 0.50 eval/loss=2.5",
        "step 3/4 epoch 0.75 train/loss=3",
        "start model=m processes=1",
        "resume from run/checkpoint-1",
        "step 2/4 epoch 0.50 train/loss=20",
    )
    history = read_history(run)
    assert list(history.series) == ["train/loss"]
    assert list(history.series["train/loss"].steps) == [1, 2]
    assert list(history.series["train/loss"].values) == [1, 20]
    assert (history.step, history.max_steps, history.done) == (2, 4, False)


def test_lines_without_metrics_are_skipped(tmp_path):
    run = write_log(
        tmp_path / "run",
        "start model=m processes=1",
        "train: 16 of 16 pairs; 0 are longer than 238 tokens",
        "skipped train/loss=7: half-written",
        "step 1/4 epoch 0.25 train/loss=nan train/lr=1e-06 count=3",
        "step 2/4 epoch 0.50 train/loss=0.12026-01-02 03:04:05 start model=m",
    )
    with (run / "train.log").open("ab") as file:
        file.write("乱码 \n".encode("gb18030"))
        file.write(b"2026-01-02 03:05:00 step 3/4 epoch 0.75 train/loss=0.")
    history = read_history(run)
    assert set(history.series) == {"train/loss", "train/lr"}
    assert list(history.series["train/lr"].values) == [1e-6]
    assert len(history.series["train/loss"].values) == 1
    assert history.series["train/loss"].values != history.series["train/loss"].values  # NaN
    assert history.last_entry == "2026-01-02 03:04:04"


def test_a_run_taken_up_again_is_not_done(tmp_path):
    lines = ["start model=m processes=1", "step 1/1 epoch 1.00 train/loss=1", "done folder=run"]
    assert read_history(write_log(tmp_path / "a", *lines)).done
    assert not read_history(write_log(tmp_path / "b", *lines, lines[0])).done


@pytest.mark.parametrize("empty", [True, False])
def test_no_metrics_yet(tmp_path, empty):
    run = write_log(tmp_path / "run", *([] if empty else ["start model=m processes=1"]))
    history = read_history(run)
    assert history.series == {}
    assert (history.step, history.max_steps, history.done) == (0, None, False)


def test_no_run(tmp_path):
    with pytest.raises(EdubiasError, match="no such folder") as error:
        read_history(tmp_path / "no")
    assert error.value.remedy
    with pytest.raises(EdubiasError, match=r"train\.log: no log") as error:
        read_history(tmp_path)
    assert "output folder" in error.value.remedy
