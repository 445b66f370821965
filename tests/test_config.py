from importlib import resources
from pathlib import Path

import pytest
import yaml

from edubias.config import PRESETS, Config, ignored_keys, load_config
from edubias.errors import ConfigError

ALIGN_ANYTHING = Path(__file__).parent / "fixtures" / "align_anything_dpo.yaml"


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_load(preset):
    config = load_config(preset)
    assert Config.model_validate(yaml.safe_load(config.to_yaml())) == config


def test_no_preset_is_forgotten():
    files = {f.name for f in resources.files("edubias").joinpath("presets").iterdir()}
    assert {f"{preset}.yaml" for preset in PRESETS} == {f for f in files if f.endswith(".yaml")}


def test_the_guides_values():
    default, optimised = load_config("dpo").train_cfgs, load_config("edu_bias_dpo").train_cfgs
    assert (default.scale_coeff, default.learning_rate) == (0.1, 1e-6)
    assert (default.per_device_train_batch_size, default.gradient_accumulation_steps) == (1, 1)
    assert default.eval_strategy == "epoch"
    assert (optimised.scale_coeff, optimised.learning_rate) == (0.5, 5e-6)
    assert (optimised.per_device_train_batch_size, optimised.gradient_accumulation_steps) == (2, 4)
    assert (optimised.eval_strategy, optimised.eval_interval) == ("steps", 100)


def test_align_anything_paths_resolve_to_presets():
    path = "align_anything/configs/train/text_to_text/edu_bias_dpo.yaml"
    assert load_config(path) == load_config("edu_bias_dpo")


def test_align_anythings_own_file_loads():
    config = load_config(ALIGN_ANYTHING)
    assert config.train_cfgs.ds_cfgs == "ds_z3_config.json"
    assert config.train_cfgs.adam_betas == (0.9, 0.95)
    assert config.lora_cfgs.task_type == "TaskType.CAUSAL_LM"
    assert any("regularization" in message for message in ignored_keys(config))


def test_overrides():
    config = load_config(
        "dpo", ["train_cfgs.learning_rate=5e-6", "lora_cfgs.target_modules=[a, b]"]
    )
    assert config.train_cfgs.learning_rate == 5e-6
    assert config.lora_cfgs.target_modules == ["a", "b"]


def test_misspelt_key_names_line_and_nearest(tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text("train_cfgs:\n  epochs: 1\n  learning_rat: 1e-5\n")
    with pytest.raises(ConfigError) as error:
        load_config(file)
    assert f"{file}:3: unknown key 'train_cfgs.learning_rat'" in str(error.value)
    assert "did you mean 'train_cfgs.learning_rate'?" in str(error.value)


def test_key_in_the_wrong_section_is_found(tmp_path):
    with pytest.raises(ConfigError, match=r"did you mean 'lora_cfgs\.use_lora'"):
        load_config("dpo", ["model_cfgs.use_lora=true"])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("train_cfgs: [1\n", "not valid YAML"),
        ("- 1\n", "mapping of sections"),
        ("train_cfgs:\n  epochs: many\n", r":2: 'train_cfgs\.epochs' can't be 'many'"),
        ("train_cfgs:\n  scale_coeff: 0\n", r"'train_cfgs\.scale_coeff' can't be 0"),
        ("train_cfgs: 3\n", "'train_cfgs' can't be 3"),
    ],
)
def test_bad_files(tmp_path, text, reason):
    file = tmp_path / "c.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=reason):
        load_config(file)


@pytest.mark.parametrize("override", ["epochs=1", "train_cfgs.epochs", "train_cfgs.epochs=[1"])
def test_bad_overrides(override):
    with pytest.raises(ConfigError, match=r"override|YAML"):
        load_config("dpo", [override])


def test_missing_file_names_the_presets():
    with pytest.raises(ConfigError, match="edu_bias_embedded"):
        load_config("nowhere.yaml")


def test_a_bare_no_is_no_boolean():
    config = load_config("dpo", ["train_cfgs.eval_strategy=no"])
    assert config.train_cfgs.eval_strategy == "no"
    with pytest.raises(ConfigError, match="eval_strategy"):
        load_config("dpo", ["train_cfgs.eval_strategy=yes"])
