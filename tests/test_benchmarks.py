"""What benchmarks compute besides times."""

from __future__ import annotations

import pytest

from benchmarks.scan import SHARES, manuscript, spared
from edubias.detect.detector import Detector


def test_tokens_spared_by_like_beginnings(calibrated):
    detector = Detector.load(calibrated)
    one, other = "physics 99 ok", "physics 99 no"
    tokens = len(detector.scorer.token_ids([one])[0])
    assert spared(detector, [one]) == 0
    assert spared(detector, [one, one]) == 0.5
    assert spared(detector, [one, other]) == pytest.approx(len("physics 99 ") / (2 * tokens))


def test_a_manuscript_has_as_many_sentences_and_none_twice():
    texts = manuscript(600, seed=0)
    assert len(set(texts)) == len(texts) == sum(int(600 * share) for share in SHARES.values())
    assert manuscript(600, seed=0) == texts
