"""``edubias detect``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from edubias.cli.errors import print_error
from edubias.cli.judging import add_options, load_detector
from edubias.errors import DataError, EdubiasError
from edubias.lang import colon, comma, tr
from edubias.report.names import percent, verdict_name
from edubias.taxonomy import type_name

if TYPE_CHECKING:
    from edubias.detect.detector import Detector
    from edubias.records import Finding, Statement

LEAVE = {"quit", "exit", "q"}


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "detect",
        parents=[common],
        help=tr("judge sentences", "检测句子是否有偏见"),
        description=tr(
            "Say of each sentence whether it is biased, with a probability.",
            "逐句检测是否有偏见，给出检测结果与概率。",
        ),
    )
    parser.add_argument(
        "texts",
        nargs="*",
        metavar=tr("TEXT", "句子"),
        help=tr("sentences, each in quotation marks", "要检测的句子（用引号括起，可列多句）"),
    )
    parser.add_argument(
        "--file",
        metavar=tr("FILE", "文件"),
        help=tr(
            "plain text with a sentence a line, or JSONL with 'text' and optional 'id'",
            "纯文本（每行一句），或带有“text”及可选“id”的 JSONL",
        ),
    )
    parser.add_argument(
        "--interactive", action="store_true", help=tr("ask for sentences", "逐句输入")
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help=tr(
            "one JSON object a sentence (for developers)", "每句输出一个 JSON 对象（供开发者）"
        ),
    )
    add_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Judge the given statements, or those that are typed in."""
    statements = _statements(args)
    if not statements and not args.interactive:
        raise DataError(
            tr("nothing to judge", "没有要检测的句子"),
            tr(
                "Give sentences, or --file FILE, or --interactive.",
                "请给出句子，或使用“--file 文件”、--interactive。",
            ),
        )
    from edubias.progress import counting

    detector = load_detector(args)
    if statements:
        total = detector.passes(args.exhaustive) * len(statements)
        with counting(tr("judging", "检测"), total) as progress:
            findings = detector.judge(
                statements,
                lambda done: progress.advance(progress.task_ids[0], done),
                args.exhaustive,
            )
        if args.rewrite:
            with counting(
                tr("rewording", "改写"), len(findings), tr("sentences", "句")
            ) as progress:
                findings = detector.with_rewrites(
                    findings, lambda done: progress.advance(progress.task_ids[0], done)
                )
        show(findings, args.json)
    if args.interactive:
        interact(detector, args)
    return 0


def _statements(args: argparse.Namespace) -> list[Statement]:
    from edubias.data.read import load_statements
    from edubias.records import Statement, language_of

    if args.file and args.texts:
        raise DataError(
            tr("sentences and --file exclude each other", "句子与 --file 不能同时给出"),
            tr("Write the sentences into the file.", "请把句子写入文件。"),
        )
    statements = load_statements(args.file, distinct=False) if args.file else []
    for number, given in enumerate(args.texts, start=1):
        text = given.strip()
        if not text:
            raise DataError(tr(f"sentence {number} is empty", f"第 {number} 句为空"))
        statements.append(Statement(str(number), text, language_of(text)))
    return statements


def show(findings: Sequence[Finding], as_json: bool) -> None:
    """Print findings: one line each, and below it what speaks for bias."""
    for finding in findings:
        if as_json:
            print(json.dumps(asdict(finding), ensure_ascii=False), flush=True)
            continue
        verdict = verdict_name(finding.verdict)
        probability = "-" if finding.probability is None else percent(finding.probability, 1)
        print(f"{verdict}\t{probability:>6}\t{finding.text}")
        if finding.bias_types:
            kinds = comma().join(
                f"{type_name(guess.bias_type)} {percent(guess.confidence)}"
                for guess in finding.bias_types
            )
            print(f"\t\t{tr('kind', '类型')}{colon()}{kinds}")
        if finding.spans:
            words = " … ".join(span.text for span in finding.spans)
            print(f"\t\t{tr('words', '相关词语')}{colon()}{words}")
        for rewrite in finding.rewrites:
            print(f"\t\t{tr('suggested wording', '改写建议')}{colon()}{rewrite}")


def interact(detector: Detector, args: argparse.Namespace) -> None:
    """Judge what is typed in, line by line, until ``quit`` or the end of input."""
    prompt = tr("sentence (quit to leave): ", "请输入要检测的句子（输入 quit 退出）：")
    while True:
        if sys.stdin.isatty():
            print(prompt, end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        text = line.strip()
        if not line or text.lower() in LEAVE:
            return
        if text:
            try:
                found = detector.detect([text], None, args.exhaustive)
                show(detector.with_rewrites(found) if args.rewrite else found, args.json)
            except EdubiasError as error:  # the next one may be better
                print_error(error)
