import importlib.util

import pytest

from edubias.document.markdown import read_markdown
from edubias.document.text import read_text
from edubias.document.web import read_html
from edubias.errors import ConfigError, DataError
from edubias.records import Place


def at(content: bytes, block, words: str) -> tuple[int, int]:
    """Line and column of words, by their block and by the file; both must agree."""
    offset = block.text.index(words)
    place = block.place_at(offset)
    lines = content.decode().splitlines()
    assert lines[place.line - 1][place.column - 1 :].startswith(words[0])
    return place.line, place.column


def test_lines_of_a_paragraph_are_joined():
    content = (
        "Girls are naturally tidy, so they will keep the\nlab notes in this long exercise of ours.\n\n"
        "女生更适合做记录，男生更适合动手操作这些实验仪器和各种各\n样的设备。\n"
    ).encode()
    blocks, notes = read_text(content)
    assert [block.text for block in blocks] == [
        "Girls are naturally tidy, so they will keep the lab notes in this long exercise of ours.",
        "女生更适合做记录，男生更适合动手操作这些实验仪器和各种各样的设备。",
    ]
    assert notes == []
    assert at(content, blocks[0], "lab notes") == (2, 1)
    assert at(content, blocks[1], "样的") == (5, 1)
    assert at(content, blocks[1], "动手") == (4, 15)


def test_short_lines_are_paragraphs_of_their_own():
    text = "第一章 力\n物体受到的推或拉就是力，力的大小用弹簧测力计来测量。\n1. 什么是力？\n2. 举例说明。\n"
    blocks, _ = read_text(text.encode())
    assert [block.text for block in blocks] == text.split("\n")[:-1]


@pytest.mark.parametrize("read", [read_text, read_markdown, read_html])
def test_form_feeds_begin_no_line(read):
    blocks, _ = read("甲。\n\n\f乙，\n丙。\n\n\f\f丁，\f戊。\n".encode())
    text = "".join(block.text for block in blocks)
    places = [block.place_at(block.text.index(char)) for block in blocks for char in block.text]
    assert places[text.index("乙")] == Place(line=3, column=2)
    assert places[text.index("丙")] == Place(line=4, column=1)
    assert places[text.index("丁")] == Place(line=6, column=3)
    assert places[text.index("戊")] == Place(line=6, column=6)


def test_hyphens_that_belong_to_a_word_stay():
    blocks, _ = read_text(
        b"The book was written by the old Anglo-\nSaxon monks, and it cost them all of\n100.\n"
    )
    assert (
        blocks[0].text
        == "The book was written by the old Anglo-Saxon monks, and it cost them all of 100."
    )


