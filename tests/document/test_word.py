"""DOCX: what is read, and where it stands."""

import pytest
from docx import Document
from docx.oxml import parse_xml

from edubias.document.word import read_word
from edubias.errors import DataError
from edubias.records import Place
from edubias.report.names import place_name
from tests.document.word_files import (
    W,
    field_by_code,
    rewritten,
    run_of,
    saved,
    special_paragraph,
    with_part,
    word_file,
    word_of,
    word_with_footnote,
)


def test_word_paragraphs_and_tables():
    blocks, notes = read_word(saved(word_file()))
    assert [(block.text, block.place) for block in blocks] == [
        ("女生不适合学物理。男生适合。", Place(paragraph=1)),
        ("角色", Place(table=1, row=1, paragraph=2)),
        ("护士是女的。", Place(table=1, row=2, paragraph=3)),
        ("Girls are tidy. Boys are not.\tReally?", Place(paragraph=4)),
    ]
    assert notes == []


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


def test_footnotes_are_read():
    blocks, _ = read_word(word_with_footnote())
    assert [(block.text, block.place) for block in blocks] == [
        ("正文。", Place(paragraph=1)),
        ("女生胆小。", Place(part="footnotes", paragraph=1)),
    ]


def texts(content: bytes) -> list[str]:
    return [block.text for block in read_word(content)[0]]


def places(content: bytes) -> list[tuple[str, int | None, int | None]]:
    return [(block.text, block.place.table, block.place.row) for block in read_word(content)[0]]


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def row(text: str) -> str:
    return f"<w:tr><w:tc>{paragraph(text)}</w:tc></w:tr>"


def test_rows_in_content_controls():
    table = (
        f"<w:tbl NS>{row('甲')}<w:sdt><w:sdtContent>{row('乙')}{row('丙')}</w:sdtContent></w:sdt>"
        f"<w:customXml>{row('丁')}</w:customXml></w:tbl>"
    )
    assert places(word_of(table)) == [("甲", 1, 1), ("乙", 1, 2), ("丙", 1, 3), ("丁", 1, 4)]


def test_a_table_in_a_cell_has_rows_of_its_own():
    inner = f"<w:tbl>{row('内一')}{row('内二')}</w:tbl>"
    table = f"<w:tbl NS><w:tr><w:tc>{paragraph('外一')}{inner}</w:tc></w:tr>{row('外二')}</w:tbl>"
    assert places(word_of(table)) == [
        ("外一", 1, 1),
        ("内一", 2, 1),
        ("内二", 2, 2),
        ("外二", 1, 2),
    ]


def test_a_table_that_is_repeated_for_older_programs_counts_once():
    table = f"<w:tbl>{row('框中')}</w:tbl>"
    box = (
        "<w:p NS><w:r><mc:AlternateContent>"
        f"<mc:Choice Requires='wps'><w:txbxContent>{table}</w:txbxContent></mc:Choice>"
        f"<mc:Fallback><w:txbxContent>{table}</w:txbxContent></mc:Fallback>"
        "</mc:AlternateContent></w:r></w:p>"
    )
    assert places(word_of(box, f"<w:tbl NS>{row('后')}</w:tbl>")) == [("框中", 1, 1), ("后", 2, 1)]


def test_what_only_older_programs_are_told_is_read():
    content = word_of(
        "<w:p NS><w:r><mc:AlternateContent><mc:Fallback><w:t>旧。</w:t></mc:Fallback>"
        "</mc:AlternateContent></w:r></w:p>"
    )
    assert texts(content) == ["旧。"]


def test_a_sentence_after_a_page_break_is_on_the_next_page():
    content = word_of(
        "<w:p NS><w:r><w:t>甲。乙</w:t><w:lastRenderedPageBreak/><w:t>乙。丙。</w:t></w:r>"
        "<w:r><w:lastRenderedPageBreak/><w:t>丁。</w:t></w:r></w:p>",
        "<w:p NS><w:r><w:t>戊。</w:t></w:r></w:p>",
    )
    blocks, _ = read_word(content)
    pages = {char: blocks[0].place_at(blocks[0].text.index(char)).page for char in "甲丙丁"}
    assert pages == {"甲": 1, "丙": 2, "丁": 3}
    assert blocks[1].place == Place(page=3, paragraph=2)


def test_page_breaks_count_once():
    content = word_of(
        "<w:p NS><w:r><mc:AlternateContent>"
        "<mc:Choice Requires='wps'><w:lastRenderedPageBreak/><w:t>甲。</w:t></mc:Choice>"
        "<mc:Fallback><w:lastRenderedPageBreak/><w:t>甲。</w:t></mc:Fallback>"
        "</mc:AlternateContent></w:r></w:p>"
    )
    assert [block.place.page for block in read_word(content)[0]] == [2]


