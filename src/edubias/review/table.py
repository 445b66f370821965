"""Decisions as a table: what an editor hands to the next one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from edubias.lang import tr
from edubias.report.names import place_name, verdict_name
from edubias.report.output import writing
from edubias.report.scan_table import csv_of
from edubias.review.store import Decision
from edubias.scan.record import Scan
from edubias.taxonomy import type_name

FILE = "decisions.csv"


def write_table(scan: Scan, decisions: Mapping[str, Decision], folder: Path) -> Path:
    """Write all findings with what was decided on them, in the language of messages.

    Args:
        scan: The scan.
        decisions: The last decision on each finding, by its identifier.
        folder: Where to.

    Returns:
        The file.

    Raises:
        EdubiasError: It can't be written.
    """
    header = [
        tr("file", "文件"),
        tr("place", "位置"),
        tr("sentence", "句子"),
        tr("found", "检测结果"),
        tr("decided", "审阅意见"),
        tr("kind", "类型"),
        tr("wording", "改写"),
        tr("reviewer", "审阅人"),
        tr("time (UTC)", "时间（UTC）"),
    ]
    rows = [header]
    for hit in scan.hits:
        made = decisions.get(hit.finding.id)
        rows.append(
            [
                scan.documents[hit.document].path,
                place_name(hit.place),
                hit.finding.text,
                verdict_name(hit.finding.verdict),
                *(_cells(made) if made else [""] * 5),
            ]
        )
    path = folder / FILE
    with writing(path):
        path.write_text(csv_of(rows), encoding="utf-8", newline="")
    return path


def _cells(made: Decision) -> list[str]:
    return [
        tr("biased", "有偏见") if made.judgement == "biased" else tr("fair", "无偏见"),
        type_name(made.bias_type) if made.bias_type else "",
        made.wording or "",
        made.reviewer,
        made.decided,
    ]
