"""The page of an evaluation: one HTML file with tables, pictures and examples."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure

from edubias.detect.calibrate import probability
from edubias.evaluate.intervals import Estimate
from edubias.evaluate.record import Evaluation
from edubias.evaluate.run import TRAINED
from edubias.lang import tr
from edubias.report.evaluation_plots import KINDS, draw_groups, draw_scores
from edubias.report.figure import svg_element
from edubias.report.names import short_names
from edubias.report.output import writing
from edubias.report.template import rendered
from edubias.taxonomy import type_name

TEMPLATE = "evaluation.html"
ADVANTAGE_GROUPS = ("all", "pairs", "statements")
EXAMPLES = 10
"""How many texts each list of examples holds."""

HASH_DIGITS = 12
"""How much of a hash is shown."""


@dataclass(frozen=True)
class Column:
    """A column of a table of figures.

    Attributes:
        title: What stands above it.
        group: Group of texts; None where the row names it.
        figure: The figure.
        digits: Decimals.
    """

    title: str
    group: str | None
    figure: str
    digits: int = 3


@dataclass(frozen=True)
class Row:
    """A row of a table of figures.

    Attributes:
        name: What it is about.
        texts: Number of texts; None in a table that does not show it.
        estimates: For each column its figure and the decimals to show.
    """

    name: str
    texts: int | None
    estimates: Sequence[tuple[Estimate | None, int]]


@dataclass(frozen=True)
class ConfusionRow:
    """What biased texts of one kind are taken for.

    Attributes:
        name: Their kind.
        cells: For each kind the number of texts taken for it, and their share of the row.
    """

    name: str
    cells: Sequence[tuple[int, float]]


@dataclass(frozen=True)
class Example:
    """A text and what the model says of it.

    Attributes:
        text: The text.
        lang: Its language.
        kind: Name of its kind.
        bias_type: Name of its kind of bias, or a dash.
        probability: Probability that it is biased, by the trained model.
    """

    text: str
    lang: str
    kind: str
    bias_type: str
    probability: float


def write_report(evaluation: Evaluation, path: Path) -> None:
    """Write the page of an evaluation, in the language of messages.

    Args:
        evaluation: What to report. Parts of it that were not measured are left out.
        path: The HTML file.

    Raises:
        EdubiasError: The file can't be written.
    """
    text = page_of_evaluation(evaluation)
    with writing(path):
        path.write_text(text, encoding="utf-8")


def page_of_evaluation(evaluation: Evaluation) -> str:
    """The page of an evaluation as HTML, in the language of messages."""
    return rendered(
        TEMPLATE,
        name=short_names([Path(evaluation.checkpoint)])[0],
        evaluation=evaluation,
        data=_data(evaluation.data),
        system_columns=_system_columns(),
        systems=_system_rows(evaluation),
        advantage_groups=[group_name(group) for group in ADVANTAGE_GROUPS],
        advantages={
            system_name(system): [found.get(group) for group in ADVANTAGE_GROUPS]
            for system, found in evaluation.advantages.items()
        },
        group_columns=_group_columns(),
        groups=_group_rows(evaluation),
        scores=_picture(draw_scores(evaluation), "scores"),
        bars=_picture(draw_groups(evaluation), "bars"),
        confusion=_confusion(evaluation.bias_types) if evaluation.bias_types else [],
        examples=_examples(evaluation.texts),
    )


def kind_name(key: str) -> str:
    """Name of a kind of texts in the language of messages; an unknown key stands for itself."""
    return tr(*KINDS[key]) if key in KINDS else key


def group_name(key: str) -> str:
    """Name of a group of texts in the language of messages; an unknown key stands for itself."""
    whole = {
        "all": tr("all texts", "全部文本"),
        "pairs": tr("pairs", "偏好对"),
        "statements": tr("statements", "语句"),
    }
    if key in whole:
        return whole[key]
    prefix, _, value = key.rpartition("/")
    language = {"zh": tr("Chinese", "中文"), "en": tr("English", "英文")}.get(value, value)
    parts = {
        "lang": (tr("language", "语言"), language),
        "pairs/lang": (tr("pairs", "偏好对"), language),
        "statements/lang": (tr("statements", "语句"), language),
        "bias_type": (tr("pairs, kind of bias", "偏好对，偏见类型"), type_name(value)),
        "subject": (tr("pairs, subject", "偏好对，学科"), value),
        "kind": (tr("statements, kind", "语句，类别"), kind_name(value)),
    }
    return tr(": ", "：").join(parts[prefix]) if prefix in parts else key


def system_name(key: str) -> str:
    """Name of a system in the language of messages; an unknown key stands for itself."""
    return {
        "trained": tr("trained model", "训练后的模型"),
        "reward": tr("trained model: reward alone", "训练后的模型：仅奖励"),
        "verdict": tr("trained model: verdict alone", "训练后的模型：仅判定"),
        "base": tr("base model: how unlikely the text is", "基座模型：文本的意外程度"),
        "length": tr("length of the text", "文本长度"),
        "ngrams": tr("character n-grams", "字符 n-gram"),
        "probe": tr("probe of the base model's states", "基座模型隐状态探针"),
        "prompted": tr("base model, asked by a prompt", "以提示词询问基座模型"),
    }.get(key, key)


def _data(data: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each split with its file, number of records and short hash; dashes for what is unknown."""
    return [
        {
            "split": split,
            "path": record.get("path", "-"),
            "count": record.get("pairs", "-"),
            "sha256": str(record.get("sha256", "-"))[:HASH_DIGITS],
        }
        for split, record in data.items()
    ]


