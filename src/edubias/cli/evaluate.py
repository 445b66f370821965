"""``edubias evaluate``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from edubias.lang import tr


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "evaluate",
        parents=[common],
        help=tr("measure a checkpoint on held-out pairs", "在留出偏好对上评估检查点"),
        description=tr(
            "Reward accuracy and single-statement detection on held-out pairs, beside the base "
            "model. Thresholds are fitted on the evaluation split, never on the test split.",
            "在留出偏好对上计算奖励准确率与单句检测指标，并与基座模型对照。"
            "阈值只在评估集上拟合，绝不使用测试集。",
        ),
    )
    parser.add_argument(
        "checkpoint",
        nargs="?",
        default="outputs/textbook_bias_dpo",
        help=tr("folder of a trained model", "已训练模型的文件夹"),
    )
    parser.add_argument("--data", default="data/edu_bias_pairs_test.jsonl", metavar="FILE")
    parser.add_argument(
        "--eval-data",
        metavar="FILE",
        help=tr(
            "pairs for the thresholds (default: those of the training's configuration)",
            "用于拟合阈值的偏好对（默认采用训练配置中的评估数据）",
        ),
    )
    parser.add_argument(
        "--types",
        metavar="T1,T2",
        help=tr("only pairs of these bias types", "只用这些偏见类型的偏好对"),
    )
    parser.add_argument(
        "--limit",
        type=int,
        metavar="N",
        help=tr("a random N pairs of either file", "两个文件各随机取 N 对"),
    )
    parser.add_argument(
        "--output",
        metavar="FILE",
        help=tr("(default: CHECKPOINT/metrics.json)", "（默认：CHECKPOINT/metrics.json）"),
    )
    parser.add_argument(
        "--json", action="store_true", help=tr("print JSON, no table", "输出 JSON 而非表格")
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Evaluate, write ``metrics.json``, print the table."""
    from edubias.cli.tables import evaluation_table
    from edubias.data.read import load_pairs, pairs_of_types, sample_pairs
    from edubias.errors import DataError
    from edubias.evaluate.run import evaluate
    from edubias.model.load import quiet_libraries
    from edubias.model.manifest import file_record, load_manifest

    quiet_libraries()
    checkpoint = Path(args.checkpoint)
    manifest = load_manifest(checkpoint)
    eval_data = args.eval_data or manifest.config["data_cfgs"]["eval_datasets"]
    if not eval_data:
        raise DataError(
            tr("no evaluation split to fit thresholds on", "没有用于拟合阈值的评估集"),
            tr("Name one with --eval-data FILE.", "请用 --eval-data FILE 指定。"),
        )
    files = {"test": args.data, "eval": eval_data}
    pairs = {
        name: sample_pairs(pairs_of_types(load_pairs(file), args.types), args.limit, seed=0)
        for name, file in files.items()
    }
    result = evaluate(
        checkpoint,
        pairs["test"],
        pairs["eval"],
        {name: file_record(file, len(pairs[name])) for name, file in files.items()},
    )
    output = Path(args.output) if args.output else checkpoint / "metrics.json"
    result.save(output)
    if args.json:
        print(output.read_text(encoding="utf-8"), end="")
        return 0
    evaluation_table(result)
    print(tr(f"All figures: {output}", f"全部指标：{output}"))
    return 0
