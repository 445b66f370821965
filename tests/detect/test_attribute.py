import numpy as np
import pytest

from edubias.detect.attribute import Piece, pieces, spans_of


def whole(text, blamed, value=3.0, rest=0.1):
    """One piece a character; those of the blamed phrases carry more."""
    marked = {
        i for phrase in blamed for i in range(text.index(phrase), text.index(phrase) + len(phrase))
    }
    return [Piece(i, i + 1, value if i in marked else rest) for i in range(len(text))]


def test_the_blamed_phrase_is_found_where_it_stands():
    text = "小组里男生负责设计，女生天生细心，所以做记录。"
    (span,) = spans_of(text, whole(text, ["女生天生细心"]))
    assert text[span.start : span.end] == span.text == "女生天生细心"
    assert 0.9 < span.share <= 1


def test_two_phrases_come_in_their_order():
    text = "农村孩子见识少，老师先讲礼貌；城里孩子聪明，直接讲实验。"
    spans = spans_of(text, whole(text, ["见识少", "聪明"]))
    assert [span.text for span in spans] == ["见识少", "聪明"]


def test_english_words_stay_whole_and_edges_are_bare():
    text = "The nurse, who is naturally gentle, helps."
    start = text.index("turally")
    parts = [Piece(0, start, 0.0), Piece(start, start + 8, 5.0), Piece(start + 8, len(text), 0.0)]
    (span,) = spans_of(text, parts)
    assert span.text == "naturally"


@pytest.mark.parametrize("parts", [[], [Piece(0, 4, 1.0)], [Piece(0, 2, 1.0), Piece(2, 4, 1.0)]])
def test_nothing_stands_out(parts):
    assert spans_of("四个汉字", parts) == ()


def test_bytes_of_one_character_make_one_piece():
    # “𠮷” as three tokens, then a character of one; the end token has no characters.
    found = pieces([(0, 1), (0, 1), (0, 1), (1, 2)], np.array([1.0, 2.0, 3.0, 4.0, 9.0]))
    assert found == [Piece(0, 1, 6.0), Piece(1, 2, 4.0)]


def test_tokens_without_characters_are_left_out():
    assert pieces([(0, 0), (0, 2)], np.array([1.0, 2.0])) == [Piece(0, 2, 2.0)]


def test_spans_never_overlap_and_stay_inside():
    draw = np.random.default_rng(0)
    for _ in range(200):
        text = "".join(draw.choice(list("ab 汉字，。x"), size=draw.integers(1, 40)))
        blame = draw.normal(size=len(text))
        spans = spans_of(text, [Piece(i, i + 1, float(v)) for i, v in enumerate(blame)])
        last = 0
        for span in spans:
            assert last <= span.start < span.end <= len(text)
            assert text[span.start : span.end] == span.text
            last = span.end
