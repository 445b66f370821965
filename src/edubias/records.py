"""The records that flow through edubias. All are frozen: a record is what was read or found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
        rewrites: Wordings that the detector finds fair, turned ones first, of each form the
            likeliest first; only where asked for.
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


@dataclass(frozen=True)
class Place:
    """Where in its document a text stands, as an editor would look it up; numbers count from 1.

    Attributes:
        page: Page of a PDF; of a DOCX the one it was on when Word last showed it.
        slide: Slide of a presentation.
        part: Part that has a name: a chapter's file, ``"footnotes"``, ``"notes"``.
        table: Table.
        row: Row of the table.
        paragraph: Paragraph, where the format has no lines of its own.
        line: Line, of the page or of the file.
        column: Character of the line, in text files.
    """

    page: int | None = None
    slide: int | None = None
    part: str | None = None
    table: int | None = None
    row: int | None = None
    paragraph: int | None = None
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True)
class LineStart:
    """Where in a block a line of its source begins, or a page.

    Attributes:
        offset: Offset of the line's first character, in the block's text.
        line: Number of the line, where the format has lines.
        column: Column of that character.
        page: The page that begins there, in formats whose blocks may run over several.
    """

    offset: int
    line: int | None = None
    column: int | None = None
    page: int | None = None


@dataclass(frozen=True)
class Block:
    """Text that belongs together: a paragraph, a heading, a cell of a table.

    Attributes:
        text: The text, without the breaks of lines that layout made.
        place: Where it begins.
        lines: Lines that it runs over, in order, or pages; empty where its format has neither.
        origin: For each character of the text its offset in the source that annotation needs (the
            page's text in a PDF); empty where they are the same.
    """

    text: str
    place: Place
    lines: tuple[LineStart, ...] = ()
    origin: tuple[int, ...] = ()

    def place_at(self, offset: int) -> Place:
        """Where the character at an offset stands."""
        reached = [start for start in self.lines if start.offset <= offset]
        if not reached:
            return self.place
        last = reached[-1]
        if last.page is not None:
            return replace(self.place, page=last.page, line=last.line)
        if last.column is None:
            return replace(self.place, line=last.line)
        # Between two characters that are shown there may be some that are not, such as markup.
        shown_from = self.origin[last.offset] if self.origin else last.offset
        at = self.origin[offset] if self.origin else offset
        return replace(self.place, line=last.line, column=last.column + at - shown_from)


@dataclass(frozen=True)
class Document:
    """A manuscript, read.

    Attributes:
        path: The file, as it was named.
        format: ``"txt"``, ``"md"``, ``"html"``, ``"docx"``, ``"pptx"``, ``"epub"`` or ``"pdf"``.
        sha256: Hash of the file.
        blocks: Its texts, in reading order.
        notes: What a reader should know: pages without text, an encoding that was guessed.
    """

    path: str
    format: str
    sha256: str
    blocks: tuple[Block, ...]
    notes: tuple[str, ...] = ()


def language_of(text: str) -> TextLanguage:
    """Language of a text: Chinese where it holds at least one Han character, else English."""
    return "zh" if any("㐀" <= char <= "鿿" for char in text) else "en"
