import json
from dataclasses import asdict

import numpy as np
import pytest

from edubias.detect.calibrate import Calibration
from edubias.errors import DataError
from edubias.evaluate.compare import calibrated_otherwise, compare, read_texts
from edubias.evaluate.record import FORMAT_VERSION


def said(noise, seed):
    draw = np.random.default_rng(seed)
    rows = []
    for i in range(120):
        for biased in (False, True):
            rows.append(("pair", f"s{i // 3}", biased))
    rows += [("neutral_subject", f"n{i}", False) for i in range(40)]
    rows += [("biased_subtle", f"b{i}", True) for i in range(40)]
    return [
        {
            "text": f"{cluster} {i}",
            "kind": kind,
            "cluster": cluster,
            "biased": biased,
            "score": float(biased - 0.5 + noise * draw.normal()),
        }
        for i, (kind, cluster, biased) in enumerate(rows)
    ]


def test_a_better_model_is_found_better_and_an_equal_one_is_not():
    good, bad, other = said(0.5, 1), said(3.0, 2), said(0.5, 3)
    result = compare(bad, good)
    for group in ("all", "pairs", "statements"):
        assert result[group]["auroc"].difference.low > 0
    assert result["pairs"]["pair_accuracy"].difference.low > 0
    assert "pair_accuracy" not in result["statements"]
    same = compare(good, other)["all"]["auroc"].difference
    assert same.low < 0 < same.high
    self = compare(good, good)["all"]["auroc"]
    assert self.first == self.second
    assert (self.difference.low, self.difference.high) == (0, 0)


def test_pair_accuracy_counts_pairs():
    texts = said(0.0, 0)
    for row in texts[:60]:
        row["score"] = -row["score"]  # the first 30 of 120 pairs the wrong way round
    figure = compare(texts, texts)["pairs"]["pair_accuracy"]
    assert figure.first == pytest.approx(0.75)


def test_tied_pairs_count_one_half():
    texts = said(0.0, 0)
    for row in texts[:60]:
        row["score"] = 0.0
    result = compare(texts, texts)["pairs"]
    assert result["pair_accuracy"].first == pytest.approx(0.75 + 0.25 / 2)
    for row in texts:
        row["score"] = 0.0
    result = compare(texts, texts)["pairs"]
    assert result["pair_accuracy"].first == result["auroc"].first == 0.5


def test_other_texts_and_bad_files(tmp_path):
    texts = said(1, 1)
    with pytest.raises(DataError, match="no texts"):
        compare([], [])
    with pytest.raises(DataError, match="same texts"):
        compare(texts, texts[:-1])
    with pytest.raises(DataError, match="no such evaluation"):
        read_texts(tmp_path)
    file = tmp_path / "metrics.json"
    for content in (
        b"{",
        b"[]",
        b"\xff\xfe{}",
        json.dumps({"format_version": 1, "texts": []}).encode(),
        json.dumps({"format_version": FORMAT_VERSION, "texts": [{}]}).encode(),
    ):
        file.write_bytes(content)
        with pytest.raises(DataError, match="damaged"):
            read_texts(file)
    file.write_text(json.dumps({"format_version": FORMAT_VERSION, "texts": texts}))
    assert read_texts(tmp_path) == texts


def test_a_folder_that_was_calibrated_again_is_told(tmp_path):
    calibration = Calibration(("verdict",), (0.5,), 0.1, 8)
    tree = {"format_version": FORMAT_VERSION, "texts": said(1, 1), "calibration": calibration}
    file = tmp_path / "metrics.json"
    file.write_text(json.dumps(tree, default=asdict))
    assert not calibrated_otherwise(file)
    assert not calibrated_otherwise(tmp_path)
    calibration.save(tmp_path)
    assert not calibrated_otherwise(tmp_path)
    Calibration(("verdict",), (0.6,), 0.1, 8).save(tmp_path)
    assert calibrated_otherwise(tmp_path)
