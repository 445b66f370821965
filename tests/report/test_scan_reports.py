from __future__ import annotations

import csv
import hashlib
import io
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from docx import Document as WordDocument

from edubias.document.read import read_document
from edubias.errors import DataError, EdubiasError
from edubias.lang import use_language
from edubias.records import Block, Finding, LineStart, Place, Span, TypeGuess
from edubias.report.names import percent, place_name
from edubias.report.sarif import sarif_of_scan
from edubias.report.scan_folder import require_free, write_scan
from edubias.report.scan_page import page_of_scan
from edubias.report.scan_table import csv_of_scan
from edubias.scan.record import Hit, Scan, Scanned, load_scan

SENTENCE = '=女生 "胆小"，<b>不适合</b>\n做实验。'


def finding(text: str, verdict: str = "biased") -> Finding:
    return Finding(
        "s1", text, 2.2, 0.9, verdict, "high" if verdict == "biased" else "low",
        (TypeGuess("gender_sexuality", 0.9), TypeGuess("region", 0.1)),
        (Span(1, 3, text[1:3], 1.0),), ("同学们都适合做实验。",),
    )  # fmt: skip


def result(path: str = "books/a.txt", verdict: str = "biased") -> Scan:
    place = Place(line=4, column=3)
    text = f"前文。{SENTENCE}后文。"
    block = Block(text, place, (LineStart(0, 4, 3), LineStart(text.index("做"), 5, 1)))
    at = block.place_at(3)
    one = Hit(0, at, block, 3, 3 + len(SENTENCE), finding(SENTENCE, verdict))
    scanned = (
        Scanned(path, "txt", "ab" * 32, 7, ("a <note>",)),
        Scanned("b.txt", "txt", "cd" * 32, 1),
    )
    return Scan(None, False, scanned, (one,), "0.1.0")


@pytest.mark.parametrize(
    ("place", "english", "chinese"),
    [
        (Place(page=3, line=5), "page 3, line 5", "第3页，第5行"),
        (Place(table=2, row=1, paragraph=9), "table 2, row 1", "表2，第1行"),
        (
            Place(slide=4, part="notes", paragraph=2),
            "slide 4, notes, paragraph 2",
            "第4张幻灯片，备注，第2段",
        ),
        (Place(part="OEBPS/c1.xhtml", line=8, column=2), "c1.xhtml, line 8", "c1.xhtml，第8行"),
    ],
)
def test_places_in_words(place, english, chinese):
    assert place_name(place) == english
    use_language("zh")
    assert place_name(place) == chinese


