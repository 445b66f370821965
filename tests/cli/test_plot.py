"""``edubias plot`` and ``edubias data stats --plot``."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from edubias.cli.main import main
from tests.conftest import make_rows, write_jsonl
from tests.report.conftest import png_size, texts_of_svg


@pytest.fixture
def run(trained, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(trained, folder)
    return folder


def test_help_and_pictures_import_neither_torch_nor_pyplot(run):
    code = (
        "import sys; from edubias.cli.main import main, build_parser; build_parser()\n"
        "assert 'matplotlib' not in sys.modules and 'jinja2' not in sys.modules\n"
        f"assert main(['plot', {str(run)!r}]) == main(['plot', '--html', {str(run)!r}]) == 0\n"
        "assert not {'torch', 'transformers', 'matplotlib.pyplot'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_plot_one_run(run, capsys):
    assert main(["plot", str(run)]) == 0
    assert str(run / "plot.svg") in capsys.readouterr().out
    assert "Loss" in texts_of_svg((run / "plot.svg").read_bytes())


def test_plot_several_runs(run, capsys, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(run, other)
    output = tmp_path / "new" / "both.svg"
    assert main(["plot", str(run), str(other), str(run), "--output", str(output)]) == 0
    texts = texts_of_svg(output.read_bytes())
    assert texts.count("run") == texts.count("other") == 1


def test_page(run, capsys):
    assert main(["plot", str(run), "--html"]) == 0
    assert str(run / "run.html") in capsys.readouterr().out
    assert (run / "run.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert not (run / "plot.svg").exists()


def test_stats_plot(capsys, pair_files, tmp_path):
    files = [str(pair_files[name]) for name in ("train", "eval")]
    output = tmp_path / "data.png"
    assert main(["data", "stats", *files, "--plot", str(output)]) == 0
    assert str(output) in capsys.readouterr().out.replace("\n", "")
    assert png_size(output.read_bytes())[0] == 1800
    output = tmp_path / "data.svg"
    assert main(["data", "stats", *files, "--plot", str(output), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["pairs"] == 24
    assert {"train.jsonl", "eval.jsonl"} <= set(texts_of_svg(output.read_bytes()))


def test_bad_input(run, capsys, tmp_path):
    new = tmp_path / "new"
    new.mkdir()
    (new / "train.log").write_text("")
    pairs = str(write_jsonl(tmp_path / "pairs.jsonl", make_rows(1)))
    cases = [
        (["plot", str(tmp_path / "no")], "no such folder"),
        (["plot", str(run / "checkpoint-4")], "no log"),
        (["plot", str(run), str(tmp_path / "no")], "no such folder"),
        (["plot", str(new)], "no metrics"),
        (["plot", str(run), "--output", str(tmp_path / "a.gif")], "unknown picture format"),
        (["plot", str(run), "--output", f"{pairs}/a.svg"], "can't be written"),
        (["plot", str(tmp_path / "no"), "--html"], "no such folder"),
        (["data", "stats", pairs, "--plot", str(tmp_path / "a.txt")], "unknown picture format"),
        (["data", "stats", "nowhere.jsonl", "--plot", str(tmp_path / "a.svg")], "no such file"),
    ]
    for arguments, reason in cases:
        assert main(arguments) == 2, arguments
        captured = capsys.readouterr()
        assert reason in captured.err, (arguments, captured.err)
        assert len(captured.err.splitlines()) >= 2, "a remedy"
        assert captured.out == ""


def test_output_and_page_exclude_each_other(run):
    with pytest.raises(SystemExit) as stop:
        main(["plot", str(run), "--html", "--output", "a.svg"])
    assert stop.value.code == 2
