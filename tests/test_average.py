"""The mean of two tiny runs."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file

from edubias.average import average
from edubias.config import load_config
from edubias.detect.calibrate import CALIBRATION_FILE
from edubias.detect.detector import load_scorer
from edubias.detect.rewrite import FOLDER
from edubias.errors import ConfigError, ModelError
from edubias.model.manifest import load_manifest
from edubias.train.run import train
from tests.conftest import tiny_overrides

TEXTS = ["physics 99 ok all", "数学 xx zz"]


@pytest.fixture(scope="module")
def other(tmp_path_factory, tiny_model, pair_files):
    """A run that differs from ``trained`` by its seed."""
    folder = tmp_path_factory.mktemp("other") / "out"
    given = [*tiny_overrides(tiny_model, pair_files, folder), "train_cfgs.seed=43"]
    return train(load_config("edu_bias_embedded", given)).folder


def changes(folder):
    """What an adapter adds to each weight."""
    settings = json.loads((folder / "adapter_config.json").read_text())
    weights = load_file(folder / "adapter_model.safetensors")
    return {
        name: settings["lora_alpha"]
        / settings["r"]
        * (weights[name.replace("lora_A", "lora_B")] @ weights[name])
        for name in weights
        if "lora_A" in name
    }


def test_it_is_the_nearest_to_the_mean_that_one_adapter_can_be(trained, other, tmp_path):
    manifest = average([trained, other], tmp_path / "mean")
    rank = load_manifest(trained).config["lora_cfgs"]["r"]
    one, two, mean = changes(trained), changes(other), changes(tmp_path / "mean")
    assert mean.keys() == one.keys() and mean
    for name, found in mean.items():
        assert not torch.allclose(one[name], two[name], atol=1e-3)
        exact = (one[name] + two[name]) / 2
        lost = torch.linalg.svdvals(exact)[rank:].square().sum().sqrt()
        torch.testing.assert_close((found - exact).norm(), lost, rtol=1e-3, atol=1e-5)
    assert [source["seed"] for source in manifest.averaged] == [42, 43]
    assert load_manifest(tmp_path / "mean") == manifest


def test_the_mean_of_equals_scores_as_they_do(trained, tmp_path):
    shutil.copytree(trained, tmp_path / "twin")
    average([trained, tmp_path / "twin"], tmp_path / "mean")
    expected = load_scorer(trained)[0].scores(TEXTS)
    assert load_scorer(tmp_path / "mean")[0].scores(TEXTS) == pytest.approx(expected, abs=1e-5)


def test_an_earlier_mean_is_replaced_but_for_its_rewriter(trained, other, tmp_path):
    output = tmp_path / "mean"
    average([trained, other], output)
    (output / CALIBRATION_FILE).write_text("{}")  # of the earlier weights
    shutil.copytree(trained, output / FOLDER)  # any adapter will do for a rewriter's
    with pytest.raises(ConfigError, match="not empty"):
        average([trained, other], output)
    average([trained, other], output, overwrite=True)
    assert not (output / CALIBRATION_FILE).exists()
    assert (output / FOLDER / "adapter_config.json").is_file()


def test_what_is_no_mean_is_not_replaced(trained, other, tmp_path):
    for name in ("run", "thesis"):
        (tmp_path / name).mkdir()
    shutil.copytree(other, tmp_path / "run", dirs_exist_ok=True)
    (tmp_path / "thesis" / "chapter.txt").write_text("mine")
    for name in ("run", "thesis"):
        with pytest.raises(ConfigError, match="not empty"):
            average([trained, other], tmp_path / name, overwrite=True)
    with pytest.raises(ConfigError, match="is or holds"):
        average([trained, other], trained.parent, overwrite=True)
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "mine"


def test_runs_that_do_not_go_together(trained, other, tmp_path):
    warmer = tmp_path / "warmer"
    shutil.copytree(other, warmer)
    record = json.loads((warmer / "edubias_run.json").read_text())
    (warmer / "edubias_run.json").write_text(json.dumps(record | {"beta": 9.0}))
    with pytest.raises(ConfigError, match="beta"):
        average([trained, warmer], tmp_path / "mean")
    for runs in ([trained], [trained, trained]):
        with pytest.raises(ConfigError, match="two runs"):
            average(runs, tmp_path / "mean")
    (warmer / "adapter_config.json").unlink()
    with pytest.raises(ModelError, match="no LoRA adapter"):
        average([trained, warmer], tmp_path / "mean")
    assert not (tmp_path / "mean").exists()
