"""``edubias train``."""

from __future__ import annotations

import argparse
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edubias.lang import tr

if TYPE_CHECKING:
    from edubias.train.processes import Cluster


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "train",
        parents=[common],
        help=tr("train a detector on preference pairs", "用偏好对训练检测器"),
        description=tr(
            "Train a causal language model with DPO on preference pairs. The environment "
            "variables of the quick-start guide (TRAIN_MODE, CONFIG_FILE, MODEL_NAME_OR_PATH, "
            "TRAIN_DATASETS, OUTPUT_DIR, …) are heeded; the command line wins over them.",
            "用 DPO 在偏好对上训练因果语言模型。支持快速开始指南的环境变量（TRAIN_MODE、"
            "CONFIG_FILE、MODEL_NAME_OR_PATH、TRAIN_DATASETS、OUTPUT_DIR 等），命令行参数优先。",
        ),
    )
    add_options(parser)
    parser.set_defaults(run=run)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what says which training; ``edubias doctor`` takes the same."""
    parser.add_argument(
        "overrides",
        nargs="*",
        metavar="section.key=value",
        help=tr(
            "change the configuration, e.g. train_cfgs.epochs=1",
            "修改配置，例如 train_cfgs.epochs=1",
        ),
    )
    parser.add_argument(
        "--config",
        help=tr(
            "YAML file or preset: dpo, edu_bias_dpo, edu_bias_embedded "
            "(default: edu_bias_embedded without a GPU and without a named model, else "
            "edu_bias_dpo)",
            "YAML 文件或预设：dpo、edu_bias_dpo、edu_bias_embedded"
            "（默认：没有 GPU 且未指定模型时用 edu_bias_embedded，否则用 edu_bias_dpo）",
        ),
    )
    parser.add_argument("--mode", help="single | accelerate | deepspeed | fsdp")
    parser.add_argument(
        "--processes",
        type=int,
        help=tr(
            "processes of a distributed mode on this machine (default: one for each GPU, or 1); "
            "several machines: NNODES, NODE_RANK, MASTER_ADDR, MASTER_PORT",
            "分布式模式在本机的进程数（默认每个 GPU 一个，无 GPU 时为 1）；"
            "多机训练用 NNODES、NODE_RANK、MASTER_ADDR、MASTER_PORT",
        ),
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help=tr(
            "go on with the run in the output folder from its newest checkpoint "
            "(the same as train_cfgs.load_checkpoint=true)",
            "从输出文件夹中最新的检查点继续训练（等同于 train_cfgs.load_checkpoint=true）",
        ),
    )


def overrides_of(args: argparse.Namespace) -> list[str]:
    """Changes of the configuration that the options stand for."""
    return [*args.overrides, *(["train_cfgs.load_checkpoint=true"] if args.resume else [])]


def cluster_of(args: argparse.Namespace) -> Cluster:
    """The processes that options and environment ask for."""
    import torch

    from edubias.train.processes import cluster_from

    return cluster_from(os.environ, args.processes or max(1, torch.cuda.device_count()))


def run(args: argparse.Namespace) -> int:
    """Train, then show the last metrics and what comes next."""
    import torch

    from edubias.cli.tables import metrics_table
    from edubias.model.load import quiet_libraries
    from edubias.model.manifest import load_manifest
    from edubias.progress import STDERR
    from edubias.train.launch import plan_training, start

    quiet_libraries()
    plan = plan_training(args.config, overrides_of(args), args.mode, torch.cuda.is_available())
    for notice in plan.notices:
        STDERR.print(notice, style="yellow")
    if args.processes and plan.mode == "single":
        STDERR.print(
            tr(
                "--processes is ignored: mode single is one process. --mode accelerate takes more.",
                "忽略 --processes：single 模式只有一个进程。多进程请用 --mode accelerate。",
            ),
            style="yellow",
            soft_wrap=True,
        )
    cfg = plan.config
    log = Path(cfg.logger_cfgs.output_dir or "") / "train.log"
    STDERR.print(
        tr(
            f"Training {cfg.model_cfgs.model_name_or_path} on {cfg.data_cfgs.train_datasets} "
            f"(mode {plan.mode}); log: {log}",
            f"用 {cfg.data_cfgs.train_datasets} 训练 {cfg.model_cfgs.model_name_or_path}"
            f"（模式 {plan.mode}）；日志：{log}",
        ),
        soft_wrap=True,
    )
    folder = start(plan, cluster_of(args))
    metrics_table(load_manifest(folder).metrics)
    print(tr(f"Model: {folder}", f"模型：{folder}"))
    evaluate = f"edubias evaluate {shlex.quote(str(folder))}"
    print(tr(f"Next:  {evaluate}", f"下一步：{evaluate}"))
    return 0
