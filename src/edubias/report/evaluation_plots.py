"""The pictures of an evaluation: what the trained model's scores are worth, and of which texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from sklearn.metrics import roc_curve

from edubias.data.labelled import PAIR
from edubias.detect.calibrate import probabilities
from edubias.evaluate.figures import FLAGGED
from edubias.evaluate.intervals import Estimate
from edubias.evaluate.metrics import equal_bins
from edubias.evaluate.record import Evaluation
from edubias.evaluate.run import TRAINED
from edubias.report.figure import BLUE, GREY, ORANGE, ROUND_STEPS, WIDTH, label, plain, style
from edubias.taxonomy import BIAS_TYPES

CHANCE = 0.5
"""AUROC of a system that tells nothing apart."""

SCORE_BINS = 40

KINDS = {
    PAIR: ("side of a pair", "偏好对的一侧"),
    "neutral_subject": ("plain subject matter", "纯学科内容"),
    "neutral_group_mention": ("neutral mention of a group", "中性提及群体"),
    "mention_not_endorse": ("bias mentioned, not endorsed", "提及偏见但不认同"),
    "counter_stereotype": ("counter-stereotype", "反刻板印象"),
    "factual_group_statistic": ("fact about a group", "群体事实与统计"),
    "biased_explicit": ("outright bias", "显性偏见"),
    "biased_subtle": ("subtle bias", "隐性偏见"),
}
"""Kinds of texts, in the order in which reports list them, in English and Chinese."""


@dataclass(frozen=True)
class Scored:
    """Texts as the trained model scores them.

    Attributes:
        biased: ``(N,)`` true labels.
        log_odds: ``(N,)`` calibrated scores.
    """

    biased: npt.NDArray[np.bool_]
    log_odds: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Bar:
    """A figure and its interval; both ends are the figure itself where there is none."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Bars:
    """A panel of horizontal bars.

    Attributes:
        title: What it shows.
        unit: In what unit.
        origin: Where bars begin.
        digits: Decimals of the figures beside the bars.
        bars: The bars by the names beside them.
    """

    title: str
    unit: str
    origin: float
    digits: int
    bars: Mapping[str, Bar]


def draw_scores(evaluation: Evaluation) -> Figure | None:
    """Draw ROC curves, a reliability diagram and the scores of fair and of biased texts.

    There are no curves where all texts are fair, or all biased.

    Returns:
        None for no texts.
    """
    if not evaluation.texts:
        return None
    everything = _scored(evaluation.texts)
    parts = _parts(evaluation)
    with style():
        figure = Figure(figsize=(WIDTH, 3.9))
        panels = figure.subplots(1, 3 if parts else 2, squeeze=False)[0]
        if parts:
            _draw_curves(panels[0], evaluation, parts)
        _draw_reliability(panels[-2], everything)
        _draw_histograms(panels[-1], everything)
    return figure


def draw_groups(evaluation: Evaluation) -> Figure | None:
    """Draw bars of AUROC for each kind of bias, and of false alarms for each kind of statement.

    Returns:
        None where no group has such figures.
    """
    with style():
        panels = [panel for panel in _panels(evaluation) if panel.bars]
        if not panels:
            return None
        rows = max(len(panel.bars) for panel in panels)
        figure = Figure(figsize=(WIDTH, 1.2 + 0.27 * rows))
        axes = figure.subplots(1, len(panels), squeeze=False)[0]
        for place, panel in zip(axes, panels, strict=True):
            _draw_bars(place, panel)
            place.set_ylim(rows - 0.5, -0.5)  # bars of one thickness in both panels
    return figure


def reliability(
    scored: Scored,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Mean probabilities and shares of biased texts of the calibration error's bins."""
    values = probabilities(scored.log_odds)
    bins = equal_bins(values)
    means = np.asarray([values[chosen].mean() for chosen in bins])
    return means, np.asarray([scored.biased[chosen].mean() for chosen in bins])


def _scored(texts: Sequence[Mapping[str, Any]]) -> Scored:
    return Scored(
        np.asarray([one["biased"] for one in texts], dtype=bool),
        np.asarray([one["score"] for one in texts], dtype=float),
    )


def _parts(evaluation: Evaluation) -> dict[str, Scored]:
    """Pairs and statements, where there are both fair and biased ones."""
    parts = {
        "pairs": _scored([one for one in evaluation.texts if one["kind"] == PAIR]),
        "statements": _scored([one for one in evaluation.texts if one["kind"] != PAIR]),
    }
    return {
        name: scored
        for name, scored in parts.items()
        if scored.biased.any() and not scored.biased.all()
    }


def _draw_curves(axes: Axes, evaluation: Evaluation, parts: Mapping[str, Scored]) -> None:
    names = {
        "pairs": label("sides of pairs", "偏好对的两侧"),
        "statements": label("statements", "语句"),
    }
    colours = {"pairs": BLUE, "statements": ORANGE}
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8)
    for name, scored in parts.items():
        estimate = evaluation.results.get(TRAINED, {}).get(name, {}).get("auroc", Estimate(None))
        area = "" if estimate.value is None else f" ({estimate.value:.3f})"
        false_alarms, hits, _ = roc_curve(scored.biased, scored.log_odds)
        axes.plot(false_alarms, hits, color=colours[name], linewidth=1.6, label=names[name] + area)
    axes.set(
        title=label("ROC curves (AUROC)", "ROC 曲线（AUROC）"),
        xlabel=label("share of fair texts above", "高于阈值的无偏见文本比例"),
        ylabel=label("share of biased texts above", "高于阈值的有偏见文本比例"),
    )
    axes.legend(loc="lower right")


