"""The splits of an evaluation."""

from __future__ import annotations

from dataclasses import dataclass

from edubias.data.labelled import Collection
from edubias.data.split import leaks
from edubias.errors import DataError
from edubias.lang import tr


@dataclass(frozen=True)
class Splits:
    """What an evaluation needs.

    Attributes:
        test: What is measured.
        evaluation: What thresholds and calibrations are fitted on.
        training: What baselines are fitted on; None where it is not at hand.
    """

    test: Collection
    evaluation: Collection
    training: Collection | None = None


def require_apart(splits: Splits) -> None:
    """Refuse test texts, and pairs of scenarios, that something was fitted on.

    Raises:
        DataError: There are such texts or scenarios.
    """
    fitted = [splits.evaluation] + ([] if splits.training is None else [splits.training])
    known = {one.text for split in fitted for one in split.texts()}
    shared = [one.text for one in splits.test.texts() if one.text in known]
    others = [pair for split in fitted for pair in split.pairs]
    torn = leaks({"test": splits.test.pairs, "training or evaluation": others})
    if torn and not shared:
        raise DataError(
            tr(
                f"the test split is not apart from what was fitted: {torn[0]}",
                f"测试集与拟合所用的数据有重叠：{torn[0]}",
            ),
            tr(
                "Split again by scenario: edubias data split.",
                "请用 edubias data split 按情境重新划分。",
            ),
        )
    if shared:
        raise DataError(
            tr(
                f"{len(shared)} test texts are training or evaluation texts too, such as: "
                f"{shared[0]}",
                f"有 {len(shared)} 条测试文本同时出现在训练集或验证集中，例如：{shared[0]}",
            ),
            tr("Measure on held-out texts: --data FILE.", "请用留出文本评估：--data 文件。"),
        )
