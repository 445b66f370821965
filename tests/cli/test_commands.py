"""The commands, as a person types them."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import time

import pytest

from edubias.cli.main import main
from edubias.detect import classify, screen
from edubias.taxonomy import BIAS_TYPES
from tests.conftest import make_rows, tiny_overrides, write_jsonl


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    status = main(arguments)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_help_is_fast_and_imports_no_torch():
    start = time.perf_counter()
    code = "import sys; from edubias.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: pass\nassert 'torch' not in sys.modules"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert time.perf_counter() - start < 1.0
    for command in ("train", "evaluate", "detect", "data", "model"):
        assert command in result.stdout


def test_help_speaks_chinese(capsys):
    with pytest.raises(SystemExit):
        main(["--lang", "zh", "train", "--help"])
    assert "偏好对" in capsys.readouterr().out


@pytest.mark.parametrize("command", [[], ["scan"], ["detect"], ["review"], ["data", "audit"]])
def test_so_does_argparse_itself(capsys, command):
    with pytest.raises(SystemExit):
        main(["--lang", "zh", *command, "--help"])
    out = capsys.readouterr().out
    assert out.startswith("用法：") and "显示本帮助并退出" in out
    for words in ("usage", "options", "positional", "show", "FILE", "FOLDER", "PATH"):
        assert words not in out, words


def test_errors_of_the_command_line_in_both_languages(capsys):
    for language, words in (("zh", "缺少参数：文件"), ("en", "arguments are required: PATH")):
        with pytest.raises(SystemExit):
            main(["--lang", language, "scan"])
        assert words in capsys.readouterr().err


def test_train_evaluate_detect(capsys, tmp_path, tiny_model, pair_files):
    folder = tmp_path / "my out"
    overrides = tiny_overrides(tiny_model, pair_files, folder)
    status, out, _ = run(capsys, "train", "--config", "edu_bias_embedded", *overrides)
    assert status == 0
    assert "reward_accuracy" in out
    assert f"edubias evaluate '{folder}'" in out
    status, out, _ = run(
        capsys, "evaluate", str(folder), "--data", str(pair_files["test"]), "--json"
    )
    assert status == 0
    assert json.loads(out) == json.loads((folder / "metrics.json").read_text())
    status, out, err = run(
        capsys, "train", "--config", "edu_bias_embedded", *overrides, "train_cfgs.max_steps=1"
    )
    assert status == 0
    assert "moved to" in err.replace("\n", " ")
    assert len(list(tmp_path.glob("my out-*"))) == 1


def test_a_run_that_cannot_start_leaves_the_earlier_one_alone(
    capsys, tmp_path, tiny_model, pair_files
):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "train.log").write_text("earlier")
    overrides = tiny_overrides(tiny_model, pair_files, folder)
    status, _, _ = run(
        capsys,
        "train",
        "--config",
        "edu_bias_embedded",
        *overrides,
        "data_cfgs.train_datasets=no.jsonl",
    )
    assert status == 2
    assert (folder / "train.log").read_text() == "earlier"


def test_average_says_what_comes_next(capsys, monkeypatch):
    monkeypatch.setattr("edubias.average.average", lambda *given: None)
    status, out, _ = run(capsys, "average", "one", "other", "--output", "the mean")
    assert status == 0
    assert "edubias calibrate 'the mean'" in out


def test_evaluation_table(capsys, trained, pair_files, tmp_path):
    folder = shutil.copytree(trained, tmp_path / "copy")  # a calibration is kept in it
    status, out, _ = run(
        capsys,
        "evaluate",
        str(folder),
        "--data",
        str(pair_files["test"]),
        "--output",
        str(tmp_path / "m.json"),
    )
    assert status == 0
    assert "lang/zh" in out
    assert "bias_type/region" in out


def test_detect_json(capsys, trained):
    status, out, _ = run(
        capsys, "detect", "--model", str(trained), "--json", "physics 99 xx zz", "艺术 ok all"
    )
    assert status == 0
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["id"] for row in rows] == ["1", "2"]
    assert rows[0]["text"] == "physics 99 xx zz"
    assert rows[0].keys() >= {"id", "text", "score", "probability", "verdict"}
    assert rows[0]["verdict"] == "biased"
    assert 0 <= rows[1]["probability"] <= 1


def test_calibrate_then_detect_names_the_kind(
    capsys, trained, pair_files, statement_file, tmp_path
):
    folder = tmp_path / "copy"
    shutil.copytree(trained, folder)
    status, out, _ = run(capsys, "calibrate", str(folder), "--statements", str(statement_file))
    assert status == 0
    for part in ("reward_mean", "verdict", "bias types", "screen"):
        assert part in out
    status, out, _ = run(capsys, "detect", "--model", str(folder), "physics 99 xx zz")
    assert status == 0
    assert "kind: " in out
    assert "words: " in out
    status, out, _ = run(capsys, "detect", "--model", str(folder), "--json", "30 + 3 = 33 : 2")
    assert json.loads(out)["score"] is None
    status, out, _ = run(
        capsys, "detect", "--model", str(folder), "--json", "--exhaustive", "30 + 3 = 33 : 2"
    )
    assert json.loads(out)["score"] is not None


def test_calibrating_without_training_data_keeps_the_type_head_and_drops_the_screen(
    capsys, calibrated, pair_files, statement_file, tmp_path, monkeypatch
):
    folder = tmp_path / "copy"
    shutil.copytree(calibrated, folder)
    manifest = json.loads((folder / "edubias_run.json").read_text())
    manifest["config"]["data_cfgs"]["train_datasets"] = str(tmp_path / "gone.jsonl")
    (folder / "edubias_run.json").write_text(json.dumps(manifest))
    head = (folder / classify.FILE).read_bytes()
    status, out, _ = run(
        capsys, "calibrate", str(folder), "--eval-data", str(pair_files["eval"]), "--limit", "8"
    )
    assert status == 0
    assert "no screen" in out
    assert (folder / classify.FILE).read_bytes() == head
    assert not (folder / screen.FILE).exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["train_cfgs.epochs=1"], "where the checkpoint should"),
        (["no/such/folder"], "no/such/folder"),
        (["{folder}", "model_cfgs.model_name_or_path=other"], "model is the detector's"),
    ],
)
def test_rewriter_says_what_is_wrong(capsys, calibrated, arguments, reason):
    given = [argument.format(folder=calibrated) for argument in arguments]
    status, _, err = run(capsys, "rewriter", *given)
    assert status == 2
    assert reason in err


def test_rewriter_names_changes_without_effect(capsys, calibrated, pair_files, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(calibrated, folder)
    given = [str(folder), "--data", str(pair_files["train"]), "train_cfgs.scale_coeff=0.2"]
    status, _, err = run(capsys, "rewriter", *given, "train_cfgs.max_steps=1")
    assert status == 0
    assert "train_cfgs.scale_coeff is ignored" in err
    assert "max_steps" not in err
    assert (
        "lora_cfgs.r is ignored"
        in run(
            capsys, "rewriter", "--further", *given[:3], "train_cfgs.max_steps=1", "lora_cfgs.r=3"
        )[2]
    )


def test_changes_of_a_configuration_may_stand_anywhere(capsys):
    given = ["train", "train_cfgs.epochs=1", "--mode", "single", "model_cfgs.wrong=2", "--resume"]
    status, _, err = run(capsys, *given, "train_cfgs.seed=3")
    assert status == 2
    assert "model_cfgs.wrong" in err
    with pytest.raises(SystemExit):
        main([*given, "nonsense"])
    assert "unrecognized arguments: nonsense" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["detect", "--limitless", "a.b=c"])


def test_evaluate_with_everything_and_compare(
    capsys, trained, pair_files, statement_file, tmp_path
):
    options = ["--data", str(pair_files["test"]), "--statements", str(statement_file)]
    page = tmp_path / "page.html"
    status, out, _ = run(
        capsys,
        "evaluate",
        str(trained),
        *options,
        *("--baselines", "all", "--continuations", "2", "--spans", "3", "--limit", "6"),
        *("--html", str(page), "--output", str(tmp_path / "one.json")),
    )
    assert status == 0
    for system in ("trained", "base", "length", "ngrams", "probe", "prompted"):
        assert system in out
    assert "<svg" in page.read_text(encoding="utf-8")
    args = ["evaluate", str(trained), *options, "--limit", "6", "--baselines", "none"]
    assert run(capsys, *args, "--output", str(tmp_path / "two.json"))[0] == 0
    files = [str(tmp_path / "one.json"), str(tmp_path / "two.json")]
    status, out, _ = run(capsys, "compare", *files, "--json")
    assert status == 0
    assert json.loads(out)["pairs"]["auroc"]["difference"]["value"] == 0
    out = run(capsys, "compare", *files)[1]
    assert "auroc" in out
    assert "one row in twenty is marked too" in " ".join(out.split())
    assert "二十行中也会有约一行" in "".join(
        run(capsys, "--lang", "zh", "compare", *files)[1].split()
    )


def test_audit_model(capsys, calibrated):
    status, out, _ = run(capsys, "audit-model", "--model", str(calibrated), "--json")
    assert status == 0
    tree = json.loads(out)
    assert tree.keys() >= {"axes"}
    assert len(tree["axes"]) == 22  # eleven axes in two languages


def test_detect_files(capsys, trained, tmp_path):
    text = tmp_path / "a.txt"
    text.write_text("physics ok all\n\n数学 xx zz\n", encoding="utf-8")
    jsonl = write_jsonl(tmp_path / "a.jsonl", [{"id": "k", "text": "art xx zz"}])
    _, out, _ = run(capsys, "detect", "--model", str(trained), "--file", str(text), "--json")
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["1", "3"]
    _, out, _ = run(capsys, "detect", "--model", str(trained), "--file", str(jsonl), "--json")
    assert json.loads(out)["id"] == "k"
    # A manuscript may repeat itself.
    rows = [{"id": "k", "text": "art xx zz"}, {"text": "art xx zz"}]
    write_jsonl(tmp_path / "a.jsonl", rows)
    _, out, _ = run(capsys, "detect", "--model", str(trained), "--file", str(jsonl), "--json")
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["k", "2"]
    text.write_text("art ok\n" + "long " * 2000 + "\n", encoding="utf-8")
    status, _, err = run(capsys, "detect", "--model", str(trained), "--file", str(text))
    assert status == 2
    assert "1 of 2 texts are longer than" in err and ": 2\n" in err


def test_detect_interactive(capsys, trained, monkeypatch):
    monkeypatch.setattr(
        "sys.stdin",
        io.StringIO("physics xx zz\n\n" + "long " * 2000 + "\nart ok all\nquit\nnever read\n"),
    )
    status, out, err = run(
        capsys, "--lang", "zh", "detect", "--model", str(trained), "--interactive"
    )
    assert status == 0
    assert [line.split("\t")[0] for line in out.splitlines() if line[0] != "\t"] == [
        "有偏见",
        "无偏见",
    ]
    assert "\t\t相关词语：" in out
    assert "超过" in err  # and the next one is asked for


def test_data_validate(capsys, tmp_path):
    good = write_jsonl(tmp_path / "good.jsonl", make_rows(2))
    bad = write_jsonl(tmp_path / "bad.jsonl", [{"chosen": "a"}] * 30)
    assert run(capsys, "data", "validate", str(good))[0] == 0
    status, out, _ = run(capsys, "data", "validate", str(bad), "--max-shown", "3")
    assert status == 2
    assert out.count("bad.jsonl:") == 4
    assert "and 27 more" in out
    assert "30 errors" in out


def test_data_stats(capsys, pair_files):
    status, out, _ = run(capsys, "data", "stats", str(pair_files["train"]), "--json")
    assert status == 0
    assert json.loads(out)["pairs"] == 16
    assert "region" in run(capsys, "data", "stats", str(pair_files["train"]))[1]


def test_data_split(capsys, tmp_path):
    source = write_jsonl(tmp_path / "all.jsonl", make_rows(40))
    out = tmp_path / "split"
    assert run(capsys, "data", "split", str(source), "--output-dir", str(out))[0] == 0
    rows = [json.loads(line) for file in out.iterdir() for line in file.read_text().splitlines()]
    assert sorted(row["id"] for row in rows) == sorted(row["id"] for row in make_rows(40))
    status, _, err = run(capsys, "data", "split", str(source), "--output-dir", str(out))
    assert status == 2
    assert "exists already" in err


def test_data_show(capsys, tiny_model, pair_files):
    status, out, _ = run(
        capsys, "data", "show", str(pair_files["train"]), "--model", str(tiny_model), "-n", "2"
    )
    assert status == 0
    assert out.count("chosen") == 2
    assert "<bos>" in out
    scored = [line for line in out.splitlines() if line.strip().startswith("1 ")]
    assert "<eos>" in scored[-1]


def test_bad_input_table(capsys, tmp_path, trained, tiny_model, pair_files):
    """Every slip gets status 2, the file's name and a remedy, and no traceback."""
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    broken = tmp_path / "broken.jsonl"
    lines = [json.dumps(row) for row in make_rows(1)]
    broken.write_text("\n".join([*lines, "{not json"]))
    misspelt = tmp_path / "misspelt.yaml"
    misspelt.write_text("train_cfgs:\n  epoch: 3\n")
    base = [
        "train",
        "--config",
        "edu_bias_embedded",
        *tiny_overrides(tiny_model, pair_files, tmp_path / "o"),
    ]
    cases = [
        ([*base, "data_cfgs.train_datasets=nowhere.jsonl"], "nowhere.jsonl: no such file"),
        ([*base, f"data_cfgs.train_datasets={empty}"], "empty.jsonl: no records"),
        ([*base, f"data_cfgs.train_datasets={broken}"], "broken.jsonl:3: not valid JSON"),
        ([*base, f"data_cfgs.train_datasets={tmp_path}"], "is a folder"),
        (["train", "--config", str(misspelt)], "did you mean 'train_cfgs.epochs'"),
        ([*base, "model_cfgs.model_name_or_path=./no/model"], "no such model folder"),
        ([*base, "--mode", "turbo"], "unknown TRAIN_MODE"),
        (["detect", "--model", str(tmp_path / "no"), "x"], "no such checkpoint"),
        (["detect", "--model", str(tmp_path), "x"], "not an edubias checkpoint"),
        (["detect", "--model", str(trained)], "nothing to judge"),
        (["detect", "--model", str(trained), "--file", str(tmp_path / "no.txt")], "no such file"),
        (["evaluate", str(trained), "--data", "nowhere.jsonl"], "no such file"),
        (["evaluate", str(trained), "--baselines", "magic"], "unknown baseline 'magic'"),
        (["calibrate", str(trained), "--statements", "nowhere.jsonl"], "no such file"),
        (["compare", "nowhere.json", str(trained)], "no such evaluation"),
        (["export", str(trained), "--adapter", "--output", str(tmp_path / "x")], "embedded model"),
        (["data", "validate", "nowhere.jsonl"], "no such file"),
    ]
    for arguments, reason in cases:
        status, _, err = run(capsys, *arguments)
        assert status == 2, arguments
        assert reason in err, (arguments, err)
        assert "Traceback" not in err


