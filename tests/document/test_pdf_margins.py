from edubias.document.pdf import read_pdf
from edubias.records import Place
from tests.document.pdf_files import (
    ENGLISH,
    SONG,
    Sheets,
    texts,
)


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
    in_lines = [block for block in blocks if block.lines]
    assert [block.text for block in in_lines] == [
        text
        for number in range(1, 8)
        for text in (f"Lesson {number}", f"Reader number {number} is a girl, and so she reads.")
    ]
    assert notes == []
    assert in_lines[2].place == Place(page=2, line=1)
    # The first page that has a head keeps it.
    assert [(block.text, block.place) for block in blocks if not block.lines] == [
        ("社会与性别", Place(page=1)),
        ("2026 edition, sheet 1 of 7", Place(page=1)),
        ("初中社会学课本", Place(page=2)),
    ]


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


def test_a_head_that_is_not_level_does_not_stop_the_reading():
    for step in (6, -6):
        sheets = Sheets()
        for letter in "abcd":
            for at, text in enumerate(("Of girls", "at school", f"{letter} title here")):
                sheets.draw([text], x=72 + 110 * at, y=800 - step * at)
            sheets.draw([f"{letter.upper()} body text of the page."], y=600)
            sheets.page()
        found = texts(sheets.content())
        assert [text for text in found if "body" in text] == [
            f"{letter} body text of the page." for letter in "ABCD"
        ]
        assert not any("\n" in text for text in found)


def test_a_foot_that_is_not_level_does_not_flow_into_the_text():
    body = "girl of this school has been asked to cook for the boys"
    sheets = Sheets()
    for letter in "ABCD":
        sheets.draw([f"{letter} {body}"], y=110)
        for at, text in enumerate(("Reader", "and so on", f"Chap {letter}")):
            sheets.draw([text], x=72 + 110 * at, y=40 + 6 * at)
        sheets.page()
    assert {f"{letter} {body}" for letter in "ABCD"} <= set(texts(sheets.content()))


def test_numbered_exercises_are_no_heads():
    sheets = Sheets()
    lines = ["like to cook and to clean the kitchen, while the boys", "are building rockets?"]
    for number in range(1, 5):
        sheets.draw([str(number)], y=760)
        sheets.draw([f"Why do girls {'abcd'[number - 1]} {lines[0]}", lines[1]], x=100, y=760)
        sheets.page()
    assert texts(sheets.content()) == [f"Why do girls {one} {' '.join(lines)}" for one in "abcd"]


def test_a_refrain_is_kept_once_and_never_torn():
    sheets = Sheets()
    for word in ("plays", "runs", "works", "sings"):
        sheets.draw([f"The boy {word} outside."], y=500)
        sheets.draw(["But the girl must stay at home."], y=300)
        sheets.page()
    assert texts(sheets.content())[:3] == [
        "The boy plays outside.",
        "But the girl must stay at home.",
        "The boy runs outside.",
    ]

    question = "Why do girls cook better than boys"
    sheets = Sheets()
    for number, age in enumerate(("six", "ten", "two"), start=1):
        sheets.draw([f"Question {number}: {question}", f"even when they are {age}?"], y=770)
        sheets.page()
    assert texts(sheets.content()) == [
        f"Question {number}: {question} even when they are {age}?"
        for number, age in enumerate(("six", "ten", "two"), start=1)
    ]


def test_recurring_sentences_at_the_leading_of_the_text_are_text():
    sheets = Sheets()
    for letter in "abcd":
        # Set otherwise than the text above, so that only its full stop speaks for it.
        sheets.draw([f"A boy {letter} carries the boxes."], y=118)
        sheets.draw(["The girl must stay at home."], x=120, y=100)
        sheets.page()
    assert sum("must stay" in text for text in texts(sheets.content())) == 4


def test_a_page_of_nothing_but_what_recurs_is_not_emptied():
    sheets = Sheets()
    for _ in range(4):
        sheets.draw(["Girls must stay at home and cook."], y=300)
        sheets.page()
    blocks, notes = read_pdf(sheets.content())
    assert [block.text for block in blocks] == ["Girls must stay at home and cook."] * 4
    assert notes == []


def test_a_title_in_the_head_is_read_once():
    sheets = Sheets()
    for letter in "ABC":
        sheets.draw(["Boys are born leaders, girls are born helpers"], y=800, size=9)
        sheets.draw([f"{letter} text here."], y=700)
        sheets.page()
    assert texts(sheets.content()) == [
        "Boys are born leaders, girls are born helpers",
        *(f"{letter} text here." for letter in "ABC"),
    ]


def test_a_page_number_beside_the_last_line_does_not_take_it_away():
    wanted = []
    sheets = Sheets()
    for number, letter in enumerate("ABCD", start=21):
        lines = [
            f"{letter} story tells that the boys were asked to carry the heavy boxes",
            f"and that {letter} girls were told to clean the classroom after the",
            f"lesson, which nobody of {letter} liked at all.",
        ]
        wanted.append(" ".join(lines))
        sheets.draw(lines, y=96)
        sheets.draw([str(number)], x=540, y=58, size=14)
        sheets.page()
    assert texts(sheets.content()) == wanted


def test_words_of_roman_letters_are_no_page_numbers():
    for text, is_read in (("civil", True), ("ill", True), ("Lil", True), ("xiv", False)):
        sheets = Sheets()
        sheets.draw([text], y=800)
        sheets.draw(["A girl reads."], y=600)
        sheets.page()
        assert (text in texts(sheets.content())) == is_read, text
