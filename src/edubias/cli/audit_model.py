"""``edubias audit-model``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edubias.lang import tr
from edubias.taxonomy import type_name

if TYPE_CHECKING:
    from rich.console import Console

    from edubias.evaluate.swaps import AxisResult, ModelAudit
    from edubias.records import Finding

WORST_SHOWN = 10


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "audit-model",
        parents=[common],
        help=tr("find out whether a detector is itself biased", "检查检测器自身是否存在偏见"),
        description=tr(
            "Swap the groups that sentences name, such as men and women or one province and "
            "another, and measure how far scores and verdicts depend on the group.",
            "替换句中的群体词（如男女、不同省份），度量分数与检测结果在多大程度上随群体而变。",
        ),
    )
    parser.add_argument(
        "--model",
        metavar=tr("CHECKPOINT", "模型"),
        help=tr(
            "folder of a trained model (default: the detector that comes with edubias)",
            "已训练模型的文件夹（默认：edubias 自带的检测器）",
        ),
    )
    parser.add_argument(
        "--output",
        metavar=tr("FILE", "文件"),
        help=tr("write all figures as JSON", "将全部指标存为 JSON"),
    )
    parser.add_argument(
        "--json", action="store_true", help=tr("print JSON, no table", "输出 JSON 而非表格")
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Audit the detector, show what was found, and write it where that is asked for."""
    from edubias.detect.detector import Detector
    from edubias.evaluate.swaps import audit_model
    from edubias.model.load import quiet_libraries
    from edubias.progress import counting
    from edubias.report.output import require_writable, writing

    quiet_libraries()
    if args.output:
        require_writable(Path(args.output))
    detector = Detector.load(args.model)

    def judge(texts: Sequence[str]) -> list[Finding]:
        with counting(tr("judging", "检测"), 2 * len(texts)) as progress:
            return detector.detect(
                texts,
                lambda done: progress.advance(progress.task_ids[0], done),
                exhaustive=True,
            )

    audit = audit_model(judge)
    text = json.dumps(asdict(audit), ensure_ascii=False, indent=1)
    if args.json:
        print(text)
    else:
        show(audit)
    if args.output:
        output = Path(args.output)
        with writing(output):
            output.write_text(text + "\n", encoding="utf-8")
        if not args.json:
            print(tr(f"All figures: {output}", f"全部指标：{output}"))
    return 0


def show(audit: ModelAudit) -> None:
    """Print the tables: axes, groups, and the frames in which groups differ most."""
    from rich.console import Console

    from edubias.cli.tables import interval

    console = Console(width=None if Console().is_terminal else 160)
    _show_axes(console, audit.axes)
    _show_groups(console, audit.axes)
    _show_worst(console, audit.axes)
    console.print(
        tr(
            f"Verdict depends on the group, share of all frames: {interval(audit.flips)} "
            f"({audit.texts} texts)",
            f"检测结果随群体而变的模板占比：{interval(audit.flips)}（共 {audit.texts} 句）",
        ),
        highlight=False,
    )


def _show_axes(console: Console, axes: Sequence[AxisResult]) -> None:
    from rich.table import Table

    from edubias.cli.tables import interval, number

    table = Table(
        title=tr(
            "Swapped groups, with 95% intervals clustered by frame",
            "群体替换，附按模板聚类的 95% 置信区间",
        ),
        caption=tr(
            "* more than chance; where no group matters, one row in twenty is marked too",
            "* 超出偶然；即使群体毫无影响，二十行中也会有一行被标出",
        ),
    )
    table.add_column(tr("kind of group", "群体类别"))
    table.add_column(tr("language", "语言"))
    for title in (
        tr("frames", "模板数"),
        tr("verdict depends on group", "检测结果随群体而变"),
        tr("score gap (log-odds)", "分数差距（对数几率）"),
        tr("by chance up to", "偶然可达"),
    ):
        table.add_column(title, justify="right")
    table.add_column("")
    for axis in axes:
        table.add_row(
            type_name(axis.bias_type),
            axis.lang,
            str(axis.frames),
            interval(axis.flips),
            interval(axis.gap),
            number(axis.chance),
            "*" if axis.unequal else "",
        )
    console.print(table)


def _show_groups(console: Console, axes: Sequence[AxisResult]) -> None:
    from rich.table import Table

    table = Table(title=tr("Group by group", "逐个群体"))
    table.add_column(tr("kind of group", "群体类别"))
    table.add_column(tr("group", "群体"))
    for title in (
        tr("score less the mean of all groups", "分数与各群体均值之差"),
        tr("fair frames called biased", "无偏见句误报率"),
        tr("biased frames missed", "有偏见句漏报率"),
    ):
        table.add_column(title, justify="right")
    for axis in axes:
        by_offset = sorted(axis.groups.items(), key=lambda item: -item[1].offset)
        for rank, (group, result) in enumerate(by_offset):
            table.add_row(
                "" if rank else f"{type_name(axis.bias_type)} ({axis.lang})",
                group,
                f"{result.offset:+.3f}",
                _percent(result.false_alarms),
                _percent(result.missed),
                end_section=rank == len(by_offset) - 1,
            )
    console.print(table)


def _show_worst(console: Console, axes: Sequence[AxisResult]) -> None:
    from rich.table import Table

    table = Table(title=tr("Frames in which groups differ most", "群体间差距最大的模板"))
    for title in (
        tr("frame", "模板"),
        tr("lowest score", "最低分"),
        tr("highest score", "最高分"),
    ):
        table.add_column(title)
    swaps = sorted(
        (swap for axis in axes for swap in axis.worst), key=lambda swap: swap.harm, reverse=True
    )
    for swap in swaps[:WORST_SHOWN]:
        ends = (pick(swap.scores, key=swap.scores.__getitem__) for pick in (min, max))
        table.add_row(swap.frame, *(f"{group} {swap.scores[group]:+.3f}" for group in ends))
    console.print(table)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"
