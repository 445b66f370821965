"""``edubias model``: prepare the embedded model, and say what a model is."""

from __future__ import annotations

import argparse
from typing import Any

from edubias.lang import tr


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser("model", help=tr("the embedded model", "内置模型"))
    actions = parser.add_subparsers(required=True, metavar=tr("ACTION", "操作"))
    prepare = actions.add_parser(
        "prepare",
        parents=[common],
        help=tr("convert the embedded model into the cache", "将内置模型转换到缓存"),
    )
    info = actions.add_parser("info", parents=[common], help=tr("show what it is", "显示模型信息"))
    for action in (prepare, info):
        action.add_argument(
            "--untrimmed",
            action="store_true",
            help=tr("with the whole vocabulary", "保留完整词表"),
        )
    prepare.set_defaults(run=run_prepare)
    info.set_defaults(run=run_info)


def run_prepare(args: argparse.Namespace) -> int:
    """Prepare the model and print its folder."""
    from edubias.model.embedded import prepare_embedded
    from edubias.progress import STDERR

    print(prepare_embedded(trimmed=not args.untrimmed, progress=STDERR.print))
    return 0


def run_info(args: argparse.Namespace) -> int:
    """Print what the embedded model is, preparing it where needed."""
    from rich.console import Console
    from rich.table import Table

    from edubias.model.embedded import describe_embedded

    info = describe_embedded(trimmed=not args.untrimmed)
    table = Table(show_header=False)
    for name, value in info.rows():
        table.add_row(name, value)
    Console().print(table)
    return 0