def test_debug_shows_the_traceback(tmp_path):
    from edubias.errors import DataError

    with pytest.raises(DataError):
        main(["data", "validate", "nowhere.jsonl", "--debug"])


def test_errors_in_chinese(capsys):
    status, _, err = run(capsys, "--lang", "zh", "data", "validate", "nowhere.jsonl")
    assert status == 2
    assert "文件不存在" in err


def test_explain_tells_of_a_kind_by_key_or_name(capsys):
    status, everything, _ = run(capsys, "explain")
    assert status == 0
    assert all(key in everything for key in BIAS_TYPES)
    kind = BIAS_TYPES["urban_rural"]
    for name in ("urban_rural", kind.name_en.upper(), kind.name_zh):
        status, told, _ = run(capsys, "explain", name)
        assert status == 0
        assert kind.harm_en in told
        assert kind.examples_en[0].fair in told
    status, told, _ = run(capsys, "--lang", "zh", "explain", "urban_rural")
    assert kind.pitfalls_zh in told
    assert kind.examples_zh[2].biased in told
    status, told, _ = run(capsys, "explain", "region", "--json")
    assert json.loads(told)["covers_zh"] == BIAS_TYPES["region"].covers_zh


def test_explain_names_the_nearest_kind(capsys):
    status, _, err = run(capsys, "explain", "urban_rurl")
    assert status == 2
    assert "urban_rural" in err
    status, _, err = run(capsys, "explain", "weather forecast")
    assert status == 2
    assert "narrative_framing" in err.replace("\n", "")
