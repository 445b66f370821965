import pytest

from edubias.document.markdown import read_markdown
from edubias.document.text import read_text
from edubias.document.web import read_html
from edubias.errors import DataError
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


def test_latin_encoding_is_not_taken_for_chinese():
    blocks, _ = read_text("Les élèves étudient à l'école, où naît l'été.".encode("latin-1"))
    assert "élèves" in blocks[0].text


@pytest.mark.parametrize("content", [b"\x00\x01\x02\x03binary", b"\xff\xfe\x00\xd8"])
def test_what_is_no_text_is_refused(content):
    with pytest.raises(DataError, match="not a text"):
        read_text(content)


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
    ]
    assert at(content, blocks[0], "第一章") == (4, 3)
    assert at(content, blocks[1], "不适合") == (6, 5)
    assert at(content, blocks[1], "老师") == (7, 1)
    assert at(content, blocks[3], "second") == (10, 3)
    assert at(content, blocks[6], "护士") == (14, 3)
    assert at(content, blocks[7], "女") == (14, 8)


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
