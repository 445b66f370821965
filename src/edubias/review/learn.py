"""Training data from editors' decisions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edubias.errors import DataError
from edubias.lang import tr
from edubias.records import language_of
from edubias.report.output import writing
from edubias.review.store import Decision
from edubias.scan.record import Hit, Scan

PAIRS = "pairs.jsonl"
STATEMENTS = "statements.jsonl"
HASH_DIGITS = 12


@dataclass(frozen=True)
class Learned:
    """Records that decisions make.

    Attributes:
        pairs: Preference pairs: the editor's wording is chosen, the manuscript's sentence rejected.
        statements: Labelled statements: what was found and is fair, and what is biased and has no
            better wording.
        differing: Sentences that were decided differently in different places.
    """

    pairs: list[dict[str, Any]]
    statements: list[dict[str, Any]]
    differing: list[str]


def learned_from(scan: Scan, decisions: Mapping[str, Decision]) -> Learned:
    """What can be learnt from decisions, in the order of the findings, each sentence once.

    Where a sentence stands in several places and was decided differently, the last decision counts.

    Args:
        scan: The scan.
        decisions: The last decision on each finding, by its identifier, in the order in which they
            were made.
    """
    learned = Learned([], [], [])
    by_sentence: dict[str, Decision] = {}
    for decision in decisions.values():
        before = by_sentence.get(decision.sentence)
        if before is not None and _verdict(before) != _verdict(decision):
            learned.differing.append(decision.sentence)
        by_sentence[decision.sentence] = decision
    for hit in scan.hits:
        last = by_sentence.get(hit.finding.text)
        if last is not None and last.finding == hit.finding.id:
            _learn(scan, hit, last, learned)
    return learned


def _verdict(decision: Decision) -> tuple[str, str | None]:
    return decision.judgement, decision.wording


def _learn(scan: Scan, hit: Hit, decision: Decision, learned: Learned) -> None:
    common = {
        "id": f"review-{_digest(decision.sentence + (decision.wording or ''))}",
        "lang": language_of(decision.sentence),
    }
    meta = _meta(scan, hit, decision)
    if decision.wording is not None:
        texts = {"chosen": decision.wording, "rejected": decision.sentence}
        learned.pairs.append(common | texts | {"meta": meta})
        return
    label: dict[str, Any] = {"text": decision.sentence, "label": decision.judgement}
    if decision.kind is not None:
        label["kind"] = decision.kind
    learned.statements.append(common | label | {"meta": meta | {"split": "train"}})


def _meta(scan: Scan, hit: Hit, decision: Decision) -> dict[str, Any]:
    """Where a record comes from.

    Sentences of a paragraph resemble one another: they are one scenario, which stays together.
    """
    document = scan.documents[hit.document]
    meta = {
        "scenario": f"review-{_digest(document.sha256 + hit.block.text)}",
        "source": "review",
        "scan": scan.created,
        "document": Path(document.path).name,
        "reviewer": decision.reviewer,
        "decided": decision.decided,
        "probability": hit.finding.probability,
    }
    return meta | ({"bias_type": decision.bias_type} if decision.bias_type else {})


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_DIGITS]


def write_learned(learned: Learned, folder: Path, scan: Scan) -> list[Path]:
    """Write pairs and statements; a file without any is empty, so that it can be joined to others.

    Args:
        learned: What was learnt.
        folder: Where to; what was exported from the same scan before is replaced.
        scan: The scan.

    Returns:
        The files.

    Raises:
        DataError: The folder holds what was learnt from another scan.
        EdubiasError: A file can't be written.
    """
    files = {folder / PAIRS: learned.pairs, folder / STATEMENTS: learned.statements}
    for path in files:
        _require_own(path, scan)
    for path, rows in files.items():
        with writing(path):
            path.write_text(
                "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows),
                encoding="utf-8",
            )
    return list(files)


def _require_own(path: Path, scan: Scan) -> None:
    if not path.exists():
        return
    try:
        scans = {
            json.loads(line)["meta"]["scan"] for line in path.read_bytes().split(b"\n") if line
        }
    except (ValueError, KeyError, TypeError):
        scans = {None}
    if scans - {scan.created}:
        raise DataError(
            tr(
                f"{path} was not exported from this scan",
                f"{path} 不是由本次检查导出的",
            ),
            tr("Export into another folder.", "请导出到其他文件夹。"),
        )
