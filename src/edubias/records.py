"""The records that flow through edubias. All are frozen: a record is what was read or found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

TextLanguage = Literal["zh", "en"]
Verdict = Literal["biased", "unsure", "fair"]
Label = Literal["biased", "fair"]
Severity = Literal["none", "low", "medium", "high"]


@dataclass(frozen=True)
class PreferencePair:
    """Two wordings of the same content, of which one is biased.

    Attributes:
        id: Identifier, unique within its file.
        lang: Language of both texts.
        chosen: The unbiased wording.
        rejected: The biased wording.
        bias_type: Key of the bias type, or None where the record names none.
        meta: Everything else that the record says of itself (scenario, subject, grade, …).
    """

    id: str
    lang: TextLanguage
    chosen: str
    rejected: str
    bias_type: str | None = None
    meta: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def scenario(self) -> str:
        """The situation the pair is about; pairs of one scenario must not be split up.

        A pair that names none is a scenario of its own.
        """
        return str(self.meta.get("scenario") or self.id)


@dataclass(frozen=True)
class Statement:
    """A single text to be judged, with its true label where that is known.

    Attributes:
        id: Identifier, unique within its input.
        text: The text.
        lang: Its language.
        label: ``"biased"`` or ``"fair"``, or None where unknown.
        kind: What sort of text it is (``neutral_subject``, ``biased_subtle``, …), where known.
        bias_type: Key of the bias type, or None.
        meta: Everything else that the record says of itself.
    """

    id: str
    text: str
    lang: TextLanguage
    label: Label | None = None
    kind: str | None = None
    bias_type: str | None = None
    meta: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Span:
    """A phrase of a text.

    Attributes:
        start: Offset of its first character, in the original text.
        end: Offset after its last one.
        text: The phrase.
        share: Its share of all that speaks for bias in the text, in [0, 1].
    """

    start: int
    end: int
    text: str
    share: float


@dataclass(frozen=True)
class TypeGuess:
    """A kind of bias that a text may show.

    Attributes:
        bias_type: Its key.
        confidence: Probability, given that the text is biased.
    """

    bias_type: str
    confidence: float


@dataclass(frozen=True)
class Finding:
    """What the detector says of one statement.

    Attributes:
        id: The statement's identifier.
        text: The statement's text.
        score: Log-odds that it is biased; comparable between all statements judged by the same
            checkpoint. None where a cheaper look found it fair.
        probability: The same as a probability, in [0, 1].
        verdict: ``"biased"`` (odds of three to one or more), ``"fair"`` (of two to one or more
            against), or between them ``"unsure"``.
        severity: What to do about it, see ``edubias.detect.severity``.
        bias_types: The likeliest kinds of bias, likeliest first; none where it is fair.
        spans: The phrases that speak most for bias, in their order; none where it is fair.
        rewrites: Wordings that the detector finds fair, likeliest first; only where asked for.
    """

    id: str
    text: str
    score: float | None
    probability: float | None
    verdict: Verdict
    severity: Severity = "none"
    bias_types: tuple[TypeGuess, ...] = ()
    spans: tuple[Span, ...] = ()
    rewrites: tuple[str, ...] = ()


def language_of(text: str) -> TextLanguage:
    """Language of a text: Chinese where it holds at least one Han character, else English."""
    return "zh" if any("㐀" <= char <= "鿿" for char in text) else "en"