def _system_columns() -> list[Column]:
    return [
        Column(tr("pairs: accuracy", "偏好对：准确率"), "pairs", "pair_accuracy"),
        Column(tr("pairs: AUROC", "偏好对：AUROC"), "pairs", "auroc"),
        Column(tr("statements: AUROC", "语句：AUROC"), "statements", "auroc"),
        Column(tr("all: F1", "全部：F1"), "all", "f1"),
        Column(tr("all: calibration error", "全部：校准误差"), "all", "calibration_error"),
    ]


def _group_columns() -> list[Column]:
    return [
        Column(tr("accuracy of pairs", "偏好对准确率"), None, "pair_accuracy"),
        Column("AUROC", None, "auroc"),
        Column("F1", None, "f1"),
        Column(tr("biased texts reported", "有偏见的文本检出率"), None, "flagged"),
        Column(tr("false alarms per 1,000", "每千条误报"), None, "false_alarms", digits=1),
    ]


def _system_rows(evaluation: Evaluation) -> list[Row]:
    return [
        Row(system_name(system), None, _cells(groups, _system_columns()))
        for system, groups in evaluation.results.items()
    ]


def _group_rows(evaluation: Evaluation) -> list[Row]:
    found = evaluation.results.get(TRAINED, {})
    return [
        Row(group_name(group), counts["texts"], _cells(found, _group_columns(), group))
        for group, counts in evaluation.groups.items()
    ]


def _cells(
    groups: Mapping[str, Mapping[str, Estimate]], columns: Iterable[Column], group: str = ""
) -> list[tuple[Estimate | None, int]]:
    return [
        (groups.get(column.group or group, {}).get(column.figure), column.digits)
        for column in columns
    ]


def _confusion(bias_types: Mapping[str, Any]) -> list[ConfusionRow]:
    return [
        ConfusionRow(
            type_name(name), [(count, count / total if (total := sum(row)) else 0) for count in row]
        )
        for name, row in zip(bias_types["names"], bias_types["confusion"], strict=True)
    ]


def _examples(texts: Sequence[Mapping[str, Any]]) -> dict[str, list[Example]]:
    """The furthest out of fair and of biased texts, under the titles of their lists."""
    ranked = sorted(texts, key=lambda one: float(one["score"]))
    fair = [one for one in ranked if not one["biased"]]
    biased = [one for one in ranked if one["biased"]]
    lists = {
        tr("Fair texts with the highest scores", "分数最高的无偏见文本"): fair[::-1],
        tr("Biased texts with the lowest scores", "分数最低的有偏见文本"): biased,
        tr("Biased texts with the highest scores", "分数最高的有偏见文本"): biased[::-1],
    }
    return {
        title: [_example(one) for one in members[:EXAMPLES]]
        for title, members in lists.items()
        if members
    }


def _example(one: Mapping[str, Any]) -> Example:
    return Example(
        text=one["text"],
        lang=one["lang"],
        kind=kind_name(one["kind"]),
        bias_type="-" if one["bias_type"] is None else type_name(one["bias_type"]),
        probability=probability(one["score"]),
    )


def _picture(figure: Figure | None, name: str) -> Markup | None:
    """A picture as an element of the page; its texts are escaped where it is drawn."""
    if figure is None:
        return None
    # Every picture numbers its own elements, but on a page no number may stand twice.
    return Markup(re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", svg_element(figure)))
