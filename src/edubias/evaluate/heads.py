"""Figures of a detector's cascade and of its type head."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edubias.data.labelled import LabelledText
from edubias.detect.calibrate import Calibration, verdict_of
from edubias.detect.classify import load_type_head
from edubias.detect.fitting import typed
from edubias.detect.score import Reading
from edubias.detect.screen import load_screen
from edubias.evaluate.intervals import Estimate, clustered_share
from edubias.evaluate.systems import Scores


def cascade_figures(
    checkpoint: Path,
    calibration: Calibration,
    test: Sequence[LabelledText],
    readings: Sequence[Reading],
    log_odds: Scores,
) -> dict[str, int] | None:
    """What cheaper looks let pass, and what is lost by them; None where there are none."""
    screen = load_screen(checkpoint)
    limit = calibration.fair_below
    if screen is None and limit is None:
        return None
    everything = np.ones(len(test), dtype=bool)
    screened = everything if screen is None else screen.passes([one.text for one in test])
    verdicts = np.asarray([reading.verdict for reading in readings])
    read = screened & (everything if limit is None else verdicts >= limit)
    reported = np.asarray([verdict_of(float(value)) != "fair" for value in log_odds])
    return {
        "texts": len(test),
        "glanced_at": int(screened.sum()),
        "read": int(read.sum()),
        "reported": int(reported.sum()),
        "lost_by_screen": int((reported & ~screened).sum()),
        "lost": int((reported & ~read).sum()),
    }


def type_figures(
    checkpoint: Path, test: Sequence[LabelledText], readings: Sequence[Reading]
) -> dict[str, Any] | None:
    """How often the type head is right, and its confusion matrix; None without a head."""
    head = load_type_head(checkpoint)
    chosen = [i for i, one in enumerate(test) if typed([one])]
    if head is None or not chosen:
        return None
    evidence = np.asarray([readings[i].kind_evidence.tolist() for i in chosen])
    ranked = np.argsort(-head.log_probabilities(evidence), axis=1)
    gold = [str(test[i].bias_type) for i in chosen]
    names = list(head.bias_types)
    hits = np.asarray(
        [[names[k] == kind for k in row] for kind, row in zip(gold, ranked, strict=True)]
    )
    clusters = [test[i].cluster for i in chosen]

    def top(count: int) -> Estimate:
        return clustered_share(np.asarray(hits[:, :count].any(axis=1)), clusters)

    confusion = np.zeros((len(names), len(names)), dtype=int)
    for kind, row in zip(gold, ranked, strict=True):
        if kind in names:
            confusion[names.index(kind), row[0]] += 1
    return {
        "top1": top(1),
        "top2": top(2),
        "texts": len(chosen),
        "names": names,
        "confusion": confusion.tolist(),
    }
