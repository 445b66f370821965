"""Two evaluations of the same texts: is one better than the other, or is it chance?"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edubias.data.labelled import PAIR
from edubias.detect.calibrate import load_calibration
from edubias.errors import DataError
from edubias.evaluate.figures import text_figures
from edubias.evaluate.intervals import Estimate, Indices, clustered_interval
from edubias.evaluate.metrics import mean, pairs_in_order
from edubias.evaluate.record import FORMAT_VERSION
from edubias.lang import tr

METRICS = "metrics.json"


@dataclass(frozen=True)
class Difference:
    """A figure of two models on the same texts.

    Attributes:
        first: The first model's.
        second: The second model's.
        difference: Second less first, with the interval of a paired bootstrap over clusters: each
            resample draws the same texts for both.
    """

    first: float
    second: float
    difference: Estimate


def read_texts(path: Path) -> list[dict[str, Any]]:
    """What an evaluation says of each text.

    Args:
        path: A ``metrics.json``, or a folder that holds one.

    Raises:
        DataError: It is missing, damaged or of another version.
    """
    file = path / METRICS if path.is_dir() else path
    remedy = tr("Make it with `edubias evaluate`.", "请先运行 `edubias evaluate`。")
    try:
        tree = json.loads(file.read_text(encoding="utf-8"))
        if tree["format_version"] != FORMAT_VERSION:
            raise KeyError("format_version")
        texts = list(tree["texts"])
        for one in texts:
            _identity(one), float(one["score"])
        return texts
    except OSError as error:
        raise DataError(
            tr(f"{file}: no such evaluation", f"{file}：找不到评估结果"), remedy
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            tr(f"{file}: damaged or of another version", f"{file}：已损坏或版本不符"), remedy
        ) from error


def calibrated_otherwise(path: Path) -> bool:
    """Whether a folder's calibration is another than the one that was evaluated.

    Args:
        path: What ``read_texts`` has read.
    """
    kept = load_calibration(path) if path.is_dir() else None
    if kept is None:
        return False
    tree = json.loads((path / METRICS).read_text(encoding="utf-8"))
    return bool(json.loads(json.dumps(asdict(kept))) != tree.get("calibration"))


def compare(
    first: Sequence[dict[str, Any]], second: Sequence[dict[str, Any]]
) -> dict[str, dict[str, Difference]]:
    """Differences of all figures, for all texts, for pairs and for statements.

    Args:
        first: What one model says of each text.
        second: What another says of the same texts.

    Raises:
        DataError: They are not the same texts, or there are none.
    """
    if not first and not second:
        raise DataError(tr("the evaluations are of no texts", "两次评估都没有文本"))
    if [_identity(one) for one in first] != [_identity(one) for one in second]:
        raise DataError(
            tr("the two evaluations are not of the same texts", "两次评估所用的文本不同"),
            tr(
                "Evaluate both on the same files. A model with a smaller "
                "model_cfgs.model_max_length leaves long texts out.",
                "请用相同的文件评估两者。model_cfgs.model_max_length 较小的模型会略去长文本。",
            ),
        )
    kinds = np.asarray([one["kind"] == PAIR for one in first])
    groups = {"all": np.ones(len(first), bool), "pairs": kinds, "statements": ~kinds}
    return {
        name: _differences(first, second, np.flatnonzero(members), paired=name == "pairs")
        for name, members in groups.items()
        if members.any()
    }


def _identity(text: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(text[key] for key in ("text", "biased", "kind", "cluster"))


def _differences(
    first: Sequence[dict[str, Any]],
    second: Sequence[dict[str, Any]],
    indices: Indices,
    paired: bool,
) -> dict[str, Difference]:
    biased = np.asarray([first[i]["biased"] for i in indices])
    clusters = [first[i]["cluster"] for i in indices]
    scores = [np.asarray([texts[i]["score"] for i in indices]) for texts in (first, second)]
    one, other = (text_figures(biased, values, values) for values in scores)
    if paired:
        one["pair_accuracy"], other["pair_accuracy"] = (
            partial(_pair_accuracy, values) for values in scores
        )
    result = {}
    for name, figure in one.items():
        values = [each(np.arange(len(indices))) for each in (figure, other[name])]
        if values[0] is not None and values[1] is not None:
            difference = clustered_interval(partial(_less, other[name], figure), clusters)
            result[name] = Difference(values[0], values[1], difference)
    return result


def _pair_accuracy(values: npt.NDArray[np.float64], drawn: Indices) -> float | None:
    # Both sides of a pair are drawn together, as they share a cluster.
    return mean(pairs_in_order(values[drawn[::2]], values[drawn[1::2]]))


def _less(
    one: Callable[[Indices], float | None],
    other: Callable[[Indices], float | None],
    drawn: Indices,
) -> float | None:
    first, second = one(drawn), other(drawn)
    return None if first is None or second is None else first - second
