import random
from dataclasses import replace

import pytest

from edubias.cli.main import main
from edubias.data.audit import Limits, audit, near_duplicates
from edubias.records import PreferencePair
from tests.conftest import write_jsonl

WORDS = [
    "leaf",
    "stone",
    "river",
    "map",
    "light",
    "force",
    "novel",
    "chart",
    "seed",
    "verb",
    "sum",
    "atom",
]


def pairs(tell_tale: str, count: int = 60) -> list[PreferencePair]:
    draw = random.Random(0)

    def text() -> str:
        return " ".join(draw.choices(WORDS, k=8))

    return [
        PreferencePair(
            f"p{i}",
            "en",
            text(),
            f"{text()} {tell_tale}".strip(),
            "region",
            {"scenario": f"s{i // 2}"},
        )
        for i in range(count)
    ]


def test_a_tell_tale_word_is_found():
    result = audit({"train": pairs("lesser")})
    assert result.languages["en"].shortcut_auroc["words"] > 0.8
    assert any(
        text.strip() in "lesser" for text, weight in result.languages["en"].tell_tales if weight > 0
    )
    assert any("shortcut" in failure for failure in result.failures)


def test_the_longer_side_is_found():
    result = audit({"train": pairs("river")})
    assert result.languages["en"].length_auroc > 0.6
    assert any("length" in failure for failure in result.failures)


def test_random_sides_pass():
    result = audit({"train": pairs("", 200)}, Limits(length_auroc=(0.4, 0.6)))
    assert result.languages["en"].shortcut_auroc["words"] < 0.65
    assert [failure for failure in result.failures if "share" not in failure] == []


def test_near_duplicates_across_splits_and_scenarios_only():
    base = "The lab group wrote down what the probe had measured in the pond."
    other = "Quite different words about the trade of salt along the coast."

    def pair(key: str, text: str, scenario: str) -> PreferencePair:
        return PreferencePair(key, "en", text, text + " Indeed.", meta={"scenario": scenario})

    variants = [
        pair("a", base, "s"),
        pair("b", base.replace("pond", "lake"), "s"),
        pair("c", other, "t"),
    ]
    assert near_duplicates({"train": variants}, 0.6) == []
    leak = near_duplicates({"train": variants, "test": [pair("d", base, "u")]}, 0.6)
    assert {one.first for one in leak} == {"a", "b"}
    assert all(one.second == "d" and one.share > 0.6 for one in leak)


def test_command_fails_above_its_limits(tmp_path, capsys):
    rows = [
        {"id": p.id, "chosen": p.chosen, "rejected": p.rejected, "meta": dict(p.meta)}
        for p in pairs("lesser")
    ]
    file = str(write_jsonl(tmp_path / "a.jsonl", rows))
    assert main(["data", "audit", file]) == 1
    assert "exceeds a limit" in capsys.readouterr().out
    without = ["--max-shortcut", "1", "--max-length-bias", "0.5", "--max-shared", "1"]
    assert main(["data", "audit", file, *without, "--json"]) == 0


@pytest.mark.parametrize("count", [20, 60])
def test_clusters_of_near_duplicates_are_found_whatever_their_size(count):
    base = "The lab group wrote down what the probe had measured in the pond, number {}."
    copies = [
        PreferencePair(str(i), "en", base.format(i), base.format(i) + " Indeed.")
        for i in range(count)
    ]
    found = near_duplicates({"train": copies}, 0.6)
    assert {one.first for one in found} | {one.second for one in found} == {
        pair.id for pair in copies
    }


def test_few_pairs_of_a_language_tell_nothing_of_words(tmp_path, capsys):
    chinese = PreferencePair("zh", "zh", "全班一起量影子。", "男生一起量影子。")
    result = audit({"train": [*pairs("lesser", 20), chinese]}).languages
    assert (result["zh"].shortcut_auroc, result["zh"].tell_tales) == ({}, [])
    assert result["en"].shortcut_auroc.keys() == {"characters", "words"}
    one_scenario = [replace(pair, meta={"scenario": "s"}) for pair in pairs("lesser", 20)]
    assert audit({"train": one_scenario}).languages["en"].shortcut_auroc == {}
    row = {"chosen": chinese.chosen, "rejected": chinese.rejected}
    main(["data", "audit", str(write_jsonl(tmp_path / "a.jsonl", [row]))])
    assert "too few pairs" in capsys.readouterr().out
