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
            "go through a scan's findings; export decisions, also to train on",
            "逐条审阅检查结果，并可导出供训练",
        ),
        description=tr(
            "Show the findings of a scan on a page of this machine and write down what an editor "
            "decides; export it as a table and as training data. Manuscripts stay as they are.",
            "在本机网页上逐条显示检查结果，记录编辑的审阅意见；可导出为表格与训练数据。不改动稿件。",
        ),
    )
    parser.add_argument(
        "folder",
        metavar=tr("FOLDER", "文件夹"),
        help=tr("what `edubias scan --output` has written", "`edubias scan --output` 生成的文件夹"),
    )
    parser.add_argument(
        "--export",
        metavar=tr("FOLDER", "文件夹"),
        help=tr(
            "write what was decided so far and end: decisions.csv for spreadsheets, "
            "pairs.jsonl and statements.jsonl to train on",
            "导出已有审阅意见后退出：decisions.csv 供表格软件，"
            "pairs.jsonl 与 statements.jsonl 供训练",
        ),
    )
    parser.add_argument(
        "--reviewer",
        metavar=tr("NAME", "姓名"),
        help=tr("who decides (default: the user's name)", "审阅人（默认：当前用户名）"),
    )
    parser.add_argument(
        "--port",
        type=int,
        default=0,
        metavar=tr("PORT", "端口"),
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
            tr(f"{folder} is being reviewed already", f"{folder} 已在另一窗口中审阅"),
            tr("End the other review first.", "请先结束另一个审阅。"),
        ) from error
    try:
        yield
    finally:
        lock.release()


def _serve(args: argparse.Namespace, scan: Scan, decisions: DecisionFile) -> None:
    from edubias.review.server import ReviewServer

    with ReviewServer(scan, decisions, args.reviewer or _user(), args.port) as server:
        print(tr(f"review: {server.address}", f"审阅网页：{server.address}"), flush=True)
        print(
            tr(
                "Every decision is saved at once; keep this window open. Press Ctrl-C to stop. To "
                "continue later run the same command and open the new address. If no browser "
                "opens, copy the address into one.",
                "每次点击后自动保存；审阅期间请勿关闭本窗口。按 Ctrl-C 结束；再次运行同一命令，"
                "并打开新显示的网址，即可继续。浏览器未自动打开时，请把网址复制到浏览器。",
            ),
            flush=True,
        )
        if not args.no_browser:
            # In a thread: a browser of the terminal comes back only when it is left.
            Thread(target=webbrowser.open, args=(server.address,), daemon=True).start()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            decided, found = len(decisions.latest()), len(scan.hits)
            print(tr(f"\n{decided} of {found} decided", f"\n已处理 {decided} 条，共 {found} 条"))


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no such user in this container
        return ""


def _export(scan: Scan, decisions: DecisionFile, folder: Path) -> int:
    from edubias.review.learn import learned_from, write_learned
    from edubias.review.table import write_table

    learned = learned_from(scan, decisions.latest())
    files = [*write_learned(learned, folder, scan), write_table(scan, decisions.latest(), folder)]
    print(
        tr(
            f"{len(learned.pairs)} pairs, {len(learned.statements)} statements",
            f"偏好对 {len(learned.pairs)} 条，语句 {len(learned.statements)} 条",
        )
    )
    if learned.differing:
        print(
            tr(
                "conflicting decisions; the last one counts:",
                "以下句子在不同位置的审阅意见不一致，以最后一次为准：",
            )
        )
        for sentence in learned.differing:
            print(f"  {sentence}")
    for file in files:
        print(f"  {file}")
    return 0
