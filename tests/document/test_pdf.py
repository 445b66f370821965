import io
from pathlib import Path

import pypdf
import pypdfium2
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from pypdf.generic import NameObject, NumberObject, RectangleObject
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from edubias.document.annotate_pdf import annotate_pdf
from edubias.document.mark import Mark
from edubias.document.pdf import read_pdf
from edubias.errors import DataError
from edubias.lang import use_language
from edubias.records import Block, Place

SONG = "STSong-Light"
TIMES = "Times-Roman"
pdfmetrics.registerFont(UnicodeCIDFont(SONG))

ENGLISH = [
    "The boys were asked to carry the heavy boxes and the girls",
    "were told to clean the classroom, as it is natural for them.",
    "Nobody asked why.",
]
CHINESE = [
    "老师让男生搬书，让女生打扫教室，说这是天生",
    "的分工。没有人问为什么，大家都觉得理所当然",
    "应该这样做。",
]


class Sheets:
    """Draws lines onto the pages of a PDF."""

    def __init__(self, encrypt: StandardEncryption | None = None):
        self.buffer = io.BytesIO()
        self.canvas = Canvas(self.buffer, pagesize=(595, 842), encrypt=encrypt)

    def draw(self, lines, x=72.0, y=750.0, font=TIMES, size=12, leading=18):
        self.canvas.setFont(font, size)
        for line in lines:
            self.canvas.drawString(x, y, line)
            y -= leading
        return y

    def page(self):
        self.canvas.showPage()

    def content(self) -> bytes:
        self.canvas.save()
        return self.buffer.getvalue()


def one_page(*args, **kwargs) -> bytes:
    sheets = Sheets()
    sheets.draw(*args, **kwargs)
    sheets.page()
    return sheets.content()


def texts(content: bytes) -> list[str]:
    return [block.text for block in read_pdf(content)[0]]


def check_origins(content: bytes, blocks: list[Block]) -> None:
    """PDFium has the very same characters where the blocks say."""
    document = pypdfium2.PdfDocument(content)
    for block in blocks:
        page = document[block.place.page - 1].get_textpage()
        assert len(block.origin) == len(block.text)
        for char, origin in zip(block.text, block.origin, strict=True):
            code = pypdfium2.raw.FPDFText_GetUnicode(page, origin)
            first = int.from_bytes(char.encode("utf-16-le")[:2], "little")
            assert code == first or (char == " " and chr(code) in " \r\n"), (char, code)


@pytest.fixture(scope="module")
def embedded(tmp_path_factory) -> str:
    """Name of a font that is embedded, each letter of which is a box."""

    def box(width: int):
        pen = TTGlyphPen(None)
        pen.moveTo((60, -50))
        for point in ((60, 750), (width - 60, 750), (width - 60, -50)):
            pen.lineTo(point)
        pen.closePath()
        return pen.glyph()

    chars = "性别与教育平等每个人都能学好数吗\U00020bb7ﬁx0123456789,.-"
    names = {char: f"u{ord(char):05X}" for char in chars}
    widths = {names[char]: 1000 if ord(char) > 0x2E80 else 500 for char in chars}
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *widths])
    builder.setupCharacterMap({ord(char): name for char, name in names.items()})
    builder.setupGlyf({name: box(width) for name, width in {".notdef": 1000, **widths}.items()})
    builder.setupHorizontalMetrics({n: (w, 60) for n, w in {".notdef": 1000, **widths}.items()})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": "Boxes", "styleName": "Regular", "psName": "Boxes"})
    builder.setupOS2()
    builder.setupPost()
    path = tmp_path_factory.mktemp("font") / "boxes.ttf"
    builder.save(path)
    pdfmetrics.registerFont(TTFont("Boxes", str(path)))
    return "Boxes"


# Reading


def test_lines_of_a_paragraph_are_joined_and_keep_their_places():
    sheets = Sheets()
    sheets.draw(["On the tasks of men and women"], y=780, size=20)
    sheets.draw(ENGLISH)
    sheets.page()
    sheets.draw(CHINESE, font=SONG)
    sheets.page()
    content = sheets.content()
    blocks, notes = read_pdf(content)
    assert [block.text for block in blocks] == [
        "On the tasks of men and women",
        " ".join(ENGLISH),
        "".join(CHINESE),
    ]
    assert notes == []
    check_origins(content, blocks)
    assert [block.place for block in blocks] == [
        Place(page=1, line=1),
        Place(page=1, line=2),
        Place(page=2, line=1),
    ]
    for block, words, line in ((1, "clean", 3), (1, "Nobody", 4), (2, "分工", 2), (2, "应该", 3)):
        place = blocks[block].place_at(blocks[block].text.index(words))
        assert place == Place(page=blocks[block].place.page, line=line)


