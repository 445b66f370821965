"""DOCX: paragraphs, tables, text boxes, footnotes and endnotes."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from edubias.document.archive import damaged, opened_archive
from edubias.document.text import Read
from edubias.document.word_text import W, paragraphs_in, text_of
from edubias.records import Block, Place

NOTE_PARTS = ("footnotes", "endnotes")
"""Parts of a DOCX that hold notes, by the end of their names."""


def read_word(content: bytes) -> Read:
    """Paragraphs in their order, then notes; paragraphs are counted where they hold text.

    Pages are those of Word's last layout, where the file records it.

    Raises:
        DataError: It is no DOCX.
    """
    document = opened_word(content)
    blocks = [Block(text_of(paragraph), place) for paragraph, place in body_paragraphs(document)]
    for part in NOTE_PARTS:
        root = notes_root(document, part)
        if root is None:
            continue
        texts = [text for text in map(text_of, paragraphs_in(root)) if text.strip()]
        blocks += [
            Block(text, Place(part=part, paragraph=number))
            for number, text in enumerate(texts, start=1)
        ]
    return blocks, []


def opened_word(content: bytes) -> Any:
    """The document, by python-docx.

    Raises:
        DataError: It is no DOCX.
    """
    from docx import Document

    opened_archive(content, "DOCX").close()
    try:
        return Document(BytesIO(content))
    except Exception as error:  # python-docx raises what its parsers raise
        raise damaged("DOCX", str(error)) from error


def body_paragraphs(document: Any) -> Iterator[tuple[Any, Place]]:
    """Elements of the paragraphs that hold text, with their places."""
    body = document.element.body
    paged = body.find(f".//{W}lastRenderedPageBreak") is not None
    pages = {
        mark: number for number, mark in enumerate(body.iter(f"{W}lastRenderedPageBreak"), start=2)
    }
    tables = {table: number for number, table in enumerate(body.iter(f"{W}tbl"), start=1)}
    page = 1
    counted = 0
    for paragraph in paragraphs_in(body):
        begins = page
        for mark in paragraph.iter(f"{W}lastRenderedPageBreak"):
            page = max(page, pages[mark])
        text = text_of(paragraph)
        if not text.strip():
            continue
        if _break_comes_first(paragraph):
            begins = page
        counted += 1
        table, row = _cell(paragraph, tables)
        yield (
            paragraph,
            Place(page=begins if paged else None, table=table, row=row, paragraph=counted),
        )


def _break_comes_first(paragraph: Any) -> bool:
    """Whether the paragraph's first text already stands on the next page."""
    for element in paragraph.iter(f"{W}lastRenderedPageBreak", f"{W}t"):
        return bool(element.tag == f"{W}lastRenderedPageBreak")
    return False


def _cell(paragraph: Any, tables: dict[Any, int]) -> tuple[int | None, int | None]:
    """Numbers of the table and row that a paragraph is in."""
    row = next(paragraph.iterancestors(f"{W}tr"), None)
    if row is None:
        return None, None
    table = next(row.iterancestors(f"{W}tbl"))
    return tables[table], list(table.iterchildren(f"{W}tr")).index(row) + 1


def notes_root(document: Any, part: str) -> Any | None:
    """Root element of a part of notes; None where there is none."""
    from lxml import etree

    for relation in document.part.rels.values():
        if relation.reltype.endswith(f"/{part}") and not relation.is_external:
            parser = etree.XMLParser(resolve_entities=False, no_network=True)
            return etree.fromstring(relation.target_part.blob, parser)
    return None
