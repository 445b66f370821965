"""What stops a training, and what warns of one: on made-up series and in real tiny runs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from torch import nn

from edubias.config import Config, load_config
from edubias.data.read import load_pairs
from edubias.errors import ModelError
from edubias.train.batches import step_sampler
from edubias.train.callbacks import TrainLog
from edubias.train.checkpoint import CheckpointError, is_complete
from edubias.train.guards import (
    COLLAPSE_NATS,
    DivergenceError,
    OutOfMemoryError,
    gradient_norm,
    learns_nothing,
    overfits,
    rewards_collapse,
    signs_of_trouble,
    stops_explained,
)
from edubias.train.run import train
from tests.conftest import tiny_overrides

STEPS = 100


def series(chosen, margin, accuracy=0.8, every=1, steps=STEPS):
    """Logs of a training; arguments are functions of its progress from 0 to 1, or numbers."""

    def at(value, progress):
        return value(progress) if callable(value) else value

    return [
        {
            "step": step,
            "loss": 0.5,
            "better_sample_reward": at(chosen, step / steps),
            "reward_margin": at(margin, step / steps),
            "reward_accuracy": at(accuracy, step / steps),
        }
        for step in range(every, steps + 1, every)
    ]


def with_evaluations(history, losses):
    """The history with evaluations at even distances, the last one at its end."""
    ends = {STEPS * (i + 1) // len(losses): loss for i, loss in enumerate(losses)}
    found = []
    for entry in history:
        found.append(entry)
        if entry["step"] in ends:
            found.append({"step": entry["step"], "eval_loss": ends[entry["step"]]})
    return found


@pytest.mark.parametrize("beta", [0.1, 1.0])
@pytest.mark.parametrize("every", [1, 25])
def test_collapse_is_told_whatever_beta_and_log_interval(beta, every):
    fall = -2 * COLLAPSE_NATS * beta
    history = series(lambda p: fall * p, lambda p: 3 * beta * p, every=every)
    assert rewards_collapse(history, beta, STEPS)


@pytest.mark.parametrize(
    ("chosen", "margin"),
    [
        (lambda p: -5 * p, lambda p: 3 * p),  # falls a little, as in healthy runs
        (lambda p: 2 * p, lambda p: 3 * p),  # rises
        (-20.0, lambda p: 3 * p),  # low, but no longer falling
        (lambda p: -30 * p, lambda p: 3 - p),  # falls, but so does the margin: not this trouble
    ],
)
def test_no_collapse(chosen, margin):
    assert not rewards_collapse(series(chosen, margin), 1.0, STEPS)


def test_nothing_learnt():
    noise = series(0.0, 0.01, accuracy=0.52)
    assert learns_nothing(noise, 1.0, STEPS)
    assert learns_nothing(series(0.0, 1e-7, accuracy=0.9), 1.0, STEPS)  # signs of rounding errors
    assert not learns_nothing(noise[:20], 1.0, STEPS)  # too early to say
    assert not learns_nothing(noise[:4], 1.0, 4)  # too short to say
    assert not learns_nothing(series(0.0, 0.05, accuracy=0.8), 1.0, STEPS)  # slow, but it learns
    assert not learns_nothing(series(0.0, lambda p: 2 * p), 1.0, STEPS)


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([0.5, 0.4, 0.45, 0.5], True),
        ([0.4, 0.5, 0.6], True),
        ([0.5, 0.4, 0.45], False),  # one worse evaluation may be chance
        ([0.5, 0.4, 0.402, 0.401], False),  # a wobble
        ([0.5, 0.45, 0.4], False),
    ],
)
def test_over_fitting(losses, expected):
    history = with_evaluations(series(0.0, lambda p: 3 * p), losses)
    assert overfits(history) is expected
    flat = with_evaluations(series(0.0, 1.0), losses)
    assert not overfits(flat)  # training does not improve either: another trouble


def test_a_healthy_series_has_no_signs_of_trouble_and_none_is_seen_without_logs():
    history = with_evaluations(series(lambda p: -p, lambda p: 3 * p), [0.6, 0.5, 0.4])
    assert signs_of_trouble(history, 0.5, STEPS) == {}
    assert signs_of_trouble([], 0.5, STEPS) == {}


def test_gradient_norm_is_that_of_all_gradients():
    model = nn.Linear(3, 2)
    assert gradient_norm(model) == 0.0
    model.weight.grad, model.bias.grad = torch.full((2, 3), 2.0), torch.full((2,), 1.0)
    assert gradient_norm(model) == pytest.approx(26**0.5)
    model.bias.grad[0] = torch.inf
    assert gradient_norm(model) == float("inf")


def test_out_of_memory_says_what_to_change(tmp_path):
    log = TrainLog(tmp_path / "train.log")
    with pytest.raises(OutOfMemoryError) as caught, stops_explained(log, Config()):
        torch.empty(2**55)
    places = [
        caught.value.remedy.index(word)
        for word in ("batch_size", "gradient_checkpointing=", "LoRA", "QLoRA", "max_length")
    ]
    assert places == sorted(places)
    assert "stopped: out of memory" in (tmp_path / "train.log").read_text()


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("MPS backend out of memory (MPS allocated: 8.00 GB)"),
        RuntimeError("CUDA error: out of memory"),
        MemoryError(),
    ],
)
def test_out_of_memory_is_known_by_all_its_names(tmp_path, error):
    with (
        pytest.raises(OutOfMemoryError),
        stops_explained(TrainLog(tmp_path / "train.log"), Config()),
    ):
        raise error


def test_a_log_that_finds_no_room_says_what_helps():
    log = TrainLog(Path("/dev/full"))
    with pytest.raises(CheckpointError, match="--resume"), stops_explained(log, Config()):
        log.write("step 1")


def test_what_stops_a_run_before_its_first_step_is_in_its_log_too(tiny_model, pair_files, tmp_path):
    model = tmp_path / "model"
    shutil.copytree(tiny_model, model)
    (model / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(ModelError):
        train(load_config("edu_bias_embedded", tiny_overrides(model, pair_files, tmp_path / "out")))
    assert "stopped: " in (tmp_path / "out" / "train.log").read_text()


def test_other_errors_stay_what_they_are(tmp_path):
    log = TrainLog(tmp_path / "train.log")
    with pytest.raises(RuntimeError, match="shapes"), stops_explained(log, Config()):
        torch.ones(2, 3) @ torch.ones(2, 3)
    assert not (tmp_path / "train.log").exists()


def test_a_diverging_run_stops_names_its_pairs_and_keeps_its_checkpoints(
    tiny_model, pair_files, tmp_path
):
    folder = tmp_path / "out"
    config = load_config(
        "edu_bias_embedded",
        [
            *tiny_overrides(tiny_model, pair_files, folder),
            "data_cfgs.eval_datasets=null",
            "train_cfgs.learning_rate=1e30",
            "train_cfgs.lr_warmup_ratio=0.5",
            "train_cfgs.eval_strategy=steps",
            "logger_cfgs.save_interval=1",
        ],
    )
    with pytest.raises(DivergenceError, match=r"step 3: the (loss|gradient norm) is (nan|inf)") as (
        caught
    ):
        train(config)
    pairs = load_pairs(pair_files["train"])
    tokens = [len(pair.chosen.encode()) + len(pair.rejected.encode()) + 2 for pair in pairs]
    for i in step_sampler(config.train_cfgs, tokens).pairs_of_step(2):
        assert pairs[i].id in caught.value.problem
    assert is_complete(folder / "checkpoint-1")
    assert not (folder / "checkpoint-3").exists()
    assert "stopped: step 3" in (folder / "train.log").read_text()


def test_a_run_that_learns_nothing_says_so_once(tiny_model, pair_files, tmp_path, capsys):
    folder = tmp_path / "out"
    given = [
        *tiny_overrides(tiny_model, pair_files, folder),
        "data_cfgs.eval_datasets=null",
        "train_cfgs.learning_rate=1e-12",
        "train_cfgs.epochs=4",
        "train_cfgs.eval_strategy=steps",
    ]
    train(load_config("edu_bias_embedded", given))
    assert (folder / "train.log").read_text().count("warning: The two sides") == 1
    assert capsys.readouterr().err.replace("\n", " ").count("still not told apart") == 1


def test_a_run_that_learns_gets_no_warning(trained):
    assert "warning" not in (trained / "train.log").read_text()