def field(code: str, result: str) -> str:
    def mark(kind: str) -> str:
        return f"<w:r><w:fldChar w:fldCharType='{kind}'/></w:r>"

    return f"{mark('begin')}{code}{mark('separate')}{result}{mark('end')}"


def test_codes_of_fields_are_not_shown():
    nested = field(
        f"<w:r><w:instrText>IF</w:instrText></w:r>{field('', run_of('CODE'))}", run_of("她")
    )
    assert texts(word_of(f"<w:p NS>{run_of('甲')}{nested}{run_of('乙。')}</w:p>")) == ["甲她乙。"]


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ([r'EQ \* jc0 \* "Font:宋体" \* hps10 \o \ad(\s \up 9(nǚ),女)'], "女"),
        ([r"eq \* jc2 \o\ad(\s\up 9(", "nǚ shēng", "),女", r"生) \* MERGEFORMAT"], "女生"),
        ([r"EQ \o\ac(\s\up 9(gh);girl\, \(she\))"], "girl, (she)"),
        ([r"EQ \o\ac(○,女)"], "女"),  # in a circle
        ([r"EQ \O(女,\s\do4(·))"], "女"),  # with a dot that stresses it
        ([r"EQ \o(=,/)"], ""),
        ([r"EQ \f(女,男)"], ""),
        ([r"EQ \o\ad(\s \up 9(nǚ),女"], ""),
        (["PAGE"], ""),
    ],
)
def test_characters_that_a_field_draws_by_its_code(code, shown):
    content = word_of(f"<w:p NS>{run_of('我的')}{field_by_code(*code)}{run_of('儿。')}</w:p>")
    assert texts(content) == [f"我的{shown}儿。"]


def test_characters_in_the_code_of_another_field_are_not_shown():
    pinyin = field_by_code(r"EQ \o\ad(\s\up 9(nǚ),女)")
    assert texts(word_of(f"<w:p NS>{field(pinyin, run_of('她'))}{run_of('乙。')}</w:p>")) == [
        "她乙。"
    ]
    assert texts(word_of(f"<w:p NS>{field('', pinyin)}{run_of('乙。')}</w:p>")) == ["女乙。"]


def test_a_hidden_field_ends():
    hidden = "<w:r><w:rPr><w:vanish/></w:rPr><w:fldChar w:fldCharType='{}'/></w:r>"
    entry = hidden.format("begin") + run_of("XE") + hidden.format("end")
    assert texts(word_of(f"<w:p NS>{entry}{run_of('乙。')}</w:p>")) == ["乙。"]


def test_tabs_to_the_margin_keep_words_apart():
    content = word_of(
        "<w:p NS><w:r><w:t>A</w:t><w:ptab/><w:t>B</w:t><w:sym w:char='F0FC'/></w:r></w:p>"
    )
    assert texts(content) == ["A\tB"]


def test_headers_and_footers_are_read_once():
    document = Document()
    document.add_paragraph("正文。")
    first = document.sections[0]
    second = document.add_section()
    second.header.is_linked_to_previous = False
    for section in (first, second):
        section.header.paragraphs[0].text = "女生页眉。"
    first.footer.paragraphs[0].text = "- 3 -"
    first.footer.add_paragraph("Girls' edition")
    blocks, _ = read_word(saved(document))
    assert [(block.text, block.place) for block in blocks] == [
        ("正文。", Place(paragraph=1)),
        ("女生页眉。", Place(part="headers", paragraph=1)),
        ("Girls' edition", Place(part="footers", paragraph=1)),
    ]
    assert place_name(blocks[1].place) == "headers, paragraph 1"


def test_charts_that_are_not_read_are_noted():
    chart = (
        "<w:p NS><w:r><w:t>甲。</w:t><w:drawing><a:graphicData "
        "xmlns:a='http://schemas.openxmlformats.org/drawingml/2006/main' "
        "uri='http://schemas.openxmlformats.org/drawingml/2006/chart'/></w:drawing></w:r></w:p>"
    )
    assert read_word(word_of(chart))[1] == ["charts or SmartArt that were not read: 1"]


def test_damaged_footnotes():
    content = with_part(saved(word_file()), "footnotes", "footnotes", "<w:footnotes")
    with pytest.raises(DataError, match="can be read"):
        read_word(content)


def test_no_body():
    document = Document()
    document.element.remove(document.element.body)
    with pytest.raises(DataError, match="can be read"):
        read_word(saved(document))


def test_strict_open_xml_is_refused_with_what_to_do():
    transitional = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDoc"
    strict = "http://purl.oclc.org/ooxml/officeDocument/relationships/officeDoc"
    content = rewritten(saved(word_file()), {"_rels/.rels": (transitional, strict)})
    with pytest.raises(DataError) as raised:
        read_word(content)
    assert raised.value.remedy == "Save it as Word document (.docx), not Strict Open XML."
