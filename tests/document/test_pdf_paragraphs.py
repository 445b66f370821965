import pytest
from reportlab.pdfbase import pdfmetrics

from edubias.document.pdf import read_pdf
from edubias.records import Place
from tests.document.pdf_files import (
    CHINESE,
    ENGLISH,
    SONG,
    TIMES,
    Sheets,
    check_origins,
    rewritten,
    texts,
)


def test_paragraphs_of_one_line_each_are_parted_by_their_indentation():
    wanted = [
        ["“你们女生天生就不适合学理科，还是让男生来吧。”"],
        [
            "他说完了以后看着大家，没有一个人敢回答他的话",
            "而且教室里面非常安静，大家都觉得这是理所当然的",
        ],
        ["小红听了很生气，她站起来大声地反对他说的这句话。"],
        ["“我不同意你说的话，女生也能学好理科和数学的。”"],
        ["小明说"],
    ]
    sheets = Sheets()
    y = 750
    for first, *more in wanted:
        y = sheets.draw([first], x=96, y=y, font=SONG)
        y = sheets.draw(more, y=y, font=SONG)
    sheets.page()
    assert texts(sheets.content()) == ["".join(lines) for lines in wanted]


def test_items_of_several_lines_stay_whole_though_one_ends_in_a_stop():
    sheets = Sheets()
    y = sheets.draw(["• The boys were asked to carry the boxes and the girls to"])
    y = sheets.draw(["clean the classroom, as it is so natural for them.", ENGLISH[0]], x=82, y=y)
    sheets.draw([f"• {ENGLISH[0]}"], y=y)
    sheets.page()
    assert len(texts(sheets.content())) == 2


def test_hanging_lines_belong_to_the_line_at_the_margin():
    entry = ["Miller, A. The girls who built the towns of the north and south."]
    more = ["A history of their work in three volumes with many plates and", "a map. Boston."]
    sheets = Sheets()
    y = 750
    for _ in range(3):
        y = sheets.draw(entry, y=y)
        y = sheets.draw(more, x=96, y=y)
    sheets.page()
    assert texts(sheets.content()) == [" ".join(entry + more)] * 3


def two_pages(lines, more, font=TIMES, x=72, size=12, bottom=108) -> Sheets:
    sheets = Sheets()
    sheets.draw(lines, y=bottom, font=font)
    sheets.page()
    sheets.draw(more, y=760, x=x, font=font, size=size)
    sheets.page()
    return sheets


def test_a_paragraph_goes_on_on_the_next_page():
    content = two_pages(CHINESE[:2], [CHINESE[1], CHINESE[2]], font=SONG).content()
    ((block,), notes) = read_pdf(content)
    assert block.text == CHINESE[0] + CHINESE[1] + CHINESE[1] + CHINESE[2]
    assert notes == []
    assert block.place_at(0) == Place(page=1, line=1)
    assert block.place_at(len(CHINESE[0] + CHINESE[1]) - 1) == Place(page=1, line=2)
    assert block.place_at(len(CHINESE[0] + CHINESE[1])) == Place(page=2, line=1)

    hyphened = ["All the girls were told to help with the decor-"], ["ation of the room."]
    assert texts(two_pages(*hyphened).content()) == [
        "All the girls were told to help with the decoration of the room."
    ]
    assert texts(two_pages([ENGLISH[0]], [ENGLISH[1]]).content()) == [" ".join(ENGLISH[:2])]


def test_a_paragraph_goes_on_over_several_pages_and_past_their_margins():
    sheets = Sheets()
    for number in range(1, 5):
        sheets.draw(["A reader for girls"], y=810, size=9)
        y = sheets.draw([ENGLISH[0]], y=760)
        while y > 80:
            y = sheets.draw(["were told to clean it. It is said that this has to be so"], y=y)
        sheets.draw([str(number)], x=290, y=30)
        sheets.page()
    sheets.draw(["by nature."], y=760)
    sheets.page()
    content = sheets.content()
    blocks, _ = read_pdf(content)
    assert [block.text[:10] for block in blocks] == ["A reader f", "The boys w"]
    assert list(dict.fromkeys(line.page for line in blocks[1].lines)) == [1, 2, 3, 4, 5]
    assert blocks[1].place_at(len(blocks[1].text) - 1) == Place(page=5, line=1)


@pytest.mark.parametrize(
    "sheets",
    [
        pytest.param(lambda: two_pages(ENGLISH, ENGLISH[:2]), id="ended"),
        pytest.param(lambda: two_pages(ENGLISH[:2], ["1. Why?"]), id="item"),
        pytest.param(lambda: two_pages(CHINESE[:2], CHINESE[2:], SONG, size=16), id="size"),
        pytest.param(lambda: two_pages([*CHINESE[:1], "女生打扫"], CHINESE[:2], SONG), id="short"),
        pytest.param(lambda: two_pages(CHINESE[:2], CHINESE[:2], SONG, bottom=700), id="high"),
        pytest.param(lambda: two_pages(["What is said of girls"], ["They cook."]), id="heading"),
    ],
)
def test_what_may_be_another_paragraph_is_not_joined_over_pages(sheets):
    blocks, _ = read_pdf(sheets().content())
    assert {block.place.page for block in blocks} == {1, 2}


