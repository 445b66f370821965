"""Training data from editors' decisions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    """

    pairs: list[dict[str, Any]]
    statements: list[dict[str, Any]]


def learned_from(scan: Scan, decisions: Mapping[str, Decision]) -> Learned:
    """What can be learnt from decisions, in the order of the findings, each sentence once.

    Args:
        scan: The scan.
        decisions: The last decision on each finding, by its identifier.
    """
    learned = Learned([], [])
    seen: set[tuple[str, str | None]] = set()
    for hit in scan.hits:
        decision = decisions.get(hit.finding.id)
        if decision is None or (decision.sentence, decision.wording) in seen:
            continue
        seen.add((decision.sentence, decision.wording))
        common = {
            "id": f"review-{_digest(decision.sentence + (decision.wording or ''))}",
            "lang": language_of(decision.sentence),
        }
        meta = _meta(scan, hit, decision)
        if decision.wording is not None:
            texts = {"chosen": decision.wording, "rejected": decision.sentence}
            learned.pairs.append(common | texts | {"meta": meta})
            continue
        label: dict[str, Any] = {"text": decision.sentence, "label": decision.judgement}
        if decision.kind is not None:
            label["kind"] = decision.kind
        learned.statements.append(common | label | {"meta": meta | {"split": "train"}})
    return learned


def _meta(scan: Scan, hit: Hit, decision: Decision) -> dict[str, Any]:
    """Where a record comes from.

    Sentences of a paragraph resemble one another: they are one scenario, which stays together.
    """
    document = scan.documents[hit.document]
    meta = {
        "scenario": f"review-{_digest(document.sha256 + hit.block.text)}",
        "source": "review",
        "document": Path(document.path).name,
        "reviewer": decision.reviewer,
        "decided": decision.decided,
        "probability": hit.finding.probability,
    }
    return meta | ({"bias_type": decision.bias_type} if decision.bias_type else {})


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_DIGITS]


def write_learned(learned: Learned, folder: Path) -> list[Path]:
    """Write pairs and statements; a file without any is empty, so that it can be joined to others.

    Returns:
        The files.

    Raises:
        EdubiasError: One can't be written.
    """
    written = []
    for name, rows in ((PAIRS, learned.pairs), (STATEMENTS, learned.statements)):
        path = folder / name
        with writing(path):
            path.write_text(
                "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows),
                encoding="utf-8",
            )
        written.append(path)
    return written
