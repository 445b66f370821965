"""Severity: what an editor should do about a statement, from how sure the detector is.

========  ==============  ============================================================
severity  probability     meaning
========  ==============  ============================================================
none      below 1/3       nothing to do
low       1/3 to 3/4      read it again: it may be biased, or only mention bias
medium    3/4 to 9/10     reword it, unless the context speaks for it
high      9/10 and above  reword it
========  ==============  ============================================================
"""

from __future__ import annotations

import math

from edubias.detect.calibrate import verdict_of
from edubias.records import Severity

HIGH_ODDS = 9.0


def severity_of(log_odds: float) -> Severity:
    """Severity of a statement with these log-odds."""
    verdict = verdict_of(log_odds)
    if verdict != "biased":
        return "none" if verdict == "fair" else "low"
    return "medium" if log_odds < math.log(HIGH_ODDS) else "high"
