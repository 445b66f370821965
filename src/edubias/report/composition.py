"""What preference pairs are made of: bias types, lengths, subjects, grades and so on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from edubias.records import PreferencePair, TextLanguage
from edubias.report.figure import (
    BLUE,
    ORANGE,
    ROUND_STEPS,
    WIDTH,
    label,
    legend_above,
    plain,
    style,
)
from edubias.taxonomy import BIAS_TYPES

MAX_BARS = 22
"""How many values of a field are shown by name; the others are taken together."""

BINS = 40


@dataclass(frozen=True)
class PairFile:
    """The pairs of one file, or of one split.

    Attributes:
        name: What it is called in the legend.
        pairs: At least one.
    """

    name: str
    pairs: Sequence[PreferencePair]


def draw_composition(files: Sequence[PairFile]) -> Figure:
    """Draw how many pairs there are of what.

    Bias types by language and file; lengths of both sides by language; shares of subjects, grades,
    subtlety and genres, where the pairs name them.

    Args:
        files: At least one.
    """
    pairs = [pair for file in files for pair in file.pairs]
    languages = [lang for lang in _languages() if any(pair.lang == lang for pair in pairs)]
    types = _types(pairs)
    with style():
        fields = {
            title: shares for title, key in _fields().items() if (shares := _shares(pairs, key))
        }
        # In inches: room for titles and axes, and for each bar.
        heights = [1.4 + 0.24 * len(types), 2.8]
        columns = [column for column in (list(fields)[:1], list(fields)[1:]) if column]
        if columns:
            heights.append(
                max(sum(0.8 + 0.2 * len(fields[title]) for title in column) for column in columns)
            )
        figure = Figure(figsize=(WIDTH, sum(heights)))
        rows = figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
        _draw_types(rows[0], files, languages, types)
        _draw_lengths(rows[1], pairs, languages)
        if columns:
            parts = rows[2].subfigures(1, len(columns), squeeze=False)[0]
            for part, column in zip(parts, columns, strict=True):
                _draw_fields(part, {title: fields[title] for title in column})
    return figure


def _languages() -> dict[TextLanguage, str]:
    return {"zh": label("Chinese", "中文"), "en": label("English", "英文")}


def _types(pairs: Sequence[PreferencePair]) -> list[str | None]:
    """Bias types that occur: known ones in the order of reports, then others, then none."""
    found = {pair.bias_type for pair in pairs}
    known = [key for key in BIAS_TYPES if key in found]
    others = sorted(key for key in found if key is not None and key not in BIAS_TYPES)
    return [*known, *others, *([None] if None in found else [])]


def _type_name(key: str | None) -> str:
    if key is None:
        return label("no type", "未标类型")
    known = BIAS_TYPES.get(key)
    return label(known.name_en, known.name_zh) if known else plain(key)


def _draw_types(
    figure: SubFigure,
    files: Sequence[PairFile],
    languages: Sequence[TextLanguage],
    types: Sequence[str | None],
) -> None:
    """Bars of each language side by side, one part for each file."""
    shades = matplotlib.colormaps["Blues_r"](np.linspace(0.1, 0.7, len(files)))
    panels = figure.subplots(1, len(languages), sharex=True, sharey=True, squeeze=False)[0]
    places = np.arange(len(types))
    for axes, lang in zip(panels, languages, strict=True):
        start = np.zeros(len(types))
        for file, shade in zip(files, shades, strict=True):
            count = Counter(pair.bias_type for pair in file.pairs if pair.lang == lang)
            widths = np.array([count[key] for key in types], dtype=float)
            axes.barh(places, widths, left=start, color=shade, height=0.72)
            start += widths
        _mark_bars(axes, [f"{total:.0f}" for total in start], start.tolist())
        axes.set(title=f"{_languages()[lang]}: {int(start.sum())}", xlabel=label("pairs", "对"))
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=ROUND_STEPS, integer=True))
    panels[0].set_yticks(places, [_type_name(key) for key in types])
    panels[0].invert_yaxis()
    if len(files) > 1:
        legend_above(
            figure,
            [
                Patch(color=shade, label=plain(file.name))
                for file, shade in zip(files, shades, strict=True)
            ],
        )


def _draw_lengths(
    figure: SubFigure, pairs: Sequence[PreferencePair], languages: Sequence[TextLanguage]
) -> None:
    """Outlines of both sides' lengths over each other; they should hide each other."""
    panels = figure.subplots(1, len(languages), squeeze=False)[0]
    for axes, lang in zip(panels, languages, strict=True):
        own = [pair for pair in pairs if pair.lang == lang]
        sides = {
            label("unbiased (chosen)", "无偏见（chosen）"): [len(pair.chosen) for pair in own],
            label("biased (rejected)", "有偏见（rejected）"): [len(pair.rejected) for pair in own],
        }
        shortest = min(min(lengths) for lengths in sides.values())
        longest = max(max(lengths) for lengths in sides.values())
        # Bins of whole characters: others would hold two lengths here and three there.
        edges = np.arange(
            shortest, longest + 2 * (width := (longest - shortest) // BINS + 1), width
        )
        for (name, lengths), colour in zip(sides.items(), (BLUE, ORANGE), strict=True):
            axes.stairs(
                *np.histogram(lengths, edges), color=colour, linewidth=1.4, label=name, fill=False
            )
        axes.set(
            title=label(
                f"Length of texts, {_languages()[lang]}", f"文本长度（{_languages()[lang]}）"
            ),
            xlabel=label("characters", "字符"),
            ylabel=label("texts", "文本数"),
        )
        axes.xaxis.set_major_locator(MaxNLocator(nbins=10, steps=ROUND_STEPS, integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=ROUND_STEPS, integer=True))
        axes.legend()


def _fields() -> dict[str, str]:
    return {
        label("Subjects", "学科"): "subject",
        label("Grades", "学段"): "grade",
        label("Subtlety", "隐蔽程度"): "subtlety",
        label("Genres", "体裁"): "genre",
    }


def _shares(pairs: Sequence[PreferencePair], key: str) -> dict[str, float]:
    """Share of each value of a field, the largest first; empty where no pair names one."""
    named = Counter(str(pair.meta[key]) for pair in pairs if pair.meta.get(key) is not None)
    if not named:
        return {}
    ranked = named.most_common()
    counts = dict(ranked[:MAX_BARS])
    if rest := ranked[MAX_BARS:]:
        counts[label(f"{len(rest)} others", f"其余 {len(rest)} 种")] = sum(n for _, n in rest)
    if missing := len(pairs) - named.total():
        counts[label("not stated", "未注明")] = missing
    return {value: count / len(pairs) for value, count in counts.items()}


def _draw_fields(figure: SubFigure, fields: Mapping[str, Mapping[str, float]]) -> None:
    """Bars of the shares of values, one field under the other."""
    heights = [2 + len(shares) for shares in fields.values()]
    panels = figure.subplots(len(fields), 1, height_ratios=heights, squeeze=False)[:, 0]
    for axes, (title, shares) in zip(panels, fields.items(), strict=True):
        places = np.arange(len(shares))
        axes.barh(places, list(shares.values()), color=BLUE, height=0.72)
        axes.set_yticks(places, [plain(value) for value in shares])
        axes.invert_yaxis()
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=ROUND_STEPS))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g}%"))
        _mark_bars(axes, [f"{share:.1%}" for share in shares.values()], list(shares.values()))
        axes.set_title(title)
    panels[-1].set_xlabel(label("share of pairs", "占偏好对的比例"))


def _mark_bars(axes: Axes, texts: Sequence[str], ends: Sequence[float]) -> None:
    """Write a figure at the end of each horizontal bar."""
    for place, (text, end) in enumerate(zip(texts, ends, strict=True)):
        axes.annotate(
            text,
            (end, place),
            xytext=(3, 0),
            textcoords="offset points",
            verticalalignment="center",
            fontsize=8,
            color="#555555",
        )
    axes.margins(x=0.1, y=0.02)
    axes.grid(visible=False, axis="y")