def test_hyphens_at_the_ends_of_lines_are_taken_out():
    content = one_page(
        ["All the girls of this class were told to help with the decor-", "ation of the room."]
    )
    blocks, _ = read_pdf(content)
    assert texts(content) == [
        "All the girls of this class were told to help with the decoration of the room."
    ]
    check_origins(content, blocks)
    assert blocks[0].place_at(blocks[0].text.index("ation")).line == 2
    assert blocks[0].place_at(blocks[0].text.index("decor") + 4).line == 1


def test_indented_lines_begin_paragraphs():
    sheets = Sheets()
    y = 750
    for _ in range(2):
        sheets.draw([CHINESE[0][2:]], x=96, y=y, font=SONG)
        y = sheets.draw([CHINESE[1], CHINESE[0]], y=y - 18, font=SONG)
    sheets.page()
    whole = CHINESE[0][2:] + CHINESE[1] + CHINESE[0]
    assert texts(sheets.content()) == [whole, whole]


def test_further_lines_of_an_item_are_indented_but_belong_to_it():
    sheets = Sheets()
    y = 750
    for line in (ENGLISH[0], "Boys who were asked to carry the boxes and would rather not"):
        sheets.draw([f"• {line}"], y=y)
        sheets.draw(["Were told that it is natural."], x=82, y=y - 18)
        y -= 36
    sheets.page()
    found = texts(sheets.content())
    assert len(found) == 2
    assert all(text.startswith("• ") and text.endswith("natural.") for text in found)


def test_gaps_part_paragraphs():
    sheets = Sheets()
    y = sheets.draw(ENGLISH[:2])
    y = sheets.draw(ENGLISH[:2], y=y - 6)
    sheets.draw(ENGLISH[:2], y=y - 6)
    sheets.page()
    assert texts(sheets.content()) == [" ".join(ENGLISH[:2])] * 3


def test_sizes_part_headings_from_text():
    sheets = Sheets()
    sheets.draw(["What boys and girls are told about work"], y=768, size=16)
    sheets.draw(ENGLISH)
    sheets.draw(["As an editor has remarked in a note on the page."], y=750 - 54, size=9)
    sheets.page()
    assert texts(sheets.content()) == [
        "What boys and girls are told about work",
        " ".join(ENGLISH),
        "As an editor has remarked in a note on the page.",
    ]


def test_lines_beside_a_picture_are_one_paragraph():
    sheets = Sheets()
    whole = "".join(CHINESE[:2])
    y = sheets.draw(CHINESE[:2], font=SONG)
    sheets.draw([whole[at : at + 10] for at in range(0, 40, 10)], y=y, font=SONG)
    sheets.page()
    assert texts(sheets.content()) == [whole, whole[:40]]


def test_heads_feet_and_page_numbers_are_left_out():
    sheets = Sheets()
    for number in range(1, 8):
        # The foot is drawn first, as many programs do.
        sheets.draw([f"- {number} -"], x=290, y=40)
        sheets.draw(["社会与性别" if number % 2 else "初中社会学课本"], y=800, font=SONG, size=9)
        sheets.draw([f"2026 edition, sheet {number} of 7"], y=786, size=9)
        sheets.draw([f"Lesson {number}"], size=18)
        sheets.draw([f"Reader number {number} is a girl, and so she reads."], y=600)
        sheets.page()
    content = sheets.content()
    blocks, notes = read_pdf(content)
    assert [block.text for block in blocks] == [
        text
        for number in range(1, 8)
        for text in (f"Lesson {number}", f"Reader number {number} is a girl, and so she reads.")
    ]
    assert notes == []
    assert blocks[2].place == Place(page=2, line=1)


def test_a_line_that_two_pages_have_is_no_head():
    sheets = Sheets()
    for line in ENGLISH[:2]:
        sheets.draw(["What is said of girls"], y=800)
        sheets.draw([line], y=600)
        sheets.page()
    assert texts(sheets.content()).count("What is said of girls") == 2


def test_a_line_with_the_page_number_apart_is_a_head():
    sheets = Sheets()
    titles = ["Of boys", "Of girls", "Of men", "Of women"]
    for number, title in enumerate(titles, start=21):
        sheets.draw([title], y=800, size=9)
        sheets.draw([str(number)], x=510, y=800, size=9)
        sheets.draw([f"{title} it is said that they are so by nature."])
        sheets.page()
    assert texts(sheets.content()) == [
        f"{title} it is said that they are so by nature." for title in titles
    ]


