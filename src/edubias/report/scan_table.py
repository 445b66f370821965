"""A scan as tables: comma-separated values for spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from edubias.lang import tr
from edubias.report.names import percent, place_name, severity_name, verdict_name
from edubias.scan.record import Scan
from edubias.taxonomy import type_name

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_of_scan(scan: Scan) -> str:
    """Findings as CSV with a header, in the language of messages."""
    rows = [
        [
            tr("id", "编号"),
            tr("file", "文件"),
            tr("place", "位置"),
            tr("verdict", "检测结果"),
            tr("probability", "概率"),
            tr("to do", "处理建议"),
            tr("kind", "类型"),
            tr("second kind", "其次的类型"),
            tr("sentence", "句子"),
            tr("words", "相关词语"),
            tr("suggested wording", "改写建议"),
        ]
    ]
    for hit in scan.hits:
        finding = hit.finding
        kinds = [type_name(guess.bias_type) for guess in finding.bias_types[:2]]
        rows.append(
            [
                finding.id,
                scan.documents[hit.document].path,
                place_name(hit.place),
                verdict_name(finding.verdict),
                "" if finding.probability is None else percent(finding.probability, 1),
                severity_name(finding.severity),
                *[*kinds, "", ""][:2],
                finding.text,
                " … ".join(span.text for span in finding.spans),
                " | ".join(finding.rewrites),
            ]
        )
    return csv_of(rows)


def csv_of(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV.

    It begins with a byte order mark, without which Excel takes Chinese for another encoding. Text
    that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
