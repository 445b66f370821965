import pypdfium2
import pytest
from reportlab.lib.pdfencrypt import StandardEncryption

from edubias.document.annotate_pdf import annotate_pdf
from edubias.document.mark import Mark
from edubias.document.pdf import read_pdf
from edubias.errors import DataError
from edubias.records import Place
from tests.document.pdf_files import (
    CHINESE,
    ENGLISH,
    SONG,
    Sheets,
    check_origins,
    one_page,
    texts,
    with_unicode_map,
)


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
    assert notes == [
        "page 1: the fonts do not say what many of the characters are; run text recognition (OCR)"
    ]


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