def test_what_recurs_within_the_text_is_kept():
    sheets = Sheets()
    for number in range(4):
        sheets.draw(["first", "second", "third", "fourth", "fifth"][number:][:1], y=800)
        sheets.draw(["Girls can do it too."], y=400)
        sheets.draw([["one", "two", "three", "four"][number]], y=40)
        sheets.page()
    found = texts(sheets.content())
    assert found.count("Girls can do it too.") == 4
    assert {"first", "fourth", "one", "four"} <= set(found)


def test_pages_without_text_are_named():
    sheets = Sheets()
    for number in range(1, 10):
        if number in (3, 7, 8, 9):
            sheets.canvas.rect(100, 100, 50, 50)
        else:
            sheets.draw([f"{'abcdefg'[number]} is a text of its own"])
        sheets.page()
    content = sheets.content()
    assert read_pdf(content)[1] == ["pages 3, 7-9 have no text: scanned? Run OCR first"]
    use_language("zh")
    assert read_pdf(content)[1] == ["第3、7-9页没有文字，可能是扫描件，请先做文字识别"]


def test_columns_drawn_row_by_row_are_read_one_after_the_other():
    left = ["On the left it is said of boys who", "carry boxes that they are strong,"]
    left += ["while all of the girls who carry", "them are said to be helpful. This", "is odd."]
    right = ["On the right it is said that every", "nurse is a woman and each doctor", "is a man."]
    for shift in (0, 4, 8):
        sheets = Sheets()
        sheets.draw(["What is said of the work of women and of men in two columns"], size=12)
        for number in range(5):
            y = 700 - 18 * number
            sheets.draw(left[number : number + 1], y=y)
            sheets.draw(right[number : number + 1], x=270, y=y - shift)
        sheets.page()
        content = sheets.content()
        blocks, _ = read_pdf(content)
        assert [block.text for block in blocks][1:] == [" ".join(left), " ".join(right)]
        assert [block.place.line for block in blocks] == [1, 2, 7]
        check_origins(content, blocks)


def test_columns_drawn_one_after_the_other_are_read_so():
    sheets = Sheets()
    sheets.draw([line[:15] for line in CHINESE], font=SONG)
    sheets.draw([line[:15] for line in reversed(CHINESE)], x=270, font=SONG)
    sheets.page()
    short = [line[:15] for line in CHINESE]
    found = texts(sheets.content())
    assert found[0] == "".join(short)
    assert "".join(found[1:]) == "".join(reversed(short))


def test_cells_of_a_table_stay_apart_and_in_their_rows():
    sheets = Sheets()
    rows = [("张老师", "她总是很温柔"), ("李医生", "他总是很严肃"), ("王护士", "她照顾每个病人")]
    for number, row in enumerate(rows):
        for x, cell in zip((72, 200), row, strict=True):
            sheets.draw([cell], x=x, y=700 - 18 * number, font=SONG)
    sheets.page()
    blocks, _ = read_pdf(sheets.content())
    assert [block.text for block in blocks] == [cell for row in rows for cell in row]
    assert [block.place.line for block in blocks] == [1, 1, 2, 2, 3, 3]


def test_spaces_in_spaced_chinese_are_not_text(embedded):
    sheets = Sheets()
    sheets.canvas.setFont(embedded, 12)
    for number, char in enumerate("性别与教育"):
        sheets.canvas.drawString(72 + 17 * number, 750, char)
    sheets.page()
    content = sheets.content()
    page = pypdfium2.PdfDocument(content)[0].get_textpage()
    assert page.get_text_range() == "性 别 与 教 育", "else this tests nothing"
    blocks, _ = read_pdf(content)
    assert [block.text for block in blocks] == ["性别与教育"]
    assert blocks[0].origin == (0, 2, 4, 6, 8)


