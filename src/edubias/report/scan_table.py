"""A scan as tables: comma-separated values for spreadsheets."""

from __future__ import annotations

import csv
from io import StringIO

from edubias.lang import tr
from edubias.report.place import place_name, verdict_name
from edubias.scan.record import Scan
from edubias.taxonomy import type_name

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_of_scan(scan: Scan) -> str:
    """Findings as CSV with a header, in the language of messages.

    It begins with a byte order mark, without which Excel takes Chinese for another encoding. Text
    that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(
        [
            tr("id", "编号"),
            tr("file", "文件"),
            tr("place", "位置"),
            tr("verdict", "判断"),
            tr("probability", "概率"),
            tr("severity", "程度"),
            tr("kind", "类型"),
            tr("second kind", "其次的类型"),
            tr("sentence", "句子"),
            tr("words", "相关词语"),
            tr("instead", "改写"),
        ]
    )
    for hit in scan.hits:
        finding = hit.finding
        kinds = [type_name(guess.bias_type) for guess in finding.bias_types[:2]]
        row = [
            finding.id,
            scan.documents[hit.document].path,
            place_name(hit.place),
            verdict_name(finding.verdict),
            "" if finding.probability is None else f"{finding.probability:.3f}",
            finding.severity,
            *([*kinds, "", ""])[:2],
            finding.text,
            " … ".join(span.text for span in finding.spans),
            " | ".join(finding.rewrites),
        ]
        writer.writerow([_harmless(cell) for cell in row])
    return "\ufeff" + out.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