def _draw_reliability(axes: Axes, scored: Scored) -> None:
    means, shares = reliability(scored)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8)
    axes.plot(means, shares, color=BLUE, linewidth=1, marker="o", markeredgecolor="white")
    axes.set(
        title=label("Reliability", "可靠性"),
        xlabel=label("mean probability of a bin", "各组平均概率"),
        ylabel=label("share of biased texts", "有偏见的文本比例"),
        xlim=(-0.03, 1.03),
        ylim=(-0.03, 1.03),
    )


def _draw_histograms(axes: Axes, scored: Scored) -> None:
    edges = np.histogram_bin_edges(scored.log_odds, SCORE_BINS)
    for biased, name, colour in (
        (False, label("fair", "无偏见"), BLUE),
        (True, label("biased", "有偏见"), ORANGE),
    ):
        own = scored.log_odds[scored.biased == biased]
        counts, _ = np.histogram(own, edges)
        axes.stairs(counts, edges, color=colour, fill=True, alpha=0.45, label=f"{name}: {len(own)}")
    axes.axvline(FLAGGED, color=GREY, linewidth=0.8, linestyle="--")
    axes.set(
        title=label("Scores", "分数"),
        xlabel=label("log-odds (dashed: reported from here)", "对数几率（虚线：自此报告）"),
        ylabel=label("texts", "文本数"),
    )
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=ROUND_STEPS, integer=True))
    axes.legend()


def _panels(evaluation: Evaluation) -> list[Bars]:
    types = _bars(evaluation, "bias_type/", "auroc", tuple(BIAS_TYPES))
    kinds = _bars(evaluation, "kind/", "false_alarms", tuple(KINDS))
    return [
        Bars(
            label("Fair and biased sides told apart", "区分无偏见与有偏见的能力"),
            label("AUROC, from chance on", "AUROC（自随机水平起）"),
            CHANCE,
            3,
            {_type_label(key): bar for key, bar in types.items()},
        ),
        Bars(
            label("False alarms", "误报"),
            label("per 1,000 fair statements", "每千条无偏见语句"),
            0.0,
            1,
            {_kind_label(key): bar for key, bar in kinds.items()},
        ),
    ]


def _bars(evaluation: Evaluation, prefix: str, figure: str, known: Sequence[str]) -> dict[str, Bar]:
    """A figure of all groups of one sort that have it: known keys in their order, then others."""
    found: dict[str, Bar] = {}
    for group, estimates in evaluation.results.get(TRAINED, {}).items():
        estimate = estimates.get(figure, Estimate(None))
        if group.startswith(prefix) and (value := estimate.value) is not None:
            low = value if estimate.low is None else estimate.low
            high = value if estimate.high is None else estimate.high
            found[group.removeprefix(prefix)] = Bar(value, low, high)
    return {key: found[key] for key in (*known, *sorted(found)) if key in found}


def _type_label(key: str) -> str:
    known = BIAS_TYPES.get(key)
    return label(known.name_en, known.name_zh) if known else plain(key)


def _kind_label(key: str) -> str:
    return label(*KINDS[key]) if key in KINDS else plain(key)


def _draw_bars(axes: Axes, panel: Bars) -> None:
    """Bars, a whisker over each that has an interval, and the figure behind both."""
    for place, bar in enumerate(panel.bars.values()):
        axes.barh(
            place, bar.value - panel.origin, left=panel.origin, color=BLUE, height=0.66, alpha=0.75
        )
        axes.hlines(place, bar.low, bar.high, color="#24292f", linewidth=1.1)
        axes.annotate(
            f"{bar.value:.{panel.digits}f}",
            (max(bar.value, bar.high, panel.origin), place),
            xytext=(4, 0),
            textcoords="offset points",
            verticalalignment="center",
            fontsize=8,
            color="#555555",
        )
    axes.axvline(panel.origin, color=GREY, linewidth=0.8)
    axes.set_yticks(range(len(panel.bars)), list(panel.bars))
    axes.margins(x=0.12)
    axes.grid(visible=False, axis="y")
    axes.set(title=panel.title, xlabel=panel.unit)
