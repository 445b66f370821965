"""What files, places and verdicts are called in reports and on the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from edubias.lang import comma, tr
from edubias.records import Finding, Place, Severity, Verdict

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


def percent(share: float, digits: int = 0) -> str:
    """A probability in per cent, in the language of messages.

    Rounding makes certainties of likely and of unlikely things, and nothing here is certain: what
    would be 100% or 0% is given as ">99%" or "<1%".
    """
    shown = f"{share:.{digits}%}"
    least = 0.1 ** (digits + 2)
    if shown == f"{1:.{digits}%}":
        most = f"{1 - least:.{digits}%}"
        return tr(f">{most}", f"{most} 以上")
    if shown == f"{0:.{digits}%}":
        return tr(f"<{least:.{digits}%}", f"不到 {least:.{digits}%}")
    return shown


def verdict_told(finding: Finding) -> str:
    """A verdict with its probability, in the language of messages."""
    name = verdict_name(finding.verdict)
    if finding.probability is None:
        return name
    probability = percent(finding.probability)
    return tr(f"{name} (probability {probability})", f"{name}（概率 {probability}）")


def severity_name(severity: Severity) -> str:
    """What an editor should do, in the language of messages."""
    return {
        "none": "",
        "low": tr("check again", "请复核"),
        "medium": tr(
            "reword unless the context justifies it", "建议改写（上下文有合理理由的除外）"
        ),
        "high": tr("reword", "应改写"),
    }[severity]
