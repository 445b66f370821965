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
        metavar="CHECKPOINT",
        help=tr(
            "folder of a trained model (default: the detector that comes with edubias)",
            "已训练模型的文件夹（默认：edubias 自带的检测器）",
        ),
    )
    parser.add_argument(
        "--exhaustive",
        action="store_true",
        help=tr(
            "read every sentence in full, also what two cheap looks find fair; three times slower",
            "不经初筛，逐句完整检测（耗时约为三倍）",
        ),
    )
    parser.add_argument(
        "--fast",
        action="store_true",
        help=tr(
            "compute in bfloat16 where this machine is measured to be faster at it; scores change "
            "by some hundredths",
            "若实测本机 bfloat16 运算更快，则改用 bfloat16（分数会有百分之几的变化）",
        ),
    )
    parser.add_argument(
        "--rewrite",
        action="store_true",
        help=tr(
            "propose better wordings, most of which need mending; up to a minute for each",
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
        name = str(detector.scorer.policy.dtype).removeprefix("torch.")
        STDERR.print(tr(f"Computing in {name}.", f"使用 {name} 计算。"))
    if args.rewrite:
        detector.require_rewriter()  # better now than after minutes
    return detector
