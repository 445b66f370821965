"""Which wordings a finding offers: fair ones, turned or edited in several drafts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from edubias.detect.calibrate import verdict_of
from edubias.detect.content import likeness
from edubias.detect.rewrite import Rewriter, Wording
from edubias.records import Finding

MOST_TURNED, MOST_EDITED = 2, 2
"""Wordings of each form that a finding offers."""

DRAFTS = 3
"""How often edited wordings are looked for: from the text itself, then from the best so far."""

LEAST_LOGP = -6.0
"""Least log-probability of a whole wording under the rewriter, in nats, settled on the embedded
model's for either form: what it would hardly write is mostly nonsense."""

MOST_ALIKE = 0.9
"""Most that two wordings that are offered have in common, as a share of their characters: two that
differ in a comma leave no choice."""

LEAST_GAIN = 1.0
"""Least fall of log-odds that a wording must bring: a text that is nearly fair may pass the border
with a change that mends nothing."""

Judge = Callable[[Sequence[str]], list[float]]
"""Calibrated log-odds that each of some texts is biased."""


def fair_wordings(rewriter: Rewriter, judge: Judge, finding: Finding) -> tuple[str, ...]:
    """Fair wordings for what was found: turned ones, then edited ones, which readers accept less.

    Of each form the likeliest come first, and no two are nearly the same.

    Args:
        rewriter: Proposes wordings.
        judge: Says whether they are fair.
        finding: What they are for.
    """
    turned = _Search(judge)
    turned.add(rewriter.turned(finding.text))
    edited = _Search(judge)
    edited.add(rewriter.edited(finding.text))
    drafts: list[str] = []
    while len(drafts) < DRAFTS - 1 and (draft := edited.best_but(drafts)) is not None:
        drafts.append(draft)
        edited.add(rewriter.edited(finding.text, draft))
    enough = (finding.score or 0.0) - LEAST_GAIN
    return (
        *_unlike(turned.fair(enough))[:MOST_TURNED],
        *_unlike(edited.fair(enough))[:MOST_EDITED],
    )


def _unlike(texts: Sequence[str]) -> tuple[str, ...]:
    """Texts without those that are much like an earlier one."""
    kept: list[str] = []
    for text in texts:
        if max((likeness(one, text) for one in kept), default=0.0) <= MOST_ALIKE:
            kept.append(text)
    return tuple(kept)


@dataclass(frozen=True)
class _Search:
    """What has been proposed so far. Judging costs most, so only what may matter is judged.

    Attributes:
        judge: Says whether wordings are fair.
        logps: Log-probability of each wording under the rewriter, in nats.
        judged: Log-odds of being biased, of those that were judged: all that may be offered.
    """

    judge: Judge
    logps: dict[str, float] = field(default_factory=dict)
    judged: dict[str, float] = field(default_factory=dict)

    def add(self, wordings: Sequence[Wording]) -> None:
        """Take in wordings, and judge those that may be offered."""
        for one in wordings:
            self.logps.setdefault(one.text, one.logp)
        self._judge(LEAST_LOGP)

    def fair(self, enough: float) -> list[str]:
        """What may be offered, the likeliest first.

        Args:
            enough: Greatest log-odds that bring enough.
        """
        found = [
            text
            for text, log_odds in self.judged.items()
            if self.logps[text] >= LEAST_LOGP
            and verdict_of(log_odds) == "fair"
            and log_odds <= enough
        ]
        return sorted(found, key=lambda text: -self.logps[text])

    def best_but(self, drafts: Sequence[str]) -> str | None:
        """The most promising wording that was no draft yet."""
        left = [one for one in self.judged if one not in drafts]
        promise = max(map(self._promise, left), default=-math.inf)
        self._judge(promise)  # no wording promises more than its log-probability
        left = [one for one in self.judged if one not in drafts]
        return max(left, key=self._promise) if left else None

    def _promise(self, text: str) -> float:
        """How good a draft it is: likely, and not rather biased."""
        return self.logps[text] - max(0.0, self.judged[text])

    def _judge(self, least: float) -> None:
        """Judge all wordings that are so likely at least."""
        new = [t for t, logp in self.logps.items() if logp >= least and t not in self.judged]
        if new:
            self.judged.update(zip(new, self.judge(new), strict=True))
