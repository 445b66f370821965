"""Statements that join the training pairs, in a training from end to end."""

from __future__ import annotations

import pytest

from edubias.config import load_config
from edubias.errors import ConfigError, DataError
from edubias.model.manifest import load_manifest
from edubias.train.run import train
from edubias.train.splits import read_splits
from tests.conftest import make_statements, tiny_overrides, write_jsonl


@pytest.fixture
def given(tiny_model, pair_files, statement_file, tmp_path):
    return [
        *tiny_overrides(tiny_model, pair_files, tmp_path / "out"),
        f"data_cfgs.train_statements={statement_file}",
    ]


def test_statements_join_the_pairs(given):
    training, evaluation = read_splits(load_config("edu_bias_embedded", given))
    joined = [pair for pair in training if pair.meta.get("contrast")]
    assert (len(training) - len(joined), len(evaluation)) == (16, 8)
    assert len(joined) == 12  # twelve fair statements of the training split, six biased ones twice
    assert all("train" in pair.rejected for pair in joined)


def test_they_are_trained_on_and_recorded(given):
    folder = train(load_config("edu_bias_embedded", [*given, "train_cfgs.max_steps=2"])).folder
    data = load_manifest(folder).data
    assert data["train"]["pairs"] == 16
    assert data["statements"]["pairs"] == 12


def test_not_beside_pairs_of_some_types_only(given):
    config = load_config("edu_bias_embedded", [*given, "data_cfgs.train_subset=region"])
    training, _ = read_splits(config)
    assert {pair.bias_type for pair in training} == {"region"}
    assert not any(pair.meta.get("contrast") for pair in training)


def test_statements_of_one_label_are_refused(given, tmp_path):
    fair = [row for row in make_statements("train") if row["label"] == "fair"]
    file = write_jsonl(tmp_path / "fair.jsonl", fair)
    config = load_config("edu_bias_embedded", [*given, f"data_cfgs.train_statements={file}"])
    with pytest.raises(DataError, match="no fair and biased"):
        read_splits(config)


def test_tokens_the_model_has_no_room_for_are_refused(given):
    config = load_config("edu_bias_embedded", [*given, "special_tokens.pad_token=<new>"])
    with pytest.raises(ConfigError, match="no room"):
        train(config)
