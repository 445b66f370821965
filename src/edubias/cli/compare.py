"""``edubias compare``."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from edubias.lang import tr


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "compare",
        parents=[common],
        help=tr("compare two evaluations", "比较两次评估"),
        description=tr(
            "Differences between two evaluations of the same texts, with intervals of a paired "
            "bootstrap over scenarios. An interval without 0 in it is marked.",
            "比较对相同文本的两次评估，给出按情境配对自助法的置信区间；不含 0 的区间会标出。",
        ),
    )
    for name, metavar in (
        ("first", tr("FIRST", "第一个")),
        ("second", tr("SECOND", "第二个")),
    ):
        parser.add_argument(
            name,
            metavar=metavar,
            help=tr(
                "metrics.json, or a checkpoint that was evaluated",
                "metrics.json，或已评估过的检查点",
            ),
        )
    parser.add_argument(
        "--json", action="store_true", help=tr("print JSON, no table", "输出 JSON 而非表格")
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Compare and print."""
    from rich.console import Console
    from rich.table import Table

    from edubias.cli.tables import interval, number
    from edubias.evaluate.compare import calibrated_otherwise, compare, read_texts
    from edubias.progress import STDERR

    paths = Path(args.first), Path(args.second)
    result = compare(*(read_texts(path) for path in paths))
    for path in filter(calibrated_otherwise, paths):
        STDERR.print(
            tr(
                f"{path} is calibrated otherwise than it was evaluated: evaluate it again.",
                f"{path} 当前的校准与评估时不同，请重新评估。",
            ),
            style="yellow",
        )
    if args.json:
        tree = {
            group: {name: asdict(value) for name, value in figures.items()}
            for group, figures in result.items()
        }
        print(json.dumps(tree, indent=1))
        return 0
    table = Table(
        caption=tr(
            "* interval without 0; each row is a test of its own: of two equally good models "
            "about one row in twenty is marked too",
            "* 区间不含 0；各行分别检验，即使两个模型一样好，二十行中也会有约一行被标出",
        )
    )
    for title in (
        tr("texts", "文本"),
        tr("figure", "指标"),
        tr("first", "第一个"),
        tr("second", "第二个"),
        tr("difference", "差"),
        "",
    ):
        table.add_column(title)
    for group, figures in result.items():
        for name, value in figures.items():
            low, high = value.difference.low, value.difference.high
            clear = low is not None and high is not None and (low > 0 or high < 0)
            table.add_row(
                group,
                name,
                number(value.first),
                number(value.second),
                interval(value.difference),
                "*" if clear else "",
            )
    Console(width=None if Console().is_terminal else 110).print(table)
    return 0
