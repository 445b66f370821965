"""Configurations that no training can start from."""

from __future__ import annotations

import torch

from edubias.config import Config
from edubias.data.prompt import require_template, template_of
from edubias.errors import ConfigError
from edubias.extras import require_package
from edubias.lang import tr


def check_config(config: Config) -> None:
    """Refuse a configuration that no training can start from.

    Raises:
        ConfigError: Something that is needed is not configured or not installed, or options
            exclude each other.
    """
    if not config.logger_cfgs.output_dir:
        raise ConfigError(
            tr("no output folder", "未指定输出文件夹"),
            tr(
                "Set logger_cfgs.output_dir or OUTPUT_DIR.",
                "请设置 logger_cfgs.output_dir 或环境变量 OUTPUT_DIR。",
            ),
        )
    if not config.data_cfgs.train_datasets:
        raise ConfigError(
            tr("no training data", "未指定训练数据"),
            tr(
                "Set data_cfgs.train_datasets or TRAIN_DATASETS.",
                "请设置 data_cfgs.train_datasets 或环境变量 TRAIN_DATASETS。",
            ),
        )
    require_template(template_of(config.data_cfgs.train_template))
    for package, extra in optional_packages(config).items():
        require_package(package, extra)
    if config.train_cfgs.use_liger_kernel and not torch.cuda.is_available():
        raise ConfigError(
            tr("Liger's kernels need a CUDA GPU", "Liger 内核需要 CUDA GPU"),
            tr(
                "Set train_cfgs.use_liger_kernel=false.",
                "请设置 train_cfgs.use_liger_kernel=false。",
            ),
        )
    if config.train_cfgs.bf16 and config.train_cfgs.fp16:
        raise ConfigError(tr("bf16 and fp16 exclude each other", "bf16 与 fp16 不能同时使用"))
    if config.lora_cfgs.use_lora and config.lora_cfgs.inference_mode:
        raise ConfigError(
            tr(
                "lora_cfgs.inference_mode=true leaves nothing to train",
                "lora_cfgs.inference_mode=true 时没有可训练的参数",
            ),
            tr("Set lora_cfgs.inference_mode=false.", "请设置 lora_cfgs.inference_mode=false。"),
        )
    if config.bnb_cfgs.use_bnb and not config.lora_cfgs.use_lora:
        raise ConfigError(
            tr("quantised weights can't be trained", "量化后的权重无法直接训练"),
            tr("Set lora_cfgs.use_lora=true (QLoRA).", "请设置 lora_cfgs.use_lora=true（QLoRA）。"),
        )
    if config.bnb_cfgs.use_bnb and config.lora_cfgs.save_full_model:
        raise ConfigError(
            tr(
                "save_full_model can't merge adapters into quantised weights",
                "save_full_model 无法将适配器合并到量化权重",
            ),
            tr("Leave it out; use `edubias export` later.", "请去掉它，之后用 `edubias export`。"),
        )


def optional_packages(config: Config) -> dict[str, str | None]:
    """Packages that a configuration asks for beyond the required ones, with their extra, if any."""
    needed: dict[str, str | None] = {}
    tracker = config.logger_cfgs.log_type
    if tracker != "none":
        needed[tracker] = "track" if tracker in ("tensorboard", "wandb") else None
    if config.bnb_cfgs.use_bnb:
        needed["bitsandbytes"] = "quant"
    if config.train_cfgs.use_liger_kernel:
        needed["liger_kernel"] = "liger"
    return needed
