from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from edubias.detect.detector import Detector
from edubias.document.read import manuscripts_in, read_document, unread_in
from edubias.errors import DataError
from edubias.records import Place
from edubias.scan.record import load_scan
from edubias.scan.run import scan, sentences_of

TEXT = "physics 99 ok all. physics 99 xx zz.\n\n数学 12 xx zz\n\n30 + 3 = 33 : 2 kg.\n\nphysics 99 xx zz.\n"


@pytest.fixture(scope="module")
def detector(calibrated):
    return Detector.load(calibrated)


@pytest.fixture
def manuscript(tmp_path):
    path = tmp_path / "book.txt"
    path.write_text(TEXT, encoding="utf-8")
    return read_document(path)


def scanned(documents, detector, **options):
    return scan(documents, sentences_of(documents, detector), detector, **options)


def test_findings_stand_in_their_places(manuscript, detector):
    result = scanned([manuscript], detector)
    assert [(hit.finding.text, hit.place) for hit in result.hits] == [
        ("physics 99 xx zz.", Place(line=1, column=20)),
        ("数学 12 xx zz", Place(line=3, column=1)),
        ("physics 99 xx zz.", Place(line=7, column=1)),
    ]
    for hit in result.hits:
        assert hit.block.text[hit.start : hit.end] == hit.finding.text
    assert result.documents[0].sentences == 5
    assert result.count("biased") + result.count("unsure") == 3
    assert len({hit.finding.id for hit in result.hits}) == 3


def test_a_scan_says_what_the_detector_says(manuscript, detector):
    result = scanned([manuscript], detector)
    by_itself = detector.detect([hit.finding.text for hit in result.hits])
    assert [hit.finding.score for hit in result.hits] == [one.score for one in by_itself]


def test_progress_counts_repeated_sentences_too(manuscript, detector):
    told = []
    found = sentences_of([manuscript], detector)
    scan([manuscript], found, detector, advance=told.append)
    assert sum(told) == detector.passes() * len(found)


def test_long_sentences_are_judged_in_parts(tmp_path, detector):
    path = tmp_path / "long.txt"
    limit = detector.scorer.max_tokens
    path.write_text("physics ok all, " * limit + "physics 99 xx zz", encoding="utf-8")
    document = read_document(path)
    found = sentences_of([document], detector)
    assert len(found) > 1
    assert all(detector.scorer.fits(one.text) for one in found)
    assert "".join(one.text for one in found).replace(" ", "") == document.blocks[0].text.replace(
        " ", ""
    )
    assert scanned([document], detector).hits[-1].finding.text.endswith("xx zz")


def test_save_and_load(tmp_path, manuscript, detector):
    result = scanned([manuscript], detector, checkpoint="here")
    (tmp_path / "scan.json").write_text(result.to_json(), encoding="utf-8")
    assert load_scan(tmp_path) == result


def test_notes_on_a_scan_are_kept_and_an_earlier_scan_has_none(tmp_path, manuscript, detector):
    result = replace(scanned([manuscript], detector), notes=("not read: a.doc",))
    path = tmp_path / "scan.json"
    path.write_text(result.to_json(), encoding="utf-8")
    assert load_scan(tmp_path) == result
    fields = json.loads(path.read_text(encoding="utf-8"))
    del fields["notes"]
    path.write_text(json.dumps(fields), encoding="utf-8")
    assert load_scan(tmp_path) == replace(result, notes=())


def test_bad_scans_are_refused(tmp_path, manuscript, detector):
    with pytest.raises(DataError, match="no such scan"):
        load_scan(tmp_path)
    path = tmp_path / "scan.json"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match="damaged"):
        load_scan(tmp_path)
    fields = json.loads(scanned([manuscript], detector).to_json())
    path.write_text(json.dumps(fields | {"format_version": 99}), encoding="utf-8")
    with pytest.raises(DataError, match="format 99"):
        load_scan(tmp_path)
    del fields["hits"][0]["finding"]["text"]
    path.write_text(json.dumps(fields), encoding="utf-8")
    with pytest.raises(DataError, match="damaged"):
        load_scan(tmp_path)


def test_unknown_formats_name_the_remedy(tmp_path):
    for name, remedy in (("a.doc", "Save it as .docx"), ("a.xyz", "Known endings")):
        (tmp_path / name).write_bytes(b"x")
        with pytest.raises(DataError) as caught:
            read_document(tmp_path / name)
        assert name in caught.value.problem
        assert remedy in caught.value.remedy
    with pytest.raises(DataError, match=r"gone\.txt"):
        read_document(tmp_path / "gone.txt")


def test_a_name_in_another_encoding_is_told_at_once(tmp_path):
    path = Path(os.fsdecode(bytes(tmp_path) + "/稿.txt".encode("gbk")))
    path.write_text("x")
    with pytest.raises(DataError, match="not UTF-8"):
        read_document(path)


def test_folders_are_searched(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "out").mkdir()
    reports = ("out/scan.json", "out/scan.html", "out/z.edubias.docx")
    for name in ("z.txt", "b/a.MD", "~$z.docx", ".hidden.txt", "picture.png", *reports):
        (tmp_path / name).write_bytes(b"x")
    assert manuscripts_in(tmp_path) == [tmp_path / "b" / "a.MD", tmp_path / "z.txt"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no manuscript"):
        manuscripts_in(tmp_path / "empty")
    with pytest.raises(DataError, match="no such file"):
        manuscripts_in(tmp_path / "gone")


def test_folders_are_searched_for_what_must_be_saved_otherwise_too(tmp_path):
    (tmp_path / "b").mkdir()
    for name in ("z.wps", "b/a.DOC", "c.docx", "~$z.doc", ".hidden.odt", "picture.png"):
        (tmp_path / name).write_bytes(b"x")
    assert unread_in(tmp_path) == [tmp_path / "b" / "a.DOC", tmp_path / "z.wps"]
    assert unread_in(tmp_path / "z.wps") == unread_in(tmp_path / "gone") == []


def test_an_empty_manuscript_says_so(tmp_path, detector):
    path = tmp_path / "empty.txt"
    path.write_text("\n\n", encoding="utf-8")
    document = read_document(path)
    assert document.notes == ("no text found",)
    assert scanned([document], detector).hits == ()
