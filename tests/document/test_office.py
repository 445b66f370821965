"""DOCX, PPTX and EPUB: what is read, and comments in a copy of a DOCX."""

import io
import zipfile

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from pptx import Presentation
from pptx.util import Inches

from edubias.document.annotate_word import annotate_word
from edubias.document.epub import read_epub
from edubias.document.mark import Mark
from edubias.document.slides import read_slides
from edubias.document.word import read_word
from edubias.errors import DataError
from edubias.records import Place

W = nsdecls("w")


def saved(document) -> bytes:
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


def word_file():
    document = Document()
    paragraph = document.add_paragraph("女生")
    paragraph.add_run("不适合").bold = True
    paragraph.add_run("学物理。男生适合。")
    document.add_paragraph("")
    table = document.add_table(2, 2)
    table.cell(0, 0).text = "角色"
    table.cell(1, 1).text = "护士是女的。"
    document.add_paragraph("Girls are tidy.").add_run(" Boys are not.\tReally?")
    return document


def test_word_paragraphs_and_tables():
    blocks, notes = read_word(saved(word_file()))
    assert [(block.text, block.place) for block in blocks] == [
        ("女生不适合学物理。男生适合。", Place(paragraph=1)),
        ("角色", Place(table=1, row=1, paragraph=2)),
        ("护士是女的。", Place(table=1, row=2, paragraph=3)),
        ("Girls are tidy. Boys are not.\tReally?", Place(paragraph=4)),
    ]
    assert notes == []


def special_paragraph():
    return parse_xml(
        f"<w:p {W} xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006' "
        "xmlns:m='http://schemas.openxmlformats.org/officeDocument/2006/math' "
        "xmlns:v='urn:schemas-microsoft-com:vml'>"
        "<w:pPr><w:tabs><w:tab w:val='left' w:pos='720'/></w:tabs></w:pPr>"
        "<w:r><w:t>甲</w:t></w:r>"
        "<w:del w:id='1' w:author='x'><w:r><w:delText>删</w:delText></w:r></w:del>"
        "<w:ins w:id='2' w:author='x'><w:r><w:t>增</w:t></w:r></w:ins>"
        "<w:moveFrom w:id='3' w:author='x'><w:r><w:t>移</w:t></w:r></w:moveFrom>"
        "<w:hyperlink><w:r><w:t>链</w:t></w:r></w:hyperlink>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>隐</w:t></w:r>"
        "<w:r><w:instrText>HYPERLINK</w:instrText></w:r>"
        "<w:r><w:ruby><w:rt><w:r><w:t>hàn</w:t></w:r></w:rt>"
        "<w:rubyBase><w:r><w:t>汉</w:t></w:r></w:rubyBase></w:ruby></w:r>"
        "<m:oMath><m:r><m:t>x=1</m:t></m:r></m:oMath>"
        "<w:r><mc:AlternateContent>"
        "<mc:Choice Requires='wps'><w:drawing><w:txbxContent><w:p><w:r><w:t>框里。</w:t></w:r></w:p></w:txbxContent></w:drawing></mc:Choice>"
        "<mc:Fallback><w:pict><w:txbxContent><w:p><w:r><w:t>框里。</w:t></w:r></w:p></w:txbxContent></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
        "<w:r><w:t>乙。</w:t><w:br/><w:t>丙。</w:t></w:r>"
        "</w:p>"
    )


def test_word_shows_what_is_printed():
    document = Document()
    document.element.body.insert(0, special_paragraph())
    blocks, _ = read_word(saved(document))
    assert [block.text for block in blocks] == ["甲增链汉x=1乙。\n丙。", "框里。"]


def test_pages_of_words_last_layout():
    document = Document()
    for text in ("一。", "二。", "三。"):
        document.add_paragraph(text)
    second = document.paragraphs[1].runs[0]._r
    second.insert(0, parse_xml(f"<w:lastRenderedPageBreak {W}/>"))
    third = document.paragraphs[2].runs[0]._r
    third.append(parse_xml(f"<w:lastRenderedPageBreak {W}/>"))
    blocks, _ = read_word(saved(document))
    assert [block.place.page for block in blocks] == [1, 2, 2]


