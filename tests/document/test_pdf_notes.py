import pypdfium2
import pytest
from PIL import Image
from pypdf.generic import NameObject, NullObject, NumberObject
from reportlab.lib.utils import ImageReader

from edubias.document.pdf import read_pdf
from edubias.errors import DataError
from edubias.lang import use_language
from tests.document.pdf_files import ENGLISH, Sheets, annotated, marked, one_page, rewritten


def test_pages_without_text_are_named():
    sheets = Sheets()
    for number in range(1, 10):
        if number in (3, 7, 8, 9):
            sheets.canvas.rect(100, 100, 50, 50)
        else:
            sheets.draw([f"{'abcdefg'[number]} is a text of its own"])
        sheets.page()
    content = sheets.content()
    assert read_pdf(content)[1] == [
        "pages 3, 7-9 have no text: scanned? Run text recognition (OCR) first"
    ]
    use_language("zh")
    assert read_pdf(content)[1] == ["第3、7-9页没有文字，可能是扫描件，请先做文字识别"]


def test_blank_pages_are_not_called_scanned():
    sheets = Sheets()
    for number in range(1, 6):
        if number not in (3, 4):
            sheets.draw([f"{'abcde'[number - 1]} text of the page here."])
        if number != 4:
            sheets.draw([str(number)], x=290, y=40)
        sheets.page()
    assert read_pdf(sheets.content())[1] == []


def test_a_scanned_page_with_a_head_is_named():
    sheets = Sheets()
    picture = ImageReader(Image.new("L", (40, 60), 200))
    for number in range(1, 6):
        sheets.draw(["A reader"], y=800, size=9)
        if number == 3:
            sheets.canvas.drawImage(picture, 50, 50, 495, 700)
        else:
            sheets.draw([f"{'abcde'[number - 1]} text of the page here."])
        sheets.page()
    assert read_pdf(sheets.content())[1] == [
        "page 3 has no text: scanned? Run text recognition (OCR) first"
    ]


def with_null_pages(content: bytes, *at: int) -> bytes:
    """The PDF with nothing where pages should be."""

    def change(writer):
        pages = writer.root_object["/Pages"]
        for position in at:
            pages["/Kids"][position:position] = [NullObject()]
        pages[NameObject("/Count")] = NumberObject(len(pages["/Kids"]))

    return rewritten(content, change)


def test_a_damaged_page_does_not_hide_the_others(tmp_path):
    sheets = Sheets()
    for line in ENGLISH[:2]:
        sheets.draw([line])
        sheets.page()
    content = with_null_pages(sheets.content(), 1)
    blocks, notes = read_pdf(content)
    assert [block.place.page for block in blocks] == [1, 3]
    assert notes == ["page 2 is damaged and was not read"]
    copy = annotated(tmp_path, content, marked(blocks, "clean the classroom"))
    page = pypdfium2.PdfDocument(copy)[2]
    assert pypdfium2.raw.FPDFPage_GetAnnotCount(page) == 1
    use_language("zh")
    assert read_pdf(content)[1] == ["第2页已损坏，未能读取"]


def test_a_file_of_damaged_pages_is_refused():
    def change(writer):
        kids = writer.root_object["/Pages"]["/Kids"]
        kids[:] = [NullObject(), NullObject()]
        writer.root_object["/Pages"][NameObject("/Count")] = NumberObject(2)

    with pytest.raises(DataError, match="page 1"):
        read_pdf(rewritten(one_page(ENGLISH), change))
