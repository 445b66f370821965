from __future__ import annotations

import json

import pytest

from edubias.data.read import load_pairs
from edubias.report.composition import MAX_BARS, PairFile, draw_composition
from edubias.report.figure import svg_element
from tests.conftest import make_rows, write_jsonl
from tests.report.conftest import texts_of_svg


def pairs_of(tmp_path, rows, name="pairs.jsonl"):
    return load_pairs(write_jsonl(tmp_path / name, rows))


def widths(axes) -> list[float]:
    return [bar.get_width() for bar in axes.patches]


def test_bars_are_the_counts(pair_files):
    files = [PairFile(name, load_pairs(pair_files[name])) for name in ("train", "eval")]
    figure = draw_composition(files)
    zh, en, *lengths = figure.axes
    assert len(lengths) == 2  # these pairs name neither subject nor grade
    assert [tick.get_text() for tick in zh.get_yticklabels()] == [
        "Region within a country",
        "Religion and belief",
    ]
    for axes, lang in ((zh, "zh"), (en, "en")):
        assert widths(axes) == [
            sum(pair.lang == lang and pair.bias_type == kind for pair in file.pairs)
            for file in files
            for kind in ("region", "religion_belief")
        ]
    texts = texts_of_svg(svg_element(figure))
    assert {"train", "eval", "Chinese: 12", "English: 12"} <= set(texts)


def test_histograms_hold_every_text(tmp_path):
    rows = make_rows(6)
    rows[0] |= {"chosen": "a" * 900, "rejected": "b"}
    pairs = pairs_of(tmp_path, rows)
    axes = draw_composition([PairFile("a", pairs)]).axes[2:]
    for panel, lang in zip(axes, ("zh", "en"), strict=True):
        own = [pair for pair in pairs if pair.lang == lang]
        chosen, rejected = (patch.get_data() for patch in panel.patches)
        assert chosen.values.sum() == rejected.values.sum() == len(own)
        assert list(chosen.edges) == list(rejected.edges)
        for data, lengths in (
            (chosen, [len(pair.chosen) for pair in own]),
            (rejected, [len(pair.rejected) for pair in own]),
        ):
            inside = [
                sum(low <= length < high for length in lengths)
                for low, high in zip(data.edges, data.edges[1:], strict=False)
            ]
            assert list(data.values) == inside


def test_shares_of_fields(tmp_path):
    rows = make_rows(4)
    for i, row in enumerate(rows):
        row["meta"] |= {"subject": f"s{i % 2}", "grade": "高中"} if i < 6 else {"subject": "s0"}
    figure = draw_composition([PairFile("a", pairs_of(tmp_path, rows))])
    subjects, grades = figure.axes[4:]
    assert [tick.get_text() for tick in subjects.get_yticklabels()] == ["s0", "s1"]
    assert widths(subjects) == [5 / 8, 3 / 8]
    assert [tick.get_text() for tick in grades.get_yticklabels()] == ["高中", "not stated"]
    assert widths(grades) == [6 / 8, 2 / 8]


def test_dollar_signs_start_no_formula(tmp_path):
    rows = make_rows(4)
    for row in rows:
        row["meta"] |= {"subject": "$a$", "bias_type": "$b$"}
    files = [PairFile(name, pairs_of(tmp_path, rows)) for name in ("$c$", "d")]
    assert {"$a$", "$b$", "$c$"} <= set(texts_of_svg(svg_element(draw_composition(files))))


def test_many_values_are_taken_together(tmp_path):
    rows = make_rows(20)
    for i, row in enumerate(rows):
        row["meta"]["subject"] = f"s{i}"
    subjects = draw_composition([PairFile("a", pairs_of(tmp_path, rows))]).axes[4]
    assert len(subjects.patches) == MAX_BARS + 1
    assert subjects.get_yticklabels()[-1].get_text() == f"{40 - MAX_BARS} others"
    assert sum(widths(subjects)) == pytest.approx(1)


def test_one_language_and_types_of_no_list(tmp_path):
    rows = [row for row in make_rows(6) if row["lang"] == "en"]
    rows[0]["meta"]["bias_type"] = "other_kind"
    del rows[1]["meta"]["bias_type"]
    figure = draw_composition([PairFile("a", pairs_of(tmp_path, rows))])
    types, _ = figure.axes
    names = [tick.get_text() for tick in types.get_yticklabels()]
    assert names[-2:] == ["other_kind", "no type"]
    assert sum(widths(types)) == len(rows)


def test_chinese(chinese_font, tmp_path):
    rows = json.loads(json.dumps(make_rows(4)))
    for row in rows:
        row["meta"]["subject"] = "数学"
    texts = texts_of_svg(svg_element(draw_composition([PairFile("a", pairs_of(tmp_path, rows))])))
    assert {"地域", "学科", "数学", "字符"} <= set(texts)
