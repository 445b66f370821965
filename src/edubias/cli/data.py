"""``edubias data``: check, count, split and show preference pairs."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from edubias.cli import audit
from edubias.lang import tr
from edubias.records import PreferencePair


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "data", help=tr("check, count, split and show pairs", "检查、统计、拆分、查看偏好对")
    )
    actions = parser.add_subparsers(required=True, metavar=tr("ACTION", "操作"))

    validate = actions.add_parser(
        "validate",
        parents=[common],
        help=tr("report every bad line", "报告每一处不合格的行"),
    )
    validate.add_argument(
        "files", nargs="+", metavar=tr("FILE", "文件"), help=tr("files of pairs", "偏好对文件")
    )
    validate.add_argument(
        "--max-shown", type=int, default=20, metavar="N", help=tr("list at most N", "最多列出 N 处")
    )
    validate.set_defaults(run=run_validate)

    stats = actions.add_parser(
        "stats", parents=[common], help=tr("count by type and language", "按类型与语言统计")
    )
    stats.add_argument(
        "files", nargs="+", metavar=tr("FILE", "文件"), help=tr("files of pairs", "偏好对文件")
    )
    stats.add_argument(
        "--json", action="store_true", help=tr("print JSON, no table", "输出 JSON 而非表格")
    )
    stats.add_argument(
        "--plot",
        metavar=tr("PICTURE", "图片"),
        help=tr(
            "draw it too, into an .svg, .png or .pdf; each file counts as a split",
            "另绘制成 .svg、.png 或 .pdf 图片；每个文件视为一个数据划分",
        ),
    )
    stats.set_defaults(run=run_stats)

    split = actions.add_parser(
        "split",
        parents=[common],
        help=tr("split by scenario into train, eval, test", "按情境拆分为训练集、验证集、测试集"),
    )
    split.add_argument(
        "files", nargs="+", metavar=tr("FILE", "文件"), help=tr("files of pairs", "偏好对文件")
    )
    split.add_argument(
        "--output-dir",
        required=True,
        metavar=tr("DIR", "文件夹"),
        help=tr("where to write", "输出文件夹"),
    )
    split.set_defaults(run=run_split)

    audit.add_parser(actions, common)

    show = actions.add_parser(
        "show",
        parents=[common],
        help=tr("print pairs exactly as the model sees them", "按模型所见原样显示偏好对"),
    )
    show.add_argument("file", metavar=tr("FILE", "文件"), help=tr("file of pairs", "偏好对文件"))
    show.add_argument("--id", help=tr("only this pair", "仅显示该 id"))
    show.add_argument("-n", type=int, default=1, help=tr("how many pairs", "显示多少对"))
    show.add_argument("--model", default="embedded", help=tr("whose tokenizer", "使用谁的分词器"))
    show.set_defaults(run=run_show)


def run_validate(args: argparse.Namespace) -> int:
    """List problems of pairs; exit status 2 where one is fatal."""
    from edubias.data.read import read_pairs

    bad = 0
    for file in args.files:
        result = read_pairs(file)
        problems = result.errors + result.warnings
        for problem in problems[: args.max_shown]:
            kind = tr("error", "错误") if problem.fatal else tr("warning", "警告")
            print(f"{kind}: {problem}")
        if (rest := len(problems) - args.max_shown) > 0:
            print(tr(f"… and {rest} more", f"……另有 {rest} 处"))
        empty = not result.records and not result.problems
        if empty:
            print(f"{tr('error', '错误')}: {file}: {tr('no records', '没有任何记录')}")
        print(
            tr(
                f"{file}: {len(result.records)} good pairs, {len(result.errors)} errors, "
                f"{len(result.warnings)} warnings",
                f"{file}：{len(result.records)} 对合格，{len(result.errors)} 处错误，"
                f"{len(result.warnings)} 处警告",
            )
        )
        bad += len(result.errors) + empty
    return 2 if bad else 0


def run_stats(args: argparse.Namespace) -> int:
    """Count pairs by bias type and language, subtlety, subject, grade and genre."""
    from rich.console import Console
    from rich.table import Table

    from edubias.data.read import load_pairs

    files = [load_pairs(file) for file in args.files]
    pairs = [pair for file in files for pair in file]
    if args.plot:
        _plot(args, files)
    by_type = Counter((pair.bias_type or "-", pair.lang) for pair in pairs)
    fields = {
        key: Counter(str(pair.meta.get(key, "-")) for pair in pairs)
        for key in ("subtlety", "subject", "grade", "genre")
    }
    if args.json:
        counts = {
            "pairs": len(pairs),
            "scenarios": len({pair.scenario for pair in pairs}),
            "lang": Counter(pair.lang for pair in pairs),
            "bias_type": Counter(pair.bias_type or "-" for pair in pairs),
            **fields,
        }
        print(json.dumps(counts, ensure_ascii=False, indent=2))
        return 0
    table = Table("bias_type", "zh", "en", tr("all", "合计"))
    for bias_type in sorted({name for name, _ in by_type}):
        zh, en = by_type[bias_type, "zh"], by_type[bias_type, "en"]
        table.add_row(bias_type, str(zh), str(en), str(zh + en))
    total = Counter(pair.lang for pair in pairs)
    table.add_row(tr("all", "合计"), str(total["zh"]), str(total["en"]), str(len(pairs)))
    console = Console()
    console.print(table)
    for key, counter in fields.items():
        shares = ", ".join(f"{name} {n / len(pairs):.0%}" for name, n in counter.most_common())
        console.print(f"{key}: {shares}")
    console.print(
        f"{tr('scenarios', '情境')}: {len({pair.scenario for pair in pairs})}", highlight=False
    )
    if args.plot:
        print(tr(f"Picture: {args.plot}", f"图片：{args.plot}"))
    return 0


def _plot(args: argparse.Namespace, files: list[list[PreferencePair]]) -> None:
    from edubias.report.composition import PairFile, draw_composition
    from edubias.report.figure import save_figure
    from edubias.report.names import short_names

    names = short_names([Path(file) for file in args.files])
    parts = [PairFile(name, pairs) for name, pairs in zip(names, files, strict=True)]
    save_figure(draw_composition(parts), Path(args.plot))


def run_split(args: argparse.Namespace) -> int:
    """Write one file for each split, keeping the records as they were."""
    from edubias.data.read import read_pairs, record_of
    from edubias.data.split import split_pairs
    from edubias.errors import DataError

    folder = Path(args.output_dir)
    pairs = []
    file_of: dict[str, str] = {}
    for file in args.files:
        result = read_pairs(file)
        if result.errors:
            raise DataError(
                tr(
                    f"{file}: {len(result.errors)} bad records, the first: {result.errors[0]}",
                    f"{file}：有 {len(result.errors)} 条记录不合格，首条：{result.errors[0]}",
                ),
                tr("See `edubias data validate`.", "请用 `edubias data validate` 查看。"),
            )
        # Splits are read like any other file, where identifiers are unique.
        if twice := [pair.id for pair in result.records if pair.id in file_of]:
            raise DataError(
                tr(
                    f"{file}: id '{twice[0]}' was already used in {file_of[twice[0]]}",
                    f"{file}：id“{twice[0]}”在 {file_of[twice[0]]} 中已经用过",
                ),
                tr(
                    "Give every pair an id of its own, or split each file into its own folder.",
                    "请为每个偏好对指定唯一的 id，或将各文件分别拆分到不同的文件夹。",
                ),
            )
        file_of |= {pair.id: file for pair in result.records}
        pairs += result.records
    folder.mkdir(parents=True, exist_ok=True)
    for split, members in split_pairs(pairs).items():
        suffix = "" if split == "train" else f"_{split}"
        target = folder / f"edu_bias_pairs{suffix}.jsonl"
        if target.exists():
            raise DataError(
                tr(f"{target}: exists already", f"{target}：已存在"),
                tr("Choose another --output-dir.", "请更换 --output-dir。"),
            )
        lines = [json.dumps(record_of(pair), ensure_ascii=False) for pair in members]
        target.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        print(f"{target}: {len(members)}")
    return 0


def run_show(args: argparse.Namespace) -> int:
    """Print tokens and loss mask of pairs."""
    from edubias.data.prompt import completion_ids, prompt_ids
    from edubias.data.read import load_pairs
    from edubias.errors import DataError
    from edubias.model.load import load_tokenizer

    pairs = [pair for pair in load_pairs(args.file) if args.id in (None, pair.id)]
    if not pairs:
        raise DataError(tr(f"{args.file}: no pair '{args.id}'", f"{args.file}：没有“{args.id}”"))
    tokenizer = load_tokenizer(args.model)
    prompt = prompt_ids(tokenizer)
    for pair in pairs[: args.n]:
        print(f"id {pair.id}  lang {pair.lang}  bias_type {pair.bias_type}")
        for side, text in (("chosen", pair.chosen), ("rejected", pair.rejected)):
            completion = completion_ids(tokenizer, text)
            ids = [*prompt, *completion]
            mask = [0] * len(prompt) + [1] * len(completion)
            print(f"  {side}: {len(prompt)} + {len(completion)} tokens")
            for token, scored in zip(ids, mask, strict=True):
                piece = tokenizer.convert_ids_to_tokens(token)
                print(f"    {scored}  {token:>7}  {piece!r}")
    return 0
