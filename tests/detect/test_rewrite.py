import pytest

from edubias.detect.content import keeps_content


@pytest.mark.parametrize(
    ("text", "wording", "kept"),
    [
        ("女生天生细心，24人做记录。", "小组里24人做记录。", True),
        ("女生天生细心，24人做记录。", "小组里25人做记录。", False),  # another number
        ("女生天生细心，24人做记录。", "女生天生细心，24人做记录。", False),  # nothing changed
        ("女生天生细心，24人做记录。", "24人", False),  # too short
        ("小红说小明和大家天生不同。", "小红说小刚和大家各有所长。", False),  # another name
        ("他说小红和大家天生不同。", "他说小红和大家各有所长。", True),
        ("So naturally Anna mends the shirts.", "So this time Anna mends the shirts.", True),
        ("So naturally Anna mends the shirts.", "So this time Tom mends the shirts.", False),
        ("Of course the Mexican pupils copied it.", "Of course some pupils copied it.", True),
        ("So naturally Anna mends the shirts.", "Anna mends the shirts this time.", True),
        ("照例，老人在一边看。", "照例，家长在一边看。", True),  # a group, no name
        ("The price is 1,250.50 pounds.", "It costs 1,250.50 pounds.", True),
        ("Girls are tidy by nature.", "今天天气很好，我们去爬山。", False),  # something else
    ],
)
def test_a_wording_keeps_what_the_text_says(text, wording, kept):
    assert keeps_content(text, wording) is kept
