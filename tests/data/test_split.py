from collections import Counter

from edubias.cli.main import main
from edubias.data.split import SHARES, leaks, split_of, split_pairs
from edubias.records import PreferencePair
from tests.conftest import write_jsonl


def pair(i: int, scenario: str) -> PreferencePair:
    return PreferencePair(str(i), "en", f"a{i}", f"b{i}", meta={"scenario": scenario})


def test_shares_are_met():
    counts = Counter(split_of(f"scenario_{i}") for i in range(5000))
    for split, share in SHARES.items():
        assert abs(counts[split] / 5000 - share) < 0.02


def test_scenarios_stay_together_and_additions_move_nothing():
    before = split_pairs([pair(i, f"s{i // 3}") for i in range(60)])
    after = split_pairs([pair(i, f"s{i // 3}") for i in range(90)])
    for split, pairs in before.items():
        assert {p.id for p in pairs} <= {p.id for p in after[split]}
    assert leaks(after) == []


def test_leaks_are_found():
    splits = {"train": [pair(1, "s"), pair(2, "t")], "test": [pair(3, "s"), pair(2, "u")]}
    found = leaks(splits)
    assert any("scenario 's'" in leak for leak in found)
    assert any("“a2”" in leak for leak in found)
    assert any("“b2”" in leak for leak in found)


def test_pairs_without_a_scenario_share_none():
    one, other = PreferencePair("1", "en", "a", "c"), PreferencePair("1", "en", "e", "g")
    assert leaks({"train": [one], "eval": [other]}) == []


def test_ids_that_two_files_use_are_refused(tmp_path, capsys):
    files = [
        str(write_jsonl(tmp_path / name, [{"id": "1", "chosen": chosen, "rejected": "x"}]))
        for name, chosen in (("a.jsonl", "a"), ("b.jsonl", "b"))
    ]
    out = tmp_path / "out"
    assert main(["data", "split", *files, "--output-dir", str(out)]) == 2
    assert f"id '1' was already used in {files[0]}" in capsys.readouterr().err.replace("\n", "")
    assert not out.exists()
    assert main(["data", "split", files[0], "--output-dir", str(out)]) == 0