class Texts(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags: list[str] = []
        self.marked = ""
        self.inside = False

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.inside = self.inside or tag == "mark"

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "mark"

    def handle_data(self, data):
        self.marked += data if self.inside else ""


def test_the_page_shows_each_sentence_within_its_paragraph():
    page = page_of_scan(result())
    parser = Texts()
    parser.feed(page)
    assert parser.marked == SENTENCE
    assert parser.tags.count("article") == 1
    for words in (
        "line 4",
        "biased (probability 90%)",
        "Gender and sexuality 90%",
        "suggested wording",
        "Why this kind of bias harms: ",
        "a &lt;note&gt;",
        "Nothing found",
    ):
        assert words in page
    assert "前文。" in page
    assert "<script" not in page and "http" not in page.replace("http-equiv", "")
    use_language("zh")
    assert "有偏见（概率 90%）" in page_of_scan(result())


def test_a_doubtful_sentence_is_not_told_what_harm_it_does():
    assert "harms" not in page_of_scan(result(verdict="unsure"))


@pytest.mark.parametrize(
    ("share", "digits", "english", "chinese"),
    [
        (0.9962, 0, ">99%", "99% 以上"),
        (0.994, 0, "99%", "99%"),
        (0.9962, 1, "99.6%", "99.6%"),
        (0.99961, 1, ">99.9%", "99.9% 以上"),
        (0.004, 0, "<1%", "不到 1%"),
        (0.0, 1, "<0.1%", "不到 0.1%"),
        (0.5, 0, "50%", "50%"),
    ],
)
def test_no_probability_is_a_certainty(share, digits, english, chinese):
    assert percent(share, digits) == english
    use_language("zh")
    assert percent(share, digits) == chinese


def test_csv_is_read_by_spreadsheets_and_runs_no_formula():
    text = csv_of_scan(result())
    assert text.startswith("\ufeff")
    header, row = csv.reader(io.StringIO(text[1:]))
    cells = dict(zip(header, row, strict=True))
    assert cells["sentence"] == "'" + SENTENCE
    assert (cells["verdict"], cells["probability"], cells["place"]) == ("biased", "90.0%", "line 4")
    assert (cells["kind"], cells["second kind"]) == (
        "Gender and sexuality",
        "Region within a country",
    )


def test_csv_says_what_to_do():
    assert ",reword," in csv_of_scan(result())
    use_language("zh")
    assert ",请复核," in csv_of_scan(result(verdict="unsure"))


def test_sarif_points_at_lines_and_columns():
    log = json.loads(sarif_of_scan(result()))
    (run,) = log["runs"]
    (one,) = run["results"]
    assert log["version"] == "2.1.0"
    assert one["ruleId"] in {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert one["level"] == "error"
    location = one["locations"][0]["physicalLocation"]
    assert location["artifactLocation"] == {"uri": "books/a.txt", "index": 0}
    assert location["region"] == {"startLine": 4, "startColumn": 6, "endLine": 5, "endColumn": 5}
    assert (
        json.loads(sarif_of_scan(result(verdict="unsure")))["runs"][0]["results"][0]["level"]
        == "note"
    )


def test_the_folder_holds_reports_and_an_annotated_copy(tmp_path):
    source = tmp_path / "书.docx"
    word = WordDocument()
    word.add_paragraph("前文。女生胆小。后文。")
    word.save(str(source))
    document = read_document(source)
    block = document.blocks[0]
    hit = Hit(0, block.place, block, 3, 8, finding("女生胆小。"))
    scan = Scan(None, False, (Scanned(str(source), "docx", document.sha256, 3),), (hit,), "0.1.0")
    folder = tmp_path / "out"
    files = write_scan(scan, folder)
    assert {file.name for file in files} == {
        "scan.json", "scan.html", "scan.csv", "scan.sarif", "书.edubias.docx",
    }  # fmt: skip
    assert load_scan(folder) == scan
    (comment,) = WordDocument(str(folder / "书.edubias.docx")).comments
    assert "biased (probability 90%), Gender and sexuality" in comment.text
    assert "同学们都适合做实验。" in comment.text
    with pytest.raises(DataError, match="holds a scan already"):
        require_free(folder)


def test_a_manuscript_that_has_changed_is_not_annotated(tmp_path):
    source = tmp_path / "a.docx"
    WordDocument().save(str(source))
    block = Block("女生胆小。", Place(paragraph=1))
    hit = Hit(0, block.place, block, 0, 5, finding("女生胆小。"))
    scan = Scan(None, False, (Scanned(str(source), "docx", "00" * 32, 1),), (hit,), "0.1.0")
    with pytest.raises(EdubiasError, match="has changed") as caught:
        write_scan(scan, tmp_path / "out")
    assert "All else is in" in caught.value.remedy
    assert load_scan(tmp_path / "out") == scan
    assert (tmp_path / "out" / "scan.sarif").is_file()


def test_a_folder_that_cannot_be_written_is_told_before_the_scan(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(EdubiasError, match="can't be written"):
        require_free(tmp_path / "file")
    require_free(tmp_path / "new")
    assert not list((tmp_path / "new").iterdir())


def test_a_scan_that_could_not_be_written_leaves_the_folder_free(tmp_path, monkeypatch):
    def full_disk(path: Path, target: Path) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", full_disk)
    with pytest.raises(EdubiasError, match="no space left"):
        write_scan(result(), tmp_path / "out")
    monkeypatch.undo()
    assert not list((tmp_path / "out").iterdir())
    require_free(tmp_path / "out")


def test_sarif_escapes_names():
    log = json.loads(sarif_of_scan(result("稿 件/a#b 100%.md")))
    (artifact, _) = log["runs"][0]["artifacts"]
    assert artifact["location"]["uri"] == "%E7%A8%BF%20%E4%BB%B6/a%23b%20100%25.md"


def copies_of(paths: list[Path], folder: Path) -> list[Path]:
    """Annotated copies of manuscripts that are made; each says which it is."""
    scanned, hits = [], []
    for index, path in enumerate(paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        word = WordDocument()
        word.add_paragraph(f"女生胆小{index}。")
        word.save(str(path))
        block = read_document(path).blocks[0]
        scanned.append(Scanned(str(path), "docx", hashlib.sha256(path.read_bytes()).hexdigest(), 1))
        hits.append(Hit(index, block.place, block, 0, 6, finding(block.text)))
    files = write_scan(Scan(None, False, tuple(scanned), tuple(hits), "0.1.0"), folder)
    return [file for file in files if file.suffix == ".docx"]


def test_copies_of_namesakes_do_not_overwrite_each_other(tmp_path):
    copies = copies_of([tmp_path / "x/a.docx", tmp_path / "y/a.docx"], tmp_path / "out")
    assert len({copy.name for copy in copies}) == 2
    texts = [read_document(copy).blocks[0].text for copy in copies]
    assert texts == ["女生胆小0。", "女生胆小1。"]


def test_nor_do_copies_whose_folders_make_one_name_and_none_is_hidden(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    names = ("x_a.docx", "x/a.docx", "y/X_A.docx", "../u/a.docx", ".v/a.docx")
    copies = copies_of([Path(name) for name in names], Path("out"))
    assert [copy.name for copy in copies] == [
        "x_a.edubias.docx",
        "x_a_2.edubias.docx",
        "X_A_3.edubias.docx",
        "u_a.edubias.docx",
        "v_a.edubias.docx",
    ]
    texts = [read_document(copy).blocks[0].text for copy in copies]
    assert texts == [f"女生胆小{index}。" for index in range(5)]
