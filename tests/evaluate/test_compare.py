import json

import numpy as np
import pytest

from edubias.errors import DataError
from edubias.evaluate.compare import compare, read_texts


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
    assert result["pairs"]["reward_accuracy"].difference.low > 0
    assert "reward_accuracy" not in result["statements"]
    same = compare(good, other)["all"]["auroc"].difference
    assert same.low < 0 < same.high
    self = compare(good, good)["all"]["auroc"]
    assert self.first == self.second
    assert (self.difference.low, self.difference.high) == (0, 0)


def test_reward_accuracy_counts_pairs():
    texts = said(0.0, 0)
    for row in texts[:60]:
        row["score"] = -row["score"]  # the first 30 of 120 pairs the wrong way round
    figure = compare(texts, texts)["pairs"]["reward_accuracy"]
    assert figure.first == pytest.approx(0.75)


def test_other_texts_and_bad_files(tmp_path):
    texts = said(1, 1)
    with pytest.raises(DataError, match="same texts"):
        compare(texts, texts[:-1])
    with pytest.raises(DataError, match="no such evaluation"):
        read_texts(tmp_path)
    file = tmp_path / "metrics.json"
    for content in ("{", "[]", json.dumps({"format_version": 1, "texts": []})):
        file.write_text(content)
        with pytest.raises(DataError, match="damaged"):
            read_texts(file)
    file.write_text(json.dumps({"format_version": 3, "texts": texts}))
    assert read_texts(tmp_path) == texts
