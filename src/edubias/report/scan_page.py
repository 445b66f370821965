"""The page of a scan: one HTML file that shows every finding within its paragraph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edubias.lang import tr
from edubias.report.names import percent, place_name, short_names, verdict_told
from edubias.report.template import rendered
from edubias.scan.record import Hit, Scan, Scanned
from edubias.taxonomy import BIAS_TYPES, BiasType, type_name

TEMPLATE = "scan.html"

CONTEXT = 160
"""Most characters of a paragraph that are shown before and after a sentence."""

WORTH_SAYING = 0.05
"""Least confidence with which a second kind is named."""


@dataclass(frozen=True)
class Stretch:
    """A part of a sentence.

    Attributes:
        text: The part.
        marked: Whether it is among the words that speak most for bias.
    """

    text: str
    marked: bool


@dataclass(frozen=True)
class Card:
    """A finding as it is shown.

    Attributes:
        id: Its identifier.
        place: Where it stands.
        verdict: The verdict, with its probability.
        level: The verdict's key, for the style.
        kinds: Names of the kinds, with their confidence.
        harm: Why the likeliest kind harms; empty where the sentence may well be harmless.
        before: What the paragraph says before the sentence.
        sentence: The sentence.
        after: What it says after it.
        rewrites: Better wordings.
    """

    id: str
    place: str
    verdict: str
    level: str
    kinds: Sequence[str]
    harm: str
    before: str
    sentence: Sequence[Stretch]
    after: str
    rewrites: Sequence[str]


@dataclass(frozen=True)
class Section:
    """A manuscript with its findings."""

    name: str
    document: Scanned
    kinds: Sequence[tuple[str, int]]
    cards: Sequence[Card]


def page_of_scan(scan: Scan) -> str:
    """The page as HTML, in the language of messages."""
    names = short_names([Path(one.path) for one in scan.documents])
    sections = [
        Section(name, document, _kinds(scan.hits_in(i)), [card_of(hit) for hit in scan.hits_in(i)])
        for i, (name, document) in enumerate(zip(names, scan.documents, strict=True))
    ]
    created = datetime.fromisoformat(scan.created).astimezone().strftime("%Y-%m-%d %H:%M")
    return rendered(TEMPLATE, scan=scan, created=created, sections=sections)


def _kinds(hits: Sequence[Hit]) -> list[tuple[str, int]]:
    counts = Counter(
        type_name(hit.finding.bias_types[0].bias_type) for hit in hits if hit.finding.bias_types
    )
    return counts.most_common()


def card_of(hit: Hit) -> Card:
    """A finding as pages show it, in the language of messages."""
    finding = hit.finding
    kinds = [
        f"{type_name(one.bias_type)} {percent(one.confidence)}"
        for number, one in enumerate(finding.bias_types)
        if number == 0 or one.confidence >= WORTH_SAYING
    ]
    first = BIAS_TYPES.get(finding.bias_types[0].bias_type) if finding.bias_types else None
    text = hit.block.text
    begins = max(0, hit.start - CONTEXT)
    stops = min(len(text), hit.end + CONTEXT)
    return Card(
        id=finding.id,
        place=place_name(hit.place),
        verdict=verdict_told(finding),
        level=finding.verdict,
        kinds=kinds,
        harm=_harm(first) if finding.verdict == "biased" else "",
        before=("…" if begins else "") + text[begins : hit.start],
        sentence=_stretches(hit),
        after=text[hit.end : stops] + ("…" if stops < len(text) else ""),
        rewrites=finding.rewrites,
    )


def _harm(kind: BiasType | None) -> str:
    return "" if kind is None else tr(kind.harm_en, kind.harm_zh)


def _stretches(hit: Hit) -> list[Stretch]:
    text = hit.finding.text
    found = []
    at = 0
    for span in hit.finding.spans:
        found += [Stretch(text[at : span.start], False), Stretch(text[span.start : span.end], True)]
        at = span.end
    found.append(Stretch(text[at:], False))
    return [one for one in found if one.text]
