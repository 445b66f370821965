"""Chapters with known flaws, scanned: ``python -m benchmarks.manuscripts``.

``data/manuscripts`` holds chapters as textbooks have them; beside each stands which of its
sentences are biased, and which are fair though they may not look it. Nothing was trained,
calibrated or chosen on them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from edubias.detect.detector import Detector
from edubias.document.read import read_document
from edubias.evaluate.intervals import clustered_share
from edubias.model.load import quiet_libraries
from edubias.progress import counting
from edubias.records import Finding
from edubias.scan.run import scan, sentences_of

FOLDER = Path("data/manuscripts")
OTHER = "other sentences"


@dataclass(frozen=True)
class Judged:
    """A sentence of a chapter and what the scan says of it.

    Attributes:
        chapter: Name of the chapter.
        group: ``"explicit"`` or ``"subtle"`` bias, the kind of a trap, or neither.
        bias_type: Kind of bias; None where it is fair.
        finding: None where the scan finds it fair.
    """

    chapter: str
    group: str
    bias_type: str | None
    finding: Finding | None


def judged_sentences(path: Path, detector: Detector) -> list[Judged]:
    """Sentences of a chapter; one that holds or is part of a labelled text bears its label."""
    labels = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    labelled = [(one["text"], one["subtlety"], one["bias_type"]) for one in labels["biased"]]
    labelled += [(one["text"], one["kind"], None) for one in labels["traps"]]
    document = read_document(path)
    sentences = sentences_of([document], detector)
    with counting(path.stem, detector.passes() * len(sentences), "passes") as progress:
        result = scan(
            [document],
            sentences,
            detector,
            advance=lambda done: progress.advance(progress.task_ids[0], done),
        )
    found = {(hit.block.place, hit.start): hit.finding for hit in result.hits}
    judged = []
    unseen = {text for text, _, _ in labelled}
    for one in sentences:
        group, bias_type = OTHER, None
        for text, its_group, its_type in labelled:
            begins = one.block.text.find(text)
            if begins >= 0 and begins < one.end and one.start < begins + len(text):
                group, bias_type = its_group, its_type
                unseen.discard(text)
        judged.append(Judged(path.stem, group, bias_type, found.get((one.block.place, one.start))))
    if unseen:
        raise SystemExit(f"{path}: not found in its text: {sorted(unseen)}")
    return judged


def share(rows: list[Judged], counts: Callable[[Judged], bool]) -> str:
    """Share of rows that count, with a 95% interval clustered by chapter."""
    flags = np.array([counts(row) for row in rows], dtype=bool)
    estimate = clustered_share(flags, [row.chapter for row in rows])
    if estimate.value is None:
        return "-"
    interval = "" if estimate.low is None else f" [{estimate.low:.3f}, {estimate.high:.3f}]"
    return f"{int(flags.sum())} = {estimate.value:.3f}{interval}"


def report(rows: list[Judged]) -> Table:
    """For each group how many sentences are called biased, or are at least shown to the editor."""
    table = Table()
    for column in ("sentences", "number", "called biased", "biased or unsure", "kind right"):
        table.add_column(column, justify="left" if column == "sentences" else "right")
    groups: dict[str, Iterable[Judged]] = {
        "biased": [row for row in rows if row.bias_type],
        **{
            group: [row for row in rows if row.group == group]
            for group in sorted({row.group for row in rows} - {OTHER})
        },
        "all fair": [row for row in rows if not row.bias_type],
        OTHER: [row for row in rows if row.group == OTHER],
    }
    for name, members in groups.items():
        some = list(members)
        shown = [row for row in some if row.finding is not None]
        table.add_row(
            name,
            str(len(some)),
            share(some, lambda row: row.finding is not None and row.finding.verdict == "biased"),
            share(some, lambda row: row.finding is not None),
            share(
                shown,
                lambda row: row.finding.bias_types[0].bias_type == row.bias_type,  # type: ignore[union-attr]
            )
            if some and some[0].bias_type
            else "",
        )
    return table


def main() -> None:
    """Scan all chapters and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="checkpoint (default: the shipped detector)")
    parser.add_argument("--misses", action="store_true", help="show what the scan gets wrong")
    given = parser.parse_args()
    quiet_libraries()
    detector = Detector.load(given.model)
    rows = [row for path in sorted(FOLDER.glob("*.md")) for row in judged_sentences(path, detector)]
    console = Console()
    console.print(report(rows))
    flagged = [row for row in rows if row.finding is not None and row.finding.verdict == "biased"]
    right = sum(row.bias_type is not None for row in flagged)
    console.print(f"of {len(flagged)} sentences called biased {right} are")
    if given.misses:
        for row in flagged:
            if row.bias_type is None:
                console.print(f"false alarm ({row.chapter}, {row.group}): {row.finding.text}")  # type: ignore[union-attr]


if __name__ == "__main__":
    main()
