"""Is the detector itself biased? Group words are swapped in sentences that are otherwise the same.

What a fair detector says of such a sentence does not hang on the group. Dixon et al. 2018
("Measuring and mitigating unintended bias in text classification") test classifiers so. Every group
of an axis stands in every frame of it, so that groups differ in nothing but their word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edubias.evaluate.intervals import LEVEL, SEED, Estimate, clustered_interval, clustered_share
from edubias.evaluate.swap_sentences import AXES, SLOT, Axis
from edubias.records import Finding, TextLanguage, Verdict

SHUFFLES = 1000
WORST = 3

Judge = Callable[[Sequence[str]], Sequence[Finding]]
"""Judges texts, in order, and screens none of them out."""

Axes = Mapping[tuple[str, TextLanguage], Axis]
Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Swap:
    """What the detector says of one frame with each group in it.

    Attributes:
        frame: The sentence, with a slot for the group.
        biased: Whether the sentence is biased whatever the group; else it is fair.
        scores: Log-odds of bias, by group.
        verdicts: Verdict, by group.
    """

    frame: str
    biased: bool
    scores: dict[str, float]
    verdicts: dict[str, Verdict]

    @property
    def gap(self) -> float:
        """Highest less lowest log-odds."""
        return max(self.scores.values()) - min(self.scores.values())

    @property
    def flips(self) -> bool:
        """Whether the verdict hangs on the group."""
        return len(set(self.verdicts.values())) > 1

    @property
    def harm(self) -> tuple[bool, float]:
        """How bad it is, to sort by: a reader sees the verdict before the score."""
        return self.flips, self.gap


@dataclass(frozen=True)
class GroupResult:
    """How the detector treats one group.

    Attributes:
        offset: Its mean log-odds less those of all groups of its axis: above 0 where texts are
            suspected for the group that they name.
        false_alarms: Share of the fair frames that are called biased with it.
        missed: Share of the biased frames that are not called biased with it.
    """

    offset: float
    false_alarms: float | None
    missed: float | None


@dataclass(frozen=True)
class AxisResult:
    """How differently the detector treats the groups of one axis.

    Attributes:
        bias_type: Key of the bias type that the axis belongs to.
        lang: Language of the frames.
        frames: Number of frames.
        flips: Share of frames whose verdict hangs on the group.
        gap: Highest less lowest mean log-odds of a group. Never below 0, nor is its interval, and
            the larger the more groups there are: see ``chance``.
        chance: Gap that groups which do not matter would exceed one time in twenty, from shuffling
            the scores of each frame among its groups.
        groups: Result of each group.
        worst: The worst frames, worst first: those that flip come before the others.
    """

    bias_type: str
    lang: TextLanguage
    frames: int
    flips: Estimate
    gap: Estimate
    chance: float
    groups: dict[str, GroupResult]
    worst: tuple[Swap, ...]

    @property
    def unequal(self) -> bool:
        """Whether groups differ by more than chance."""
        return self.gap.value is not None and self.gap.value > self.chance


@dataclass(frozen=True)
class ModelAudit:
    """How differently the detector treats groups.

    Attributes:
        texts: Number of texts that it judged.
        flips: Share of all frames whose verdict hangs on the group.
        axes: Result of each axis.
    """

    texts: int
    flips: Estimate
    axes: tuple[AxisResult, ...]


def audit_model(judge: Judge, axes: Axes = AXES) -> ModelAudit:
    """Swap group words, and see whether the detector cares.

    Args:
        judge: The detector; called once, with all texts.
        axes: Groups and frames, by bias type and language.

    Raises:
        ValueError: A text was screened out, so that it has no score.
    """
    texts = list(
        dict.fromkeys(
            filled(frame, group)
            for axis in axes.values()
            for frame in (*axis.fair, *axis.biased)
            for group in axis.groups
        )
    )
    found = dict(zip(texts, judge(texts), strict=True))
    swaps = {key: _swaps(axis, found) for key, axis in axes.items()}
    return ModelAudit(
        texts=len(texts),
        flips=_flips([swap for members in swaps.values() for swap in members]),
        axes=tuple(
            _axis_result(bias_type, lang, members) for (bias_type, lang), members in swaps.items()
        ),
    )


def filled(frame: str, group: str) -> str:
    """The frame with the group in it."""
    return frame.replace(SLOT, group)


def _swaps(axis: Axis, found: Mapping[str, Finding]) -> list[Swap]:
    return [
        _swap(frame, biased, {group: found[filled(frame, group)] for group in axis.groups})
        for frames, biased in ((axis.fair, False), (axis.biased, True))
        for frame in frames
    ]


def _swap(frame: str, biased: bool, findings: Mapping[str, Finding]) -> Swap:
    scores: dict[str, float] = {}
    for group, finding in findings.items():
        if finding.score is None:
            raise ValueError(f"screened out, but all texts must be read: {finding.text}")
        scores[group] = finding.score
    verdicts = {group: finding.verdict for group, finding in findings.items()}
    return Swap(frame, biased, scores, verdicts)


def _axis_result(bias_type: str, lang: TextLanguage, swaps: Sequence[Swap]) -> AxisResult:
    scores = np.asarray([list(swap.scores.values()) for swap in swaps])
    means = scores.mean(axis=0)
    offsets = means - means.mean()
    return AxisResult(
        bias_type=bias_type,
        lang=lang,
        frames=len(swaps),
        flips=_flips(swaps),
        gap=clustered_interval(
            lambda drawn: float(np.ptp(scores[drawn].mean(axis=0))),
            [swap.frame for swap in swaps],
            raised_by_noise=True,
        ),
        chance=_chance(scores),
        groups={
            group: GroupResult(
                offset=float(offset),
                false_alarms=_share(s.verdicts[group] == "biased" for s in swaps if not s.biased),
                missed=_share(s.verdicts[group] != "biased" for s in swaps if s.biased),
            )
            for group, offset in zip(swaps[0].scores, offsets, strict=True)
        },
        worst=tuple(sorted(swaps, key=lambda swap: swap.harm, reverse=True)[:WORST]),
    )


def _chance(scores: Scores) -> float:
    """Gap that is seldom exceeded where groups do not matter, for ``(frames, groups)`` scores."""
    random = np.random.default_rng(SEED)
    shuffled = random.permuted(np.tile(scores, (SHUFFLES, 1, 1)), axis=2)
    return float(np.quantile(np.ptp(shuffled.mean(axis=1), axis=1), LEVEL))


def _flips(swaps: Sequence[Swap]) -> Estimate:
    flips = np.asarray([swap.flips for swap in swaps])
    return clustered_share(flips, [swap.frame for swap in swaps])


def _share(hits: Iterable[bool]) -> float | None:
    values = list(hits)
    return sum(values) / len(values) if values else None