def with_unicode_map(content: bytes, changes: dict[bytes, bytes]) -> bytes:
    """The PDF with other entries in the maps that tell which characters its glyphs are."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(content))
    for font in writer.pages[0]["/Resources"]["/Font"].values():
        if "/ToUnicode" in font.get_object():
            stream = font["/ToUnicode"].get_object()
            data = stream.get_data()
            for old, new in changes.items():
                assert old in data
                data = data.replace(old, new)
            stream.set_data(data)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def test_characters_beyond_the_basic_plane_and_ligatures(embedded):
    # reportlab can't write U+20BB7 into the map.
    content = one_page(["性\U00020bb7别\ufb01x教育"], font=embedded)
    content = with_unicode_map(content, {b"<20BB7>": b"<D842DFB7>"})
    blocks, _ = read_pdf(content)
    # PDFium itself spells ligatures out.
    assert [block.text for block in blocks] == ["性\U00020bb7别fix教育"]
    check_origins(content, blocks)


def test_characters_that_fonts_do_not_name_are_noted(embedded):
    content = one_page(["性别与教育"], font=embedded)
    assert read_pdf(content)[1] == []
    content = with_unicode_map(content, {b"<6027>": b"<FFFD>"})
    blocks, notes = read_pdf(content)
    assert [block.text for block in blocks] == ["\ufffd别与教育"]
    assert notes == ["page 1: the fonts do not say what many of the characters are; run OCR"]


def test_soft_hyphens_show_only_at_ends_of_lines():
    from edubias.document.pdf_glyphs import characters

    assert list(characters("de\xadcor")) == [(0, "d"), (1, "e"), (3, "c"), (4, "o"), (5, "r")]
    assert list(characters("de\xad")) == [(0, "d"), (1, "e"), (2, "\xad")]
    assert list(characters("x\ud842\udfb7y")) == [(0, "x"), (1, "\U00020bb7"), (3, "y")]
    assert list(characters("a\x00\ud842")) == [(0, "a"), (1, "\ufffd"), (2, "\ufffd")]


def test_encrypted_and_damaged_files_are_refused(tmp_path):
    sheets = Sheets(StandardEncryption("secret", ownerPassword="owner"))
    sheets.draw(ENGLISH)
    sheets.page()
    with pytest.raises(DataError, match="encrypted") as caught:
        read_pdf(sheets.content())
    assert "without password" in caught.value.remedy
    for content in (b"", b"%PDF-1.7\nnothing", b"PK\x03\x04"):
        with pytest.raises(DataError, match="not a PDF that can be read") as caught:
            read_pdf(content)
        assert caught.value.remedy


def test_what_only_changes_need_a_password_for_is_read_but_not_annotated(tmp_path):
    sheets = Sheets(StandardEncryption("", ownerPassword="owner", canModify=0))
    sheets.draw(ENGLISH)
    sheets.page()
    source = tmp_path / "locked.pdf"
    source.write_bytes(sheets.content())
    blocks, _ = read_pdf(source.read_bytes())
    assert blocks[0].text == " ".join(ENGLISH)
    with pytest.raises(DataError, match="encrypted"):
        annotate_pdf(source, tmp_path / "copy.pdf", [Mark(blocks[0], 0, 8, "", True)])
    assert [path.name for path in tmp_path.iterdir()] == ["locked.pdf"]


# Annotation


def marked(blocks: list[Block], words: str, comment="", strong=False) -> Mark:
    """The first place of some words."""
    block = next(block for block in blocks if words in block.text)
    start = block.text.index(words)
    return Mark(block, start, start + len(words), comment, strong)


def annotated(tmp_path: Path, content: bytes, *marks: Mark) -> bytes:
    source, target = tmp_path / "source.pdf", tmp_path / "copy.pdf"
    source.write_bytes(content)
    annotate_pdf(source, target, marks)
    assert source.read_bytes() == content
    assert {path.name for path in tmp_path.iterdir()} == {"source.pdf", "copy.pdf"}
    copy = target.read_bytes()
    assert copy.startswith(content)
    return copy


def highlights(copy: bytes, page: int = 0) -> list[dict]:
    found = pypdf.PdfReader(io.BytesIO(copy)).pages[page].get("/Annots", [])
    return [one.get_object() for one in found if one.get_object()["/Subtype"] == "/Highlight"]


def quads(highlight) -> list[list[float]]:
    numbers = [float(number) for number in highlight["/QuadPoints"]]
    return [numbers[start : start + 8] for start in range(0, len(numbers), 8)]


def words_in(copy: bytes, quad: list[float], page: int = 0) -> str:
    """What PDFium finds in the box of a quadrilateral, but for its very edge."""
    left, right, bottom, top = (
        min(quad[::2]) + 0.3,
        max(quad[::2]) - 0.3,
        min(quad[1::2]) + 0.3,
        max(quad[1::2]) - 0.3,
    )
    textpage = pypdfium2.PdfDocument(copy)[page].get_textpage()
    return textpage.get_text_bounded(left, bottom, right, top).strip()


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
