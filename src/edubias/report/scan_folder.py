"""The folder that a scan leaves: reports in several formats, and annotated copies."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from edubias.document.annotate_pdf import annotate_pdf
from edubias.document.annotate_word import annotate_word
from edubias.document.mark import Mark
from edubias.errors import DataError
from edubias.lang import tr
from edubias.report.names import short_names
from edubias.report.output import writing
from edubias.report.place import verdict_name
from edubias.report.sarif import sarif_of_scan
from edubias.report.scan_page import page_of_scan
from edubias.report.scan_table import csv_of_scan
from edubias.scan.record import FILE_NAME, Hit, Scan
from edubias.taxonomy import type_name

ANNOTATORS: dict[str, Callable[[Path, Path, Sequence[Mark]], None]] = {
    "docx": annotate_word,
    "pdf": annotate_pdf,
}
"""For each format that can be annotated what writes a copy."""


def require_free(folder: Path) -> None:
    """Refuse to write over an earlier scan, whose review would no longer fit.

    Raises:
        DataError: The folder holds a scan.
    """
    if (folder / FILE_NAME).exists():
        raise DataError(
            tr(f"{folder} holds a scan already", f"{folder} 中已有扫描结果"),
            tr("Name another folder, or remove it.", "请指定其他文件夹，或先将其删除。"),
        )


def write_scan(scan: Scan, folder: Path) -> list[Path]:
    """Write reports and annotated copies.

    Args:
        scan: The scan.
        folder: Where to; made where it is missing.

    Returns:
        The files.

    Raises:
        EdubiasError: One can't be written, or a manuscript is no longer what was scanned.
    """
    texts = {
        FILE_NAME: scan.to_json(),
        "scan.html": page_of_scan(scan),
        "scan.csv": csv_of_scan(scan),
        "scan.sarif": sarif_of_scan(scan),
    }
    written = []
    for name, text in texts.items():
        path = folder / name
        with writing(path):
            path.write_text(text, encoding="utf-8", newline="")
        written.append(path)
    names = short_names([Path(one.path) for one in scan.documents])
    for index, (name, document) in enumerate(zip(names, scan.documents, strict=True)):
        hits = scan.hits_in(index)
        annotate = ANNOTATORS.get(document.format)
        if annotate is None or not hits:
            continue
        source = Path(document.path)
        # Of two manuscripts of one name the second keeps its folders in its copy's name.
        flat = name.strip("/\\").replace("/", "_").replace("\\", "_")
        target = folder / f"{Path(flat).stem}.edubias{source.suffix}"
        with writing(target):
            _require_same(source, document.sha256)
            annotate(source, target, [mark_of(hit) for hit in hits])
        written.append(target)
    return written


def _require_same(source: Path, sha256: str) -> None:
    if hashlib.sha256(source.read_bytes()).hexdigest() != sha256:
        raise DataError(
            tr(f"{source} has changed since it was scanned", f"{source} 在扫描后已被修改"),
            tr("Scan it again.", "请重新扫描。"),
        )


def mark_of(hit: Hit) -> Mark:
    """What to write at a finding, in the language of messages."""
    finding = hit.finding
    said = verdict_name(finding.verdict)
    if finding.probability is not None:
        said += f" {finding.probability:.0%}"
    lines = [said]
    if finding.bias_types:
        lines[0] += f", {type_name(finding.bias_types[0].bias_type)}"
    if finding.spans:
        words = " … ".join(span.text for span in finding.spans)
        lines.append(f"{tr('words', '相关词语')}: {words}")
    lines += [f"{tr('instead', '改写')}: {wording}" for wording in finding.rewrites]
    return Mark(hit.block, hit.start, hit.end, "\n".join(lines), finding.verdict == "biased")
