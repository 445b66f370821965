"""The curves of runs: how loss, rewards and learning rate went, of one run or of several."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from edubias.errors import EdubiasError
from edubias.lang import tr
from edubias.report.figure import (
    BLUE,
    COLOURS,
    GREY,
    ORANGE,
    ROUND_STEPS,
    WIDTH,
    label,
    legend_above,
    plain,
    style,
)
from edubias.report.history import History, Series

COLUMNS = 3
SMOOTH_FROM = 60
"""Number of points from which a training curve is too ragged to be read without its mean."""

PALE_RUNS = 3
"""Number of runs up to which the ragged curves are shown under their means."""

LineStyle = Literal["-"] | tuple[float, tuple[float, ...]]

LINES: tuple[LineStyle, LineStyle] = ("-", (0, (4, 1.5)))
"""Line styles of the first and the second metric of a panel."""


@dataclass(frozen=True)
class Panel:
    """One set of axes.

    Attributes:
        title: What it shows.
        unit: In what unit.
        metrics: Names of the metrics, without ``train/`` and ``eval/``; at most two.
        names: What the metrics are called, where there are two.
        baseline: Value of a model that has learned nothing, if there is such a value.
    """

    title: str
    unit: str
    metrics: tuple[str, ...]
    names: tuple[str, ...] = ()
    baseline: float | None = None


def _panels() -> list[Panel]:
    share = label("share of pairs", "占偏好对的比例")
    reward = label("β · log-ratio, nats", "β · 对数概率比（奈特）")
    return [
        Panel(label("Loss", "损失"), label("mean over pairs", "各对平均"), ("loss",)),
        Panel(label("Reward accuracy", "奖励准确率"), share, ("reward_accuracy",), baseline=0.5),
        Panel(label("Reward margin", "奖励间隔"), reward, ("reward_margin",), baseline=0.0),
        Panel(
            label("Rewards", "奖励"),
            reward,
            ("better_sample_reward", "worse_sample_reward"),
            (label("unbiased text", "无偏见文本"), label("biased text", "有偏见文本")),
            baseline=0.0,
        ),
        Panel(
            label("Detection, sides of pairs", "检测：偏好对的两侧"),
            "AUROC",
            ("auroc",),
            baseline=0.5,
        ),
        Panel(label("Learning rate", "学习率"), "lr", ("lr",)),
    ]


def draw_runs(runs: Mapping[str, History]) -> Figure:
    """Draw the metrics of runs over their steps, evaluation over training.

    One run has a colour for training and one for evaluation; several have one each.

    Args:
        runs: At least one, by the name it shall have in the legend.

    Raises:
        EdubiasError: A run has logged no metrics yet.
    """
    for name, history in runs.items():
        if not history.series:
            raise EdubiasError(
                tr(f"{name}: no metrics in the log yet", f"{name}：日志中尚无指标"),
                tr("Wait for the run's first step.", "请等训练完成第一步后再试。"),
            )
    with style():
        panels = [
            panel
            for panel in _panels()
            if any(
                f"{split}/{metric}" in history.series
                for history in runs.values()
                for metric in panel.metrics
                for split in ("train", "eval")
            )
        ]
        rows = math.ceil(len(panels) / COLUMNS)
        figure = Figure(figsize=(WIDTH, 0.7 + 3 * rows))
        first = None
        for place, panel in enumerate(panels, start=1):
            axes = figure.add_subplot(rows, min(COLUMNS, len(panels)), place, sharex=first)
            _draw_panel(axes, panel, runs)
            first = first or axes
        legend_above(figure, _legend(runs))
    return figure


def running_mean(values: npt.NDArray[np.float64], window: int) -> npt.NDArray[np.float64]:
    """Mean of each value and its neighbours, of which there are fewer at the ends.

    Args:
        values: ``(N,)``.
        window: How many values a mean is of; odd, at most N.

    Returns:
        ``(N,)``.
    """
    ones = np.ones(window)
    sums = np.convolve(values, ones, "same")
    counts = np.convolve(np.ones(len(values)), ones, "same")
    return sums / counts


def _draw_panel(axes: Axes, panel: Panel, runs: Mapping[str, History]) -> None:
    if panel.baseline is not None:
        axes.axhline(panel.baseline, color=GREY, linewidth=0.8)
    for split in ("train", "eval"):
        for colour, history in zip(_colours(runs, split), runs.values(), strict=True):
            for line, metric in zip(LINES, panel.metrics, strict=False):
                if not (series := history.series.get(f"{split}/{metric}")):
                    continue
                if split == "train":
                    _draw_training(axes, series, colour, line, pale=len(runs) <= PALE_RUNS)
                else:
                    _draw_evaluation(axes, series, colour, line)
    axes.set(title=panel.title, ylabel=panel.unit, xlabel=label("step", "步"))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=ROUND_STEPS, integer=True))
    if panel.names:
        axes.legend(
            handles=[
                Line2D([], [], color="#555555", linestyle=line, label=name)
                for line, name in zip(LINES, panel.names, strict=True)
            ],
            handlelength=2.8,
        )


def _draw_training(axes: Axes, series: Series, colour: str, line: LineStyle, pale: bool) -> None:
    values = series.values
    if len(values) >= SMOOTH_FROM:
        if pale:
            axes.plot(series.steps, values, color=colour, linewidth=0.7, alpha=0.25)
        values = running_mean(values, 2 * (len(values) // 40) + 1)
    marker = "o" if len(values) == 1 else "None"
    axes.plot(series.steps, values, color=colour, linewidth=1.4, linestyle=line, marker=marker)


def _draw_evaluation(axes: Axes, series: Series, colour: str, line: LineStyle) -> None:
    axes.plot(
        series.steps,
        series.values,
        color=colour,
        linewidth=1,
        linestyle=line,
        marker="o",
        markersize=5,
        markeredgecolor="white",
    )


def _colours(runs: Mapping[str, History], split: str) -> list[str]:
    if len(runs) == 1:
        return [BLUE if split == "train" else ORANGE]
    if len(runs) <= len(COLOURS):
        return list(COLOURS[: len(runs)])
    return [to_hex(rgb) for rgb in colormaps["turbo"](np.linspace(0, 1, len(runs)))]


def _legend(runs: Mapping[str, History]) -> list[Line2D]:
    """The names of the runs where there are several, and what is training, what evaluation."""
    several = len(runs) > 1
    handles = [
        Line2D([], [], color=colour, linewidth=3, label=plain(name))
        for name, colour in zip(runs, _colours(runs, "train"), strict=True)
        if several
    ]
    names = [name for history in runs.values() for name in history.series]
    longest = max(len(series.steps) for h in runs.values() for series in h.series.values())
    training = label("training", "训练")
    if longest >= SMOOTH_FROM:
        training = (
            label("training (pale: as logged)", "训练（浅色：原始记录）")
            if len(runs) <= PALE_RUNS
            else label("training (running mean)", "训练（滑动平均）")
        )
    colour = GREY if several else _colours(runs, "train")[0]
    handles.append(Line2D([], [], color=colour, label=training))
    if any(name.startswith("eval/") for name in names):
        colour = GREY if several else _colours(runs, "eval")[0]
        evaluation = label("evaluation", "验证")
        handles.append(
            Line2D([], [], color=colour, marker="o", markeredgecolor="white", label=evaluation)
        )
    return handles
