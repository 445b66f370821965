"""Parts of a DOCX beside its body: notes, headers and footers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edubias.document.word_text import paragraphs_in, text_of

NOTES = ("footnotes", "endnotes")
_MARGINS = {"headers": "header", "footers": "footer"}
PARTS = (*NOTES, *_MARGINS)
"""The parts, as places name them."""


def part_paragraphs(document: Any, part: str) -> list[tuple[Any, str]]:
    """Paragraphs with their texts.

    Every section may have up to three headers, mostly the same: each text is given once, and what
    holds no word (a page number) not at all.

    Args:
        document: The document, by python-docx.
        part: One of ``PARTS``.
    """
    found = [
        (paragraph, text)
        for root in _roots(document, _MARGINS.get(part, part))
        for paragraph in paragraphs_in(root)
        if (text := text_of(paragraph)).strip()
    ]
    if part not in _MARGINS:
        return found
    once = {text: paragraph for paragraph, text in reversed(found)}
    return [
        (paragraph, text)
        for paragraph, text in found
        if once[text] is paragraph and any(char.isalpha() for char in text)
    ]


def _roots(document: Any, kind: str) -> Iterator[Any]:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for relation in document.part.rels.values():
        if relation.reltype.endswith(f"/{kind}") and not relation.is_external:
            yield etree.fromstring(relation.target_part.blob, parser)
