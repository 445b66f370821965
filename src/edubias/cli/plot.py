"""``edubias plot``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from edubias.lang import tr


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "plot",
        parents=[common],
        help=tr("draw the curves of runs", "绘制训练曲线"),
        description=tr(
            "Loss, rewards and learning rate over the steps, from train.log; also while a run "
            "goes on. Several runs are drawn into one picture.",
            "根据 train.log 绘制损失、奖励与学习率随步数的变化，训练进行中亦可使用。"
            "多次训练会画入同一张图。",
        ),
    )
    parser.add_argument(
        "runs",
        nargs="+",
        metavar=tr("RUN", "训练"),
        help=tr("output folder of a training run", "训练的输出文件夹"),
    )
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument(
        "--output",
        metavar=tr("FILE", "文件"),
        help=tr(
            "an .svg, .png or .pdf (default: plot.svg in the first RUN)",
            ".svg、.png 或 .pdf 文件（默认：首个训练文件夹中的 plot.svg）",
        ),
    )
    kind.add_argument(
        "--html",
        action="store_true",
        help=tr(
            "write RUN/run.html instead: curves, configuration, data, checkpoints",
            "改为在训练文件夹中写出 run.html：曲线、配置、数据与检查点",
        ),
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Draw the runs, or write a page for each."""
    from edubias.report.figure import save_figure
    from edubias.report.history import read_history
    from edubias.report.names import short_names
    from edubias.report.page import write_page
    from edubias.report.plot import draw_runs

    folders = list(dict.fromkeys(Path(name) for name in args.runs))
    if args.html:
        for folder in folders:
            page = write_page(folder)
            print(tr(f"Page: {page}", f"网页：{page}"))
        return 0
    output = Path(args.output) if args.output else folders[0] / "plot.svg"
    histories = [read_history(folder) for folder in folders]
    save_figure(draw_runs(dict(zip(short_names(folders), histories, strict=True))), output)
    print(tr(f"Picture: {output}", f"图片：{output}"))
    return 0
