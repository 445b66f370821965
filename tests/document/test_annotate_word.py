"""Comments in a copy of a DOCX."""

from docx import Document
from docx.oxml.ns import qn

from edubias.document.annotate_word import annotate_word
from edubias.document.mark import Mark
from edubias.document.word import read_word
from tests.document.word_files import (
    field_by_code,
    run_of,
    saved,
    special_paragraph,
    with_footnotes,
    word_file,
    word_of,
    word_with_footnote,
)


def commented(path) -> list[tuple[str, str]]:
    """What each comment is anchored to, and what it says, in the order of the text."""
    document = Document(path)
    said = {str(one.comment_id): one.text for one in document.comments}
    found = []
    for start in document.element.body.iter(qn("w:commentRangeStart")):
        number = start.get(qn("w:id"))
        inside, text = False, ""
        for element in document.element.body.iter():
            if element is start:
                inside = True
            elif element.tag == qn("w:commentRangeEnd") and element.get(qn("w:id")) == number:
                break
            elif inside and element.tag == qn("w:t"):
                text += element.text
        found.append((text, said[number]))
    return found


def assert_valid(document):
    """What Word asks of comments: one number each, a beginning, an end, then the reference."""
    order = {element: number for number, element in enumerate(document.element.body.iter())}

    def positions(tag: str) -> dict[str, int]:
        marks = list(document.element.body.iter(qn(tag)))
        assert len({mark.get(qn("w:id")) for mark in marks}) == len(marks)
        return {mark.get(qn("w:id")): order[mark] for mark in marks}

    numbers = [str(one.comment_id) for one in document.comments]
    starts, ends = positions("w:commentRangeStart"), positions("w:commentRangeEnd")
    references = positions("w:commentReference")
    assert len(set(numbers)) == len(numbers)
    assert set(numbers) == set(starts) == set(ends) == set(references)
    for number in numbers:
        assert starts[number] < ends[number] < references[number]


def annotated(tmp_path, content: bytes, wanted: list[tuple[str, str]]):
    """Comments in a copy, each wanted by the sentence and its comment."""
    source, target = tmp_path / "a.docx", tmp_path / "b.docx"
    source.write_bytes(content)
    blocks, _ = read_word(content)
    marks = []
    for sentence, comment in wanted:
        block = next(block for block in blocks if sentence in block.text)
        start = block.text.index(sentence)
        marks.append(Mark(block, start, start + len(sentence), comment, True))
    annotate_word(source, target, marks)
    assert source.read_bytes() == content
    assert_valid(Document(target))
    after, _ = read_word(target.read_bytes())
    assert after == blocks
    return commented(target), Document(target)


def test_comments_stand_at_their_sentences(tmp_path):
    found, document = annotated(
        tmp_path,
        saved(word_file()),
        [
            ("女生不适合学物理。", "有偏见"),
            ("男生适合。", "unsure"),
            ("护士是女的。", "cell"),
            ("Boys are not.", "middle"),
        ],
    )
    assert found == [
        ("女生不适合学物理。", "有偏见"),
        ("男生适合。", "unsure"),
        ("护士是女的。", "cell"),
        ("Boys are not.", "middle"),
    ]
    assert {comment.author for comment in document.comments} == {"edubias"}
    bold = [run.text for run in document.paragraphs[0].runs if run.bold]
    assert bold == ["不适合"]


def test_two_sentences_of_one_run_in_any_order(tmp_path):
    document = Document()
    document.add_paragraph("甲甲。乙乙。丙丙。")
    found, _ = annotated(
        tmp_path, saved(document), [("甲甲。", "1"), ("丙丙。", "3"), ("乙乙。", "2")]
    )
    assert found == [("甲甲。", "1"), ("乙乙。", "2"), ("丙丙。", "3")]


