"""Wordings that leave whole clauses out."""

import pytest

from edubias.detect.clauses import MOST_CLAUSES, MOST_FOR_TWO_CUTS, clause_cuts


def test_a_chinese_text_keeps_its_end():
    assert clause_cuts("表姐考上大学，人也糊涂，成绩很好。") == [
        "人也糊涂，成绩很好。",
        "成绩很好。",
        "表姐考上大学，成绩很好。",
        "表姐考上大学。",
        "表姐考上大学，人也糊涂。",
        "人也糊涂。",
    ]


def test_an_english_text_keeps_its_capital_and_its_end():
    cuts = clause_cuts("As a girl, she found 3.5 kg; her brother helped. Find the mean!")
    assert "She found 3.5 kg; her brother helped. Find the mean!" in cuts
    assert "As a girl, she found 3.5 kg. Find the mean!" not in cuts  # a mark is not invented
    assert "As a girl, she found 3.5 kg!" in cuts
    assert "Find the mean!" in cuts
    assert all(one[0].isupper() for one in cuts)


@pytest.mark.parametrize(
    "text",
    [
        "老师说：“他是乡下来的，不懂规矩。”同学们笑了。",
        "他（乡下来的，不懂规矩）走了，门没有关。",
        'She said, "Girls, of course, may watch." Nobody did.',
    ],
)
def test_quotations_and_brackets_are_not_torn(text):
    cuts = clause_cuts(text)
    assert cuts
    for one in cuts:
        assert one.count("“") == one.count("”")
        assert one.count("（") == one.count("）")
        assert one.count('"') % 2 == 0


def test_single_quotation_marks_are_not_torn_either():
    cuts = clause_cuts("'She reads, of course.' 'I can't, though,' said he. Nobody asked.")
    assert "'She reads, of course.' Nobody asked." in cuts
    assert not any("She reads" in one and "of course.'" not in one for one in cuts)


def test_a_blank_is_an_end():
    assert "车外圆时刀尖应与工件中心____。" in clause_cuts(
        "读不进书，要领记熟即可，车外圆时刀尖应与工件中心____。"
    )


@pytest.mark.parametrize("text", ["", "一句话。", "no stop", "，" * 3, "好，" * (MOST_CLAUSES + 1)])
def test_nothing_to_cut(text):
    assert clause_cuts(text) == []


def test_long_texts_are_cut_in_one_place_only():
    words = [f"第{i}句" for i in range(MOST_FOR_TWO_CUTS + 1)]
    assert "，".join([words[0], words[2], words[4], *words[5:]]) + "。" not in clause_cuts(
        "，".join(words) + "。"
    )
    fewer = words[:MOST_FOR_TWO_CUTS]
    assert "，".join([fewer[0], fewer[2], *fewer[4:]]) + "。" in clause_cuts(
        "，".join(fewer) + "。"
    )
