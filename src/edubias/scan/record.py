"""What a scan of manuscripts leaves behind."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from edubias.document.read import SCAN_FILE
from edubias.errors import DataError
from edubias.lang import tr
from edubias.model.manifest import utc_now
from edubias.records import Block, Finding, LineStart, Place, Span, TypeGuess, Verdict

FORMAT_VERSION = 1


@dataclass(frozen=True)
class Scanned:
    """A manuscript that was scanned.

    Attributes:
        path: The file.
        format: Its format.
        sha256: Its hash.
        sentences: Number of sentences that were judged.
        notes: What a reader should know of it.
    """

    path: str
    format: str
    sha256: str
    sentences: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hit:
    """A finding in its place.

    Attributes:
        document: Index of its manuscript.
        place: Where the sentence begins.
        block: The paragraph it stands in.
        start: Offset of the sentence in the paragraph.
        end: Offset after it.
        finding: What the detector says of the sentence; its identifier is unique within the scan.
    """

    document: int
    place: Place
    block: Block
    start: int
    end: int
    finding: Finding


@dataclass(frozen=True)
class Scan:
    """Results of a scan.

    Attributes:
        checkpoint: Folder of the detector's model; None for the one that comes with edubias.
        exhaustive: Whether every sentence was read in full.
        documents: The manuscripts.
        hits: What is not fair, in order.
        edubias: Version that scanned.
        created: When, in UTC.
        notes: What a reader should know of the scan as a whole.
    """

    checkpoint: str | None
    exhaustive: bool
    documents: tuple[Scanned, ...]
    hits: tuple[Hit, ...]
    edubias: str
    created: str = field(default_factory=utc_now)
    notes: tuple[str, ...] = ()
    format_version: int = FORMAT_VERSION

    def count(self, verdict: Verdict, document: int | None = None) -> int:
        """Number of findings with a verdict, in one manuscript or all."""
        return sum(
            hit.finding.verdict == verdict and document in (None, hit.document) for hit in self.hits
        )

    def hits_in(self, document: int) -> list[Hit]:
        """Findings of a manuscript, in order."""
        return [hit for hit in self.hits if hit.document == document]

    def to_json(self) -> str:
        """The scan as JSON; ``load_scan`` reads it."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"


def load_scan(folder: Path) -> Scan:
    """The scan that a folder holds.

    Raises:
        DataError: There is none, or it is damaged or of another version.
    """
    path = folder / SCAN_FILE
    remedy = tr(
        "Scan first: edubias scan MANUSCRIPT --output FOLDER",
        "请先检查稿件：edubias scan 稿件 --output 文件夹",
    )
    if not path.is_file():
        raise DataError(tr(f"{path}: no such scan", f"{path}：没有检查结果"), remedy)
    try:
        fields = json.loads(path.read_bytes())
        version = fields["format_version"]
        if version != FORMAT_VERSION:
            raise DataError(
                tr(
                    f"{path}: format {version}, not {FORMAT_VERSION}",
                    f"{path}：格式版本为 {version}，应为 {FORMAT_VERSION}",
                ),
                remedy,
            )
        documents = tuple(
            Scanned(**(one | {"notes": tuple(one["notes"])})) for one in fields["documents"]
        )
        hits = tuple(_hit(one) for one in fields["hits"])
        notes = tuple(fields.get("notes", ()))  # earlier scans have none
        return Scan(**(fields | {"documents": documents, "hits": hits, "notes": notes}))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            tr(f"{path}: damaged: {error}", f"{path}：已损坏：{error}"), remedy
        ) from error


def _hit(fields: dict[str, Any]) -> Hit:
    block, finding = fields["block"], fields["finding"]
    return Hit(
        document=fields["document"],
        place=Place(**fields["place"]),
        block=Block(
            block["text"],
            Place(**block["place"]),
            tuple(LineStart(**line) for line in block["lines"]),
            tuple(block["origin"]),
        ),
        start=fields["start"],
        end=fields["end"],
        finding=Finding(
            **(
                finding
                | {
                    "bias_types": tuple(TypeGuess(**one) for one in finding["bias_types"]),
                    "spans": tuple(Span(**one) for one in finding["spans"]),
                    "rewrites": tuple(finding["rewrites"]),
                }
            )
        ),
    )
