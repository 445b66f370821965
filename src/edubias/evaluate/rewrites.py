"""How many biased texts get a better wording.

That a wording is offered means that the detector finds it fair, not that a reader would: so every
text stands in the result with what was offered, to be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from edubias.data.labelled import PAIR, LabelledText
from edubias.data.read import sample
from edubias.detect.detector import Detector
from edubias.evaluate.intervals import Estimate, clustered_share
from edubias.model.logps import Advance
from edubias.records import Statement


@dataclass(frozen=True)
class Rewrites:
    """Wordings offered for biased texts.

    Attributes:
        texts: Number of biased texts.
        found: How many of them the detector does not find fair.
        offered: Share of all that get a wording.
        wordings: For each text its verdict and the wordings that were offered.
    """

    texts: int
    found: int
    offered: Estimate
    wordings: list[dict[str, Any]]


def biased_statements(texts: Sequence[LabelledText], count: int) -> list[LabelledText]:
    """A random choice of biased statements; sides of pairs where there are no statements."""
    biased = [one for one in texts if one.biased]
    statements = [one for one in biased if one.kind != PAIR]
    return sample(statements or biased, count, seed=0)


def measure_rewrites(
    detector: Detector, texts: Sequence[LabelledText], count: int, advance: Advance
) -> Rewrites | None:
    """Judge biased texts and propose wordings.

    Args:
        detector: A detector with a rewriter.
        texts: Held-out texts.
        count: Most texts to reword.
        advance: Told how many more of three steps a text are done: two passes, and its wordings.

    Raises:
        ModelError: There is no rewriter.
    """
    chosen = biased_statements(texts, count)
    if not chosen:
        return None
    statements = [
        Statement(str(number), one.text, one.lang) for number, one in enumerate(chosen, start=1)
    ]
    findings = detector.with_rewrites(detector.judge(statements, advance, exhaustive=True), advance)
    offered = np.asarray([bool(finding.rewrites) for finding in findings])
    return Rewrites(
        texts=len(findings),
        found=sum(finding.verdict != "fair" for finding in findings),
        offered=clustered_share(offered, [one.cluster for one in chosen]),
        wordings=[
            {
                "text": finding.text,
                "kind": one.kind,
                "verdict": finding.verdict,
                "rewrites": list(finding.rewrites),
            }
            for one, finding in zip(chosen, findings, strict=True)
        ],
    )
