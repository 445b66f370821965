"""The folder that a scan leaves: reports in several formats, and annotated copies."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from edubias.document.annotate_pdf import annotate_pdf
from edubias.document.annotate_word import annotate_word
from edubias.document.mark import Mark
from edubias.document.read import COPY_MARK, SCAN_FILE, SCAN_PAGE
from edubias.errors import DataError, EdubiasError
from edubias.lang import colon, comma, tr
from edubias.report.names import short_names, verdict_told
from edubias.report.output import require_writable, writing
from edubias.report.sarif import sarif_of_scan
from edubias.report.scan_page import page_of_scan
from edubias.report.scan_table import csv_of_scan
from edubias.scan.record import Hit, Scan
from edubias.taxonomy import type_name

ANNOTATORS: dict[str, Callable[[Path, Path, Sequence[Mark]], None]] = {
    "docx": annotate_word,
    "pdf": annotate_pdf,
}
"""For each format that can be annotated what writes a copy."""


def require_free(folder: Path) -> None:
    """Find out before minutes of work whether a scan can be written here.

    Raises:
        DataError: The folder holds an earlier scan, whose review would no longer fit.
        EdubiasError: It can't be written to.
    """
    if (folder / SCAN_FILE).exists():
        raise DataError(
            tr(
                f"{folder} holds a scan already, perhaps with an editor's decisions",
                f"{folder} 中已有检查结果，可能还有审阅意见",
            ),
            tr("Choose another folder.", "请另指定一个文件夹。"),
        )
    require_writable(folder / SCAN_FILE)


def write_scan(scan: Scan, folder: Path) -> list[Path]:
    """Write reports and annotated copies.

    Args:
        scan: The scan.
        folder: Where to; made where it is missing.

    Returns:
        The files.

    Raises:
        EdubiasError: A report can't be written; or, after everything else is done, some copies
            can't.
    """
    texts = {
        SCAN_PAGE: page_of_scan(scan),
        "scan.csv": csv_of_scan(scan),
        "scan.sarif": sarif_of_scan(scan),
        # The last one, and whole or not there: where it stands, the folder is taken.
        SCAN_FILE: scan.to_json(),
    }
    written = []
    for name, text in texts.items():
        path = folder / name
        temporary = folder / ".part"
        with writing(path):
            try:
                temporary.write_text(text, encoding="utf-8", newline="")
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
        written.append(path)
    names = short_names([Path(one.path) for one in scan.documents])
    failures = []
    for index, name in enumerate(names):
        try:
            copy = _annotated(scan, index, name, folder, written)
        except (EdubiasError, OSError) as error:
            failures.append(error.problem if isinstance(error, EdubiasError) else str(error))
            continue
        if copy is not None:
            written.append(copy)
    if failures:
        raise EdubiasError(
            "\n".join(failures),
            tr(
                f"All else is in {folder}; only the annotated copies of these files are missing.",
                f"其余结果已写入 {folder}，仅缺以上稿件的批注副本。",
            ),
        )
    return written


def _annotated(
    scan: Scan, index: int, name: str, folder: Path, written: Sequence[Path]
) -> Path | None:
    """The copy of a manuscript with its findings; None where there is nothing to write."""
    document, hits = scan.documents[index], scan.hits_in(index)
    annotate = ANNOTATORS.get(document.format)
    if annotate is None or not hits:
        return None
    source = Path(document.path)
    if hashlib.sha256(source.read_bytes()).hexdigest() != document.sha256:
        raise DataError(
            tr(f"{source} has changed since it was scanned", f"{source} 在检查后已被修改")
        )
    # Some file systems take "A" and "a" for one name.
    taken = {path.name.casefold() for path in written}
    target = folder / _copy_name(Path(name), source.suffix, taken)
    annotate(source, target, [mark_of(hit) for hit in hits])
    return target


def _copy_name(name: Path, suffix: str, taken: set[str]) -> str:
    """What a manuscript's copy is called: with the manuscript's folders where its name has them.

    Numbers tell apart what would be called the same: ``x/a.docx`` beside ``x_a.docx``.
    """
    flat = "_".join(part for part in name.parts if part not in (name.anchor, ".."))
    stem = Path(flat).stem.lstrip(".")  # with a dot before it it would be hidden
    copy, number = f"{stem}{COPY_MARK}{suffix}", 1
    while copy.casefold() in taken:
        number += 1
        copy = f"{stem}_{number}{COPY_MARK}{suffix}"
    return copy


def mark_of(hit: Hit) -> Mark:
    """What to write at a finding, in the language of messages."""
    finding = hit.finding
    lines = [verdict_told(finding)]
    if finding.bias_types:
        lines[0] += f"{comma()}{type_name(finding.bias_types[0].bias_type)}"
    if finding.spans:
        words = " … ".join(span.text for span in finding.spans)
        lines.append(f"{tr('words', '相关词语')}{colon()}{words}")
    lines += [
        f"{tr('suggested wording', '改写建议')}{colon()}{wording}" for wording in finding.rewrites
    ]
    return Mark(hit.block, hit.start, hit.end, "\n".join(lines), finding.verdict == "biased")
