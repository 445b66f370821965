"""Fitting what a detector needs beyond its policy."""

from __future__ import annotations

import shutil

import pytest

from edubias.data.labelled import Collection, statements_of_split
from edubias.data.read import load_pairs, load_statements
from edubias.detect import classify, screen
from edubias.detect.calibrate import CALIBRATION_FILE
from edubias.detect.detector import load_scorer
from edubias.detect.fitting import calibrate
from edubias.errors import DataError

PARTS = (CALIBRATION_FILE, classify.FILE, screen.FILE)


@pytest.fixture
def copy(calibrated, tmp_path):
    return shutil.copytree(calibrated, tmp_path / "copy")


@pytest.fixture(scope="module")
def scorer(calibrated):
    return load_scorer(calibrated)[0]


@pytest.fixture(scope="module")
def splits(pair_files, statement_file):
    """The evaluation split, then the training split."""
    statements = load_statements(statement_file)
    return [
        Collection(load_pairs(pair_files[split]), statements_of_split(statements, split))
        for split in ("eval", "train")
    ]


def parts_of(folder):
    return {name: (folder / name).read_bytes() for name in PARTS if (folder / name).exists()}


@pytest.mark.parametrize("labels", [(), ("fair",)])
def test_nothing_is_calibrated_on_texts_of_one_sort(copy, scorer, splits, labels):
    before = parts_of(copy)
    some = [one for one in splits[0].statements if one.label in labels]
    with pytest.raises(DataError, match="biased and fair"):
        calibrate(copy, scorer, Collection([], some), splits[1])
    assert parts_of(copy) == before


def test_parts_change_together_or_not_at_all(copy, scorer, splits):
    before = parts_of(copy)
    assert before.keys() == set(PARTS)
    half = Collection(splits[0].pairs[:4])

    def stop(said):
        if said.startswith("bias types"):  # the calibration is fitted then, the screen is not
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        calibrate(copy, scorer, half, splits[1], say=stop)
    assert parts_of(copy) == before
    calibrate(copy, scorer, half, splits[1])
    assert parts_of(copy)[CALIBRATION_FILE] != before[CALIBRATION_FILE]
    assert sorted(one.name for one in copy.glob(".calibrating-*")) == []


def test_what_can_no_longer_be_fitted_goes(copy, scorer, splits):
    evaluation, training = splits
    nameless = [one for one in training.statements if one.label == "fair"]
    calibrate(copy, scorer, evaluation, Collection([], nameless))
    assert classify.FILE not in parts_of(copy)
    calibrate(copy, scorer, evaluation, None)
    assert parts_of(copy).keys() == {CALIBRATION_FILE}
