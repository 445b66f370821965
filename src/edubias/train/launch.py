"""Decide how a training is started, and start it.

A plan follows from the command line, the quick-start's environment variables and the hardware.
``single`` runs in this process; the other modes start ``edubias.train.worker`` in several
(``edubias.train.processes``).
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Literal, cast, get_args

from edubias.config import PRESETS, Config, load_config
from edubias.errors import ConfigError, LaunchError
from edubias.lang import tr
from edubias.model.manifest import FILE_NAME
from edubias.progress import STDERR
from edubias.train.checkpoint import checkpoint_to_resume
from edubias.train.ignored import ignored_keys
from edubias.train.processes import Cluster, run_workers
from edubias.train.trackers import has_wandb_key

Mode = Literal["single", "accelerate", "deepspeed", "fsdp"]
"""One process; data-parallel; DeepSpeed's ZeRO; weights sharded by PyTorch's FSDP."""

VARIABLES = {
    "MODEL_NAME_OR_PATH": "model_cfgs.model_name_or_path",
    "TRAIN_DATASETS": "data_cfgs.train_datasets",
    "TRAIN_STATEMENTS": "data_cfgs.train_statements",
    "TRAIN_TEMPLATE": "data_cfgs.train_template",
    "EVAL_DATASETS": "data_cfgs.eval_datasets",
    "EVAL_TEMPLATE": "data_cfgs.eval_template",
    "OUTPUT_DIR": "logger_cfgs.output_dir",
    "PER_DEVICE_TRAIN_BATCH_SIZE": "train_cfgs.per_device_train_batch_size",
    "GRADIENT_ACCUMULATION_STEPS": "train_cfgs.gradient_accumulation_steps",
}
"""The quick-start's environment variables, and the configuration keys they set."""

ALLOW_CPU_DEEPSPEED = "EDUBIAS_ALLOW_CPU_DEEPSPEED"


@dataclass(frozen=True)
class Plan:
    """How to train.

    Attributes:
        config: The resolved configuration.
        mode: The mode, after any fallback.
        notices: What the user should know of it: defaults taken, fallbacks, ignored keys.
    """

    config: Config
    mode: Mode
    notices: list[str] = field(default_factory=list)


