"""What all pictures share: style, fonts, language, and the formats they are written in."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.artist import Artist
from matplotlib.figure import Figure, SubFigure
from matplotlib.font_manager import fontManager
from matplotlib.text import Text

from edubias.errors import EdubiasError
from edubias.lang import tr
from edubias.progress import STDERR
from edubias.records import language_of
from edubias.report.output import writing

BLUE, ORANGE = "#0072b2", "#d55e00"
COLOURS = (BLUE, ORANGE, "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5195", "#555555")
"""Told apart by colour-blind readers too (Okabe & Ito 2008, with two more)."""

GREY = "#8a8f98"

WIDTH = 12
"""Of pictures, in inches."""

ROUND_STEPS = (1, 2, 5, 10)
"""Distances between ticks, times a power of ten."""

CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",  # the first face of Noto's collection; it has the Chinese glyphs too
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Hiragino Sans GB",
    "Heiti SC",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "Arial Unicode MS",
)

METADATA: dict[str, dict[str, str | None]] = {
    "svg": dict.fromkeys(("Creator", "Date", "Format", "Type")),
    "png": {},
    "pdf": {"CreationDate": None},
}
"""For each format what is left out, so that the same numbers make the same file."""


def chinese_font() -> str | None:
    """An installed font with Chinese characters, if there is one."""
    installed = set(fontManager.get_font_names())
    return next((name for name in CHINESE_FONTS if name in installed), None)


def label(english: str, chinese: str) -> str:
    """A text within a picture: in the language in force where a font can draw it."""
    return tr(english, chinese) if chinese_font() else english


def plain(name: str) -> str:
    """A name from outside, such that its dollar signs start no formula."""
    return name.replace("$", r"\$")


@contextmanager
def style() -> Iterator[None]:
    """The look of all pictures; to be in force while they are drawn and written."""
    fonts = ["DejaVu Sans", *filter(None, [chinese_font()])]
    settings: dict[Any, Any] = {  # matplotlib types the keys only from 3.11 on
        "font.family": [*fonts, "sans-serif"],
        "font.size": 9,
        "axes.titlesize": 10,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.labelcolor": "#555555",
        "axes.edgecolor": "#b5b9c0",
        "axes.linewidth": 0.8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.grid": True,
        "grid.color": "#e9ebee",
        "grid.linewidth": 0.8,
        "xtick.color": "#555555",
        "ytick.color": "#555555",
        "xtick.major.size": 0,
        "ytick.major.size": 0,
        "legend.frameon": False,
        "figure.constrained_layout.use": True,
        "figure.constrained_layout.h_pad": 0.1,
        "figure.constrained_layout.w_pad": 0.1,
        "savefig.dpi": 150,
        "svg.fonttype": "none",  # text stays text: found by a search, and drawn by the reader
        "svg.hashsalt": "edubias",
    }
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from font")
        yield


def legend_above(figure: Figure | SubFigure, handles: Sequence[Artist]) -> None:
    """A legend over the whole width, in as many columns as its longest name leaves room for."""
    longest = max(len(str(handle.get_label())) for handle in handles)
    columns = int(WIDTH / (0.7 + 0.08 * longest))  # inches: for the sample, and for a character
    figure.legend(
        handles=handles, loc="outside upper left", ncols=max(1, min(columns, len(handles)))
    )


def save_figure(figure: Figure, path: Path) -> None:
    """Write a picture as SVG, PNG or PDF, as the file's ending says.

    Raises:
        EdubiasError: The ending is another one, or the file can't be written.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in METADATA:
        raise EdubiasError(
            tr(f"{path}: unknown picture format", f"{path}：未知的图片格式"),
            tr(
                "Choose a name that ends in .svg, .png or .pdf.",
                "请指定以 .svg、.png 或 .pdf 结尾的文件。",
            ),
        )
    if kind != "svg" and chinese_font() is None and _has_chinese(figure):
        STDERR.print(
            tr(
                "Chinese names in the picture show as boxes: no Chinese font was found. Install "
                "one, such as Noto Sans CJK SC, or write an .svg.",
                "未找到中文字体，图中的中文名称会显示为方框。"
                "请安装中文字体（如 Noto Sans CJK SC），或输出 .svg。",
            ),
            style="yellow",
        )
    with style(), writing(path):
        figure.savefig(path, format=kind, metadata=METADATA[kind])


def svg_element(figure: Figure) -> str:
    """A picture as an ``<svg>`` element to stand within HTML."""
    with style(), io.StringIO() as file:
        figure.savefig(file, format="svg", metadata=METADATA["svg"])
        text = file.getvalue()
    return text[text.index("<svg") :]


def _has_chinese(figure: Figure) -> bool:
    texts = [item.get_text() for item in figure.findobj(Text) if isinstance(item, Text)]
    return any(language_of(text) == "zh" for text in texts)
