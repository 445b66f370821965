"""``edubias evaluate``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from edubias.cli.splits import (
    add_options,
    collection,
    evaluation_file,
    limited,
    positive,
    statements_file,
    training_file,
)
from edubias.lang import tr

CHEAP_BASELINES = "length,ngrams"


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "evaluate",
        parents=[common],
        help=tr("measure a checkpoint on held-out texts", "在留出文本上评估检查点"),
        description=tr(
            "Reward accuracy on held-out pairs, detection of single texts, calibration and false "
            "alarms, beside the base model and baselines. Everything is fitted on the training and "
            "evaluation splits, never on the test split.",
            "在留出数据上计算奖励准确率、逐条检测的指标、校准误差与误报率，并与基座模型及基线对照。"
            "所有拟合只使用训练集与验证集，绝不使用测试集。",
        ),
    )
    parser.add_argument(
        "checkpoint",
        nargs="?",
        metavar=tr("CHECKPOINT", "模型"),
        default="outputs/textbook_bias_dpo",
        help=tr("folder of a trained model", "已训练模型的文件夹"),
    )
    parser.add_argument(
        "--data",
        default="data/edu_bias_pairs_test.jsonl",
        metavar=tr("FILE", "文件"),
        help=tr(
            "held-out pairs to measure on (default: data/edu_bias_pairs_test.jsonl)",
            "用于评估的留出偏好对（默认 data/edu_bias_pairs_test.jsonl）",
        ),
    )
    add_options(parser)
    parser.add_argument(
        "--baselines",
        metavar="B1,B2",
        help=tr(
            "baselines beside the base model: length, ngrams, probe, prompted; or none; or all "
            f"(default: {CHEAP_BASELINES}; the others take minutes)",
            "基座模型之外的基线：length、ngrams、probe、prompted；none 为不用，all 为全部"
            f"（默认：{CHEAP_BASELINES}，其余需数分钟）",
        ),
    )
    parser.add_argument(
        "--continuations",
        type=positive,
        default=0,
        metavar="N",
        help=tr(
            "sample N continuations of held-out beginnings, for the bias generation rate",
            "对留出开头抽样续写 N 段，用于计算偏见生成率",
        ),
    )
    parser.add_argument(
        "--spans",
        type=positive,
        default=0,
        metavar="N",
        help=tr(
            "test the phrases that findings point at, on N random pairs",
            "随机取 N 对，检验检测结果所指的词语是否可靠",
        ),
    )
    parser.add_argument(
        "--rewrites",
        type=positive,
        default=0,
        metavar="N",
        help=tr(
            "propose better wordings for N random biased texts; up to a minute for each",
            "随机取 N 条有偏见的文本给出改写建议，每条最多约一分钟",
        ),
    )
    parser.add_argument(
        "--output",
        metavar=tr("FILE", "文件"),
        help=tr(
            "write all figures here (default: CHECKPOINT/metrics.json)",
            "写出全部指标的文件（默认：模型文件夹中的 metrics.json）",
        ),
    )
    parser.add_argument(
        "--html",
        metavar=tr("FILE", "文件"),
        help=tr("write a report with pictures as well", "另存一份带图的报告"),
    )
    parser.add_argument(
        "--json", action="store_true", help=tr("print JSON, no table", "输出 JSON 而非表格")
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Evaluate, write ``metrics.json``, print the tables."""
    from edubias.cli.tables import evaluation_tables
    from edubias.evaluate.run import Wanted, evaluate
    from edubias.evaluate.splits import Splits, require_apart
    from edubias.model.load import quiet_libraries
    from edubias.model.manifest import file_record, load_manifest
    from edubias.report.evaluation import write_report
    from edubias.report.output import require_writable, writing

    quiet_libraries()
    checkpoint = Path(args.checkpoint)
    config = load_manifest(checkpoint).config
    baselines = _baselines(args.baselines or CHEAP_BASELINES)
    files = {"test": args.data, "eval": evaluation_file(args, config)}
    train_file = training_file(args, config)
    if train_file is not None:
        files["train"] = train_file
    statements = statements_file(args, config)
    whole = {name: collection(args, file, statements, name) for name, file in files.items()}
    # Before a part is drawn: a part may miss what whole files share.
    require_apart(Splits(whole["test"], whole["eval"], whole.get("train")))
    splits = {name: limited(args, one) for name, one in whole.items()}
    records = {name: file_record(file, len(splits[name].pairs)) for name, file in files.items()}
    if statements:
        count = sum(len(split.statements) for split in splits.values())
        records["statements"] = file_record(statements, count)
    output = Path(args.output) if args.output else checkpoint / "metrics.json"
    for file in filter(None, (output, args.html and Path(args.html))):
        require_writable(file)
    result = evaluate(
        checkpoint,
        Splits(splits["test"], splits["eval"], splits.get("train")),
        records,
        Wanted(
            # Without training data the default is what can be had; what is asked for is an error.
            baselines if args.baselines or train_file else ["length"],
            args.continuations,
            args.spans,
            args.rewrites,
        ),
        # What was fitted on a part of the evaluation split is not for keeping.
        keep_calibration=not (args.limit or args.types),
    )
    with writing(output):
        result.save(output)
    if args.html:
        write_report(result, Path(args.html))
    if args.json:
        print(output.read_text(encoding="utf-8"), end="")
        return 0
    evaluation_tables(result)
    print(tr(f"All figures: {output}", f"全部指标：{output}"))
    return 0


def _baselines(given: str) -> list[str]:
    from edubias.errors import ConfigError
    from edubias.evaluate.measure import BASELINES

    if given in ("all", "none"):
        return list(BASELINES) if given == "all" else []
    names = [name.strip() for name in given.split(",") if name.strip()]
    for name in names:
        if name not in BASELINES:
            raise ConfigError(
                tr(f"unknown baseline '{name}'", f"未知的基线“{name}”"),
                tr(f"Known: {', '.join(BASELINES)}.", f"可用：{'、'.join(BASELINES)}。"),
            )
    return names
