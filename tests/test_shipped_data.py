"""The data that come with edubias keep their promises."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest

from edubias.data.audit import near_duplicates
from edubias.data.prompt import TURNED
from edubias.data.read import load_pairs, load_statements, read_pairs, read_statements
from edubias.data.split import leaks, split_of
from edubias.detect.content import LENGTHS
from edubias.document.read import read_document
from edubias.taxonomy import BIAS_TYPES
from edubias.train.rewriter import form_of
from tests.conftest import ROOT

DATA = ROOT / "data"
FILES = {
    "train": (DATA / "edu_bias_pairs.jsonl", DATA / "edu_bias_pairs_more.jsonl"),
    "eval": (DATA / "edu_bias_pairs_eval.jsonl",),
    "test": (DATA / "edu_bias_pairs_test.jsonl",),
}


@pytest.fixture(scope="module")
def splits():
    results = {split: [read_pairs(path) for path in paths] for split, paths in FILES.items()}
    assert [
        problem for parts in results.values() for one in parts for problem in one.problems
    ] == []
    return {
        split: [pair for one in parts for pair in one.records] for split, parts in results.items()
    }


def test_counts(splits):
    pairs = [pair for members in splits.values() for pair in members]
    by_type = Counter((pair.bias_type, pair.lang) for pair in pairs)
    assert len(pairs) >= 2400
    assert sum(pair.lang == "zh" for pair in pairs) >= 1600
    assert sum(pair.lang == "en" for pair in pairs) >= 800
    for bias_type in BIAS_TYPES:
        assert by_type[bias_type, "zh"] >= 100
        assert by_type[bias_type, "en"] >= 45
    assert sum(pair.meta["subtlety"] == "subtle" for pair in pairs) >= len(pairs) / 2
    for field in ("subject", "genre"):
        assert max(Counter(pair.meta[field] for pair in pairs).values()) <= 0.12 * len(pairs)


def test_splits(splits):
    assert leaks(splits) == []
    for split, pairs in splits.items():
        assert {split_of(pair.scenario) for pair in pairs} == {split}
        assert {pair.bias_type for pair in pairs} == set(BIAS_TYPES)


def test_no_near_duplicates(splits):
    assert near_duplicates(splits, 0.6) == []


def test_statements():
    result = read_statements(DATA / "edu_statements.jsonl")
    assert result.problems == []
    assert len(result.records) >= 1200
    assert sum(one.lang == "zh" for one in result.records) >= 800
    assert sum(one.label == "biased" for one in result.records) >= 400
    assert {one.meta["split"] for one in result.records} == {"train", "eval", "test"}


def test_wordings_are_of_training_texts():
    wordings = load_pairs(DATA / "edu_rewrites.jsonl")
    statements = load_statements(DATA / "edu_statements.jsonl")
    biased = {
        one.text for one in statements if one.label == "biased" and one.meta["split"] == "train"
    } | {pair.rejected for pair in load_pairs(DATA / "edu_bias_pairs.jsonl")}
    assert {pair.rejected for pair in wordings} <= biased
    assert len(wordings) == 1644
    assert sum(pair.lang == "zh" for pair in wordings) == 1049
    assert {pair.meta["bias_type"] for pair in wordings} == set(BIAS_TYPES)


def test_further_wordings(splits):
    wordings = load_pairs(DATA / "edu_rewrites_more.jsonl")
    first = load_pairs(DATA / "edu_rewrites.jsonl")
    training = {pair.rejected for pair in load_pairs(DATA / "edu_bias_pairs.jsonl")}
    short = [pair for pair in wordings if "_short-" in pair.id]
    assert {pair.rejected for pair in wordings if "_short-" not in pair.id} <= training
    assert not {pair.rejected for pair in wordings} & {pair.rejected for pair in first}
    assert (len(wordings), len(short)) == (3309, 1542)
    assert sum(pair.lang == "zh" for pair in wordings) == 2413
    assert {pair.meta["bias_type"] for pair in short} == set(BIAS_TYPES)
    held_out = {name: pairs for name, pairs in splits.items() if name != "train"}
    assert near_duplicates({"short": short, **held_out}, 0.5) == []


def test_turned_wordings(splits):
    wordings = load_pairs(DATA / "edu_rewrites_turned.jsonl")
    files = ("edu_rewrites", "edu_rewrites_more", "edu_bias_pairs", "edu_bias_pairs_more")
    known = {pair.rejected for name in files for pair in load_pairs(DATA / f"{name}.jsonl")}
    known |= {
        one.text
        for one in load_statements(DATA / "edu_statements.jsonl")
        if one.label == "biased" and one.meta["split"] == "train"
    }
    assert {pair.rejected for pair in wordings} <= known
    assert len(wordings) == 4064
    assert sum(pair.lang == "zh" for pair in wordings) == 2550
    assert {form_of(pair) for pair in wordings} == {TURNED}
    assert {pair.meta["bias_type"] for pair in wordings} == set(BIAS_TYPES)
    for pair in wordings:
        shortest, longest = (share * len(pair.rejected) for share in LENGTHS)
        assert shortest <= len(pair.chosen) <= longest
    held_out = {name: pairs for name, pairs in splits.items() if name != "train"}
    alone = [replace(pair, rejected=pair.chosen) for pair in wordings]
    found = near_duplicates({"turned": alone, **held_out}, 0.5)
    assert [one for one in found if "turned" in one.splits and len(set(one.splits)) > 1] == []


def test_contrasts_are_of_edits_and_of_equal_length(splits):
    contrasts = load_pairs(DATA / "edu_bias_contrasts.jsonl")
    further = load_pairs(DATA / "edu_rewrites_more.jsonl")
    edits = [*load_pairs(DATA / "edu_rewrites.jsonl"), *further]
    edited = {(pair.chosen, pair.bias_type, pair.lang): pair.rejected for pair in edits}
    assert {pair.rejected for pair in contrasts} == {
        pair.rejected for pair in further if "_short-" in pair.id
    }
    for pair in contrasts:  # beside the edit of another text of the same kind and language
        assert edited[pair.chosen, pair.bias_type, pair.lang] != pair.rejected
    lengths = [(len(pair.chosen), len(pair.rejected)) for pair in contrasts]
    assert sum(abs(one - other) > 0.2 * other for one, other in lengths) < 0.05 * len(lengths)
    held_out = {name: pairs for name, pairs in splits.items() if name != "train"}
    found = near_duplicates({"contrasts": contrasts, **held_out}, 0.5)
    assert [one for one in found if "contrasts" in one.splits and len(set(one.splits)) > 1] == []


def test_taxonomy_is_complete():
    for key, bias_type in BIAS_TYPES.items():
        assert bias_type.key == key
        assert all(vars(bias_type).values()), key
        assert len(bias_type.examples_zh) == len(bias_type.examples_en) == 3


@pytest.mark.parametrize("path", sorted((DATA / "manuscripts").glob("*.md")), ids=lambda p: p.stem)
def test_chapters(path):
    labels = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert len(labels["biased"]) == 8
    assert len(labels["traps"]) == 6
    assert {one["bias_type"] for one in labels["biased"]} <= set(BIAS_TYPES)
    shown = "\n".join(block.text for block in read_document(path).blocks)
    for one in (*labels["biased"], *labels["traps"]):
        assert shown.count(one["text"]) == 1, one["text"]
