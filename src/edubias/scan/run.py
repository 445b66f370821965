"""Judge the sentences of manuscripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from edubias import __version__
from edubias.detect.detector import Detector
from edubias.document.segment import sentences, shortened
from edubias.model.logps import Advance
from edubias.records import Block, Document, Statement, language_of
from edubias.scan.record import Hit, Scan, Scanned


@dataclass(frozen=True)
class Sentence:
    """A sentence in its place.

    Attributes:
        document: Index of its manuscript.
        block: The paragraph it stands in.
        start: Offset of its first character in the paragraph.
        end: Offset after its last one.
    """

    document: int
    block: Block
    start: int
    end: int

    @property
    def text(self) -> str:
        """The sentence."""
        return self.block.text[self.start : self.end]


def sentences_of(documents: Sequence[Document], detector: Detector) -> list[Sentence]:
    """Sentences of manuscripts; one that is too long for the detector is cut at its clauses."""
    found = []
    for index, document in enumerate(documents):
        for block in document.blocks:
            for start, end in sentences(block.text):
                parts = shortened(block.text[start:end], detector.scorer.fits)
                found += [
                    Sentence(index, block, start + begin, start + stop) for begin, stop in parts
                ]
    return found


def scan(
    documents: Sequence[Document],
    found: Sequence[Sentence],
    detector: Detector,
    checkpoint: str | None = None,
    advance: Advance | None = None,
    exhaustive: bool = False,
) -> Scan:
    """Judge the sentences of manuscripts; one that stands there repeatedly is read once.

    Args:
        documents: The manuscripts.
        found: Their sentences, by ``sentences_of``.
        detector: Judges them.
        checkpoint: Where it was loaded from, for the record.
        advance: Told how many more passes are done: ``detector.passes`` for each sentence.
        exhaustive: Read every sentence in full.
    """
    texts = list(dict.fromkeys(one.text for one in found))
    statements = [
        Statement(str(number), text, language_of(text)) for number, text in enumerate(texts, 1)
    ]
    judged = dict(zip(texts, detector.judge(statements, advance, exhaustive), strict=True))
    if advance is not None:
        advance(detector.passes(exhaustive) * (len(found) - len(texts)))
    hits = []
    for number, one in enumerate(found, start=1):
        finding = judged[one.text]
        if finding.verdict != "fair":
            place = one.block.place_at(one.start)
            named = replace(finding, id=f"s{number}")
            hits.append(Hit(one.document, place, one.block, one.start, one.end, named))
    counts = Counter(one.document for one in found)
    scanned = tuple(
        Scanned(one.path, one.format, one.sha256, counts[index], one.notes)
        for index, one in enumerate(documents)
    )
    return Scan(checkpoint, exhaustive, scanned, tuple(hits), __version__)


def with_rewrites(result: Scan, detector: Detector, advance: Advance | None = None) -> Scan:
    """A scan with better wordings for its findings; up to a minute for each.

    Raises:
        ModelError: The detector has no rewriter.
    """
    findings = detector.with_rewrites([hit.finding for hit in result.hits], advance)
    hits = tuple(
        replace(hit, finding=finding) for hit, finding in zip(result.hits, findings, strict=True)
    )
    return replace(result, hits=hits)
