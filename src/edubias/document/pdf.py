"""Read a PDF: the paragraphs of its pages, without running heads and page numbers.

Origins are indices of characters in PDFium's text pages, by which ``edubias.document.annotate_pdf``
finds where on the sheet they stand.

Does not know: text in pictures; vertical writing (see ``edubias.document.pdf_page``); paragraphs
that go on on the next page, which are two here. Where a Chinese font is neither embedded nor
installed, PDFium leaves out what is drawn one character at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edubias.document.pdf_glyphs import pdfium
from edubias.document.pdf_margins import without_margins
from edubias.document.pdf_page import Page, read_page
from edubias.document.pdf_paragraphs import blocks_of
from edubias.document.text import Read
from edubias.errors import DataError
from edubias.lang import tr

MOST_UNMAPPED = 1 / 50
"""Share of a page's characters that may be unknown without a note."""


def read_pdf(content: bytes) -> Read:
    """Paragraphs of a PDF, and notes.

    Args:
        content: The file.

    Raises:
        DataError: It is damaged or encrypted.
    """
    pages: list[Page] = []
    with opened_pdf(content) as document:
        for number in range(1, len(document) + 1):
            textpage = text_page(document, number)
            pages.append(read_page(textpage, number))
            textpage.page.close()
    bodies = without_margins(pages)
    blocks = [
        block for page, body in zip(pages, bodies, strict=True) for block in blocks_of(page, body)
    ]
    return blocks, _notes(pages, {block.place.page for block in blocks})


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
            "Open it in a PDF program, save it anew and try again.",
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


def _notes(pages: Sequence[Page], read: set[int | None]) -> list[str]:
    notes: list[str] = []
    if empty := [page.number for page in pages if page.number not in read]:
        verb = "has" if len(empty) == 1 else "have"
        notes.append(
            tr(
                f"{_pages(empty)} {verb} no text: scanned? Run OCR first",
                f"{_pages(empty)}没有文字，可能是扫描件，请先做文字识别",
            )
        )
    unknown = [page.number for page in pages if page.unmapped > MOST_UNMAPPED * len(page.text)]
    if unknown:
        notes.append(
            tr(
                f"{_pages(unknown)}: the fonts do not say what many of the characters are; run OCR",
                f"{_pages(unknown)}：字体未说明许多字符是什么字，请做文字识别",
            )
        )
    return notes


def _pages(numbers: Sequence[int]) -> str:
    """Numbers of pages, rising, as ``pages 3, 7-9``."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    named = [str(first) if first == last else f"{first}-{last}" for first, last in ranges]
    word = "page" if len(numbers) == 1 else "pages"
    return tr(f"{word} {', '.join(named)}", f"第{'、'.join(named)}页")
