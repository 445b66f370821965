"""PPTX: text of slides, tables and speaker's notes."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from edubias.document.archive import damaged, opened_archive
from edubias.document.text import Read
from edubias.records import Block, Place

NOTES = "notes"
"""Name of the part of a slide that only the speaker sees."""


def read_slides(content: bytes) -> Read:
    """Paragraphs of every slide, in the order of its shapes, then those of its notes.

    Raises:
        DataError: It is no PPTX.
    """
    from pptx import Presentation

    opened_archive(content, "PPTX").close()
    try:
        presentation = Presentation(BytesIO(content))
    except Exception as error:  # python-pptx raises what its parsers raise
        raise damaged("PPTX", str(error)) from error
    blocks: list[Block] = []
    for number, slide in enumerate(presentation.slides, start=1):
        paragraphs: list[tuple[str | None, str]] = [(None, text) for text in _texts(slide.shapes)]
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            said = slide.notes_slide.notes_text_frame
            paragraphs += [(NOTES, paragraph.text) for paragraph in said.paragraphs]
        counted = 0
        for part, text in paragraphs:
            text = text.replace("\v", "\n")
            if text.strip():
                counted += 1
                blocks.append(Block(text, Place(slide=number, part=part, paragraph=counted)))
    return blocks, []


def _texts(shapes: Any) -> Iterator[str]:
    for shape in shapes:
        if shape.shape_type is not None and hasattr(shape, "shapes"):
            yield from _texts(shape.shapes)
        elif shape.has_text_frame:
            yield from (paragraph.text for paragraph in shape.text_frame.paragraphs)
        elif getattr(shape, "has_table", False):
            for row in shape.table.rows:
                for cell in row.cells:
                    yield from (paragraph.text for paragraph in cell.text_frame.paragraphs)
