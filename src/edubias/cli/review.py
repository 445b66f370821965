"""``edubias review``."""

from __future__ import annotations

import argparse
import getpass
import webbrowser
from pathlib import Path
from typing import Any

from edubias.lang import tr


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "review",
        parents=[common],
        help=tr(
            "go through a scan's findings, and learn from it",
            "逐条审阅扫描结果，并据此积累训练数据",
        ),
        description=tr(
            "Show the findings of a scan on a page of this machine, write down what an editor "
            "decides, and make training data of it.",
            "在本机网页上逐条显示扫描结果，记录编辑的判断，并将其转为训练数据。",
        ),
    )
    parser.add_argument(
        "folder",
        metavar="FOLDER",
        help=tr("what `edubias scan --output` has written", "`edubias scan --output` 生成的文件夹"),
    )
    parser.add_argument(
        "--export",
        metavar="FOLDER",
        help=tr(
            "write pairs.jsonl and statements.jsonl of the decisions made so far, and end",
            "将已有判断写成 pairs.jsonl 与 statements.jsonl 后退出",
        ),
    )
    parser.add_argument(
        "--reviewer",
        metavar="NAME",
        help=tr("who decides (default: the user's name)", "审阅人（默认：当前用户名）"),
    )
    parser.add_argument(
        "--port",
        type=int,
        default=0,
        help=tr("port (default: a free one)", "端口（默认：自动选择）"),
    )
    parser.add_argument(
        "--no-browser",
        action="store_true",
        help=tr("only print the page's address", "只显示网址，不打开浏览器"),
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve the review page, or export what was decided."""
    from edubias.review.store import DecisionFile
    from edubias.scan.record import load_scan

    folder = Path(args.folder)
    scan = load_scan(folder)
    decisions = DecisionFile(folder, scan)
    if args.export:
        return _export(args, scan, decisions)
    from edubias.review.server import ReviewServer

    with ReviewServer(scan, decisions, args.reviewer or _user(), args.port) as server:
        print(tr(f"review: {server.address}", f"审阅：{server.address}"), flush=True)
        print(tr("Ctrl-C ends it.", "按 Ctrl-C 结束。"), flush=True)
        if not args.no_browser:
            webbrowser.open(server.address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            decided, found = len(decisions.latest()), len(scan.hits)
            print(tr(f"\n{decided} of {found} decided", f"\n已处理 {decided} / {found}"))
    return 0


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no such user in this container
        return ""


def _export(args: argparse.Namespace, scan: Any, decisions: Any) -> int:
    from edubias.review.learn import learned_from, write_learned

    learned = learned_from(scan, decisions.latest())
    files = write_learned(learned, Path(args.export))
    print(
        tr(
            f"{len(learned.pairs)} pairs, {len(learned.statements)} statements",
            f"偏好对 {len(learned.pairs)} 条，单句 {len(learned.statements)} 条",
        )
    )
    for file in files:
        print(f"  {file}")
    return 0
