"""bfloat16 where the machine is good at it."""

from __future__ import annotations

import pytest
import torch

from edubias.detect.detector import Detector
from edubias.model import precision
from edubias.model.precision import bfloat16_gain, faster_dtype

TEXTS = ["physics 99 ok all", "数学 xx zz"]
CPU = torch.device("cpu")


@pytest.fixture(params=["good at it", "not good at it"])
def least_gain(request, monkeypatch):
    """What bfloat16 must gain, set so that this machine reaches it, or does not."""
    least = 0.0 if request.param == "good at it" else 1e9
    monkeypatch.setattr(precision, "LEAST_GAIN", least)
    return least


def test_the_gain_is_measured():
    assert 0.001 < bfloat16_gain(CPU) < 1000


def test_the_type_follows_the_measurement(least_gain):
    expected = torch.float32 if least_gain else torch.bfloat16
    assert faster_dtype(torch.float32, CPU) == expected
    assert faster_dtype(torch.float16, CPU) == torch.float16


def test_a_fast_detector_finds_the_same(calibrated, least_gain):
    exact = Detector.load(calibrated).detect(TEXTS, exhaustive=True)
    fast = Detector.load(calibrated, fast=True)
    assert fast.scorer.policy.dtype == (torch.float32 if least_gain else torch.bfloat16)
    found = fast.detect(TEXTS, exhaustive=True)
    assert [one.verdict for one in found] == [one.verdict for one in exact]
    for one, other in zip(found, exact, strict=True):
        if least_gain:
            assert one == other
        else:
            assert one.score == pytest.approx(other.score, abs=0.2)
            assert [span.text for span in one.spans] == [span.text for span in other.spans]


@pytest.mark.embedded
def test_bfloat16_changes_little_of_what_the_shipped_detector_says(monkeypatch):
    texts = ["男生天生逻辑更好；女生适合语言类专业。", "Girls are tidy by nature."]
    exact = Detector.load().detect(texts)
    monkeypatch.setattr(precision, "LEAST_GAIN", 0.0)
    for one, other in zip(Detector.load(fast=True).detect(texts), exact, strict=True):
        assert one.verdict == other.verdict
        assert one.score == pytest.approx(other.score, abs=0.15)
