import pytest
from torch.distributed.run import parse_args

from edubias.config import load_config
from edubias.errors import ConfigError, LaunchError
from edubias.train.launch import (
    ALLOW_CPU_DEEPSPEED,
    Plan,
    deepspeed_config,
    move_aside,
    plan_training,
    resolve_mode,
    start,
    zero_stage,
)
from edubias.train.processes import Cluster, cluster_from, torchrun_arguments
from tests.conftest import tiny_overrides


def plan(source=None, overrides=(), mode=None, cuda=False, **environ):
    return plan_training(source, list(overrides), mode, cuda, environ)


def test_without_a_gpu_the_embedded_preset_is_used_and_said():
    found = plan()
    assert found.config.model_cfgs.model_name_or_path == "embedded"
    assert found.mode == "single"
    assert any("embedded model" in notice for notice in found.notices)


def test_with_a_gpu_the_optimised_preset_is_used():
    found = plan(cuda=True)
    assert found.config.model_cfgs.model_name_or_path == "Qwen/Qwen2-7B-Instruct"
    assert found.config.train_cfgs.scale_coeff == 0.5
    assert found.notices == []


def test_the_guides_variables():
    found = plan(
        MODEL_NAME_OR_PATH="some/model",
        TRAIN_DATASETS="my.jsonl",
        OUTPUT_DIR="./outputs/mine",
        CONFIG_FILE="align_anything/configs/train/text_to_text/dpo.yaml",
        PER_DEVICE_TRAIN_BATCH_SIZE="4",
        GRADIENT_ACCUMULATION_STEPS="8",
        TRAIN_TEMPLATE="TextbookBiasDetection",
    )
    config = found.config
    assert config.model_cfgs.model_name_or_path == "some/model"
    assert config.data_cfgs.train_datasets == "my.jsonl"
    assert config.logger_cfgs.output_dir == "./outputs/mine"
    assert config.train_cfgs.scale_coeff == 0.1
    assert config.train_cfgs.per_device_train_batch_size == 4
    assert config.train_cfgs.gradient_accumulation_steps == 8


def test_own_pairs_are_not_mixed_with_the_presets_statements():
    preset = plan(CONFIG_FILE="edu_bias_embedded")
    assert preset.config.data_cfgs.train_statements == "data/edu_statements.jsonl"
    own = plan(CONFIG_FILE="edu_bias_embedded", TRAIN_DATASETS="my.jsonl")
    assert own.config.data_cfgs.train_statements is None
    assert any("statements are left out" in notice for notice in own.notices)
    both = plan(
        CONFIG_FILE="edu_bias_embedded", TRAIN_DATASETS="my.jsonl", TRAIN_STATEMENTS="mine.jsonl"
    )
    assert both.config.data_cfgs.train_statements == "mine.jsonl"


def test_the_command_line_wins_over_the_environment():
    found = plan("dpo", ["logger_cfgs.output_dir=here"], OUTPUT_DIR="there", MODEL_NAME_OR_PATH="m")
    assert found.config.logger_cfgs.output_dir == "here"


def test_a_preset_for_gpus_gets_the_embedded_model_on_a_laptop():
    found = plan("dpo")
    assert found.config.model_cfgs.model_name_or_path == "embedded"
    assert found.config.train_cfgs.scale_coeff == 0.1
    assert any("stands in" in notice for notice in found.notices)


def test_a_key_for_wandb_turns_it_on_but_not_a_placeholder():
    assert plan(WANDB_API_KEY="abc").config.logger_cfgs.log_type == "wandb"
    assert plan(WANDB_API_KEY="your_wandb_key").config.logger_cfgs.log_type == "none"
    chosen = plan(overrides=["logger_cfgs.log_type=tensorboard"], WANDB_API_KEY="abc")
    assert chosen.config.logger_cfgs.log_type == "tensorboard"


def test_a_key_for_wandb_without_wandb_is_said(monkeypatch):
    monkeypatch.setattr("edubias.train.launch.importlib.util.find_spec", lambda name: None)
    found = plan(WANDB_API_KEY="abc")
    assert found.config.logger_cfgs.log_type == "none"
    assert any("wandb is not installed" in notice for notice in found.notices)


def test_ignored_keys_are_named():
    found = plan(overrides=["train_cfgs.regularization=0.1"])
    assert any("train_cfgs.regularization is ignored" in notice for notice in found.notices)


