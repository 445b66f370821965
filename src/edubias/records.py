"""The records that flow through edubias. All are frozen: a record is what was read or found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

TextLanguage = Literal["zh", "en"]
Verdict = Literal["biased", "fair"]


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
    label: Verdict | None = None
    kind: str | None = None
    bias_type: str | None = None
    meta: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Finding:
    """What the detector says of one statement.

    Attributes:
        id: The statement's identifier.
        text: The statement's text.
        score: How biased it is: the negative implicit reward per token. Unbounded; higher is more
            biased; comparable between all statements scored by the same checkpoint.
        probability: Calibrated probability that the statement is biased, in [0, 1].
        verdict: ``"biased"`` where ``score`` reaches the checkpoint's threshold, else ``"fair"``.
    """

    id: str
    text: str
    score: float
    probability: float
    verdict: Verdict


def language_of(text: str) -> TextLanguage:
    """Language of a text: Chinese where it holds at least one Han character, else English."""
    return "zh" if any("㐀" <= char <= "鿿" for char in text) else "en"