def plan_training(
    source: str | None,
    overrides: Sequence[str],
    mode: str | None,
    cuda: bool,
    environ: Mapping[str, str] | None = None,
) -> Plan:
    """Resolve configuration and mode.

    The command line wins over the environment, the environment over the configuration file.

    Args:
        source: Configuration file or preset; None for ``CONFIG_FILE`` or the hardware's default.
        overrides: ``section.key=value``.
        mode: The mode; None for ``TRAIN_MODE`` or the configuration's default, ``single``.
        cuda: Whether there is a CUDA GPU.
        environ: The environment.

    Raises:
        ConfigError: The configuration is wrong.
        LaunchError: There is no such mode, or the program it needs is not installed.
    """
    env = os.environ if environ is None else environ
    notices: list[str] = []
    source = source or env.get("CONFIG_FILE") or None
    from_environment = [f"{key}={env[name]}" for name, key in VARIABLES.items() if env.get(name)]
    all_overrides = [*from_environment, *overrides]
    names_model = any(item.startswith("model_cfgs.model_name_or_path=") for item in all_overrides)
    if source is None:
        source = "edu_bias_dpo" if cuda or names_model else "edu_bias_embedded"
        if not cuda and not names_model:
            notices.append(
                tr(
                    "No GPU: training the embedded model (preset edu_bias_embedded). "
                    "MODEL_NAME_OR_PATH names another.",
                    "未检测到 GPU：使用内置模型训练（预设 edu_bias_embedded）。"
                    "可用 MODEL_NAME_OR_PATH 指定其他模型。",
                )
            )
    elif not cuda and not names_model and _preset_for_gpus(source):
        all_overrides = ["model_cfgs.model_name_or_path=embedded", *all_overrides]
        notices.append(
            tr(
                f"No GPU: the embedded model stands in for the model of preset '{source}'. "
                "MODEL_NAME_OR_PATH names another.",
                f"未检测到 GPU：以内置模型代替预设“{source}”的模型。"
                "可用 MODEL_NAME_OR_PATH 指定其他模型。",
            )
        )
    own_data = any(item.startswith("data_cfgs.train_datasets=") for item in all_overrides)
    own_statements = any(item.startswith("data_cfgs.train_statements=") for item in all_overrides)
    if own_data and not own_statements and load_config(source).data_cfgs.train_statements:
        all_overrides = ["data_cfgs.train_statements=null", *all_overrides]
        notices.append(
            tr(
                "Training on your pairs alone: the preset's statements are left out. "
                "TRAIN_STATEMENTS names others.",
                "只用您的偏好对训练，不加入预设的语句。可用 TRAIN_STATEMENTS 指定其他语句。",
            )
        )
    config = load_config(source, all_overrides)
    if has_wandb_key(env) and "log_type" not in config.logger_cfgs.model_fields_set:
        if importlib.util.find_spec("wandb") is None:
            notices.append(
                tr(
                    "WANDB_API_KEY is set, but wandb is not installed: not logging to W&B "
                    '(pip install "edubias[track]").',
                    "已设置 WANDB_API_KEY，但未安装 wandb：不记录到 W&B"
                    '（pip install "edubias[track]"）。',
                )
            )
        else:
            config = load_config(source, ["logger_cfgs.log_type=wandb", *all_overrides])
            notices.append(
                tr("WANDB_API_KEY is set: logging to W&B.", "已设置 WANDB_API_KEY：记录到 W&B。")
            )
    notices += ignored_keys(config)
    chosen, fallback = resolve_mode(mode or env.get("TRAIN_MODE") or "single", cuda, env)
    if chosen != "deepspeed" and any(one.startswith("train_cfgs.ds_cfgs=") for one in overrides):
        fallback.append(
            tr(
                f"train_cfgs.ds_cfgs is ignored: it belongs to mode deepspeed, this is {chosen}",
                f"忽略 train_cfgs.ds_cfgs：它只用于 deepspeed 模式，当前为 {chosen}",
            )
        )
    if config.train_cfgs.fp16 and not cuda:
        fallback.append(
            tr(
                "train_cfgs.fp16 is ignored: only CUDA GPUs train in float16",
                "忽略 train_cfgs.fp16：只有 CUDA GPU 能以 float16 训练",
            )
        )
    return Plan(config, chosen, notices + fallback)


def resolve_mode(asked: str, cuda: bool, environ: Mapping[str, str]) -> tuple[Mode, list[str]]:
    """The mode that will run, and why it is not the one that was asked for, if so.

    Raises:
        LaunchError: There is no such mode, or the program it needs is not installed.
    """
    modes = get_args(Mode)
    if asked not in modes:
        raise LaunchError(
            tr(f"unknown TRAIN_MODE '{asked}'", f"未知的 TRAIN_MODE“{asked}”"),
            tr(f"Choose one of: {', '.join(modes)}.", f"可选：{'、'.join(modes)}。"),
        )
    if asked != "single" and sys.platform == "darwin":
        notice = tr(
            "On macOS, training runs in one process: TRAIN_MODE=single.",
            "macOS 上以单进程训练：TRAIN_MODE=single。",
        )
        return "single", [notice]
    if asked == "deepspeed" and not cuda and environ.get(ALLOW_CPU_DEEPSPEED) != "1":
        notice = tr(
            "deepspeed needs a CUDA GPU: falling back to TRAIN_MODE=single. "
            f"({ALLOW_CPU_DEEPSPEED}=1 runs it on the CPU all the same.)",
            "deepspeed 需要 CUDA GPU：改用 TRAIN_MODE=single。"
            f"（设置 {ALLOW_CPU_DEEPSPEED}=1 可强制在 CPU 上运行。）",
        )
        return "single", [notice]
    if asked == "deepspeed" and importlib.util.find_spec(asked) is None:
        raise LaunchError(
            tr("deepspeed is not installed", "未安装 deepspeed"),
            tr(
                'Install it (pip install "edubias[deepspeed]") or use TRAIN_MODE=single.',
                '请安装（pip install "edubias[deepspeed]"），或使用 TRAIN_MODE=single。',
            ),
        )
    return cast(Mode, asked), []


