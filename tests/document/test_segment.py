import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edubias.document.segment import LONGEST_QUOTED, sentences, shortened


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "男生做实验。女生记录！她为什么只记录？",
            ["男生做实验。", "女生记录！", "她为什么只记录？"],
        ),
        ("他说：“我来。你等着。”然后走了。", ["他说：“我来。你等着。”", "然后走了。"]),
        ("女生不如男生……真的吗？！", ["女生不如男生……", "真的吗？！"]),
        ("（选自《故乡》。）请朗读。", ["（选自《故乡》。）", "请朗读。"]),
        (
            "Dr. Li left at 5 p.m. on Monday. It was 3.5 km.",
            ["Dr. Li left at 5 p.m. on Monday.", "It was 3.5 km."],
        ),
        ('He said "I am fine." Then he left.', ['He said "I am fine."', "Then he left."]),
        ("J. K. Smith wrote it, cf. Fig. 3. Why?", ["J. K. Smith wrote it, cf. Fig. 3.", "Why?"]),
        ("第一行\n第二行", ["第一行", "第二行"]),
        ("1. 计算：3+5=？", ["计算：3+5=？"]),
        ("3 + 5 = 8。 12.", []),
        ("", []),
    ],
)
def test_sentences(text, expected):
    assert cut(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "“女性情绪化，不适合当领导。”请找出这句话的逻辑漏洞。",
        "“Girls are tidy.” Say why this is wrong.",
        '"Girls are tidy." Say why this is wrong.',
        "「女生膽小。」這句話錯在哪裡？",
    ],
)
def test_a_quotation_stays_with_what_is_said_of_it(text):
    assert cut(text) == [text]


def test_a_dialogue_is_not_one_sentence():
    assert cut("“真的吗？”“真的。”老师笑了。") == ["“真的吗？”", "“真的。”老师笑了。"]


def test_a_quotation_that_is_never_closed_does_not_swallow_the_text():
    text = "他说：“我来。" + "大家都等着他。" * 40
    assert len(cut(text)) == 41
    far = "他说：“我来。" + "大家都等着他。" * 40 + "”"
    assert max(len(one) for one in cut(far)) <= LONGEST_QUOTED


@given(st.text(alphabet="男女 生ab.。“”\"'!？,，\n1", max_size=80))
def test_sentences_are_in_order_and_leave_out_no_letter(text):
    found = sentences(text)
    assert all(a < b for a, b in found)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(found))
    covered = {i for a, b in found for i in range(a, b)}
    assert all(i in covered for i, char in enumerate(text) if char.isalpha())
    assert all(text[a:b] == text[a:b].strip() for a, b in found)


@given(st.text(alphabet="甲乙ab ，；.。", max_size=120), st.integers(3, 20))
def test_parts_fit_and_leave_out_no_letter(text, limit):
    parts = shortened(text, lambda one: len(one) <= limit)
    assert all(len(text[a:b]) <= limit for a, b in parts)
    covered = {i for a, b in parts for i in range(a, b)}
    assert all(i in covered for i, char in enumerate(text) if char.isalpha())


def test_long_sentences_are_cut_at_clauses():
    text = "一二三四五，六七八九十；甲乙丙丁，戊己庚辛。"
    parts = shortened(text, lambda one: len(one) <= 12)
    assert [text[a:b] for a, b in parts] == ["一二三四五，六七八九十；", "甲乙丙丁，戊己庚辛。"]
