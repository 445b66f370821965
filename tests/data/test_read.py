import json

import pytest

from edubias.data.read import (
    load_pairs,
    load_statements,
    pairs_of_types,
    read_pairs,
    record_of,
    sample,
)
from edubias.errors import DataError
from tests.conftest import make_rows, write_jsonl

GUIDE = {
    "chosen": "无论性别，逻辑与语言能力都能通过训练提升。",
    "rejected": "男生天生逻辑更好；女生适合语言类专业。",
    "meta": {"bias_type": "gender_sexuality"},
}


def test_the_guides_record(tmp_path):
    [pair] = load_pairs(write_jsonl(tmp_path / "a.jsonl", [GUIDE]))
    assert (pair.chosen, pair.rejected) == (GUIDE["chosen"], GUIDE["rejected"])
    assert pair.bias_type == "gender_sexuality"
    assert pair.lang == "zh"
    assert pair.scenario == pair.id


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "p", "chosen": "good", "rejected": "bad"},
        {
            "chosen": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "good"}],
            "rejected": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "bad"}],
        },
        {"prompt": "p", "response_0": "bad", "response_1": "good", "better_response_id": 1},
        {"question": "p", "better_response": "good", "worse_response": "bad"},
    ],
    ids=["trl-text", "trl-messages", "pku-saferlhf", "better-worse"],
)
def test_foreign_layouts(tmp_path, row):
    [pair] = load_pairs(write_jsonl(tmp_path / "a.jsonl", [row]))
    assert (pair.chosen, pair.rejected) == ("good", "bad")


def test_csv_with_bom_and_quoted_newline(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text('chosen,rejected,bias_type\n"好，\n行",坏,region\n', encoding="utf-8-sig")
    [pair] = load_pairs(file)
    assert (pair.chosen, pair.bias_type) == ("好，\n行", "region")


def test_json_array(tmp_path):
    file = tmp_path / "a.json"
    file.write_text(json.dumps([GUIDE]), encoding="utf-8")
    assert len(load_pairs(file)) == 1


def test_bom_and_line_separator_inside_a_string(tmp_path):
    file = tmp_path / "a.jsonl"
    row = {"chosen": "a\u2028b", "rejected": "c"}
    file.write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8-sig")
    [pair] = load_pairs(file)
    assert pair.chosen == "a\u2028b"


BAD_ROWS = {
    "missing key 'rejected'": {"chosen": "a"},
    "missing key 'chosen'": {"rejected": "a"},
    "are equal": {"chosen": "same ", "rejected": "same"},
    "'chosen' is empty": {"chosen": "  ", "rejected": "b"},
    "'chosen' must be text, not float": {"chosen": 1.5, "rejected": "b"},
    "'meta' must be an object": {"chosen": "a", "rejected": "b", "meta": "x"},
    "characters; at most": {"chosen": "a" * 5000, "rejected": "b"},
    "lang 'fr'": {"chosen": "a", "rejected": "b", "lang": "fr"},
    "must be 0 or 1": {"response_0": "a", "response_1": "b", "better_response_id": 2},
    "no chat message": {"chosen": [], "rejected": "b"},
    "half a character": {"chosen": "\ud83d", "rejected": "b"},
}


@pytest.mark.parametrize(("reason", "row"), BAD_ROWS.items(), ids=BAD_ROWS)
def test_bad_rows_name_file_and_line(tmp_path, reason, row):
    file = tmp_path / "a.jsonl"
    file.write_text("\n".join(json.dumps(one) for one in [{"chosen": "x", "rejected": "y"}, row]))
    with pytest.raises(DataError) as error:
        load_pairs(file)
    assert f"{file}:2: " in str(error.value)
    assert reason in str(error.value)


def test_bad_json_on_line_3(tmp_path):
    file = tmp_path / "a.jsonl"
    good = [json.dumps({"chosen": f"a{i}", "rejected": f"b{i}"}) for i in range(2)]
    file.write_text("\n".join([*good, '{"chosen": "x"', ""]))
    with pytest.raises(DataError, match=r"a\.jsonl:3: not valid JSON"):
        load_pairs(file)


def test_every_bad_line_is_counted_and_some_are_shown(tmp_path):
    file = write_jsonl(tmp_path / "a.jsonl", [{"chosen": "x"}] * 50)
    with pytest.raises(DataError) as error:
        load_pairs(file)
    assert "50 bad records" in str(error.value)
    assert "and 30 more" in str(error.value)


def test_duplicates_are_left_out_with_a_warning(tmp_path):
    rows = [GUIDE, {**GUIDE, "id": "other", "source": "elsewhere"}]
    result = read_pairs(write_jsonl(tmp_path / "a.jsonl", rows))
    assert len(result.records) == 1
    assert not result.errors
    assert "same texts as line 1" in str(result.warnings[0])


def test_repeated_id_is_an_error(tmp_path):
    rows = [
        {"id": "1", "chosen": "a", "rejected": "b"},
        {"id": "1", "chosen": "c", "rejected": "d"},
    ]
    assert "already used on line 1" in str(
        read_pairs(write_jsonl(tmp_path / "a.jsonl", rows)).errors[0]
    )


def test_unknown_bias_type_is_a_warning(tmp_path):
    result = read_pairs(
        write_jsonl(tmp_path / "a.jsonl", [{**GUIDE, "meta": {"bias_type": "zodiac"}}])
    )
    assert len(result.records) == 1
    assert not result.errors
    assert "zodiac" in str(result.warnings[0])


def test_unusable_files(tmp_path):
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "latin.jsonl").write_bytes(
        b'{"chosen": "a", "rejected": "b"}\n{"chosen": "\xe9"}\n'
    )
    (tmp_path / "a.xyz").write_text("x")
    cases = {
        "missing.jsonl": "no such file",
        ".": "is a folder",
        "empty.jsonl": "no records",
        "latin.jsonl": r"latin\.jsonl:2: not UTF-8",
        "a.xyz": "unknown format",
    }
    for name, reason in cases.items():
        with pytest.raises(DataError, match=reason):
            load_pairs(tmp_path / name)


