"""Scanning and reviewing, as an editor does it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request

import pytest
from docx import Document as WordDocument

from edubias.cli.main import main
from edubias.errors import EdubiasError
from edubias.scan.record import load_scan

BIASED, FAIR = "physics 99 xx zz", "physics 99 ok all"


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    status = main(arguments)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.fixture
def manuscripts(tmp_path):
    folder = tmp_path / "books"
    folder.mkdir()
    (folder / "a.md").write_text(f"# Title\n\n{FAIR}\n\n**{BIASED}**\n", encoding="utf-8")
    word = WordDocument()
    word.add_paragraph(FAIR)
    word.add_paragraph(BIASED)
    word.save(str(folder / "b.docx"))
    return folder


def test_scan_shows_findings_in_their_places(capsys, calibrated, manuscripts):
    status, out, _ = run(capsys, "scan", str(manuscripts), "--model", str(calibrated))
    assert status == 0
    first, second = out.split(str(manuscripts / "b.docx"))
    assert "line 5: biased" in first and BIASED in first
    assert "paragraph 2: biased" in second and BIASED in second
    assert FAIR not in out
    assert "1 biased, 0 unsure" in second


def test_scan_speaks_chinese(capsys, calibrated, manuscripts):
    _, out, _ = run(capsys, "--lang", "zh", "scan", str(manuscripts), "--model", str(calibrated))
    assert "第5行：有偏见（概率 " in out
    assert "100%" not in out
    assert "有偏见 1 句" in out


def test_scan_json_and_status(capsys, calibrated, manuscripts):
    scan = ("scan", str(manuscripts / "a.md"), "--model", str(calibrated), "--json")
    status, out, _ = run(capsys, *scan, "--fail-on", "biased")
    assert status == 1
    (hit,) = json.loads(out)["hits"]
    assert hit["finding"]["text"] == BIASED
    fair = manuscripts / "fair.txt"
    fair.write_text(FAIR, encoding="utf-8")
    status, out, _ = run(
        capsys, "scan", str(fair), "--model", str(calibrated), "--json", "--fail-on", "unsure"
    )
    assert (status, json.loads(out)["hits"]) == (0, [])


def test_scan_names_every_bad_manuscript_before_it_judges_any(capsys, calibrated, manuscripts):
    (manuscripts / "c.docx").write_bytes(b"no archive")
    (manuscripts / "d.epub").write_bytes(b"no archive")
    status, out, err = run(capsys, "scan", str(manuscripts), "--model", str(calibrated))
    assert (status, out) == (2, "")
    assert "c.docx" in err and "d.epub" in err and "Traceback" not in err
    assert "Save it again as DOCX" in err and "EPUB" in err


@pytest.mark.parametrize(
    ("language", "notes"),
    [
        (
            "en",
            (
                "not read: 1.ppt: save them as .pptx first",
                "not read: [3].WPS, 第2章.doc: save them as .docx first",
            ),
        ),
        (
            "zh",
            ("未读取：1.ppt：请先另存为 .pptx", "未读取：[3].WPS、第2章.doc：请先另存为 .docx"),
        ),
    ],
)
def test_scan_names_what_it_does_not_read_in_a_folder(
    capsys, calibrated, manuscripts, tmp_path, language, notes
):
    (manuscripts / "c").mkdir()
    for name in ("1.ppt", "c/[3].WPS", "第2章.doc"):
        (manuscripts / name).write_bytes(b"x")
    folder = tmp_path / "out"
    scan = ("--lang", language, "scan", str(manuscripts), str(manuscripts / "a.md"))
    options = ("--model", str(calibrated), "--output", str(folder))
    status, _, err = run(capsys, *scan, *options)
    assert status == 0
    page = (folder / "scan.html").read_text(encoding="utf-8")
    for note in notes:
        assert err.count(note) == page.count(note) == 1
    assert load_scan(folder).notes == notes


def test_of_a_folder_without_any_manuscript_it_names_them_too(capsys, tmp_path):
    name = os.fsdecode("第1章.doc".encode("gbk"))
    (tmp_path / name).write_bytes(b"x")
    status, _, err = run(capsys, "scan", str(tmp_path))
    assert status == 2
    assert "not read: ?" in err and ".doc: save them as .docx" in err
    assert "no manuscript in this folder" in err


def test_findings_are_shown_even_where_the_folder_fails(
    capsys, calibrated, manuscripts, tmp_path, monkeypatch
):
    def full_disk(*arguments: object) -> None:
        raise EdubiasError("no space left")

    monkeypatch.setattr("edubias.report.scan_folder.write_scan", full_disk)
    scan = (
        "scan",
        str(manuscripts / "a.md"),
        "--model",
        str(calibrated),
        "--output",
        str(tmp_path / "out"),
    )
    status, out, err = run(capsys, *scan)
    assert status == 2
    assert BIASED in out and "no space left" in err


def test_scan_writes_over_no_earlier_scan(capsys, calibrated, manuscripts, tmp_path):
    scan = (
        "scan",
        str(manuscripts / "a.md"),
        "--model",
        str(calibrated),
        "--output",
        str(tmp_path / "out"),
    )
    assert run(capsys, *scan)[0] == 0
    before = (tmp_path / "out" / "scan.json").read_bytes()
    status, _, err = run(capsys, *scan)
    assert status == 2 and "holds a scan already" in err
    assert (tmp_path / "out" / "scan.json").read_bytes() == before


def test_scan_without_a_rewriter_says_so_at_once(capsys, calibrated, manuscripts):
    status, _, err = run(capsys, "scan", str(manuscripts), "--model", str(calibrated), "--rewrite")
    assert status == 2
    assert "no rewriter" in err


def test_from_scan_to_training_data(capsys, calibrated, manuscripts, tmp_path):
    folder, learned = tmp_path / "my out", tmp_path / "learned"
    scan = (
        "scan",
        str(manuscripts / "b.docx"),
        "--model",
        str(calibrated),
        "--output",
        str(folder),
    )
    status, out, _ = run(capsys, *scan)
    assert status == 0
    assert f"review it: edubias --lang en review '{folder}'\n" in out
    review = [
        sys.executable,
        "-m",
        "edubias.cli.main",
        "review",
        str(folder),
        "--no-browser",
        "--reviewer",
        "Li",
    ]
    with subprocess.Popen(review, stdout=subprocess.PIPE, text=True) as process:
        address = re.search(r"http://\S+", process.stdout.readline())[0]
        page = urllib.request.urlopen(address, timeout=20).read().decode()
        finding = re.search(r'data-finding="(\w+)"', page)[1]
        decision = {
            "finding": finding, "judgement": "biased", "bias_type": "region", "wording": FAIR,
        }  # fmt: skip
        request = urllib.request.Request(
            re.sub(r"\?.*", "decisions", address),
            json.dumps(decision).encode(),
            {"X-Edubias-Token": address.split("token=")[1]},
        )
        assert json.load(urllib.request.urlopen(request, timeout=20))["decided"] == 1
        status, _, err = run(capsys, "review", str(folder), "--no-browser")
        assert status == 2 and "being reviewed already" in err
        # In a shell's background SIGINT is ignored, so the process is told otherwise.
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    status, out, _ = run(capsys, "review", str(folder), "--export", str(learned))
    assert status == 0
    assert "1 pairs, 0 statements" in out
    status, out, _ = run(capsys, "data", "validate", str(learned / "pairs.jsonl"))
    assert status == 0
    pair = json.loads((learned / "pairs.jsonl").read_text(encoding="utf-8"))
    assert (pair["chosen"], pair["rejected"]) == (FAIR, BIASED)
    assert pair["meta"]["reviewer"] == "Li"


def test_review_of_nothing(capsys, tmp_path):
    status, _, err = run(capsys, "review", str(tmp_path))
    assert status == 2
    assert "no such scan" in err and "edubias scan" in err


def test_review_needs_no_torch(tmp_path):
    code = (
        "import sys; from edubias.cli.main import main\n"
        f"main(['review', {str(tmp_path)!r}])\n"
        "assert 'torch' not in sys.modules, 'torch'"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
