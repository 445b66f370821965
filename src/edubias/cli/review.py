"""``edubias review``."""

from __future__ import annotations

import argparse
import getpass
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from edubias.errors import DataError
from edubias.lang import tr

if TYPE_CHECKING:
    from edubias.review.store import DecisionFile
    from edubias.scan.record import Scan


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
    if args.export:
        return _export(scan, DecisionFile(folder, scan), Path(args.export))
    with _alone(folder):
        _serve(args, scan, DecisionFile(folder, scan))
    return 0


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two reviews of one scan would not see each other's decisions.

    Raises:
        DataError: Another one goes on.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / ".review.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise DataError(
            tr(f"{folder} is being reviewed already", f"{folder} 正在审阅中"),
            tr("End the other review first.", "请先结束另一个审阅。"),
        ) from error
    try:
        yield
    finally:
        lock.release()


def _serve(args: argparse.Namespace, scan: Scan, decisions: DecisionFile) -> None:
    from edubias.review.server import ReviewServer

    with ReviewServer(scan, decisions, args.reviewer or _user(), args.port) as server:
        print(tr(f"review: {server.address}", f"审阅：{server.address}"), flush=True)
        print(tr("Ctrl-C ends it.", "按 Ctrl-C 结束。"), flush=True)
        if not args.no_browser:
            # In a thread: a browser of the terminal comes back only when it is left.
            Thread(target=webbrowser.open, args=(server.address,), daemon=True).start()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            decided, found = len(decisions.latest()), len(scan.hits)
            print(tr(f"\n{decided} of {found} decided", f"\n已处理 {decided} / {found}"))


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no such user in this container
        return ""


def _export(scan: Scan, decisions: DecisionFile, folder: Path) -> int:
    from edubias.review.learn import learned_from, write_learned

    learned = learned_from(scan, decisions.latest())
    files = write_learned(learned, folder, scan)
    print(
        tr(
            f"{len(learned.pairs)} pairs, {len(learned.statements)} statements",
            f"偏好对 {len(learned.pairs)} 条，单句 {len(learned.statements)} 条",
        )
    )
    if learned.differing:
        print(
            tr(
                "decided differently in different places, the last decision counts:",
                "以下句子在不同位置的判断不一致，以最后一次为准：",
            )
        )
        for sentence in learned.differing:
            print(f"  {sentence}")
    for file in files:
        print(f"  {file}")
    return 0
