"""``edubias rewriter``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from edubias.lang import tr


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "rewriter",
        parents=[common],
        help=tr("train what proposes better wordings", "训练改写器"),
        description=tr(
            "Train an adapter that rewords biased texts, and keep it in the detector's folder. "
            "It mostly copies, so give it pairs whose unbiased side is an edit of the biased one, "
            "such as data/edu_rewrites.jsonl. A batch is one pass: micro_batch_tokens has no "
            "effect here.",
            "训练改写适配器，并存入检测器的文件夹。改写以保留原文为主，因此训练数据的无偏见一侧应是"
            "有偏见一侧的修改稿，如 data/edu_rewrites.jsonl。"
            "每批一次前向计算，micro_batch_tokens 在此不起作用。",
        ),
    )
    parser.add_argument(
        "checkpoint",
        nargs="?",
        metavar=tr("CHECKPOINT", "模型"),
        default="outputs/textbook_bias_dpo",
        help=tr("folder of a trained detector (LoRA)", "已训练检测器的文件夹（LoRA）"),
    )
    parser.add_argument(
        "overrides",
        nargs="*",
        metavar="section.key=value",
        help=tr("changes to the detector's configuration", "对检测器配置的修改"),
    )
    parser.add_argument(
        "--data",
        metavar=tr("FILE", "文件"),
        help=tr(
            "pairs to learn from (default: the training pairs of the detector's configuration)",
            "训练所用的偏好对（默认：检测器配置中的训练偏好对）",
        ),
    )
    parser.add_argument(
        "--further",
        action="store_true",
        help=tr("go on from the rewriter that is there already", "在已有改写器的基础上继续训练"),
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train and keep the rewriter."""
    from edubias.config import with_overrides
    from edubias.data.read import load_pairs, pairs_of_types
    from edubias.detect.detector import no_rewriter
    from edubias.detect.rewrite import has_rewriter
    from edubias.errors import ConfigError
    from edubias.model.load import is_adapter, quiet_libraries
    from edubias.model.manifest import file_record, load_manifest
    from edubias.progress import STDERR
    from edubias.train.ignored import ignored_by_rewriter
    from edubias.train.rewriter import TRAIN, train_rewriter

    quiet_libraries()
    overrides = args.overrides
    if "=" in args.checkpoint:
        raise ConfigError(
            tr(
                f"'{args.checkpoint}' stands where the checkpoint should",
                f"“{args.checkpoint}”处应为检查点",
            ),
            tr("Give the checkpoint first.", "请先写检查点。"),
        )
    if any(override.startswith("model_cfgs.model_name_or_path=") for override in overrides):
        raise ConfigError(
            tr("the rewriter's model is the detector's", "改写器与检测器使用同一个模型"),
            tr(
                "Leave model_cfgs.model_name_or_path out.", "请去掉 model_cfgs.model_name_or_path。"
            ),
        )
    checkpoint = Path(args.checkpoint)
    manifest = load_manifest(checkpoint)
    if not is_adapter(checkpoint):
        raise ConfigError(
            tr(f"{checkpoint}: not a LoRA checkpoint", f"{checkpoint}：不是 LoRA 检查点"),
            tr(
                "The rewriter is a second adapter on the detector's model: train with "
                "lora_cfgs.use_lora=true.",
                "改写器是检测器模型上的第二个适配器：请用 lora_cfgs.use_lora=true 训练。",
            ),
        )
    config = with_overrides(manifest.config, overrides)
    for notice in ignored_by_rewriter(overrides, args.further):
        STDERR.print(notice, style="yellow")
    data = config.data_cfgs
    file = args.data or data.train_datasets or ""
    pairs = pairs_of_types(load_pairs(file), data.train_subset)
    if args.further and not has_rewriter(checkpoint):
        raise no_rewriter()
    record = {TRAIN: file_record(file, len(pairs))}
    folder = train_rewriter(config, pairs, checkpoint, args.further, record)
    print(tr(f"Rewriter: {folder}", f"改写器：{folder}"))
    return 0