def test_record_round_trip(tmp_path):
    pairs = load_pairs(write_jsonl(tmp_path / "a.jsonl", make_rows(3)))
    again = load_pairs(write_jsonl(tmp_path / "b.jsonl", [record_of(pair) for pair in pairs]))
    assert again == pairs


def test_sample_is_stable_and_in_order(tmp_path):
    pairs = load_pairs(write_jsonl(tmp_path / "a.jsonl", make_rows(30)))
    chosen = sample(pairs, 10, seed=1)
    assert chosen == sample(pairs, 10, seed=1)
    assert chosen != sample(pairs, 10, seed=2)
    assert [pairs.index(pair) for pair in chosen] == sorted(pairs.index(pair) for pair in chosen)
    assert sample(pairs, None, seed=1) == pairs


def test_statements(tmp_path):
    text = tmp_path / "a.txt"
    text.write_text("第一句。\n\n  Second. \n", encoding="utf-8")
    assert [(s.id, s.text, s.lang) for s in load_statements(text)] == [
        ("1", "第一句。", "zh"),
        ("3", "Second.", "en"),
    ]
    rows = [{"id": "x", "text": "t", "label": "biased", "kind": "biased_subtle"}, {"text": "u"}]
    labelled, bare = load_statements(write_jsonl(tmp_path / "a.jsonl", rows))
    assert (labelled.id, labelled.label, labelled.kind) == ("x", "biased", "biased_subtle")
    assert bare.label is None
    with pytest.raises(DataError, match="label 'bad'"):
        load_statements(write_jsonl(tmp_path / "b.jsonl", [{"text": "t", "label": "bad"}]))


def test_pairs_of_types(tmp_path):
    pairs = load_pairs(write_jsonl(tmp_path / "a.jsonl", make_rows(6)))
    assert pairs_of_types(pairs, None) == pairs
    assert {pair.bias_type for pair in pairs_of_types(pairs, "region")} == {"region"}
    assert pairs_of_types(pairs, "region, religion_belief") == pairs
    with pytest.raises(DataError, match="no pair of type zodiac"):
        pairs_of_types(pairs, "region,zodiac")


def test_columns_of_a_csv_are_remarks(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text(
        "id,chosen,rejected,scenario,bias_type\n1,a,b,s1,region\n2,c,d,s1,\n", encoding="utf-8"
    )
    pairs = load_pairs(file)
    assert [pair.scenario for pair in pairs] == ["s1", "s1"]
    assert [pair.bias_type for pair in pairs] == ["region", None]
    file.write_text("text,label,split\nt,biased,eval\n", encoding="utf-8")
    assert load_statements(file)[0].meta["split"] == "eval"


def test_a_bias_type_beside_other_remarks(tmp_path):
    """In the remarks or beside them; what stands in them counts more."""
    rows = [
        {"chosen": "a", "rejected": "b", "bias_type": "region", "meta": {"scenario": "s"}},
        {"chosen": "c", "rejected": "d", "bias_type": "region", "meta": {"bias_type": "family"}},
    ]
    pairs = read_pairs(write_jsonl(tmp_path / "a.jsonl", rows)).records
    assert [pair.bias_type for pair in pairs] == ["region", "family"]
    row = {"text": "t", "bias_type": "region"}
    [statement] = load_statements(write_jsonl(tmp_path / "b.jsonl", [row]))
    assert statement.bias_type == "region"


def test_items_of_an_array_are_not_called_lines(tmp_path):
    file = tmp_path / "a.json"
    file.write_text(json.dumps([GUIDE, {"chosen": "x"}, GUIDE], indent=1), encoding="utf-8")
    missing, same = map(str, read_pairs(file).problems)
    assert missing.startswith(f"{file}: item 2: missing key")
    assert same.startswith(f"{file}: item 3: same texts as item 1")


def test_a_csv_field_beyond_all_bounds(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text(f"chosen,rejected\na,b\n{'c' * 200_000},d\n", encoding="utf-8")
    result = read_pairs(file)
    assert len(result.records) == 1
    assert str(result.errors[0]).startswith(f"{file}:3: not valid CSV")
