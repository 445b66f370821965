import time

import pytest

from edubias.document.web import read_html


def texts(html: str) -> list[str]:
    return [block.text for block in read_html(html.encode())[0]]


def columns(html: str, words: str) -> int:
    """Column of words, which stand on one line."""
    block = next(block for block in read_html(html.encode())[0] if words in block.text)
    return block.place_at(block.text.index(words)).column


@pytest.mark.parametrize(
    "ruby",
    [
        "<ruby>汉<rt>hàn</ruby>",
        "<ruby>汉<rp>(<rt>hàn<rp>)</ruby>",
        "<ruby><rb>汉<rt>hàn</ruby>",
        "<b><ruby>汉<rt>hàn</b>",
    ],
)
def test_pronunciation_without_end_tags_hides_nothing_else(ruby):
    html = f"<p>{ruby}字很美。</p><p>女生不适合学理科。</p>"
    assert texts(html) == ["汉字很美。", "女生不适合学理科。"]


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("Read the Q&A. Girls are weak.", "Read the Q&A. Girls are weak."),
        ("AT&T is R&D-based.", "AT&T is R&D-based."),
        ("x & y &copy; &copy 3 &unknown; &#65 &#x42;", "x & y © © 3 &unknown; A B"),
        ("a&ampb", "a&b"),
    ],
)
def test_ampersands(html, shown):
    assert texts(f"<p>{html}</p>") == [shown]


def test_columns_after_ampersands():
    html = "<p>Q&A. Girls &lt; boys</p>"
    assert columns(html, "A. Girls") == html.index("A. Girls") + 1
    assert columns(html, "boys") == html.index("boys") + 1


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("Since <math><mi>x</mi><mo>=</mo><mn>1</mn></math> it ends.", "Since x=1 it ends."),
        (
            "Since <m:math><m:semantics><m:mi>x</m:mi><m:annotation>\\x</m:annotation>"
            "</m:semantics></m:math> it ends.",
            "Since x it ends.",
        ),
        ("The function <code>foo</code> shows it.", "The function foo shows it."),
        ("Men <script>x<y</script>and <svg><g><text>q</text></g></svg>women", "Men and women"),
        ("a<object data=x></object>b<template><p>c</p></template>d", "abd"),
        (
            "Pick <select><option>one<option>two</select> and go <button>Now</button>.",
            "Pick one two and go Now.",
        ),
        (
            "<st1:chsdate>2008年</st1:chsdate>，女生在<st1:City>London</st1:City>不适合学<o:p></o:p>理科。",
            "2008年，女生在London不适合学理科。",
        ),
        ("住在<st1:address>南京路</st1:address>的女生。", "住在南京路的女生。"),
        (
            "Since <mjx-container><mjx-assistive-mml><math><mi>x</mi></math></mjx-assistive-mml>"
            "</mjx-container> it ends.",
            "Since x it ends.",
        ),
        (
            "Girls <my-note>as he said</my-note> <blink>cannot</blink><x/>.",
            "Girls as he said cannot.",
        ),
        ("Type <input list=l><datalist id=l><option>girl</datalist>it.", "Type it."),
    ],
)
def test_what_stands_in_a_sentence_does_not_tear_it(html, shown):
    assert texts(f"<p>{html}</p><p>Next.</p>") == [shown, "Next."]


def test_blocks_end_a_paragraph():
    for tag in ("article", "center", "dd", "div", "figcaption", "h3", "li", "p", "pre", "td"):
        assert texts(f"<p>甲<{tag}>乙</{tag}>丙<hr>丁<br>戊") == ["甲", "乙", "丙", "丁", "戊"], tag


def test_prefixes_of_html_are_none_of_its_names():
    html = (
        "<ns0:html xmlns:ns0='http://www.w3.org/1999/xhtml'><ns0:p>甲</ns0:p><ns0:p>乙"
        "<svg:svg><svg:text>图</svg:text></svg:svg><w:p>丙</w:p></ns0:p><h:p>丁</h:p>"
    )
    assert texts(html) == ["甲", "乙丙", "丁"]


def test_verses_are_read_and_listings_are_not():
    html = "<pre>\n床前明月光 \n  女子无才便是德\n</pre><pre><code>int girls;</code></pre><p>完</p>"
    assert texts(html) == ["床前明月光\n女子无才便是德", "完"]


def test_quotations_have_their_marks():
    html = "<p><q>女生不适合<q>当</q>领导。</q>请反驳。</p><p>He said <q>no</q>.</p><p><q>无尾<p>二"
    assert texts(html) == ["“女生不适合‘当’领导。”请反驳。", "He said “no”.", "“无尾", "二"]
    assert columns(html, "请反驳") == html.index("请反驳") + 1


def test_hidden_elements_end_where_html_ends_them():
    html = (
        "<p hidden>a<br>b<p>one<ul><li hidden>c<li>two</ul>"
        "<table><tr><td hidden>d<td>three</table><div hidden><p>e</p></div>four"
    )
    assert texts(html) == ["one", "two", "three", "four"]


def test_text_marked_as_character_data():
    html = "<p>甲<![CDATA[乙 & 丙]]>丁<![x[y]]>戊</p>"
    assert texts(html) == ["甲乙 & 丙丁戊"]
    assert columns(html, "丙") == html.index("丙") + 1


@pytest.mark.parametrize("between", ["\n", " \n  ", "\n \n", "\r\n  ", " <b>\n</b> "])
def test_breaks_between_chinese_characters_are_no_spaces(between):
    assert texts(f"<p>女生{between}心细 好</p>") == ["女生心细 好"]


def test_long_paragraphs_take_no_longer_by_line():
    before = time.process_time()
    assert len(texts("<p>" + "女生心细\n" * 40_000)) == 1
    assert time.process_time() - before < 10  # 1 s; 20 where each line was paid for anew


@pytest.mark.parametrize(
    ("declared", "encoding", "text"),
    [
        ("shift_jis", "cp932", "女の子は理系に向いていません。①"),
        ("iso-2022-jp", "iso-2022-jp", "女の子は理系に向いていません。"),
        ("windows-1251", "cp1251", "Девочки не умеют считать."),
        ("gb2312", "gbk", "朱镕基"),
        ("utf-16", "utf-8", "女生"),
        ("utf-16", "ascii", "girls"),
        ("big5", "utf-8", "女生"),
        ("no-such-thing", "utf-8", "女生"),
        ("base64", "ascii", "girls"),
    ],
)
def test_declared_encodings(declared, encoding, text):
    html = f"<html><head><meta charset='{declared}'></head><p>{text}</p>"
    blocks, notes = read_html(html.encode(encoding))
    assert [block.text for block in blocks] == [text]
    assert notes == []


def test_a_declaration_that_does_not_fit_is_passed_over():
    html = "<meta http-equiv=content-type content='text/html; charset=utf-8'><p>女生不适合"
    blocks, notes = read_html(html.encode("gbk"))
    assert [block.text for block in blocks] == ["女生不适合"]
    assert notes == ["encoding guessed: gb18030"]
