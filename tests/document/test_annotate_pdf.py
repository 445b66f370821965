import io

import pypdf
import pypdfium2
import pytest
from pypdf.generic import IndirectObject, NameObject, NumberObject, RectangleObject

from edubias.document.annotate_pdf import annotate_pdf
from edubias.document.pdf import read_pdf
from edubias.errors import DataError
from tests.document.pdf_files import (
    CHINESE,
    ENGLISH,
    SONG,
    Sheets,
    annotated,
    highlights,
    marked,
    one_page,
    quads,
    rewritten,
    with_unicode_map,
    words_in,
)


def test_highlights_enclose_the_very_words(tmp_path):
    sheets = Sheets()
    sheets.draw(ENGLISH)
    sheets.page()
    sheets.draw(CHINESE, font=SONG)
    sheets.page()
    content = sheets.content()
    blocks, _ = read_pdf(content)
    copy = annotated(
        tmp_path,
        content,
        marked(blocks, "这是天生的分工。", "把分工说成天性；改为“一起搬书”。", strong=True),
        marked(blocks, "the girls were told to clean", "stereotype (roles)"),
    )
    (first,), (second,) = highlights(copy, 0), highlights(copy, 1)
    assert [words_in(copy, quad) for quad in quads(first)] == ["the girls", "were told to clean"]
    assert [words_in(copy, quad, 1) for quad in quads(second)] == ["这是天生", "的分工。"]
    assert second["/Contents"] == "把分工说成天性；改为“一起搬书”。"
    assert second["/T"] == first["/T"] == "edubias"
    assert second["/F"] == first["/F"] == 4
    red, yellow = ([float(part) for part in one["/C"]] for one in (second, first))
    assert red[0] > 2 * red[1] and yellow[1] > 2 * yellow[2]
    for one in (first, second):
        shown = one["/AP"]["/N"]
        assert list(shown["/BBox"]) == list(one["/Rect"])
        assert shown.get_data().count(b" m ") == 2
        xs, ys = zip(
            *(quad[at : at + 2] for quad in quads(one) for at in range(0, 8, 2)), strict=True
        )
        assert [float(n) for n in one["/Rect"]] == [min(xs), min(ys), max(xs), max(ys)]


def test_marks_of_hyphenated_words_and_of_text_beyond_the_basic_plane(tmp_path, embedded):
    sheets = Sheets()
    sheets.draw(["All the girls of this class were told to help with the decor-", "ation of it."])
    sheets.draw(["性\U00020bb7别与教育"], y=600, font=embedded)
    sheets.page()
    content = with_unicode_map(sheets.content(), {b"<20BB7>": b"<D842DFB7>"})
    blocks, _ = read_pdf(content)
    copy = annotated(
        tmp_path, content, marked(blocks, "the decoration"), marked(blocks, "\U00020bb7别与")
    )
    first, second = highlights(copy)
    assert [words_in(copy, quad) for quad in quads(first)] == ["the decor", "ation"]
    (quad,) = quads(second)
    assert words_in(copy, quad) == "\U00020bb7别与"


