"""Which detector judges, and how: what ``edubias detect`` and ``edubias scan`` have in common."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from edubias.lang import tr

if TYPE_CHECKING:
    from edubias.detect.detector import Detector


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--model",
        metavar=tr("CHECKPOINT", "模型"),
        help=tr(
            "folder of a trained model (for developers; default: the detector that comes with "
            "edubias)",
            "已训练模型的文件夹（供开发者；默认：edubias 自带的检测器）",
        ),
    )
    parser.add_argument(
        "--exhaustive",
        action="store_true",
        help=tr(
            "read every sentence in full, also those that two quick looks clear; three times "
            "slower",
            "不经初筛，逐句完整检测（耗时约为三倍）",
        ),
    )
    parser.add_argument(
        "--fast",
        action="store_true",
        help=tr(
            "may be faster on recent processors; results hardly differ (log-odds by less than 0.1)",
            "在较新的处理器上可能更快，结果几乎不变（对数几率相差不到 0.1）",
        ),
    )
    parser.add_argument(
        "--rewrite",
        action="store_true",
        help=tr(
            "suggest better wordings, most of which need correction; up to a minute for each",
            "给出改写建议（多数仍须修改；每句最多约一分钟）",
        ),
    )


def load_detector(args: argparse.Namespace) -> Detector:
    """The detector that the options ask for.

    Raises:
        ModelError: It cannot be loaded, or wordings are asked for and it has no rewriter.
    """
    from edubias.detect.detector import Detector
    from edubias.model.load import quiet_libraries
    from edubias.progress import STDERR

    quiet_libraries()
    detector = Detector.load(args.model, fast=args.fast)
    if args.fast:
        STDERR.print(
            tr("--fast is on (bfloat16).", "已启用加速（bfloat16）。")
            if str(detector.scorer.policy.dtype) == "torch.bfloat16"
            else tr(
                "--fast: this machine gains nothing by it; computing as usual.",
                "本机无法加速，按常规方式运行。",
            )
        )
    if args.rewrite:
        detector.require_rewriter()  # better now than after minutes
    return detector
