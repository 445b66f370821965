"""What files, places and verdicts are called in reports and on the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from edubias.lang import comma, tr
from edubias.records import Place, Severity, Verdict

_PARTS = {
    "footnotes": ("footnotes", "脚注"),
    "endnotes": ("endnotes", "尾注"),
    "notes": ("notes", "备注"),
    "headers": ("headers", "页眉"),
    "footers": ("footers", "页脚"),
}


def short_names(paths: Sequence[Path]) -> list[str]:
    """Names that tell files or folders apart: the last part where that will do, else the path."""
    names = [path.resolve().name for path in paths]
    count = Counter(names)
    return [
        name if count[name] == 1 else str(path) for name, path in zip(names, paths, strict=True)
    ]


def place_name(place: Place) -> str:
    """A place in words, in the language of messages: "page 3, line 5"."""
    part = place.part
    if part in _PARTS:
        part = tr(*_PARTS[part])
    elif part is not None:
        part = Path(part).name
    named: list[str] = []
    for number, english, chinese in (
        (place.page, "page {}", "第{}页"),
        (place.slide, "slide {}", "第{}张幻灯片"),
        (part, "{}", "{}"),
        (place.table, "table {}", "表{}"),
        (place.row, "row {}", "第{}行"),
        (place.line, "line {}", "第{}行"),
        # In a table its row tells more.
        (None if place.row else place.paragraph, "paragraph {}", "第{}段"),
    ):
        if number is not None:
            named.append(tr(english, chinese).format(number))
    return comma().join(named)


def verdict_name(verdict: Verdict) -> str:
    """A verdict in the language of messages."""
    return {
        "biased": tr("biased", "有偏见"),
        "unsure": tr("unsure", "存疑"),
        "fair": tr("fair", "无偏见"),
    }[verdict]


def severity_name(severity: Severity) -> str:
    """What an editor should do, in the language of messages."""
    return {
        "none": "",
        "low": tr("read again", "请复读"),
        "medium": tr("reword, unless the context speaks for it", "酌情改写"),
        "high": tr("reword", "应改写"),
    }[severity]
