"""``edubias detect``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from edubias.errors import DataError
from edubias.lang import tr

if TYPE_CHECKING:
    from edubias.detect.detector import Detector
    from edubias.records import Finding, Statement

LEAVE = {"quit", "exit", "q"}


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "detect",
        parents=[common],
        help=tr("judge statements", "判断语句是否存在偏见"),
        description=tr(
            "Say of each statement whether it is biased, with a score and a probability.",
            "逐句判断是否存在偏见，给出分数与概率。",
        ),
    )
    parser.add_argument("texts", nargs="*", metavar="TEXT")
    parser.add_argument(
        "--model",
        metavar="CHECKPOINT",
        help=tr("(default: outputs/textbook_bias_dpo)", "（默认：outputs/textbook_bias_dpo）"),
    )
    parser.add_argument(
        "--file",
        metavar="FILE",
        help=tr(
            "plain text with a statement a line, or JSONL with 'text' and optional 'id'",
            "纯文本（每行一句），或带有“text”及可选“id”的 JSONL",
        ),
    )
    parser.add_argument("--interactive", action="store_true", help=tr("ask for texts", "交互输入"))
    parser.add_argument(
        "--json",
        action="store_true",
        help=tr("one JSON object a statement", "每句输出一个 JSON 对象"),
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Judge the given statements, or those that are typed in."""
    statements = _statements(args)
    if not statements and not args.interactive:
        raise DataError(
            tr("nothing to judge", "没有待判断的文本"),
            tr(
                "Give texts, or --file FILE, or --interactive.",
                "请给出文本，或使用 --file FILE、--interactive。",
            ),
        )
    from edubias.detect.detector import DEFAULT_CHECKPOINT, Detector
    from edubias.model.load import quiet_libraries
    from edubias.progress import counting

    quiet_libraries()
    detector = Detector.load(args.model or DEFAULT_CHECKPOINT)
    if statements:
        with counting(tr("judging", "判断"), 2 * len(statements), tr("passes", "次")) as progress:
            findings = detector.judge(
                statements, lambda done: progress.advance(progress.task_ids[0], done)
            )
        show(findings, args.json)
    if args.interactive:
        interact(detector, args.json)
    return 0


def _statements(args: argparse.Namespace) -> list[Statement]:
    from edubias.data.read import load_statements
    from edubias.records import Statement, language_of

    statements = load_statements(args.file) if args.file else []
    for number, given in enumerate(args.texts, start=1):
        text = given.strip()
        if not text:
            raise DataError(tr(f"text {number} is empty", f"第 {number} 个文本为空"))
        statements.append(Statement(str(number), text, language_of(text)))
    return statements


def show(findings: Sequence[Finding], as_json: bool) -> None:
    """Print findings: one line each."""
    for finding in findings:
        if as_json:
            print(json.dumps(asdict(finding), ensure_ascii=False), flush=True)
        else:
            verdict = (
                tr("biased", "有偏见") if finding.verdict == "biased" else tr("fair", "无偏见")
            )
            print(f"{verdict}\t{finding.probability:6.1%}\t{finding.score:+.4f}\t{finding.text}")


def interact(detector: Detector, as_json: bool) -> None:
    """Judge what is typed in, line by line, until ``quit`` or the end of input."""
    prompt = tr("statement (quit to leave): ", "请输入要检测的表述（输入 quit 退出）：")
    while True:
        if sys.stdin.isatty():
            print(prompt, end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        text = line.strip()
        if not line or text.lower() in LEAVE:
            return
        if text:
            show(detector.detect([text]), as_json)
