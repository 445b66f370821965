"""Texts with their labels: what detectors are calibrated and measured on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edubias.records import PreferencePair, Statement, TextLanguage

PAIR = "pair"
"""Kind of a text that is one side of a pair."""

PLAIN = "neutral_subject"
"""Kind of a text that says nothing of people: plain subject matter."""


@dataclass(frozen=True)
class LabelledText:
    """A text and what is known of it.

    Attributes:
        text: The text.
        biased: Its label.
        lang: Its language.
        kind: Kind of statement, or ``"pair"``.
        bias_type: Kind of bias, or of the bias it is the fair wording of; None where unknown.
        subject: School subject, where known.
        cluster: What resembles it: its scenario, or itself.
    """

    text: str
    biased: bool
    lang: TextLanguage
    kind: str
    bias_type: str | None
    subject: str | None
    cluster: str


@dataclass(frozen=True)
class Collection:
    """Pairs and labelled statements of one split.

    Attributes:
        pairs: The pairs.
        statements: The statements.
    """

    pairs: Sequence[PreferencePair]
    statements: Sequence[Statement] = ()

    def texts(self) -> list[LabelledText]:
        """Both sides of each pair in turn, the fair one first; then the statements."""
        sides = [
            LabelledText(
                text=text,
                biased=biased,
                lang=pair.lang,
                kind=PAIR,
                bias_type=pair.bias_type,
                subject=_subject(pair.meta.get("subject")),
                cluster=pair.scenario,
            )
            for pair in self.pairs
            for text, biased in ((pair.chosen, False), (pair.rejected, True))
        ]
        return sides + [
            LabelledText(
                text=one.text,
                biased=one.label == "biased",
                lang=one.lang,
                kind=one.kind or str(one.label),
                bias_type=one.bias_type,
                subject=_subject(one.meta.get("subject")),
                cluster=str(one.meta.get("scenario") or one.id),
            )
            for one in self.statements
            if one.label is not None
        ]


def statements_of_split(statements: Sequence[Statement], split: str) -> list[Statement]:
    """Labelled statements of one split (``meta.split``); those that name none are for training."""
    return [one for one in statements if one.label and one.meta.get("split", "train") == split]


def _subject(value: object) -> str | None:
    return value if isinstance(value, str) else None
