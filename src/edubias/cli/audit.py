"""``edubias data audit``."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edubias.lang import tr

if TYPE_CHECKING:
    from edubias.data.audit import Audit


def add_parser(actions: Any, common: argparse.ArgumentParser) -> None:
    """Add the action to ``edubias data``."""
    parser = actions.add_parser(
        "audit",
        parents=[common],
        help=tr("measure shortcuts and near-duplicates", "检查捷径与近似重复"),
        description=tr(
            "Measure what a bag of words could learn instead of bias, and find near-duplicates. "
            "Each file is one split. Exit status 1 where a limit is exceeded.",
            "度量词袋模型能学到的捷径，并查找近似重复。每个文件视为一个数据划分；"
            "超出限度时退出状态为 1。",
        ),
    )
    parser.add_argument(
        "files", nargs="+", metavar=tr("FILE", "文件"), help=tr("files of pairs", "偏好对文件")
    )
    parser.add_argument(
        "--max-shortcut",
        type=float,
        default=0.65,
        metavar="AUROC",
        help=tr(
            "greatest AUROC that words or characters alone may reach (default: 0.65)",
            "仅凭词语或字符所得 AUROC 的上限（默认 0.65）",
        ),
    )
    parser.add_argument(
        "--max-length-bias",
        type=float,
        default=0.03,
        metavar="D",
        help=tr(
            "greatest distance of the length AUROC from 0.5 (default: 0.03)",
            "长度 AUROC 与 0.5 之差的上限（默认 0.03）",
        ),
    )
    parser.add_argument(
        "--max-shared",
        type=float,
        default=0.6,
        metavar=tr("SHARE", "比例"),
        help=tr(
            "share of common 5-grams above which texts are near-duplicates (default: 0.6)",
            "相同的 5-gram 超过此比例即视为近似重复（默认 0.6）",
        ),
    )
    parser.add_argument(
        "--json", action="store_true", help=tr("print JSON, no table", "输出 JSON 而非表格")
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Audit the files and show what was found."""
    from edubias.data.audit import Limits, audit
    from edubias.data.read import load_pairs

    length = (0.5 - args.max_length_bias, 0.5 + args.max_length_bias)
    limits = Limits(args.max_shortcut, length, args.max_shared)
    result = audit({Path(file).name: load_pairs(file) for file in args.files}, limits)
    if args.json:
        tree = asdict(result)
        tree["coverage"] = {f"{kind}/{lang}": n for (kind, lang), n in result.coverage.items()}
        print(json.dumps(tree, ensure_ascii=False, indent=2))
    else:
        _show(result)
    return 1 if result.failures else 0


def _show(result: Audit) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(
        "",
        tr("pairs", "偏好对数量"),
        tr("length AUROC", "长度 AUROC"),
        tr("shortcut AUROC", "捷径 AUROC"),
    )
    for lang, one in result.languages.items():
        shortcuts = ", ".join(
            f"{name} {value:.3f}" for name, value in one.shortcut_auroc.items()
        ) or tr("too few pairs", "偏好对太少")
        table.add_row(lang, str(one.pairs), f"{one.length_auroc:.3f}", shortcuts)
    console.print(table)
    for lang, one in result.languages.items():
        tales = "  ".join(f"{text!r} {weight:+.1f}" for text, weight in one.tell_tales) or "-"
        console.print(
            tr(f"{lang} most tell-tale: ", f"{lang} 最明显的线索：") + tales, highlight=False
        )
        words = "  ".join(
            f"{word} {fair}/{biased}" for word, (fair, biased) in one.fairness_words.items()
        )
        console.print(
            tr(f"{lang} fair/biased: ", f"{lang} 无偏见/有偏见：") + words, highlight=False
        )
        marks = "  ".join(
            f"{mark} {fair}/{biased}"
            for mark, (fair, biased) in one.marks.items()
            if fair + biased >= 20
        )
        console.print(
            tr(f"{lang} marks: ", f"{lang} 标点：") + marks, highlight=False, markup=False
        )
    for key, (value, share) in result.largest_share.items():
        console.print(f"{key}: {value} {share:.0%}", highlight=False)
    console.print(
        tr(
            f"near-duplicates: {len(result.near_duplicates)}",
            f"近似重复：{len(result.near_duplicates)}",
        )
    )
    for failure in result.failures:
        console.print(f"{tr('exceeds a limit', '超出限度')}: {failure}", style="red")
