"""``edubias average``."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import Any

from edubias.lang import tr


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "average",
        parents=[common],
        help=tr("make one checkpoint of several runs", "将多次训练平均为一个检查点"),
        description=tr(
            "Write the mean of the adapters of several LoRA runs, such as runs with different "
            "seeds, as one adapter of the same size. It may judge better than each of them: "
            "calibrate it like any checkpoint, and compare on the evaluation split.",
            "对多次 LoRA 训练（例如不同随机种子）的适配器求平均，得到大小不变的一个适配器，"
            "效果可能好于其中任何一次，请像其他检查点一样校准，并在验证集上比较后再采用。",
        ),
    )
    parser.add_argument(
        "runs",
        nargs="+",
        metavar=tr("RUN", "训练"),
        help=tr("folders of trained LoRA models", "已训练的 LoRA 模型文件夹"),
    )
    parser.add_argument(
        "--output",
        required=True,
        metavar=tr("FOLDER", "文件夹"),
        help=tr(
            "where to write the mean; an earlier run there is moved aside",
            "平均结果的输出文件夹；其中先前的训练结果会移到别处",
        ),
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Average the runs, and say what comes next."""
    from edubias.average import average
    from edubias.model.load import quiet_libraries
    from edubias.progress import STDERR

    quiet_libraries()
    average([Path(run) for run in args.runs], Path(args.output), STDERR.print)
    print(
        tr(
            f"Mean of {len(args.runs)} runs: {args.output}",
            f"{len(args.runs)} 次训练的平均：{args.output}",
        )
    )
    calibrate = f"edubias calibrate {shlex.quote(args.output)}"
    print(tr(f"Next:  {calibrate}", f"下一步：{calibrate}"))
    return 0
