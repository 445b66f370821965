"""Plain text: its paragraphs."""

from __future__ import annotations

from edubias.document.encoding import decoded
from edubias.document.lines import lines_of, paragraphs
from edubias.records import Block, Place

Read = tuple[list[Block], list[str]]
"""Blocks of a document, and what a reader should know of it."""


def read_text(content: bytes) -> Read:
    """Paragraphs of a plain text.

    Raises:
        DataError: It is no text.
    """
    text, notes = decoded(content)
    return paragraphs(lines_of(text), Place()), notes
