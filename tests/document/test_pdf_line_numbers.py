import pytest
from reportlab.pdfbase import pdfmetrics

from tests.document.pdf_files import SONG, TIMES, Sheets, texts

PROSE = [
    "The old books of the school say that the boys are strong and",
    "that women should cook. Nobody in the village asked why that",
    "was so, and the girls were told to clean the classroom every",
    "day after the lesson, while their brothers went home to play",
    "with their friends. It was said that this is natural to them",
    "and that nothing can be done about it. But one day a teacher",
    "came who had the girls calculate and the boys sweep the room",
    "and to the surprise of all the parents both did rather well",
    "so that in the end the village agreed that everybody should",
    "learn to do what a person has to do.",
]
CHINESE = [
    "老师让男生搬书，让女生打扫教室，说这是天生的分工。没有",
    "人问为什么，大家都觉得理所当然应该这样做。可是有一天来",
    "了一位新老师，她让女生去搬书，让男生打扫教室，家长们都",
    "觉得很奇怪，但是谁也没有说什么，因为两边都做得非常好，",
    "后来大家就都明白了。",
]


def numbered(sheets, lines, every, x=50.0, y=750.0, size=8, font=TIMES, first=1, left=72):
    """Draw lines, every so many of them with its number, which ends at ``x``."""
    for number, line in enumerate(lines, start=first):
        shown = str(number)
        start = x - pdfmetrics.stringWidth(shown, TIMES, size)
        if number % every == 0 and x < left:
            sheets.draw([shown], x=start, y=y, size=size)
        sheets.draw([line], x=left, y=y, font=font)
        if number % every == 0 and x > left:
            sheets.draw([shown], x=start, y=y, size=size)
        y -= 18
    return y


@pytest.mark.parametrize("every", [1, 5])
@pytest.mark.parametrize(
    ("x", "size"),
    [
        pytest.param(56, 8, id="left"),
        pytest.param(545, 8, id="right"),
        pytest.param(54, 12, id="large"),
        pytest.param(62, 6, id="close"),
    ],
)
def test_numbers_of_lines_do_not_tear_sentences(every, x, size):
    sheets = Sheets()
    numbered(sheets, PROSE, every, x, size=size)
    sheets.page()
    assert texts(sheets.content()) == [" ".join(PROSE)]


@pytest.mark.parametrize("every", [1, 5])
def test_numbers_that_are_drawn_after_the_text(every):
    sheets = Sheets()
    sheets.draw(PROSE)
    for number in range(every, len(PROSE) + 1, every):
        sheets.draw([str(number)], x=45, y=768 - 18 * number, size=8)
    sheets.page()
    assert texts(sheets.content()) == [" ".join(PROSE)]


def test_numbers_of_chinese_lines():
    sheets = Sheets()
    numbered(sheets, CHINESE, 1, font=SONG)
    sheets.page()
    assert texts(sheets.content()) == ["".join(CHINESE)]


def test_numbers_of_the_lines_of_a_poem():
    verses = [f"{word} the rose is red," for word in ("Now", "Once", "Then", "Soon", "Still") * 2]
    sheets = Sheets()
    numbered(sheets, verses, 5)
    sheets.page()
    assert texts(sheets.content()) == verses


@pytest.mark.parametrize("every", [1, 5])
def test_a_paragraph_with_numbered_lines_goes_on_on_the_next_page(every):
    sheets = Sheets()
    numbered(sheets, PROSE[:-2] * 2 + PROSE[:6], every, y=465, size=12)
    sheets.page()
    numbered(sheets, PROSE[6:] + PROSE, every, y=760, size=12, first=23)
    sheets.page()
    found = texts(sheets.content())
    assert found == [" ".join(PROSE[:-2] * 2 + PROSE), " ".join(PROSE)]


@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize("every", [1, 5])
def test_spaces_between_paragraphs_may_count_or_not(every, counted):
    sheets = Sheets()
    y = numbered(sheets, PROSE, every)
    if counted and every == 1:
        sheets.draw(["11"], x=42, y=y, size=8)
    numbered(sheets, PROSE, every, y=y - (18 if counted else 11), first=12 if counted else 11)
    sheets.page()
    assert texts(sheets.content()) == [" ".join(PROSE)] * 2


def test_numbers_outside_two_columns():
    sheets = Sheets()
    for number, line in enumerate(PROSE, start=1):
        y = 750 - 14 * number
        sheets.draw([str(number)], x=50, y=y, size=7)
        sheets.draw([line], y=y, size=9)
        sheets.draw([line], x=310, y=y, size=9)
        sheets.draw([str(number + len(PROSE))], x=550, y=y, size=7)
    sheets.page()
    assert texts(sheets.content()) == [" ".join(PROSE)] * 2


NUMBERS = [str(number) for number in range(1, 9)]
QUESTIONS = [
    f"{word} do you think that {who} should learn to cook and to sew?"
    for word in ("Why", "When", "Where", "How")
    for who in ("girls", "boys")
]
TITLES = ["女生不适合学理科的原因调查", "男生天生就比女生聪明吗", "谁来做家务", "论职业与性别"] * 2


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param([NUMBERS, QUESTIONS], id="questions"),
        pytest.param([NUMBERS, [f"{one[:9]} it" for one in QUESTIONS]], id="words"),
        pytest.param([NUMBERS, [one.lower()[:9] for one in QUESTIONS]], id="small"),
        pytest.param([NUMBERS, TITLES], id="titles"),
        pytest.param([NUMBERS, TITLES, [], [], TITLES], id="table"),
        pytest.param([QUESTIONS, [], [], [], NUMBERS], id="pages"),
        pytest.param([[str(5 * int(one)) for one in NUMBERS], QUESTIONS], id="fives"),
        pytest.param([list("57382410"), PROSE], id="counts"),
        pytest.param([["5", "7", "3", "8", "2", "10"], PROSE], id="ages"),
        pytest.param([NUMBERS[::-1], PROSE], id="falling"),
        pytest.param([[f"{one}." for one in NUMBERS], PROSE], id="points"),
        pytest.param([[f"({one})" for one in NUMBERS], PROSE], id="brackets"),
        pytest.param([["ab"] * 8, NUMBERS, [], PROSE], id="within"),
        pytest.param([NUMBERS[:3], PROSE[:3]], id="few"),
    ],
)
def test_other_numbers_are_kept(columns):
    sheets = Sheets()
    for x, cells in zip((72, 100, 128, 156, 480), columns, strict=False):
        for at, cell in enumerate(cells):
            font = TIMES if cell.isascii() else SONG
            sheets.draw([cell], x=x, y=750 - 18 * at, font=font)
    sheets.page()
    drawn = sorted(char for cells in columns for cell in cells for char in cell if char.isdigit())
    assert sorted(char for char in "".join(texts(sheets.content())) if char.isdigit()) == drawn


def test_numbers_of_exercises_of_several_lines_are_kept():
    sheets = Sheets()
    y = 750
    for number in range(1, 6):
        sheets.draw([str(number)], y=y, size=10)
        y = sheets.draw(PROSE[:2], x=100, y=y)
    sheets.page()
    found = texts(sheets.content())
    assert [text for text in found if text.isdigit()] == ["1", "2", "3", "4", "5"]
