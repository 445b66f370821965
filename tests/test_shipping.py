"""Shipping a small folder; with the embedded model, as adapters on other models are not shipped."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from peft.utils import SAFETENSORS_WEIGHTS_NAME as WEIGHTS
from safetensors.torch import load_file, save_file

from edubias.config import load_config
from edubias.detect.detector import Detector, shipped_checkpoint
from edubias.detect.rewrite import FOLDER
from edubias.errors import ConfigError, ModelError
from edubias.model.embedded import prepare_embedded
from edubias.shipping import CARD, ship
from edubias.train.run import train

TEXTS = [
    "男生天生逻辑更好；女生适合语言类专业。",
    "把12克食盐溶于水中。",
    "Girls are tidy by nature.",
]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory, pair_files):
    folder = tmp_path_factory.mktemp("ship") / "run"
    config = load_config(
        "edu_bias_embedded",
        [
            f"data_cfgs.train_datasets={pair_files['train']}",
            f"data_cfgs.eval_datasets={pair_files['eval']}",
            "data_cfgs.train_statements=null",
            "data_cfgs.train_size=4",
            "data_cfgs.eval_size=4",
            "train_cfgs.max_steps=2",
            "train_cfgs.per_device_train_batch_size=2",
            f"logger_cfgs.output_dir={folder}",
        ],
    )
    return train(config).folder


@pytest.mark.embedded
def test_a_shipped_adapter_judges_as_its_checkpoint(checkpoint, tmp_path):
    output = tmp_path / "shipped"
    output.mkdir()
    # Any adapter will do for a rewriter's.
    shutil.copytree(checkpoint, checkpoint / FOLDER, ignore=shutil.ignore_patterns("checkpoint-*"))
    shipment = ship(checkpoint, output)
    assert shipment.megabytes < 20
    again, original = Detector.load(output), Detector.load(checkpoint)
    for one, other in zip(again.detect(TEXTS), original.detect(TEXTS), strict=True):
        assert one.score == pytest.approx(other.score, abs=0.02)
    for folder in (output, output / FOLDER):
        settings = (folder / "adapter_config.json").read_text()
        assert json.loads(settings)["base_model_name_or_path"] == "embedded"
        assert str(prepare_embedded()) not in settings
        weights = load_file(folder / WEIGHTS)
        assert {value.dtype for value in weights.values()} == {torch.float16}
    assert again.rewriter is not None
    (output / CARD).write_text("by hand")
    with pytest.raises(ConfigError, match="not empty"):
        ship(checkpoint, output)
    ship(checkpoint, output, overwrite=True)
    assert (output / CARD).read_text() == "by hand"
    # Whatever is in the way and is no export stays.
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    with pytest.raises(ConfigError, match="something else"):
        ship(checkpoint, other, overwrite=True)


@pytest.mark.embedded
def test_damaged_weights_are_not_shipped(checkpoint, tmp_path):
    """What half precision cannot hold is found out before anything appears."""
    broken = tmp_path / "broken"
    shutil.copytree(checkpoint, broken)
    weights = load_file(broken / WEIGHTS)
    name = next(name for name in weights if "lora_A" in name)
    weights[name] = weights[name] * 1e6  # beyond the largest half
    save_file(weights, broken / WEIGHTS)
    with pytest.raises(ModelError, match="not shipped"):
        ship(broken, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_adapters_on_other_models_are_not_shipped(trained, tmp_path):
    with pytest.raises(ConfigError, match="embedded model"):
        ship(trained, tmp_path / "out")


@pytest.mark.embedded
def test_the_shipped_detector_works_as_installed():
    folder = shipped_checkpoint()
    assert sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) < 20e6
    detector = Detector.load()
    biased, plain, _ = detector.detect(TEXTS)
    assert biased.verdict == "biased"
    assert biased.bias_types[0].bias_type == "gender_sexuality"
    assert biased.spans
    assert plain.verdict == "fair"
    assert detector.rewriter is not None
    together = detector.detect(TEXTS, exhaustive=True)
    for text, one in zip(TEXTS, together, strict=True):
        alone = detector.detect([text], exhaustive=True)[0]
        assert alone.verdict == one.verdict
        assert alone.score == pytest.approx(one.score, abs=0.011)  # one unit of the last decimal