def test_an_indented_line_begins_a_paragraph_on_the_next_page():
    sheets = Sheets()
    sheets.draw(CHINESE[:2], y=108, font=SONG)
    sheets.page()
    sheets.draw([CHINESE[0][2:]], x=96, y=760, font=SONG)
    sheets.draw(CHINESE[1:], y=742, font=SONG)
    sheets.page()
    assert len(texts(sheets.content())) == 2


def test_pinyin_above_the_text_is_left_out():
    lines = ["女生应该在家里做饭洗衣服", "因为她们天生就比男生温柔", "而且很喜欢做家务。"]
    pinyin = ["nǚ shēng yīng gāi zài jiā lǐ", "yin wei ta men tian sheng jiu bi", "er qie hen"]
    for syllables in (False, True):
        sheets = Sheets()
        for number, (line, above) in enumerate(zip(lines, pinyin, strict=True)):
            y = 750 - 36 * number
            parts = above.split() if syllables else [above]
            for at, part in enumerate(parts):
                # Times has no letters with all tone marks.
                plain = part.translate(str.maketrans("ǚēīāàǐ", "veiaài"))
                sheets.draw([plain], x=72 + 26 * at, y=y, size=7)
            sheets.draw([line], y=y - 14, font=SONG, size=16)
        sheets.page()
        assert texts(sheets.content()) == ["".join(lines)]


def test_small_english_above_chinese_is_text():
    sheets = Sheets()
    sheets.draw(["Girls and boys"], y=764, size=8)
    sheets.draw(["女生和男生的分工"], font=SONG, size=16)
    sheets.page()
    assert texts(sheets.content()) == ["Girls and boys", "女生和男生的分工"]


def test_blanks_to_be_filled_in_are_no_columns():
    rows = [
        [("男生长大以后应该", "，不可以留在家里。"), ("女生长大以后应该", "，不可以留在家里。")]
        * 2,
        [("1. Mary is a nurse and", "a doctor."), ("2. Women are", "at home.")] * 2,
        [("1. 女生天生应该", "做饭。"), ("2. 男生天生应该", "学习。")] * 2,
    ]
    for font, x, pairs in zip((SONG, TIMES, SONG), (230, 230, 210), rows, strict=True):
        sheets = Sheets()
        for number, (left, right) in enumerate(pairs):
            sheets.draw([left], y=700 - 18 * number, font=font)
            sheets.draw([right], x=x, y=700 - 18 * number, font=font)
        sheets.page()
        found = "".join(texts(sheets.content()))
        assert all(f"{left} {right}" in found for left, right in pairs)


def test_options_side_by_side_stay_apart():
    sheets = Sheets()
    for number, row in enumerate(
        (("A. 医生", "B. 护士"), ("C. 老师", "D. 司机"), ("E. 厨师", "F. 律师"))
    ):
        for x, option in zip((72, 160), row, strict=True):
            sheets.draw([option], x=x, y=700 - 18 * number, font=SONG)
    sheets.page()
    assert len(texts(sheets.content())) == 6


def test_a_raised_number_at_the_beginning_of_a_line_parts_nothing():
    sheets = Sheets()
    sheets.draw(["The girls know that it is the boys who are asked to do the work"])
    sheets.draw(["12"], y=737, size=7)
    width = pdfmetrics.stringWidth("12", TIMES, 7)
    sheets.draw(
        [" at home in the garden, and then they go back to the school"], x=72 + width, y=732
    )
    sheets.draw(["where they sit down and read the book that they have brought."], y=714)
    sheets.page()
    assert len(texts(sheets.content())) == 1


def test_a_large_first_letter_belongs_to_its_word():
    sheets = Sheets()
    sheets.draw(["O"], y=732, size=36)
    sheets.draw(["nce there was a girl who had to cook and wash every day,"], x=100)
    sheets.draw(["and her brothers did not have to do anything."], x=100, y=732)
    sheets.draw(["It went on until she was grown up and left the house."], y=714)
    sheets.page()
    content = sheets.content()
    blocks, _ = read_pdf(content)
    assert [block.text[:14] for block in blocks] == ["Once there was"]
    assert [line.line for line in blocks[0].lines] == [1, 2, 3]
    assert blocks[0].place_at(blocks[0].text.index("and her")).line == 2
    check_origins(content, blocks)


def test_text_that_is_cropped_away_is_not_read():
    sheets = Sheets()
    sheets.draw(["A printer's mark that nobody sees"], y=800)
    sheets.draw([ENGLISH[2]], y=500)
    sheets.page()

    def crop(writer):
        writer.pages[0].cropbox.upper_right = (595, 600)

    assert texts(rewritten(sheets.content(), crop)) == [ENGLISH[2]]
