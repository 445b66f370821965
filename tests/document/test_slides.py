"""PPTX: what is read, and where it stands."""

import io
import zipfile

import pytest
from lxml import etree
from pptx import Presentation
from pptx.util import Inches

from edubias.document.slides import read_slides
from edubias.errors import DataError
from edubias.records import Place
from tests.document.word_files import rewritten, saved


def test_slides():
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
        ("护士", Place(slide=1, table=1, row=1, paragraph=3)),
        ("请男生回答。", Place(slide=1, part="notes", paragraph=4)),
        ("Two", Place(slide=2, paragraph=1)),
    ]


NAMES = (
    "xmlns:p='http://schemas.openxmlformats.org/presentationml/2006/main' "
    "xmlns:a='http://schemas.openxmlformats.org/drawingml/2006/main' "
    "xmlns:a14='http://schemas.microsoft.com/office/drawing/2010/main' "
    "xmlns:m='http://schemas.openxmlformats.org/officeDocument/2006/math' "
    "xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'"
)


def slide_with(xml: str) -> bytes:
    """A presentation whose slide holds this shape."""
    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    slide.shapes._spTree.append(etree.fromstring(xml.replace(" NS", f" {NAMES}", 1)))
    return saved(presentation)


def shape(text: str, names: str = "") -> str:
    return (
        f"<p:sp{names}><p:nvSpPr><p:cNvPr id='9' name='x'/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr/>"
        f"<p:txBody><a:bodyPr/><a:p>{text}</a:p></p:txBody></p:sp>"
    )


def test_a_shape_without_geometry():
    blocks, _ = read_slides(slide_with(shape("<a:r><a:t>女生。</a:t></a:r>", " NS")))
    assert [block.text for block in blocks] == ["女生。"]


def test_a_box_with_a_formula_is_read_once():
    words = "<a:r><a:t>设</a:t></a:r>"
    maths = "<a14:m><m:oMath><m:r><m:t>x=1</m:t></m:r></m:oMath></a14:m>"
    box = (
        f"<mc:AlternateContent NS><mc:Choice Requires='a14'>{shape(words + maths + '<a:br/>' + words)}"
        f"</mc:Choice><mc:Fallback>{shape(words)}</mc:Fallback></mc:AlternateContent>"
    )
    blocks, notes = read_slides(slide_with(box))
    assert [block.text for block in blocks] == ["设x=1\n设"]
    assert notes == []


def test_covered_cells_are_not_read():
    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    for text in ("", "乙"):
        table = slide.shapes.add_table(2, 2, 0, 0, Inches(2), Inches(1)).table
        table.cell(1, 0).text = text
    hidden = table.cell(1, 1)
    table.cell(1, 0).merge(hidden)
    hidden.text = "看不见"
    blocks, _ = read_slides(saved(presentation))
    assert [(block.text, block.place) for block in blocks] == [
        ("乙", Place(slide=1, table=2, row=2, paragraph=1))
    ]


@pytest.mark.parametrize("kind", ["chart", "diagram"])
def test_charts_that_are_not_read_are_noted(kind):
    uri = f"http://schemas.openxmlformats.org/drawingml/2006/{kind}"
    frame = (
        f"<p:graphicFrame NS><a:graphic><a:graphicData uri='{uri}'/></a:graphic></p:graphicFrame>"
    )
    assert read_slides(slide_with(frame))[1] == ["charts or SmartArt that were not read: slide 1"]


@pytest.mark.parametrize(("before", "after"), [("<p:cSld", "<p:cSl"), ("xmlns:a=", "xmlns:b=")])
def test_a_damaged_slide(before, after):
    content = slide_with(shape("<a:r><a:t>女生。</a:t></a:r>", " NS"))
    with pytest.raises(DataError, match="can be read"):
        read_slides(rewritten(content, {"ppt/slides/slide1.xml": (before, after)}))


def test_a_broken_stream():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_rels/.rels", "<Relationships/>" * 50)
    broken = bytearray(content.getvalue())
    begins = 30 + len("_rels/.rels")
    broken[begins : begins + 4] = b"\xff" * 4
    with pytest.raises(DataError, match="can be read"):
        read_slides(bytes(broken))
