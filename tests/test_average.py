"""The mean of two tiny runs."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from peft.utils import SAFETENSORS_WEIGHTS_NAME as WEIGHTS
from safetensors.torch import load_file

from edubias.average import average
from edubias.config import load_config
from edubias.detect.calibrate import CALIBRATION_FILE
from edubias.detect.detector import load_scorer
from edubias.detect.rewrite import FOLDER
from edubias.errors import ConfigError, ModelError
from edubias.export import RECORD
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
    for name in ("one", "twin"):  # without tokenizers, as `export --adapter` writes them
        ignored = shutil.ignore_patterns("tokenizer*")
        shutil.copytree(trained, tmp_path / name, ignore=ignored)
    average([tmp_path / "one", tmp_path / "twin"], tmp_path / "mean")
    expected = load_scorer(trained)[0].scores(TEXTS)
    assert load_scorer(tmp_path / "mean")[0].scores(TEXTS) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("earlier", ["run", "mean"])
def test_what_stands_there_is_moved_aside_but_for_its_rewriter(trained, other, tmp_path, earlier):
    output = tmp_path / "detector"
    if earlier == "run":
        shutil.copytree(trained, output)
    else:
        average([trained, other], output)
    (output / CALIBRATION_FILE).write_text("{}")  # of the earlier weights
    shutil.copytree(trained, output / FOLDER)  # any adapter will do for a rewriter's
    before = (output / WEIGHTS).read_bytes()
    said = []
    average([other, trained], output, said.append)
    assert not (output / CALIBRATION_FILE).exists()
    assert len(load_manifest(output).averaged) == 2
    (moved,) = tmp_path.glob("detector-*")
    assert str(moved) in said[0]
    assert (moved / WEIGHTS).read_bytes() == before
    for folder in (output, moved):
        assert (folder / FOLDER / "adapter_config.json").is_file()


def test_what_is_no_run_is_not_touched(trained, other, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("mine")
    shutil.copytree(other, tmp_path / "export")
    (tmp_path / "export" / RECORD).write_text("{}")
    (tmp_path / "file").write_text("mine")
    cases = [
        (tmp_path / "thesis", "something else"),
        (tmp_path / "export", "something else"),
        (tmp_path / "file", "is a file"),
        (trained, "is or holds"),
        (trained.parent, "is or holds"),
    ]
    for folder, reason in cases:
        with pytest.raises(ConfigError, match=reason):
            average([trained, other], folder)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["export", "file", "thesis"]


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
