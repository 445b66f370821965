"""``edubias calibrate``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from edubias.cli.splits import (
    add_options,
    collection,
    evaluation_file,
    limited,
    statements_file,
    training_file,
)
from edubias.lang import tr


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "calibrate",
        parents=[common],
        help=tr("fit probabilities, bias types and screen", "拟合概率、偏见类型与初筛"),
        description=tr(
            "Fit what a detector needs beyond its trained model: probabilities and the screen's "
            "threshold on the evaluation split, bias types and the screen on the training split. "
            "The test split is never touched.",
            "拟合检测器在模型之外所需的部分：在验证集上拟合概率与初筛阈值，"
            "在训练集上拟合偏见类型与初筛模型。绝不使用测试集。",
        ),
    )
    parser.add_argument(
        "checkpoint",
        nargs="?",
        metavar=tr("CHECKPOINT", "模型"),
        default="outputs/textbook_bias_dpo",
        help=tr("folder of a trained model", "已训练模型的文件夹"),
    )
    add_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Fit all parts and keep them in the checkpoint's folder."""
    from edubias.detect.detector import load_scorer
    from edubias.detect.fitting import calibrate, passes, that_fit
    from edubias.model.load import quiet_libraries
    from edubias.model.manifest import load_manifest
    from edubias.progress import counting

    quiet_libraries()
    checkpoint = Path(args.checkpoint)
    config = load_manifest(checkpoint).config
    statements = statements_file(args, config)
    evaluation = limited(args, collection(args, evaluation_file(args, config), statements, "eval"))
    train_file = training_file(args, config)
    training = (
        None
        if train_file is None
        else limited(args, collection(args, train_file, statements, "train"))
    )
    scorer, _ = load_scorer(checkpoint)
    evaluation = that_fit(scorer, evaluation)
    training = None if training is None else that_fit(scorer, training)
    with counting(tr("reading", "读取"), passes(evaluation, training)) as progress:
        calibrate(
            checkpoint,
            scorer,
            evaluation,
            training,
            lambda done: progress.advance(progress.task_ids[0], done),
            print,
        )
    print(tr(f"Calibrated: {checkpoint}", f"校准完成：{checkpoint}"))
    return 0