@pytest.mark.parametrize("indirect", [True, False])
def test_annotations_that_were_there_stay(tmp_path, indirect):
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(one_page(ENGLISH)))
    note = pypdf.annotations.Text(rect=(10, 10, 30, 30), text="an editor's note")
    writer.add_annotation(0, note)
    if indirect:
        array = writer.pages[0]["/Annots"]
        writer.pages[0][NameObject("/Annots")] = writer._add_object(array)
    written = io.BytesIO()
    writer.write(written)
    once = written.getvalue()
    blocks, _ = read_pdf(once)
    twice = annotated(tmp_path, once, marked(blocks, "the girls", "first"))
    blocks, _ = read_pdf(twice)
    thrice = annotated(tmp_path, twice, marked(blocks, "Nobody", "second"))
    found = pypdf.PdfReader(io.BytesIO(thrice)).pages[0]["/Annots"]
    assert [one.get_object()["/Contents"] for one in found] == [
        "an editor's note",
        "first",
        "second",
    ]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_turned_pages_and_shifted_crop_boxes(tmp_path, rotation):
    """A page whose text is upright when it is shown turned, and shows only a part of its sheet."""
    sheets = Sheets()
    sheets.canvas.translate(*{0: (0, 0), 90: (700, 0), 180: (595, 842), 270: (0, 700)}[rotation])
    sheets.canvas.rotate(rotation)
    sheets.draw(ENGLISH, x=120, y=500)
    sheets.page()
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(sheets.content()))
    writer.pages[0][NameObject("/Rotate")] = NumberObject(rotation)
    writer.pages[0][NameObject("/CropBox")] = RectangleObject((20, 30, 560, 800))
    written = io.BytesIO()
    writer.write(written)
    content = written.getvalue()

    blocks, _ = read_pdf(content)
    assert [block.text for block in blocks] == [" ".join(ENGLISH)]
    assert [line.line for line in blocks[0].lines] == [1, 2, 3]
    copy = annotated(tmp_path, content, marked(blocks, "the girls were told", strong=True))
    (highlight,) = highlights(copy)
    assert [words_in(copy, quad) for quad in quads(highlight)] == ["the girls", "were told"]

    # The first corner is the top left one of the text, whose last line is furthest below.
    x0, y0, x1, y1 = quads(highlight)[0][:4]
    assert (x1 - x0, y1 - y0)[rotation // 90 % 2] * (1, 1, -1, -1)[rotation // 90] > 30
    check_drawn(content, copy, quads(highlight))


def check_drawn(content: bytes, copy: bytes, wanted: list[list[float]]) -> None:
    """Only the quadrilaterals are drawn differently, and they are red."""
    before, after = (pypdfium2.PdfDocument(one)[0] for one in (content, copy))
    was, now = (page.render(scale=1).to_numpy().astype(int) for page in (before, after))
    changed = (was != now).any(axis=2)
    height, width = changed.shape
    for quad in wanted:
        corners = []
        for at in range(0, 8, 2):
            x, y = pypdfium2.raw.c_int(), pypdfium2.raw.c_int()
            pypdfium2.raw.FPDF_PageToDevice(
                after, 0, 0, width, height, 0, quad[at], quad[at + 1], x, y
            )
            corners.append((x.value, y.value))
        left, right = min(x for x, _ in corners), max(x for x, _ in corners)
        top, bottom = min(y for _, y in corners), max(y for _, y in corners)
        assert changed[top + 1 : bottom - 1, left + 1 : right - 1].mean() > 0.6
        blue, green, red = now[top + 1, (left + right) // 2][:3]
        assert red > green + 50 and red > blue + 50
        changed[top - 1 : bottom + 2, left - 1 : right + 2] = False
    assert not changed.any()


def test_a_copy_that_shows_nothing_is_refused(tmp_path, monkeypatch):
    content = one_page(ENGLISH)
    blocks, _ = read_pdf(content)
    monkeypatch.setattr(
        "edubias.document.annotate_pdf._with_highlights", lambda content, placed: content
    )
    with pytest.raises(DataError, match="index of objects"):
        annotated(tmp_path, content, marked(blocks, "the girls"))
    assert [path.name for path in tmp_path.iterdir()] == ["source.pdf"]


def test_a_file_with_a_broken_index_is_read_and_annotated(tmp_path):
    content = one_page(ENGLISH)
    blocks, _ = read_pdf(content)
    source, target = tmp_path / "broken.pdf", tmp_path / "copy.pdf"
    at = content.rindex(b"startxref\n") + 10
    source.write_bytes(content[:at] + b"77777\n%%EOF\n")
    assert read_pdf(source.read_bytes())[0] == blocks
    annotate_pdf(source, target, [marked(blocks, "the girls")])
    copy = target.read_bytes()
    (highlight,) = highlights(copy)
    assert words_in(copy, quads(highlight)[0]) == "the girls"


def test_a_reference_to_annotations_that_are_not_there_is_none(tmp_path, capfd):
    def change(writer):
        writer.pages[0][NameObject("/Annots")] = IndirectObject(99, 0, writer)

    content = rewritten(one_page(ENGLISH), change)
    blocks, _ = read_pdf(content)
    capfd.readouterr()
    copy = annotated(tmp_path, content, marked(blocks, "the girls"))
    assert len(highlights(copy)) == 1
    assert capfd.readouterr() == ("", "")


def test_whatever_pypdf_fails_on_is_an_error_of_the_data(tmp_path, monkeypatch):
    content = one_page(ENGLISH)
    blocks, _ = read_pdf(content)

    def fail(*_):
        raise IndexError("of something")

    monkeypatch.setattr("pypdf.PdfWriter.add_annotation", fail)
    with pytest.raises(DataError, match="of something"):
        annotated(tmp_path, content, marked(blocks, "the girls"))


def test_flaws_that_are_got_over_are_not_told_on_the_screen(tmp_path, caplog):
    source, target = tmp_path / "source.pdf", tmp_path / "copy.pdf"
    content = b"junk\n" + one_page(ENGLISH)
    source.write_bytes(content)
    annotate_pdf(source, target, [marked(read_pdf(content)[0], "the girls")])
    assert not caplog.records


def test_names_may_be_as_long_as_the_file_system_lets_them(tmp_path):
    source, target = tmp_path / "source.pdf", tmp_path / ("书" * 80 + ".edubias.pdf")
    source.write_bytes(one_page(ENGLISH))
    annotate_pdf(source, target, [marked(read_pdf(source.read_bytes())[0], "the girls")])
    assert {path.name for path in tmp_path.iterdir()} == {source.name, target.name}


def test_a_sentence_that_runs_over_pages_is_highlighted_on_both(tmp_path):
    halves = "过去有人认为女生天生不适合学习数学和物理学，", "这种说法没有任何根据。"
    sheets = Sheets()
    sheets.draw([halves[0]], y=90, font=SONG)
    sheets.page()
    sheets.draw([halves[1]], y=760, font=SONG)
    sheets.page()
    content = sheets.content()
    blocks, _ = read_pdf(content)
    assert [block.text for block in blocks] == ["".join(halves)]
    copy = annotated(tmp_path, content, marked(blocks, "".join(halves), "both"))
    for page, half in enumerate(halves):
        (highlight,) = highlights(copy, page)
        assert [words_in(copy, quad, page) for quad in quads(highlight)] == [half]
    copy = annotated(tmp_path, content, marked(blocks, "没有任何根据"))
    assert (len(highlights(copy, 0)), len(highlights(copy, 1))) == (0, 1)
