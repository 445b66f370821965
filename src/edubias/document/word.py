"""DOCX: paragraphs, tables, text boxes, notes, headers and footers."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from edubias.document.archive import check_office, damaged, reading
from edubias.document.office_xml import graphics_apart
from edubias.document.text import Read
from edubias.document.word_parts import PARTS, part_paragraphs
from edubias.document.word_text import PAGE_BEGINS, W, is_shown, paragraphs_in, pieces_of
from edubias.lang import tr
from edubias.records import Block, LineStart, Place


def read_word(content: bytes) -> Read:
    """Paragraphs in their order, then notes, headers and footers.

    Paragraphs are counted where they hold text. Pages are those of Word's last layout, where the
    file records it.

    Raises:
        DataError: It is no DOCX.
    """
    document = opened_word(content)
    with reading("DOCX"):
        blocks = [block for _, block in body_paragraphs(document)]
        for part in PARTS:
            blocks += [
                Block(text, Place(part=part, paragraph=number))
                for number, (_, text) in enumerate(part_paragraphs(document, part), start=1)
            ]
        graphics = graphics_apart(document.element.body)
    if not graphics:
        return blocks, []
    return blocks, [
        tr(
            f"charts or SmartArt that were not read: {graphics}",
            f"未读取的图表或 SmartArt：{graphics} 个",
        )
    ]


def opened_word(content: bytes) -> Any:
    """The document, by python-docx.

    Raises:
        DataError: It is no DOCX.
    """
    from docx import Document

    check_office(content, "DOCX")
    with reading("DOCX"):
        document = Document(BytesIO(content))
        if document.element.body is None:
            raise damaged("DOCX", tr("it has no body", "没有正文"))
    return document


def body_paragraphs(document: Any) -> list[tuple[Any, Block]]:
    """Elements of the paragraphs that hold text, with what is read of them."""
    body = document.element.body
    rows = _rows(body)
    # Where there is no mark at all, nobody knows the page, be it the first.
    page = 1 if any(is_shown(mark) for mark in body.iter(PAGE_BEGINS)) else None
    found: list[tuple[Any, Block]] = []
    for paragraph in paragraphs_in(body):
        text = ""
        first, later = page, []
        for piece in pieces_of(paragraph):
            if piece.node.tag == PAGE_BEGINS:
                page = (page or 1) + 1
                if text.strip():
                    later.append(LineStart(len(text), page=page))
                else:
                    first = page
            text += piece.text
        if text.strip():
            row = next(paragraph.iterancestors(f"{W}tr"), None)
            table, number = rows.get(row, (None, None))
            place = Place(page=first, table=table, row=number, paragraph=len(found) + 1)
            found.append((paragraph, Block(text, place, tuple(later))))
    return found


def _rows(body: Any) -> dict[Any, tuple[int, int]]:
    """Numbers of the table and of the row, for every row of a table that is shown.

    Between a table and its rows there may be content controls and the like.
    """
    tables: dict[Any, int] = {}
    counted: dict[Any, int] = {}
    rows: dict[Any, tuple[int, int]] = {}
    for element in body.iter(f"{W}tbl", f"{W}tr"):
        if element.tag == f"{W}tbl":
            if is_shown(element):
                tables[element] = len(tables) + 1
            continue
        table = next(element.iterancestors(f"{W}tbl"), None)
        if table in tables:
            counted[table] = counted.get(table, 0) + 1
            rows[element] = tables[table], counted[table]
    return rows
