"""Places in documents, as an editor says them."""

from __future__ import annotations

from pathlib import Path

from edubias.lang import tr
from edubias.records import Place, Verdict

_PARTS = {
    "footnotes": ("footnotes", "脚注"),
    "endnotes": ("endnotes", "尾注"),
    "notes": ("notes", "备注"),
    "headers": ("headers", "页眉"),
    "footers": ("footers", "页脚"),
}


def place_name(place: Place) -> str:
    """A place in words, in the language of messages: "page 3, line 5"."""
    part = place.part
    if part in _PARTS:
        part = tr(*_PARTS[part])
    elif part is not None:
        part = Path(part).name
    named = [part] if part else []
    for number, english, chinese in (
        (place.page, "page {}", "第{}页"),
        (place.slide, "slide {}", "第{}张"),
        (place.table, "table {}", "表{}"),
        (place.row, "row {}", "第{}行"),
        (place.line, "line {}", "第{}行"),
        # In a table its row tells more.
        (None if place.row else place.paragraph, "paragraph {}", "第{}段"),
    ):
        if number is not None:
            named.append(tr(english, chinese).format(number))
    return ", ".join(named) if tr("en", "zh") == "en" else "，".join(named)


def verdict_name(verdict: Verdict) -> str:
    """A verdict in the language of messages."""
    return {
        "biased": tr("biased", "有偏见"),
        "unsure": tr("unsure", "存疑"),
        "fair": tr("fair", "无偏见"),
    }[verdict]