def test_comments_in_a_paragraph_with_everything(tmp_path):
    document = Document()
    document.element.body.insert(0, special_paragraph())
    found, _ = annotated(
        tmp_path, saved(document), [("丙。", "c"), ("甲增链汉x=1乙。", "a"), ("框里。", "b")]
    )
    assert ("丙。", "c") in found
    whole = next(text for text, comment in found if comment == "a")
    assert whole.startswith("甲") and whole.endswith("乙。")
    # Word allows no comment within a box: it stands at the box.
    assert ("框里。框里。", "“框里。”\nb") in found


def test_a_comment_on_a_footnote_stands_at_its_reference(tmp_path):
    _, document = annotated(tmp_path, word_with_footnote(), [("女生胆小。", "脚注")])
    assert [one.text for one in document.comments] == ["“女生胆小。”\n脚注"]
    start = next(document.element.body.iter(qn("w:commentRangeStart")))
    assert start.getnext().find(qn("w:footnoteReference")) is not None


def test_older_comments_stay(tmp_path):
    document = word_file()
    document.add_comment(document.paragraphs[0].runs[0], text="old", author="editor")
    found, _ = annotated(tmp_path, saved(document), [("男生适合。", "new")])
    assert found == [("女生", "old"), ("男生适合。", "new")]


def test_comments_are_numbered_in_the_order_of_the_text(tmp_path):
    document = Document()
    document.add_paragraph("甲甲。乙乙。")
    document.add_paragraph("丙丙。")
    wanted = [("丙丙。", "3"), ("乙乙。", "2"), ("甲甲。", "1")]
    _, after = annotated(tmp_path, saved(document), wanted)
    assert [one.text for one in after.comments] == ["1", "2", "3"]


def test_marks_that_a_removed_comment_left_are_not_taken_for_ours(tmp_path):
    left = "<w:commentRangeStart w:id='0'/><w:commentRangeEnd w:id='0'/>"
    source, target = tmp_path / "a.docx", tmp_path / "b.docx"
    source.write_bytes(word_of(f"<w:p NS>{left}<w:r><w:t>甲甲。乙乙。</w:t></w:r></w:p>"))
    (block,) = read_word(source.read_bytes())[0]
    annotate_word(source, target, [Mark(block, at, at + 3, "x", True) for at in (0, 3)])
    assert [one.comment_id for one in Document(target).comments] == [1, 2]


def test_a_comment_on_a_box_in_a_box_stands_at_the_outer_one(tmp_path):
    inner = "<w:pict><w:txbxContent><w:p><w:r><w:t>内。</w:t></w:r></w:p></w:txbxContent></w:pict>"
    box = f"<w:pict><w:txbxContent><w:p><w:r>{inner}</w:r></w:p></w:txbxContent></w:pict>"
    content = word_of(f"<w:p NS><w:r><w:t>外。</w:t></w:r><w:r>{box}</w:r></w:p>")
    _, document = annotated(tmp_path, content, [("内。", "in")])
    (start,) = document.element.body.iter(qn("w:commentRangeStart"))
    assert not list(start.iterancestors(qn("w:txbxContent")))


MATHS = "<m:oMath><m:r><m:t>女生少。</m:t></m:r></m:oMath>"


def test_a_comment_on_a_formula_stands_at_the_nearest_words(tmp_path):
    runs = [f"<w:r><w:t>{text}</w:t></w:r>" for text in ("远远。", "近。")]
    content = word_of(f"<w:p NS>{runs[0]}{runs[1]}{MATHS}</w:p>")
    found, _ = annotated(tmp_path, content, [("女生少。", "x")])
    assert found == [("近。", "“女生少。”\nx")]


def test_the_nearest_words_are_those_of_the_sentence_before(tmp_path):
    content = word_of(f"<w:p NS><w:r><w:t>远远。近。</w:t></w:r>{MATHS}</w:p>")
    found, _ = annotated(tmp_path, content, [("女生少。", "x"), ("近。", "y")])
    assert sorted(found) == [("近。", "y"), ("近。", "“女生少。”\nx")]


