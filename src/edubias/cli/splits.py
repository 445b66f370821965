"""Options that name the data of an evaluation or a calibration, and what they stand for."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edubias.lang import tr

if TYPE_CHECKING:
    from edubias.data.labelled import Collection


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--eval-data",
        metavar=tr("FILE", "文件"),
        help=tr(
            "pairs for calibration and thresholds (default: those of the training's configuration)",
            "用于校准与阈值的偏好对（默认采用训练配置中的验证数据）",
        ),
    )
    parser.add_argument(
        "--train-data",
        metavar=tr("FILE", "文件"),
        help=tr(
            "pairs that were trained on (default: those of the training's configuration)",
            "训练用的偏好对（默认采用训练配置中的训练数据）",
        ),
    )
    parser.add_argument(
        "--statements",
        metavar=tr("FILE", "文件"),
        help=tr(
            "labelled statements of all splits, meta.split says which (default: those of the "
            "training's configuration; 'none' for none)",
            "带标签的语句，由 meta.split 指明所属集合（默认采用训练配置中的文件；none 表示不用）",
        ),
    )
    parser.add_argument(
        "--types",
        metavar="T1,T2",
        help=tr(
            "only pairs of these bias types, and no statements",
            "只用这些偏见类型的偏好对，且不用语句",
        ),
    )
    parser.add_argument(
        "--limit",
        type=positive,
        metavar="N",
        help=tr(
            "a random N pairs and N statements of each file",
            "每个文件随机取 N 对、N 句",
        ),
    )


def collection(
    args: argparse.Namespace, pairs_file: str, statements: str | None, split: str
) -> Collection:
    """Pairs of a file, with the statements of a split; all of them, whatever ``--limit`` says."""
    from edubias.data.labelled import Collection, statements_of_split
    from edubias.data.read import load_pairs, load_statements, pairs_of_types

    pairs = pairs_of_types(load_pairs(pairs_file), args.types)
    if statements is None:
        return Collection(pairs)
    return Collection(pairs, statements_of_split(load_statements(statements), split))


def limited(args: argparse.Namespace, whole: Collection) -> Collection:
    """As many random pairs and statements as ``--limit`` allows."""
    from edubias.data.labelled import Collection
    from edubias.data.read import sample

    return Collection(
        sample(list(whole.pairs), args.limit, seed=0),
        sample(list(whole.statements), args.limit, seed=0),
    )


def statements_file(args: argparse.Namespace, config: dict[str, Any]) -> str | None:
    """The file of statements, if there is to be one; says so where the recorded one is missing."""
    if args.types or args.statements == "none":
        return None
    if args.statements is not None:
        return str(args.statements)
    return _recorded(config["data_cfgs"].get("train_statements"), "--statements")


def evaluation_file(args: argparse.Namespace, config: dict[str, Any]) -> str:
    """The file of the evaluation split.

    Raises:
        DataError: None is named.
    """
    from edubias.errors import DataError

    file = args.eval_data or config["data_cfgs"]["eval_datasets"]
    if not file:
        raise DataError(
            tr("no evaluation split to fit thresholds on", "没有用于拟合阈值的验证集"),
            tr("Give one with --eval-data FILE.", "请用“--eval-data 文件”指定。"),
        )
    return str(file)


def training_file(args: argparse.Namespace, config: dict[str, Any]) -> str | None:
    """The file of the training split; says so where the recorded one is missing."""
    if args.train_data:
        return str(args.train_data)
    return _recorded(config["data_cfgs"]["train_datasets"], "--train-data")


def _recorded(file: str | None, option: str) -> str | None:
    from edubias.progress import STDERR

    if file is None or Path(file).is_file():
        return file
    STDERR.print(
        tr(
            f"{file}, which training used, is not here, so what needs it is left out; give it with "
            f"{option}.",
            f"找不到训练所用的 {file}，需要它的部分将省略；可用 {option} 指定。",
        ),
        style="yellow",
        soft_wrap=True,
    )
    return None


def positive(text: str) -> int:
    """A number of 1 or more, for argparse."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number
