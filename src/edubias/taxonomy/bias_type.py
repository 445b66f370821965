"""What edubias knows of one bias type."""

from __future__ import annotations

from dataclasses import dataclass

from edubias.lang import tr


@dataclass(frozen=True)
class Example:
    """A biased wording and the fair wording that an editor would print."""

    biased: str
    fair: str


@dataclass(frozen=True)
class BiasType:
    """One bias type, described for editors in both languages.

    Attributes:
        key: Identifier, as it stands in ``meta.bias_type``.
        name_en, name_zh: Short name.
        covers_en, covers_zh: What it covers, in one sentence.
        harm_en, harm_zh: Why it harms learners.
        pitfalls_en, pitfalls_zh: What is easily mistaken for it, or for its absence.
        examples_en, examples_zh: Examples, mild, as they slip into print.
    """

    key: str
    name_en: str
    name_zh: str
    covers_en: str
    covers_zh: str
    harm_en: str
    harm_zh: str
    pitfalls_en: str
    pitfalls_zh: str
    examples_en: tuple[Example, ...]
    examples_zh: tuple[Example, ...]

    def name(self) -> str:
        """Short name in the language of messages."""
        return tr(self.name_en, self.name_zh)