def test_a_comment_on_a_paragraph_that_is_a_formula_stands_at_its_neighbour(tmp_path):
    far, near = (f"<w:p NS><w:r><w:t>{text}</w:t></w:r></w:p>" for text in ("远。", "近。"))
    content = word_of(far, near, f"<w:p NS>{MATHS}</w:p>")
    found, _ = annotated(tmp_path, content, [("女生少。", "x")])
    assert found == [("近。", "“女生少。”\nx")]


def test_a_comment_where_all_is_formulas(tmp_path):
    found, _ = annotated(tmp_path, word_of(f"<w:p NS>{MATHS}</w:p>"), [("女生少。", "x")])
    assert found == [("", "“女生少。”\nx")]


def test_comments_on_a_note_without_reference_and_on_a_header(tmp_path):
    document = Document()
    document.add_paragraph("正文。")
    document.sections[0].header.paragraphs[0].text = "女生页眉。"
    content = with_footnotes(saved(document))
    found, _ = annotated(tmp_path, content, [("女生胆小。", "n"), ("女生页眉。", "h")])
    assert sorted(found) == [("正文。", "“女生胆小。”\nn"), ("正文。", "“女生页眉。”\nh")]


PINYIN = r'EQ \* jc0 \* "Font:宋体" \* hps10 \o \ad(\s \up 9(nǚ shēng),女生)'


def assert_around_fields(document):
    """No comment begins, ends or stands between the marks of a field."""
    inside = False
    for element in document.element.body.iter():
        if element.tag == qn("w:fldChar"):
            inside = element.get(qn("w:fldCharType")) == "begin"
        assert not (inside and element.tag.rpartition("}")[2].startswith("comment"))


def test_fields_that_draw_pinyin_stay_whole(tmp_path):
    field = field_by_code(PINYIN[:40], PINYIN[40:])
    content = word_of(
        f"<w:p NS>{run_of('他说。')}{field}{run_of('胆小。不是')}{field}{run_of('。看')}{field}</w:p>"
    )
    wanted = [("女生胆小。", "1"), ("不是女生。", "2"), ("看女生", "3"), ("生胆", "4")]
    found, document = annotated(tmp_path, content, wanted)
    assert sorted(found) == sorted([("胆小。", "1"), ("胆", "4"), ("不是。", "2"), ("看", "3")])
    assert_around_fields(document)
    codes = [one.text for one in document.element.body.iter(qn("w:instrText"))]
    assert codes == [PINYIN[:40], PINYIN[40:]] * 3


def test_a_field_in_one_run_with_the_words_around_it(tmp_path):
    code = f"<w:instrText>{PINYIN}</w:instrText>"
    marks = [f"<w:fldChar w:fldCharType='{kind}'/>" for kind in ("begin", "end")]
    whole = f"<w:r><w:t>甲。</w:t>{marks[0]}{code}{marks[1]}<w:t>乙。</w:t></w:r>"
    parted = (
        f"<w:r><w:t>甲。</w:t>{marks[0]}</w:r><w:r>{code}</w:r><w:r>{marks[1]}<w:t>乙。</w:t></w:r>"
    )
    for runs in (whole, parted):
        content = word_of(f"<w:p NS>{runs}</w:p>")
        found, document = annotated(
            tmp_path, content, [("女生", "1"), ("乙。", "2"), ("甲。", "3")]
        )
        assert found == [("甲。", "3"), ("", "1"), ("乙。", "2")]
        assert_around_fields(document)


def test_a_comment_that_stands_in_at_a_field_leaves_it_whole(tmp_path):
    content = word_of(f"<w:p NS>{field_by_code(PINYIN)}{MATHS}</w:p>")
    found, document = annotated(tmp_path, content, [("女生少。", "x")])
    assert found == [("", "“女生少。”\nx")]
    assert_around_fields(document)
