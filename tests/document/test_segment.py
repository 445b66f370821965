import itertools

import pytest
import regex
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
        (
            "他说：“我来。你等着。”然后走了。她没走。",
            ["他说：“我来。你等着。”然后走了。", "她没走。"],
        ),
        ("真的吗？！不会吧……", ["真的吗？！", "不会吧……"]),
        ("（选自《故乡》。）请朗读。", ["（选自《故乡》。）", "请朗读。"]),
        (
            "Dr. Li left at 5 p.m. on Monday. It was 3.5 km.",
            ["Dr. Li left at 5 p.m. on Monday.", "It was 3.5 km."],
        ),
        ('He said "Go." Then he left. So did I.', ['He said "Go." Then he left.', "So did I."]),
        ("J. K. Smith wrote it, cf. Fig. 3. Why?", ["J. K. Smith wrote it, cf. Fig. 3.", "Why?"]),
        ("第一行\n第二行", ["第一行", "第二行"]),
        ("1. 计算：3+5=？", ["计算：3+5=？"]),
        ("一．选择题", ["一．选择题"]),
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
        "老师说：“女生不适合学理科。”这句话是错的。",
        "她说“女生不适合当领导。”请反驳。",
        "在“男主外，女主内。”的观念下，她辞职了。",
        "“女生胆小。”，他说。",
        "“女生胆小！”——他就这点见识。",
        "他说“女生胆小。”。",
        "他说：“她问‘女生行吗？’我没有回答。”请评论。",
        "老师说：“女生胆小。”[1]这句话是错的。",
        "‘女生不适合当领导。’请反驳这句话。",
        "「女生膽小。」這句話錯在哪裡？",
        "他說：『女生膽小。』這句話錯在哪裡？",
        "“Girls are tidy.” Say why this is wrong.",
        '"Girls are tidy." Say why this is wrong.',
        "‘Girls can’t lead.’ This claim is wrong.",
        "'The girls' maths can't be good.' This claim is wrong.",
        "The claim “Girls can't do maths!” is wrong.",
        'She shouted "Stop!" and ran.',
        "The claim “Girls can't do maths! They never could.” is wrong, "
        + "as anyone knows who has read what was found " * 5
        + "in schools.",
    ],
)
def test_a_quotation_stays_with_what_is_said_of_it(text):
    assert cut(text) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "《女生为什么学不好数学？》是一本书。",
        "她（真的？）来了。",
        "Girls (really?) came.",
        "女生嘛……不适合学理科。",
        "女生嘛。。。不适合学理科。",
        "Well... girls are weak.",
        "She took her Ph.D. in physics.",
        "J.K. Rowling moved to Washington D.C. in May.",
        "Foo Inc. hires girls, Bar Ltd. boys.",
        "On Jan. 5 she read p. 12, e.g. the rhyme.",
        "See http://x.com/?a=b for more.",
    ],
)
def test_titles_brackets_ellipses_abbreviations_and_addresses_are_not_torn(text):
    assert cut(text) == [text]


@pytest.mark.parametrize(
    "parts",
    [
        ["女生心细．", "男生胆大．", "温差是1．5度．"],
        ["女生心细｡", "男生胆大｡"],
        ["瑪麗．居禮發現了鐳。", "她很好。"],
        ["女生心细。[1]", "男生胆大。[2-3]", "都一样。①"],
        ["提纲：①她怎样训练？", "②你呢？", "—It depends."],
        ["他走了。", "“女生呢？”老师问。"],
    ],
)
def test_ends_of_chinese_sentences(parts):
    assert cut("".join(parts)) == parts


@pytest.mark.parametrize(
    "parts",
    [
        ["Girls are bad at maths.[1]", "Boys are good.¹", "Are they?"],
        ["Are girls weak?", "No.", "They are strong."],
        ["It was so in the U.S.", "Girls had no vote.", "The answer is B.", "The girl ran."],
        ["She read tales, rhymes, etc.", "Boys did not."],
        ["(He left.", "She stayed.)", "Nobody came."],
        ["The term 'girls' isn't new.", "Don't use 'ladies'.", "It's old."],
        ["It fails at 6 V.", "Explain why it fails at 5 °C.", "Use the table."],
        ["Yours faithfully, P. Okafor"],
        ["See www.x.com.", "Girls are weak."],
        ["Well...", "Girls are weak."],
        ['He wrote 5" tall.', 'She wrote 6" tall.', "Why?"],
    ],
)
def test_ends_of_english_sentences(parts):
    assert cut(" ".join(parts)) == parts


@pytest.mark.parametrize(
    "parts",
    [
        ["“真的吗？”", "“真的。”老师笑了。"],
        ["老师说：“坐下。”", "他说：“我来。”", "她笑着说“好。”小明走了。"],
        ["——你听得出来吗？", "——没听出来。"],
        ["A: ‘Sit.’", "B: ‘No, I won’t.’ The teacher left."],
        ["“坐下。”老师说：“快。”", "他说：“好。”他坐下了。", "课开始了。"],
    ],
)
def test_a_dialogue_is_not_one_sentence(parts):
    assert cut(" ".join(parts)) == parts


def test_a_quotation_that_is_never_closed_does_not_swallow_the_text():
    text = "他说：“我来。" + "大家都等着他。" * 40
    assert len(cut(text)) == 41
    far = "他说：“我来。" + "大家都等着他。" * 40 + "”"
    assert max(len(one) for one in cut(far)) <= LONGEST_QUOTED


MARKS = "男女 生aAb.。．…“”‘’\"'（）()《》[1]!？,，\n"


@given(st.text(alphabet=MARKS, max_size=80))
def test_sentences_are_in_order_and_leave_out_no_letter(text):
    found = sentences(text)
    assert all(a < b for a, b in found)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(found))
    covered = {i for a, b in found for i in range(a, b)}
    assert all(i in covered for i, char in enumerate(text) if char.isalpha())
    assert all(text[a:b] == text[a:b].strip() for a, b in found)


@given(st.lists(st.text(alphabet=MARKS, max_size=30), max_size=40))
def test_only_what_has_no_end_within_is_longer_than_the_longest_that_is_joined(parts):
    for one in cut("男" + "".join(parts)):
        assert len(one) <= LONGEST_QUOTED or not regex.search("[。！？][男女生]", one)


WORD = st.text(alphabet="男女生天", min_size=1, max_size=6)
POINT = st.sampled_from(["。", "！", "？", "？！", "。”", "。）"])


@given(st.lists(st.tuples(WORD, POINT).map("".join), max_size=10))
def test_running_text_is_cut_at_each_point(parts):
    assert cut("".join(parts)) == parts


@given(st.lists(st.text(alphabet="男女 生a。…！？,，", max_size=30), max_size=5))
def test_lines_are_cut_apart_from_each_other(lines):
    assert cut("\n".join(lines)) == [one for line in lines for one in cut(line)]


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
