"""PPTX: text of slides, tables and speaker's notes."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from edubias.document.archive import check_office, reading
from edubias.document.office_xml import A, M, graphics_apart, repeated
from edubias.document.text import Read
from edubias.lang import tr
from edubias.records import Block, Place

NOTES = "notes"
"""Name of the part of a slide that only the speaker sees."""


def read_slides(content: bytes) -> Read:
    """Paragraphs of every slide, in the order of its shapes, then those of its notes.

    Raises:
        DataError: It is no PPTX.
    """
    from pptx import Presentation

    check_office(content, "PPTX")
    blocks: list[Block] = []
    unread: list[int] = []
    with reading("PPTX"):
        for number, slide in enumerate(Presentation(BytesIO(content)).slides, start=1):
            said = _said(slide.element, Place(slide=number))
            if slide.has_notes_slide and slide.notes_slide.notes_placeholder is not None:
                notes = slide.notes_slide.notes_placeholder.element
                said += _said(notes, Place(slide=number, part=NOTES), before=len(said))
            blocks += said
            if graphics_apart(slide.element):
                unread.append(number)
    if not unread:
        return blocks, []
    where = tr(", ", "、").join(tr(f"slide {number}", f"第{number}张") for number in unread)
    return blocks, [
        tr(f"charts or SmartArt that were not read: {where}", f"未读取的图表或 SmartArt：{where}")
    ]


def _said(root: Any, at: Place, before: int = 0) -> list[Block]:
    """Paragraphs that hold text, in order.

    Shapes are not asked for: in groups, and in several versions for several programs, they nest at
    will, while a paragraph is the same everywhere.

    Args:
        root: What they stand in.
        at: Where that is; the paragraph's number, and that of its table and row, are added.
        before: Number of paragraphs before them on the slide.
    """
    tables = {
        table: number
        for number, table in enumerate(
            (one for one in root.iter(f"{A}tbl") if not repeated(one)), start=1
        )
    }
    rows = {
        row: (tables[table], number)
        for table in tables
        for number, row in enumerate(table.iterchildren(f"{A}tr"), start=1)
    }
    found: list[Block] = []
    for paragraph in root.iter(f"{A}p"):
        text = "".join(_pieces(paragraph))
        if text.strip() and not repeated(paragraph) and not _covered(paragraph):
            table, row = rows.get(next(paragraph.iterancestors(f"{A}tr"), None), (None, None))
            number = before + len(found) + 1
            place = Place(slide=at.slide, part=at.part, table=table, row=row, paragraph=number)
            found.append(Block(text, place))
    return found


def _covered(paragraph: Any) -> bool:
    """Whether it is in a cell that another one, merged with it, covers."""
    cell = next(paragraph.iterancestors(f"{A}tc"), None)
    return cell is not None and any(
        cell.get(name) in ("1", "true") for name in ("hMerge", "vMerge")
    )


def _pieces(paragraph: Any) -> Iterator[str]:
    for element in paragraph.iter(f"{A}t", f"{A}br", f"{M}t"):
        if element.tag == f"{A}br":
            yield "\n"
        elif not repeated(element):
            yield element.text or ""