def test_keys_that_the_mode_or_the_machine_ignores_are_named():
    given = ["train_cfgs.ds_cfgs=ds_z3.json", "train_cfgs.fp16=true"]
    notices = plan(overrides=given).notices
    for key in ("ds_cfgs", "fp16"):
        assert any(f"train_cfgs.{key} is ignored" in notice for notice in notices)
    spread = plan(overrides=given[:1], mode="deepspeed", cuda=True).notices
    assert not any("ds_cfgs" in notice for notice in spread)


def test_deepspeed_without_a_gpu_falls_back_and_says_so():
    mode, notices = resolve_mode("deepspeed", cuda=False, environ={})
    assert mode == "single"
    assert "TRAIN_MODE=single" in notices[0]
    assert ALLOW_CPU_DEEPSPEED in notices[0]


def test_unknown_mode():
    with pytest.raises(LaunchError, match="unknown TRAIN_MODE 'turbo'"):
        plan(TRAIN_MODE="turbo")


def test_on_macos_everything_is_one_process(monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")
    mode, notices = resolve_mode("accelerate", cuda=False, environ={})
    assert mode == "single"
    assert "macOS" in notices[0]


def test_torchrun_on_one_machine_finds_a_port_itself(tmp_path):
    arguments = torchrun_arguments(Cluster(4), tmp_path / "config.yaml", "deepspeed")
    assert arguments[:3] == ["--standalone", "--nproc_per_node", "4"]
    assert arguments[-3:] == [str(tmp_path / "config.yaml"), "deepspeed", "en"]
    assert parse_args(arguments).training_script == "edubias.train.worker"


def test_torchrun_on_several_machines(tmp_path):
    variables = {"NNODES": "3", "NODE_RANK": "1", "MASTER_ADDR": "n0", "MASTER_PORT": "29555"}
    cluster = cluster_from(variables, 8)
    assert cluster.total == 24
    given = parse_args(torchrun_arguments(cluster, tmp_path / "config.yaml", "accelerate"))
    assert (given.nnodes, given.node_rank, given.nproc_per_node) == ("3", 1, "8")
    assert (given.master_addr, given.master_port) == ("n0", 29555)


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({"NNODES": "two"}, "NNODES=two"),
        ({"NNODES": "2", "MASTER_PORT": "29500"}, "MASTER_ADDR"),
        ({"NNODES": "2", "MASTER_ADDR": "n0", "MASTER_PORT": "1", "NODE_RANK": "2"}, "NODE_RANK=2"),
    ],
)
def test_bad_variables_of_several_machines(variables, problem):
    with pytest.raises(LaunchError, match=problem):
        cluster_from(variables, 1)


@pytest.mark.parametrize("name", ["ds_z0.json", "ds_z2.json", "ds_z3.json", "ds_z3_config.json"])
def test_deepspeed_configurations(name):
    assert deepspeed_config(name).is_file()


def test_no_such_deepspeed_configuration():
    with pytest.raises(ConfigError, match="ds_z9"):
        deepspeed_config("ds_z9.json")


def test_an_earlier_run_is_moved_aside(tmp_path):
    folder = tmp_path / "run"
    assert move_aside(folder) is None
    folder.mkdir()
    assert move_aside(folder) is None  # holds no run
    (folder / "train.log").write_text("x")
    moved = move_aside(folder)
    assert (moved / "train.log").read_text() == "x"
    assert not folder.exists()


def test_what_zero_spreads(tmp_path):
    assert zero_stage(deepspeed_config("ds_z3.json")) == 3
    file = tmp_path / "ds.json"
    file.write_text("{\n// of ours\n}")
    with pytest.raises(ConfigError, match=r"ds\.json:2: not valid JSON"):
        zero_stage(file)


def test_deepspeed_is_not_left_out_in_silence(tiny_model, pair_files, tmp_path):
    """Before an earlier run is touched."""
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "train.log").write_text("earlier")
    given = [*tiny_overrides(tiny_model, pair_files, folder), "train_cfgs.ds_cfgs=null"]
    with pytest.raises(ConfigError, match="no such DeepSpeed configuration: null"):
        start(Plan(load_config("edu_bias_embedded", given), "deepspeed"), Cluster())
    assert (folder / "train.log").read_text() == "earlier"
