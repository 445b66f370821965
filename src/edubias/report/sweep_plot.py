"""A picture of a sweep: what was searched for, against each of the values that were tried."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from edubias.report.figure import BLUE, ORANGE, label, style
from edubias.train.space import Choice, Dimension, Value
from edubias.train.sweep import Sweep, Trial

COLUMNS = 2


def sweep_figure(sweep: Sweep) -> Figure:
    """One panel for each key that was searched; the best trial is marked.

    Args:
        sweep: With one complete trial or more.
    """
    dimensions = sweep.space.dimensions
    columns = min(COLUMNS, len(dimensions))
    rows = math.ceil(len(dimensions) / columns)
    with style():
        figure = Figure(figsize=(3.6 * columns, 2.6 * rows + 0.4))
        panels = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
        for axes, (key, dimension) in zip(panels, dimensions.items(), strict=False):
            _panel(axes, sweep.ranked, key, dimension)
        for axes in panels[len(dimensions) :]:
            axes.set_axis_off()
        for axes in panels[::columns]:
            axes.set_ylabel(sweep.metric)
        best = sweep.ranked[0]
        trials = label(f"{len(sweep.ranked)} trials", f"{len(sweep.ranked)} 次试验")
        first = label("best", "最优")
        figure.suptitle(f"{trials}; {first}: {best.name}, {sweep.metric} {best.value:.3f}")
    return figure


def _panel(axes: Axes, ranked: list[Trial], key: str, dimension: Dimension) -> None:
    values = [trial.values[key] for trial in ranked]
    places: list[float]
    if isinstance(dimension, Choice):
        places = [dimension.values.index(value) for value in values]
        axes.set_xticks(range(len(dimension.values)), [_text(value) for value in dimension.values])
        axes.set_xlim(-0.5, len(dimension.values) - 0.5)
    else:
        places = [float(value) for value in values if isinstance(value, int | float)]
        axes.set_xscale("log" if dimension.log else "linear")
        axes.set_xlim(dimension.low, dimension.high)
        if not dimension.log:
            axes.xaxis.set_major_locator(MaxNLocator(5, integer=dimension.whole))
    heights = [trial.value for trial in ranked if trial.value is not None]
    axes.scatter(places[1:], heights[1:], s=26, color=BLUE, alpha=0.7, linewidths=0, clip_on=False)
    axes.scatter(places[:1], heights[:1], s=110, color=ORANGE, marker="*", zorder=3, clip_on=False)
    axes.set_xlabel(key)


def _text(value: Value) -> str:
    return "null" if value is None else str(value)