def start(plan: Plan, cluster: Cluster) -> Path:
    """Run a plan to its end.

    An earlier run in the output folder goes on if the plan says so; else it is moved aside, so
    that nothing is lost.

    Args:
        plan: The plan.
        cluster: The processes of a distributed mode.

    Returns:
        The folder with the trained model.

    Raises:
        EdubiasError: The training failed for a reason that the user can mend.
        LaunchError: A worker process failed; its own message stands above.
    """
    from edubias.train.config_check import check_config
    from edubias.train.preflight import quick_checks, require_ready  # imports torch
    from edubias.train.run import train
    from edubias.train.splits import read_splits

    # What must stop a run stops it before an earlier one is touched.
    check_config(plan.config)
    if plan.mode == "deepspeed":
        zero_stage(deepspeed_config(plan.config.train_cfgs.ds_cfgs))
    training, _ = read_splits(plan.config)
    processes = 1 if plan.mode == "single" else cluster.total
    resumed, _ = checkpoint_to_resume(plan.config, processes, sharding_of(plan.mode))
    require_ready(quick_checks(plan, training, cluster))
    folder = Path(plan.config.logger_cfgs.output_dir or "")
    if cluster.node == 0 and resumed is None and (moved := move_aside(folder)):
        STDERR.print(
            tr(f"The earlier run was moved to {moved}", f"先前的训练结果已移至 {moved}"),
            style="yellow",
        )
    if plan.mode == "single":
        return train(plan.config).folder
    # Not in the run's folder: machines may share it, and machine 0 may still have to move it.
    with tempfile.TemporaryDirectory() as private:
        config_file = Path(private) / "config.yaml"
        config_file.write_text(plan.config.to_yaml(), encoding="utf-8")
        run_workers(cluster, config_file, plan.mode)
    return folder


def sharding_of(mode: Mode) -> str:
    """What spreads a training of a mode over processes, as ``RunManifest`` records it."""
    return mode if mode in ("deepspeed", "fsdp") else "none"


def marks_of_run(folder: Path) -> list[Path]:
    """Files that tell a run's folder, finished or not, or a mean's; none where it holds neither."""
    marks = (folder / name for name in ("config.yaml", "train.log", FILE_NAME))
    return [mark for mark in marks if mark.exists()]


def move_aside(folder: Path) -> Path | None:
    """Rename the folder of an earlier run after its last change, so that a new one can start.

    Returns:
        The new name; None where the folder is missing or holds no run.
    """
    marks = marks_of_run(folder)
    if not marks:
        return None
    stamp = datetime.fromtimestamp(max(mark.stat().st_mtime for mark in marks))
    target = folder.with_name(f"{folder.name}-{stamp:%Y%m%d-%H%M%S}")
    folder.rename(target)
    return target


def deepspeed_config(name: str | None) -> Path:
    """File of a DeepSpeed configuration: a path, or one of ours by its name.

    Raises:
        ConfigError: There is no such file, or none is named.
    """
    name = name or "null"
    if Path(name).is_file():
        return Path(name)
    ours = Path(name).name.replace("_config", "")
    file = Path(str(resources.files("edubias"))) / "presets" / "deepspeed" / ours
    if not file.is_file():
        raise ConfigError(
            tr(f"no such DeepSpeed configuration: {name}", f"找不到 DeepSpeed 配置：{name}"),
            tr(
                "Ours: ds_z0.json, ds_z2.json, ds_z3.json.",
                "可用：ds_z0.json、ds_z2.json、ds_z3.json。",
            ),
        )
    return file


def zero_stage(file: Path) -> int:
    """What a DeepSpeed configuration spreads over processes: the stage of ZeRO.

    Raises:
        ConfigError: The file is not valid JSON.
    """
    try:
        settings = json.loads(file.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        place = f"{file}:{error.lineno}"
        raise ConfigError(
            tr(f"{place}: not valid JSON", f"{place}：不是合法的 JSON"), error.msg
        ) from error
    return int(settings.get("zero_optimization", {}).get("stage", 0))


def _preset_for_gpus(source: str) -> bool:
    path = Path(source)
    preset = path.name.removesuffix(".yaml")
    return not path.is_file() and preset in PRESETS and preset != "edu_bias_embedded"
