from importlib import resources
from pathlib import Path

import pytest

from edubias.config import PRESETS, Config, load_config
from edubias.errors import ConfigError
from edubias.train.ignored import ignored_keys

ALIGN_ANYTHING = Path(__file__).parent / "fixtures" / "align_anything_dpo.yaml"


@pytest.mark.parametrize("preset", PRESETS)
def test_a_configuration_reads_back_to_an_equal_one(preset, tmp_path):
    nulls = ["logger_cfgs.save_total_limit=null", "train_cfgs.ds_cfgs=null"]
    for overrides in ([], nulls):
        config = load_config(preset, overrides)
        file = tmp_path / "c.yaml"
        file.write_text(config.to_yaml(), encoding="utf-8")
        assert load_config(file) == config
    assert config.logger_cfgs.save_total_limit is None


def test_null_leaves_a_key_that_needs_a_value_at_its_default(tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text("train_cfgs:\n  epochs: null\nlora_cfgs: null\n")
    assert load_config(file) == Config()


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
        ("# 配置\n", r"c\.yaml: not UTF-8"),
    ],
)
@pytest.mark.parametrize("overrides", [[], ["train_cfgs.seed=1"]], ids=["", "overridden"])
def test_bad_files(tmp_path, text, reason, overrides):
    file = tmp_path / "c.yaml"
    file.write_text(text, encoding="gbk")
    with pytest.raises(ConfigError, match=reason):
        load_config(file, overrides)


@pytest.mark.parametrize(
    "override",
    [
        "train_cfgs.lr_scheduler_type=cosin",
        "train_cfgs.lr_scheduler_type=cosine_with_min_lr",  # it takes an argument
        "train_cfgs.adam_betas=[0.9, 3]",
        "train_cfgs.seed=-1",
        "train_cfgs.epochs=.inf",
        "train_cfgs.learning_rate=.inf",
    ],
)
def test_values_that_no_training_can_take(override):
    with pytest.raises(ConfigError, match=f"'{override.partition('=')[0]}' can't be"):
        load_config("dpo", [override])


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


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("outputs/run #3", "outputs/run #3"),
        ("2024-11-26", "2024-11-26"),
        ("2024", "2024"),
        ("a: b", "a: b"),
        ("'quoted # text'", "quoted # text"),
        ('"12"', "12"),
        ("null", None),
    ],
)
def test_text_of_an_override_is_taken_as_it_is(value, expected):
    config = load_config("dpo", [f"logger_cfgs.output_dir={value}"])
    assert config.logger_cfgs.output_dir == expected


@pytest.mark.parametrize(
    ("overrides", "key"),
    [
        (["data_cfgs.eval_template=Other"], "data_cfgs.eval_template"),
        (["data_cfgs.train_subset=region", "data_cfgs.train_statements=s.jsonl"], "statements"),
        (["train_cfgs.label_smoothing=0.1", "train_cfgs.loss_type=ipo"], "label_smoothing"),
    ],
)
def test_what_the_rest_makes_void_is_named(overrides, key):
    assert ignored_keys(load_config("dpo")) == []
    [message] = ignored_keys(load_config("dpo", overrides))
    assert key in message
    assert ignored_keys(load_config("dpo", ["train_cfgs.label_smoothing=0.1"])) == []