def with_footnotes(content: bytes) -> bytes:
    """A DOCX with a footnote, which python-docx does not write."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "word/_rels/document.xml.rels":
                data = data.replace(
                    b"</Relationships>",
                    b'<Relationship Id="rIdF" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes" Target="footnotes.xml"/></Relationships>',
                )
            if name == "[Content_Types].xml":
                data = data.replace(
                    b"</Types>",
                    b'<Override PartName="/word/footnotes.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"/></Types>',
                )
            new.writestr(name, data)
        new.writestr(
            "word/footnotes.xml",
            f"<w:footnotes {W}><w:footnote w:id='0'><w:p/></w:footnote>"
            "<w:footnote w:id='2'><w:p><w:r><w:t>女生胆小。</w:t></w:r></w:p></w:footnote></w:footnotes>".encode(),
        )
    return out.getvalue()


def word_with_footnote() -> bytes:
    document = Document()
    paragraph = document.add_paragraph("正文。")
    reference = parse_xml(f"<w:r {W}><w:footnoteReference w:id='2'/></w:r>")
    paragraph._p.append(reference)
    return with_footnotes(saved(document))


def test_footnotes_are_read():
    blocks, _ = read_word(word_with_footnote())
    assert [(block.text, block.place) for block in blocks] == [
        ("正文。", Place(paragraph=1)),
        ("女生胆小。", Place(part="footnotes", paragraph=1)),
    ]


def commented(path) -> list[tuple[str, str]]:
    """What each comment is anchored to, and what it says, in the order of the text."""
    document = Document(path)
    said = {str(one.comment_id): one.text for one in document.comments}
    found = []
    for start in document.element.body.iter(qn("w:commentRangeStart")):
        number = start.get(qn("w:id"))
        inside, text = False, ""
        for element in document.element.body.iter():
            if element is start:
                inside = True
            elif element.tag == qn("w:commentRangeEnd") and element.get(qn("w:id")) == number:
                break
            elif inside and element.tag == qn("w:t"):
                text += element.text
        found.append((text, said[number]))
    return found


def annotated(tmp_path, content: bytes, wanted: list[tuple[str, str]]):
    """Comments in a copy, each wanted by the sentence and its comment."""
    source, target = tmp_path / "a.docx", tmp_path / "b.docx"
    source.write_bytes(content)
    blocks, _ = read_word(content)
    marks = []
    for sentence, comment in wanted:
        block = next(block for block in blocks if sentence in block.text)
        start = block.text.index(sentence)
        marks.append(Mark(block, start, start + len(sentence), comment, True))
    annotate_word(source, target, marks)
    assert source.read_bytes() == content
    after, _ = read_word(target.read_bytes())
    assert [(block.text, block.place) for block in after] == [
        (block.text, block.place) for block in blocks
    ]
    return commented(target), Document(target)


def test_comments_stand_at_their_sentences(tmp_path):
    found, document = annotated(
        tmp_path,
        saved(word_file()),
        [
            ("女生不适合学物理。", "有偏见"),
            ("男生适合。", "unsure"),
            ("护士是女的。", "cell"),
            ("Boys are not.", "middle"),
        ],
    )
    assert found == [
        ("女生不适合学物理。", "有偏见"),
        ("男生适合。", "unsure"),
        ("护士是女的。", "cell"),
        ("Boys are not.", "middle"),
    ]
    assert {comment.author for comment in document.comments} == {"edubias"}
    bold = [run.text for run in document.paragraphs[0].runs if run.bold]
    assert bold == ["不适合"]


def test_two_sentences_of_one_run_in_any_order(tmp_path):
    document = Document()
    document.add_paragraph("甲甲。乙乙。丙丙。")
    found, _ = annotated(
        tmp_path, saved(document), [("甲甲。", "1"), ("丙丙。", "3"), ("乙乙。", "2")]
    )
    assert found == [("甲甲。", "1"), ("乙乙。", "2"), ("丙丙。", "3")]


def test_comments_in_a_paragraph_with_everything(tmp_path):
    document = Document()
    document.element.body.insert(0, special_paragraph())
    found, _ = annotated(
        tmp_path, saved(document), [("丙。", "c"), ("甲增链汉x=1乙。", "a"), ("框里。", "b")]
    )
    assert ("丙。", "c") in found
    whole = next(text for text, comment in found if comment == "a")
    assert whole.startswith("甲") and whole.endswith("乙。")
    # Word allows no comment within a box: it stands at the box.
    assert next(text for text, comment in found if comment == "b") == "框里。框里。"


def test_a_comment_on_a_footnote_stands_at_its_reference(tmp_path):
    source, target = tmp_path / "a.docx", tmp_path / "b.docx"
    source.write_bytes(word_with_footnote())
    block = read_word(source.read_bytes())[0][1]
    annotate_word(source, target, [Mark(block, 0, 5, "脚注", True)])
    document = Document(target)
    assert [one.text for one in document.comments] == ["脚注"]
    start = next(document.element.body.iter(qn("w:commentRangeStart")))
    assert start.getnext().find(qn("w:footnoteReference")) is not None


def test_older_comments_stay(tmp_path):
    document = word_file()
    document.add_comment(document.paragraphs[0].runs[0], text="old", author="editor")
    found, _ = annotated(tmp_path, saved(document), [("男生适合。", "new")])
    assert found == [("女生", "old"), ("男生适合。", "new")]


def test_slides(tmp_path):
    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[5])
    slide.shapes.title.text = "第一课"
    group = slide.shapes.add_group_shape()
    box = group.shapes.add_textbox(0, 0, Inches(1), Inches(1))
    box.text_frame.text = "女生胆小。"
    table = slide.shapes.add_table(1, 2, 0, 0, Inches(2), Inches(1)).table
    table.cell(0, 1).text = "护士"
    slide.notes_slide.notes_text_frame.text = "请男生回答。"
    presentation.slides.add_slide(presentation.slide_layouts[5]).shapes.title.text = "Two"
    blocks, _ = read_slides(saved(presentation))
    assert [(block.text, block.place) for block in blocks] == [
        ("第一课", Place(slide=1, paragraph=1)),
        ("女生胆小。", Place(slide=1, paragraph=2)),
        ("护士", Place(slide=1, paragraph=3)),
        ("请男生回答。", Place(slide=1, part="notes", paragraph=4)),
        ("Two", Place(slide=2, paragraph=1)),
    ]


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
