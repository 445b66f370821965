from __future__ import annotations

import numpy as np
import pytest

from edubias.errors import EdubiasError
from edubias.report.figure import svg_element
from edubias.report.history import History, Series, read_history
from edubias.report.plot import draw_runs, running_mean
from tests.report.conftest import texts_of_svg


def history_of(**series) -> History:
    return History(
        {
            name.replace("_", "/", 1): Series(np.arange(1, len(values) + 1), np.asarray(values))
            for name, values in series.items()
        },
        step=9,
        max_steps=9,
        done=True,
        last_entry="",
    )


def curves(axes) -> list[tuple]:
    """Steps and values of the lines, without the line of the untrained model."""
    return [
        tuple(map(tuple, line.get_data()))
        for line in axes.lines
        if tuple(line.get_xdata()) != (0, 1)
    ]


def test_every_metric_is_drawn_evaluation_over_training(trained):
    history = read_history(trained)
    figure = draw_runs({"run": history})
    panels = [
        ["loss"],
        ["reward_accuracy"],
        ["reward_margin"],
        ["better_sample_reward", "worse_sample_reward"],
        ["auroc"],
        ["lr"],
    ]
    assert len(figure.axes) == len(panels)
    for axes, metrics in zip(figure.axes, panels, strict=True):
        assert curves(axes) == [
            (tuple(history.series[name].steps), tuple(history.series[name].values))
            for split in ("train", "eval")
            for metric in metrics
            if (name := f"{split}/{metric}") in history.series
        ]
        assert axes.get_xlabel() == "step"
        assert axes.get_ylabel()
    texts = texts_of_svg(svg_element(figure))
    for text in ("Loss", "Reward accuracy", "Reward margin", "Learning rate", "AUROC"):
        assert text in texts
    for text in ("training", "evaluation", "unbiased text", "biased text"):
        assert text in texts


def test_several_runs_share_axes_and_differ_in_colour():
    first = history_of(train_loss=[3.0, 2.0], eval_loss=[2.5])
    second = history_of(train_loss=[4.0, 1.0, 0.5])
    figure = draw_runs({"_first": first, "$second$": second})
    (axes,) = figure.axes
    assert [len(line.get_xdata()) for line in axes.lines] == [2, 3, 1]
    colours = [line.get_color() for line in axes.lines]
    assert colours[0] == colours[2] != colours[1]
    texts = texts_of_svg(svg_element(figure))
    assert {"_first", "$second$", "training", "evaluation"} <= set(texts)


def test_many_runs_keep_their_own_colours_and_names():
    runs = {
        f"a-run-with-a-long-name-{i}": history_of(train_loss=np.arange(99.0)) for i in range(12)
    }
    figure = draw_runs(runs)
    lines = figure.axes[0].lines
    assert len(lines) == len({line.get_color() for line in lines}) == len(runs)
    figure.draw_without_rendering()
    box = figure.legends[0].get_window_extent()
    assert 0 <= box.x0 < box.x1 <= figure.bbox.width
    assert set(runs) <= set(texts_of_svg(svg_element(figure)))


def test_long_curves_show_their_mean_too():
    values = np.random.default_rng(0).normal(size=400)
    (axes,) = draw_runs({"run": history_of(train_loss=values)}).axes
    raw, mean = (line.get_ydata() for line in axes.lines)
    assert list(raw) == list(values)
    assert np.std(mean) < np.std(raw) / 2
    assert np.mean(mean) == pytest.approx(np.mean(raw), abs=0.05)


def test_a_single_point_can_be_seen():
    (axes,) = draw_runs({"run": history_of(train_loss=[0.7])}).axes
    assert axes.lines[0].get_marker() not in ("None", "", None)


def test_values_that_are_no_numbers_leave_gaps():
    history = history_of(train_loss=[np.nan, 1.0, np.inf, 2.0], eval_loss=[np.nan] * 4)
    figure = draw_runs({"run": history})
    assert "Loss" in texts_of_svg(svg_element(figure))
    low, high = figure.axes[0].get_ylim()
    assert low < 1 < 2 < high < 3


def test_running_mean():
    values = np.array([1.0, 2.0, 6.0, 4.0, 5.0])
    assert list(running_mean(values, 1)) == list(values)
    assert running_mean(values, 3) == pytest.approx([1.5, 3, 4, 5, 4.5])
    assert running_mean(np.full(9, 7.0), 5) == pytest.approx(np.full(9, 7.0))
    gap = running_mean(np.array([1.0, np.nan, 1, 1, 1, 1]), 3)
    assert list(np.isnan(gap)) == [True, True, True, False, False, False]


def test_no_metrics_yet(trained):
    with pytest.raises(EdubiasError, match="new: no metrics") as error:
        draw_runs({"run": read_history(trained), "new": history_of()})
    assert error.value.remedy


def test_chinese(chinese_font, trained):
    texts = texts_of_svg(svg_element(draw_runs({"实验": read_history(trained)})))
    assert {"损失", "奖励准确率", "学习率", "训练", "验证", "步"} <= set(texts)
