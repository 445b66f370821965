"""``edubias doctor``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from edubias.cli.train import add_options, cluster_of, overrides_of
from edubias.lang import tr

if TYPE_CHECKING:
    from edubias.train.check import Check


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "doctor",
        parents=[common],
        help=tr("check a training set-up before it starts", "训练前检查环境、配置与数据"),
        description=tr(
            "Check hardware, libraries, configuration, model, data and memory of a training, "
            "without loading weights. Takes what `edubias train` takes. Exit status 1 where "
            "something would stop the training.",
            "在不加载权重的情况下检查硬件、依赖库、配置、模型、数据和内存。参数与 `edubias train` "
            "相同；有会阻止训练的问题时退出状态为 1。",
        ),
    )
    add_options(parser)
    parser.add_argument(
        "--json", action="store_true", help=tr("print JSON, no table", "输出 JSON 而非表格")
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Check, and show what was found."""
    from edubias.errors import EdubiasError
    from edubias.model.load import quiet_libraries
    from edubias.train.check import Check
    from edubias.train.launch import plan_training
    from edubias.train.machine import check_libraries, check_machine, this_machine
    from edubias.train.preflight import all_checks

    quiet_libraries()
    machine = this_machine()
    try:
        plan = plan_training(args.config, overrides_of(args), args.mode, bool(machine.gpus))
        checks = all_checks(plan, cluster_of(args), machine)
    except EdubiasError as error:  # no plan, but the machine can be looked at
        checks = [
            check_machine(machine),
            check_libraries([]),
            Check.of_error("configuration", error),
        ]
    ready = all(check.status != "fail" for check in checks)
    if args.json:
        tree = {"ready": ready, "checks": [asdict(check) for check in checks]}
        print(json.dumps(tree, ensure_ascii=False, indent=2))
    else:
        _show(checks)
    return 0 if ready else 1


def _show(checks: Sequence[Check]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    marks = {
        "ok": Text("ok", "green"),
        "warn": Text(tr("warning", "警告"), "yellow"),
        "fail": Text(tr("failed", "失败"), "bold red"),
    }
    names = {
        "machine": tr("machine", "机器"),
        "precision": tr("precision", "精度"),
        "libraries": tr("libraries", "依赖库"),
        "mode": tr("mode", "模式"),
        "configuration": tr("configuration", "配置"),
        "tracker": tr("tracker", "日志平台"),
        "model": tr("model", "模型"),
        "data": tr("data", "数据"),
        "tokenizer": tr("tokenizer", "分词器"),
        "template": tr("template", "模板"),
        "lengths": tr("lengths", "长度"),
        "learning_rate": tr("learning rate", "学习率"),
        "scale_coeff": "scale_coeff",
        "epochs": tr("epochs", "轮数"),
        "batch": tr("batch", "批大小"),
        "disk": tr("disk", "磁盘"),
        "strategy": tr("strategy", "前向策略"),
        "memory": tr("memory", "内存"),
    }
    table = Table(show_lines=True)
    table.add_column(tr("check", "检查项"))
    table.add_column("")
    table.add_column(tr("found", "结果"), overflow="fold")
    for check in checks:
        found = Text(check.message)
        if check.remedy:
            found.append(f"\n{check.remedy}", "dim" if check.status == "ok" else "bold")
        table.add_row(names[check.name], marks[check.status], found)
    Console().print(table)
    failed = sum(check.status == "fail" for check in checks)
    warned = sum(check.status == "warn" for check in checks)
    print(tr(f"{failed} failed, {warned} warnings", f"失败 {failed} 项，警告 {warned} 项"))
