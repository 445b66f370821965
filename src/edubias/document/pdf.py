"""Read a PDF: paragraphs; running heads only once, numbers of pages and of lines not at all.

Origins are indices of characters in PDFium's text pages, by which ``edubias.document.annotate_pdf``
finds where on the sheet they stand. A paragraph that runs over pages begins on the first of them;
the indices are those of the page that its ``place_at`` tells.

Does not know: text in pictures; vertical writing (see ``edubias.document.pdf_page``); paragraphs
that go on in the next column. Where a Chinese font is neither embedded nor installed, PDFium leaves
out what is drawn one character at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from edubias.document.pdf_glyphs import pdfium
from edubias.document.pdf_joints import Paragraph, goes_on, over_pages
from edubias.document.pdf_line_numbers import without_line_numbers
from edubias.document.pdf_margins import Body, without_margins
from edubias.document.pdf_notes import notes_on
from edubias.document.pdf_page import Page, Piece, read_page
from edubias.document.pdf_paragraphs import paragraphs_of
from edubias.document.text import Read
from edubias.errors import DataError
from edubias.lang import tr
from edubias.records import Block, Place


def read_pdf(content: bytes) -> Read:
    """Paragraphs of a PDF, and notes.

    Args:
        content: The file.

    Raises:
        DataError: It is encrypted, or damaged so far that no page can be read.
    """
    pages: list[Page] = []
    broken: dict[int, DataError] = {}
    with opened_pdf(content) as document:
        for number in range(1, len(document) + 1):
            try:
                textpage = text_page(document, number)
            except DataError as error:
                broken[number] = error
                continue
            pages.append(read_page(textpage, number))
            textpage.page.close()
        if broken and not pages:
            raise next(iter(broken.values()))
        bodies = without_margins(pages)
        for page, body in zip(pages, bodies, strict=True):
            body.pieces = without_line_numbers(page, body.pieces)
        notes = notes_on(document, pages, bodies, list(broken))
    return _blocks(pages, bodies), notes


def _blocks(pages: Sequence[Page], bodies: Sequence[Body]) -> list[Block]:
    """All paragraphs, those that run over pages in one."""
    found: list[Block] = []
    end: tuple[Page, Body, Paragraph, int] | None = None  # The last paragraph, and where it is.
    for page, body in zip(pages, bodies, strict=True):
        found += _of_margin(page, body.heads)
        here = paragraphs_of(page, body.pieces)
        if end and here and goes_on(end[0], end[1].pieces, end[2], page, body.pieces, here[0]):
            whole = over_pages(found[end[3]], here[0].block)
            found[end[3]] = whole
            end = (page, body, replace(here[0], block=whole), end[3])
            here = here[1:]
        elif not here:
            end = None
        for paragraph in here:
            end = (page, body, paragraph, len(found))
            found.append(paragraph.block)
        found += _of_margin(page, body.feet)
    return found


def _of_margin(page: Page, rows: Sequence[Sequence[Piece]]) -> list[Block]:
    """Running heads or feet, which stand in no line of the page."""
    return [
        replace(paragraph.block, place=Place(page=page.number), lines=())
        for row in rows
        for paragraph in paragraphs_of(page, row)
    ]


def opened_pdf(content: bytes) -> Any:
    """The document, by pypdfium2; to be closed.

    Raises:
        DataError: It is damaged or encrypted.
    """
    library = pdfium()
    try:
        return library.PdfDocument(content)
    except library.PdfiumError as error:
        if error.err_code in (library.raw.FPDF_ERR_PASSWORD, library.raw.FPDF_ERR_SECURITY):
            raise locked() from error
        raise damaged(str(error)) from error


def text_page(document: Any, number: int) -> Any:
    """The text page of the page of this number, from 1.

    Raises:
        DataError: The page is damaged.
    """
    try:
        return document[number - 1].get_textpage()
    except pdfium().PdfiumError as error:
        raise damaged(tr(f"page {number}: {error}", f"第{number}页：{error}")) from error


def damaged(reason: str) -> DataError:
    """The error where a file is no PDF, or one that is broken."""
    return DataError(
        tr(f"not a PDF that can be read: {reason}", f"无法读取的 PDF 文件：{reason}"),
        tr(
            "Open it in a PDF program, save it again and retry.",
            "请用 PDF 软件打开后另存，再重试。",
        ),
    )


def locked() -> DataError:
    """The error where a PDF is encrypted."""
    return DataError(
        tr("the PDF is encrypted", "PDF 文件已加密"),
        tr(
            "Save a copy without password or restrictions and use that.",
            "请另存一份没有密码和权限限制的副本再使用。",
        ),
    )
