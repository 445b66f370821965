"""The pairs that a configuration trains and evaluates on."""

from __future__ import annotations

from edubias.config import Config
from edubias.data.contrast import contrast_pairs
from edubias.data.labelled import statements_of_split
from edubias.data.read import load_pairs, load_statements, pairs_of_types
from edubias.data.split import leaks
from edubias.errors import DataError
from edubias.lang import tr
from edubias.records import PreferencePair


def data_files(config: Config) -> dict[str, str]:
    """The data files of a configuration, by what they are for."""
    data = config.data_cfgs
    files = {
        "train": data.train_datasets,
        "statements": data.train_statements,
        "eval": data.eval_datasets,
    }
    return {name: file for name, file in files.items() if file}


def read_splits(config: Config) -> tuple[list[PreferencePair], list[PreferencePair]]:
    """Training and evaluation pairs of a configuration; the latter may be empty.

    Statements join the training pairs, each beside another; not where the pairs are of some bias
    types only.

    Raises:
        DataError: A file is bad, or both hold the same text.
    """
    data = config.data_cfgs
    training = pairs_of_types(load_pairs(data.train_datasets or ""), data.train_subset)
    if data.train_statements and not data.train_subset:
        statements = statements_of_split(load_statements(data.train_statements), "train")
        contrasts = contrast_pairs(statements, config.train_cfgs.seed)
        if not contrasts:
            raise DataError(
                tr(
                    f"{data.train_statements}: no fair and biased training statements in one "
                    "language",
                    f"{data.train_statements}：没有同一语言的无偏见与有偏见的训练语句",
                ),
                tr(
                    "Leave it out with data_cfgs.train_statements=null.",
                    "可用 data_cfgs.train_statements=null 省去。",
                ),
            )
        training = training + contrasts
    if not data.eval_datasets:
        return training, []
    evaluation = pairs_of_types(load_pairs(data.eval_datasets), data.eval_subset)
    if found := leaks({"train": training, "eval": evaluation}):
        raise DataError(
            tr(
                f"training and evaluation data overlap in {len(found)} places, such as: {found[0]}",
                f"训练数据与验证数据有 {len(found)} 处重叠，例如：{found[0]}",
            ),
            tr(
                "Split them with `edubias data split`, or leave evaluation out with "
                "data_cfgs.eval_datasets=null.",
                "请用 `edubias data split` 拆分，或用 data_cfgs.eval_datasets=null 省去验证。",
            ),
        )
    return training, evaluation
