"""The splits of an evaluation."""

from __future__ import annotations

from dataclasses import dataclass

from edubias.data.labelled import Collection
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
    """Refuse test texts that something was fitted on.

    Raises:
        DataError: There are such texts.
    """
    known = {one.text for one in splits.evaluation.texts()}
    if splits.training is not None:
        known |= {one.text for one in splits.training.texts()}
    shared = [one.text for one in splits.test.texts() if one.text in known]
    if shared:
        raise DataError(
            tr(
                f"{len(shared)} test texts are training or evaluation texts too, such as: "
                f"{shared[0]}",
                f"有 {len(shared)} 条测试文本同时出现在训练集或评估集中，例如：{shared[0]}",
            ),
            tr("Measure on held-out texts: --data FILE.", "请用留出文本评估：--data FILE。"),
        )
