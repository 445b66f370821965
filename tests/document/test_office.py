"""EPUB; and what no format of an office is."""

import io
import zipfile

import pytest

from edubias.document.epub import read_epub
from edubias.document.slides import read_slides
from edubias.document.word import read_word
from edubias.errors import DataError
from edubias.records import Place


def book(**extra: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr(
            "META-INF/container.xml",
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
        )
        archive.writestr(
            "OEBPS/book.opf",
            '<package xmlns="http://www.idpf.org/2007/opf"><manifest>'
            '<item id="b" href="b%20two.xhtml"/><item id="a" href="a.xhtml"/><item id="css" href="x.css"/>'
            '</manifest><spine><itemref idref="a"/><itemref idref="b"/><itemref idref="gone"/></spine></package>',
        )
        archive.writestr(
            "OEBPS/a.xhtml", "<html><body><p>甲。</p>\n<p>女生胆小。</p></body></html>"
        )
        archive.writestr("OEBPS/b two.xhtml", "<html><body><p>乙。</p></body></html>")
        for name, content in extra.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def test_books_are_read_in_their_order():
    blocks, _ = read_epub(book())
    assert [(block.text, block.place) for block in blocks] == [
        ("甲。", Place(part="OEBPS/a.xhtml", line=1, column=16)),
        ("女生胆小。", Place(part="OEBPS/a.xhtml", line=2, column=4)),
        ("乙。", Place(part="OEBPS/b two.xhtml", line=1, column=16)),
    ]


def test_a_locked_book_is_refused():
    encryption = '<encryption><CipherReference URI="OEBPS/{}"/></encryption>'
    with pytest.raises(DataError, match="DRM"):
        read_epub(book(**{"META-INF__encryption.xml": encryption.format("a.xhtml")}))
    fonts_only = book(**{"META-INF__encryption.xml": encryption.format("a.ttf")})
    assert len(read_epub(fonts_only)[0]) == 3


@pytest.mark.parametrize("read", [read_word, read_slides, read_epub])
@pytest.mark.parametrize("content", [b"", b"no archive", book()[:200]])
def test_damaged_files(read, content):
    with pytest.raises(DataError, match="can be read"):
        read(content)


@pytest.mark.parametrize("read", [read_word, read_slides])
def test_another_format_under_a_false_name(read):
    with pytest.raises(DataError, match="can be read"):
        read(book())
