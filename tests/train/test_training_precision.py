"""A training in bfloat16 on processors that are good at it."""

from __future__ import annotations

import shutil

import pytest
import torch
from safetensors.torch import load_file

from edubias.config import load_config
from edubias.detect.detector import Detector
from edubias.model import precision
from edubias.model.manifest import load_manifest
from edubias.model.precision import training_dtype
from edubias.train.machine import check_precision
from edubias.train.run import train
from tests.conftest import tiny_overrides

TEXTS = ["physics 99 ok all", "physics 99 xx zz"]


def trained_in(folder, tiny_model, pair_files, *more):
    overrides = tiny_overrides(tiny_model, pair_files, folder)
    return train(
        load_config("edu_bias_embedded", [*overrides, "train_cfgs.bf16=true", *more])
    ).folder


def good_at_it(monkeypatch, good):
    monkeypatch.setattr(precision, "LEAST_GAIN", 0.0 if good else 1e9)


@pytest.mark.parametrize(("asked", "good"), [(True, True), (True, False), (False, True)])
def test_the_type_is_what_is_asked_for_where_it_is_faster(
    tiny_model, pair_files, tmp_path, monkeypatch, asked, good
):
    good_at_it(monkeypatch, good)
    given = [*tiny_overrides(tiny_model, pair_files, tmp_path), f"train_cfgs.bf16={asked}"]
    found = training_dtype(load_config("edu_bias_embedded", given))
    assert found == (torch.bfloat16 if asked and good else torch.float32)


def test_it_learns_the_same_and_judges_in_full(
    trained, tiny_model, pair_files, tmp_path, monkeypatch
):
    good_at_it(monkeypatch, True)
    half = trained_in(tmp_path / "out", tiny_model, pair_files)
    assert "precision=bfloat16" in (half / "train.log").read_text()
    assert load_manifest(half).precision == "bfloat16"
    assert load_manifest(trained).precision == "float32"
    weights = load_file(half / "adapter_model.safetensors")
    assert {weight.dtype for weight in weights.values()} == {torch.float32}
    detector = Detector.load(half)
    assert detector.scorer.policy.dtype == torch.float32
    verdicts = [finding.verdict for finding in detector.detect(TEXTS)]
    assert verdicts == [finding.verdict for finding in Detector.load(trained).detect(TEXTS)]


def test_policy_and_reference_start_equal(tiny_model, pair_files, tmp_path, monkeypatch):
    good_at_it(monkeypatch, True)
    alone = ["train_cfgs.verdict_coeff=0", "train_cfgs.kind_coeff=0", "train_cfgs.max_steps=1"]
    given = tiny_overrides(tiny_model, pair_files, tmp_path / "out")
    config = load_config("edu_bias_embedded", [*given, "train_cfgs.bf16=true", *alone])
    # Both sides are rounded, in passes of other sizes, so they are equal to bfloat16's 3 digits.
    assert train(config).metrics["train/loss"] == pytest.approx(0.6931, abs=0.05)


def test_a_run_goes_on_in_the_type_it_began_in(tiny_model, pair_files, tmp_path, monkeypatch):
    good_at_it(monkeypatch, True)
    whole = trained_in(tmp_path / "whole", tiny_model, pair_files, "logger_cfgs.save_interval=4")
    part = tmp_path / "part"
    part.mkdir()
    shutil.copytree(whole / "checkpoint-4", part / "checkpoint-4")
    good_at_it(monkeypatch, False)
    resumed = trained_in(
        part,
        tiny_model,
        pair_files,
        "logger_cfgs.save_interval=4",
        "train_cfgs.load_checkpoint=true",
    )
    assert load_manifest(resumed).precision == "bfloat16"
    weights = load_file(resumed / "adapter_model.safetensors")
    for name, weight in load_file(whole / "adapter_model.safetensors").items():
        torch.testing.assert_close(weights[name], weight, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("good", [True, False])
def test_doctor_says_which_type_and_why(tiny_model, pair_files, tmp_path, monkeypatch, good):
    good_at_it(monkeypatch, good)
    given = [*tiny_overrides(tiny_model, pair_files, tmp_path), "train_cfgs.bf16=true"]
    check = check_precision(load_config("edu_bias_embedded", given))
    assert check.message == ("bfloat16" if good else "float32: bfloat16 would not be faster here")