def test_hyphens_at_the_end_of_lines():
    blocks, _ = read_text(b"The teacher who came to this edu-\ncation fair was well-known.\n")
    assert blocks[0].text == "The teacher who came to this education fair was well-known."
    assert blocks[0].place_at(blocks[0].text.index("cation")) == Place(line=2, column=1)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (read_text, "Girls are natu\xadral\xadly tidy, he said.\n"),
        (read_markdown, "Girls *are* natu\xadral&shy;ly tidy, he said.\n"),
        (read_markdown, "<p>Girls are natu\xadral&shy;ly tidy, he said.\n"),
        (read_html, "<p>Girls are natu\xadral&#173;ly tidy, he said.</p>\n"),
    ],
)
def test_soft_hyphens_are_not_shown(read, text):
    blocks, _ = read(text.encode())
    assert [block.text for block in blocks] == ["Girls are naturally tidy, he said."]
    assert at(text.encode(), blocks[0], "ly tidy") == (1, text.index("ly tidy") + 1)
    assert at(text.encode(), blocks[0], "said") == (1, text.index("said") + 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_encodings(encoding):
    text = "女生不适合学物理，他们说。\r\n\r\n第二段。"
    blocks, notes = read_text(text.encode(encoding))
    assert [block.text for block in blocks] == ["女生不适合学物理，他们说。", "第二段。"]
    assert blocks[1].place == Place(line=3, column=1)
    assert notes == (["encoding guessed: gb18030"] if encoding == "gb18030" else [])


@pytest.mark.parametrize("encoding", ["big5", "gb18030"])
def test_traditional_characters(encoding):
    text = "數學老師說：「男生比較聰明。」這句話錯在哪裡？"
    blocks, notes = read_text(text.encode(encoding))
    assert blocks[0].text == text
    assert encoding in notes[0]


ENGLISH = "She said, “Girls should help at home.” Tom didn’t — and wouldn’t — agree (pages 3–5)…"


@pytest.mark.parametrize("encoding", ["big5", "gb18030"])
@pytest.mark.parametrize("text", [ENGLISH, ENGLISH * 9, f"{ENGLISH} 护士", "‘Girls,’ he said."])
def test_english_with_quotation_marks_of_chinese_encodings(encoding, text):
    if encoding == "big5":
        text = text.replace("护", "護")
    blocks, notes = read_text(text.encode(encoding))
    assert blocks[0].text == text
    assert encoding in notes[0]


def test_a_few_chinese_characters_in_english():
    text = (
        "The teacher asked whether a nurse (护士) must always be a woman, as it is in this story."
    )
    blocks, _ = read_text(text.encode("gb18030"))
    assert blocks[0].text == text


def test_english_in_which_chinese_characters_tell_the_encoding():
    text = "The teacher asked whether a nurse (護士) must always be a woman (女生不適合學物理)."
    blocks, _ = read_text(text.encode("big5"))
    assert blocks[0].text == text


def test_latin_encoding_is_not_taken_for_chinese():
    blocks, _ = read_text("Les élèves étudient à l'école, où naît l'été.".encode("latin-1"))
    assert "élèves" in blocks[0].text


@pytest.mark.parametrize("content", [b"\x00\x01\x02\x03binary", b"\xff\xfe\x00\xd8"])
def test_what_is_no_text_is_refused(content):
    with pytest.raises(DataError, match="not a text"):
        read_text(content)


def test_utf_32():
    text = "女生不适合学物理。"
    blocks, notes = read_text(text.encode("utf-32"))
    assert [block.text for block in blocks] == [text]
    assert notes == []


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_the_line_of_a_bad_byte_is_named(line_end):
    lines = ["女生不适合学物理。".encode(), "第二段".encode() + b"\xff", "第三段。".encode()]
    with pytest.raises(DataError, match="line 2: not UTF-8"):
        read_text(line_end.join(lines))


def test_form_feeds_do_not_count_as_lines_before_a_bad_byte():
    with pytest.raises(DataError, match="line 2: not UTF-8"):
        read_text("女生不适合学物理。\n\f第二段".encode() + b"\xff")


def test_a_bad_byte_after_a_mark_of_utf_8():
    with pytest.raises(DataError, match="line 1: not UTF-8"):
        read_text(b"\xef\xbb\xbfgirls \xff")


def test_guessing_needs_a_package(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="charset_normalizer"):
        read_text(("女生不适合学物理。" * 9).encode("gb18030"))


def test_markdown_shows_what_readers_see():
    content = (
        "---\ntitle: 女生\n---\n# 第一章 *力*\n\n女生**不适合**学[物理](http://x.y/女)，\n老师 `x=1` 说。\n\n"
        "- 男生 &amp; 女生\n- second *item*\n\n| 角色 | 谁 |\n|---|---|\n| 护士 | 女 |\n\n```\n代码 女\n```\n<div>女</div>\n"
    ).encode()
    blocks, _ = read_markdown(content)
    assert [block.text for block in blocks] == [
        "第一章 力",
        "女生不适合学物理，老师 x=1 说。",
        "男生 & 女生",
        "second item",
        "角色",
        "谁",
        "护士",
        "女",
        "女",
    ]
    assert at(content, blocks[0], "第一章") == (4, 3)
    assert at(content, blocks[1], "不适合") == (6, 5)
    assert at(content, blocks[1], "老师") == (7, 1)
    assert at(content, blocks[3], "second") == (10, 3)
    assert at(content, blocks[6], "护士") == (14, 3)
    assert at(content, blocks[7], "女") == (14, 8)
    assert at(content, blocks[8], "女") == (19, 6)


def test_a_rule_at_the_head_of_markdown_is_no_front_matter():
    content = "---\n\n# 第一章\n\n女生不适合学理科。\n\n---\n\n第二节内容。".encode()
    blocks, _ = read_markdown(content)
    assert [block.text for block in blocks] == ["第一章", "女生不适合学理科。", "第二节内容。"]


def test_front_matter_may_end_in_dots():
    content = "---\ntitle: 女生\n...\n\n女生不适合学理科。\n\n---\n\n第二节内容。".encode()
    blocks, _ = read_markdown(content)
    assert [block.text for block in blocks] == ["女生不适合学理科。", "第二节内容。"]
    assert at(content, blocks[0], "不适合") == (5, 3)


def test_footnotes_of_markdown():
    content = (
        "女生[^1]不适合[^乙]学[^x]物理。\n[^1]: 1女生不适合学理科。\n[^乙]: 男生\n    也是。\n\n    第二段。\n\n"
        "> [^3]: They say so[^1].\n\n```\n[^4]: 代码\n```\n"
    ).encode()
    blocks, _ = read_markdown(content)
    assert [block.text for block in blocks] == [
        "女生不适合学[^x]物理。",
        "1女生不适合学理科。",
        "男生也是。",
        "第二段。",
        "They say so.",
    ]
    assert at(content, blocks[0], "不适合") == (1, 7)
    assert at(content, blocks[0], "物理") == (1, 19)
    assert at(content, blocks[1], "1女生") == (2, 7)
    assert at(content, blocks[2], "也是") == (4, 5)
    assert at(content, blocks[3], "第二段") == (6, 5)
    assert at(content, blocks[4], "They") == (8, 9)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_html_in_markdown(line_end):
    content = (
        "<div>\n<p>女生&amp;男生</p>\n</div>\n\n> <table>\n> <tr><td>护士\n> 女\n> </table>\n\n"
        "- <details>\n  <summary>答案</summary>\n\n  **男**生\n\n  </details>\n\n<!-- 女 -->\n"
    ).replace("\n", line_end)
    blocks, _ = read_markdown(content.encode())
    assert [block.text for block in blocks] == ["女生&男生", "护士女", "答案", "男生"]
    assert at(content.encode(), blocks[0], "男生") == (2, 11)
    assert at(content.encode(), blocks[1], "护士") == (6, 11)
    assert at(content.encode(), blocks[1], "女") == (7, 3)
    assert at(content.encode(), blocks[2], "答案") == (11, 12)


def test_html_within_a_paragraph_of_markdown():
    content = (
        "| a | b |\n|---|---|\n| Boys are strong<br>Girls are weak | 2 |\n\n"
        '<ruby>汉<rt>hàn</rt></ruby>字<q>难</q>。<br />\n<a title="二行">二行</a>\n'
    ).encode()
    blocks, _ = read_markdown(content)
    assert [block.text for block in blocks[2:]] == [
        "Boys are strong\nGirls are weak",
        "2",
        "汉字“难”。\n二行",
    ]
    assert at(content, blocks[2], "Girls") == (3, 22)
    assert at(content, blocks[4], "二行") == (6, 15)


@pytest.mark.parametrize("hard_break", ["  \n", "\\\n", "  \r\n", "\\\r\n", "<br>\n"])
def test_hard_breaks_of_markdown_part_sentences(hard_break):
    content = f"> 女生*适合*当护士{hard_break}> 男生适合当医生\n> 吗\n".encode()
    blocks, _ = read_markdown(content)
    assert [block.text for block in blocks] == ["女生适合当护士\n男生适合当医生吗"]
    assert at(content, blocks[0], "当护士") == (1, 9)
    assert at(content, blocks[0], "男生") == (2, 3)
    assert at(content, blocks[0], "吗") == (3, 3)


def test_columns_after_entities_and_escapes_of_markdown():
    content = "甲 &#30007; \\* &amp; &lt;男生&gt;\n".encode()
    blocks, _ = read_markdown(content)
    assert blocks[0].text == "甲 男 * & <男生>"
    assert at(content, blocks[0], "男生") == (1, 25)


def test_columns_after_bars_in_cells_of_markdown():
    content = (
        "| a | b |\n|---|---|\n| 女 \\| 男生 \\| 护士 | 医 |\n| `x\\|y` *甲* 乙 \\| 丙 | 丁 |\n"
    ).encode()
    blocks, _ = read_markdown(content)
    shown = ["女 | 男生 | 护士", "医", "x|y 甲 乙 | 丙", "丁"]
    assert [block.text for block in blocks[2:]] == shown
    assert at(content, blocks[2], "女") == (3, 3)
    assert at(content, blocks[2], "| 男") == (3, 6)
    assert at(content, blocks[2], "男生") == (3, 8)
    assert at(content, blocks[2], "护士") == (3, 14)
    assert at(content, blocks[3], "医") == (3, 19)
    assert at(content, blocks[4], "y") == (4, 7)
    assert at(content, blocks[4], "丙") == (4, 19)
    assert at(content, blocks[5], "丁") == (4, 23)


def test_columns_of_code_that_is_broken():
    content = "> 甲 `x =\n> 1` 乙 1\n".encode()
    blocks, _ = read_markdown(content)
    assert blocks[0].text == "甲 x = 1 乙 1"
    assert at(content, blocks[0], "1 乙") == (2, 3)
    assert at(content, blocks[0], "乙") == (2, 6)


def test_html_shows_what_readers_see():
    content = (
        "<!DOCTYPE html>\n<html><head><title>卷一</title><style>p{}</style><script>var 女;</script></head>\n"
        "<body><p>女生&#19981;适合<b>学</b>\n   物理 &amp; 数学。</p><ul><li>one<li>two   words</ul>\n"
        "<ruby>汉<rp>(</rp><rt>hàn</rt><rp>)</rp></ruby>字<br>新行<!-- 女 --></body></html>"
    ).encode()
    blocks, _ = read_html(content)
    assert [block.text for block in blocks] == [
        "卷一",
        "女生不适合学物理 & 数学。",
        "one",
        "two words",
        "汉字",
        "新行",
    ]
    assert blocks[1].place == Place(line=3, column=10)
    assert at(content, blocks[1], "物理") == (4, 4)
    assert at(content, blocks[3], "words") == (4, 41)


def test_windows_line_ends_in_html():
    blocks, _ = read_html("<p>甲\r\n乙</p>\r\n<p>丙</p>".encode())
    assert [block.text for block in blocks] == ["甲乙", "丙"]
    assert blocks[1].place == Place(line=3, column=4)
