from __future__ import annotations

import csv
import io
import json
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from edubias.data.read import load_pairs, load_statements
from edubias.errors import DataError, EdubiasError
from edubias.records import Block, Finding, Place, Span, TypeGuess
from edubias.review.learn import learned_from, write_learned
from edubias.review.server import TOKEN_HEADER, ReviewServer
from edubias.review.store import FILE_NAME, DecisionFile
from edubias.review.table import write_table
from edubias.scan.record import Hit, Scan, Scanned

FIRST = "女生胆小，不适合做实验。"
SECOND = "Boys <b>build</b> the circuit."


def hit(number: int, text: str, paragraph: str) -> Hit:
    start = paragraph.index(text)
    finding = Finding(
        f"s{number}", text, 2.2, 0.9, "biased", "high",
        (TypeGuess("gender_sexuality", 0.9), TypeGuess("region", 0.1)),
        (Span(0, 2, text[:2], 1.0),), ("Pupils build it.",),
    )  # fmt: skip
    place = Place(page=1, line=number)
    return Hit(0, place, Block(paragraph, place), start, start + len(text), finding)


@pytest.fixture
def result() -> Scan:
    document = Scanned("books/物理.docx", "docx", "ab" * 32, 9, ())
    hits = (
        hit(1, FIRST, f"前文。{FIRST}后文。"),
        hit(2, SECOND, SECOND),
        hit(3, "他是外地人。", "他是外地人。"),
    )
    return Scan(None, False, (document,), hits, "0.1.0")


@pytest.fixture
def decisions(tmp_path, result) -> DecisionFile:
    return DecisionFile(tmp_path, result)


BIASED = {"judgement": "biased", "bias_type": "gender_sexuality"}


def test_decisions_last_and_later_ones_count(tmp_path, result, decisions):
    decisions.decide("s1", BIASED | {"wording": " 实验前先看清步骤。 "}, "李编辑")
    decisions.decide("s2", {"judgement": "fair", "kind": "neutral_group_mention"}, "李编辑")
    decisions.decide("s2", {"judgement": "open"}, "李编辑")
    decisions.decide("s3", BIASED, "李编辑")
    decisions.decide("s3", {"judgement": "fair"}, "王编辑")
    again = DecisionFile(tmp_path, result).latest()
    assert again == decisions.latest()
    assert {key: one.judgement for key, one in again.items()} == {"s1": "biased", "s3": "fair"}
    assert again["s1"].wording == "实验前先看清步骤。"
    assert again["s3"].reviewer == "王编辑"
    assert len((tmp_path / FILE_NAME).read_text(encoding="utf-8").splitlines()) == 5


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"judgement": "perhaps"}, "unknown"),
        ({}, "unknown"),
        ({"judgement": "biased"}, "which kind"),
        ({"judgement": "biased", "bias_type": "tidiness"}, "which kind"),
        (BIASED | {"wording": FIRST}, "sentence itself"),
        (BIASED | {"wording": "   "}, "empty"),
        (BIASED | {"wording": ["x"]}, "must be text"),
        ({"judgement": "biased", "bias_type": ["region"]}, "must be text"),
        (BIASED | {"wording": "长" * 4001}, "4001"),
        ({"judgement": "fair", "kind": "nice"}, "unknown"),
    ],
)
def test_decisions_that_make_no_sense_are_not_written(decisions, given, message):
    with pytest.raises(DataError, match=message):
        decisions.decide("s1", given, "x")
    assert not decisions.path.exists()
    assert decisions.latest() == {}


def test_decisions_of_another_scan_or_damaged_ones_are_refused(tmp_path, result, decisions):
    decisions.decide("s1", BIASED, "x")
    other = Scan(None, False, result.documents, result.hits[1:], "0.1.0")
    with pytest.raises(DataError, match=r"decisions\.jsonl:1: a decision on another scan"):
        DecisionFile(tmp_path, other)
    with decisions.path.open("a") as file:
        file.write('{"finding": "s2"\n')
    with pytest.raises(DataError, match=r"decisions\.jsonl:2: not a decision"):
        DecisionFile(tmp_path, result)


def test_what_is_learned_can_be_trained_on(tmp_path, result, decisions):
    decisions.decide("s1", BIASED | {"wording": "同学们都适合做实验。"}, "李编辑")
    decisions.decide("s2", {"judgement": "fair", "kind": "mention_not_endorse"}, "李编辑")
    decisions.decide("s3", {"judgement": "biased", "bias_type": "region"}, "李编辑")
    files = write_learned(learned_from(result, decisions.latest()), tmp_path / "out", result)
    assert [file.name for file in files] == ["pairs.jsonl", "statements.jsonl"]
    (pair,) = load_pairs(files[0])
    assert (pair.chosen, pair.rejected) == ("同学们都适合做实验。", FIRST)
    assert (pair.lang, pair.bias_type, pair.meta["reviewer"]) == (
        "zh",
        "gender_sexuality",
        "李编辑",
    )
    assert pair.meta["document"] == "物理.docx"
    fair, biased = load_statements(files[1])
    assert (fair.text, fair.label, fair.kind) == (SECOND, "fair", "mention_not_endorse")
    assert (biased.text, biased.label, biased.bias_type) == ("他是外地人。", "biased", "region")
    assert fair.meta["split"] == "train"


def test_nothing_decided_teaches_nothing(tmp_path, result, decisions):
    files = write_learned(learned_from(result, decisions.latest()), tmp_path / "out", result)
    assert [file.read_text() for file in files] == ["", ""]


def test_any_character_may_stand_in_a_wording(tmp_path, result, decisions):
    wording = "第一行\n第二行\u2028第三行\u0085第四行"
    decisions.decide("s1", BIASED | {"wording": wording}, "x")
    decisions.decide("s2", {"judgement": "fair"}, "x")
    assert DecisionFile(tmp_path, result).latest() == decisions.latest()


def test_half_a_line_is_never_left(tmp_path, result, decisions, monkeypatch):
    decisions.decide("s1", BIASED, "x")
    before = decisions.path.read_bytes()

    def full_disk(number: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="no space"):
        decisions.decide("s2", {"judgement": "fair"}, "x")
    assert decisions.path.read_bytes() == before
    monkeypatch.undo()
    decisions.decide("s2", {"judgement": "fair"}, "x")
    assert set(DecisionFile(tmp_path, result).latest()) == {"s1", "s2"}


def test_a_last_line_without_its_end_is_not_glued_to(tmp_path, result, decisions):
    decisions.decide("s1", BIASED, "x")
    decisions.path.write_bytes(decisions.path.read_bytes().rstrip(b"\n"))
    decisions.decide("s2", {"judgement": "fair"}, "x")
    decisions.decide("s3", {"judgement": "fair"}, "x")
    assert DecisionFile(tmp_path, result).latest() == decisions.latest()
    assert decisions.path.read_bytes().count(b"\n") == 3


def test_of_differing_decisions_on_a_sentence_the_last_counts(tmp_path, result):
    twice = Scan(
        None,
        False,
        result.documents,
        (hit(1, FIRST, FIRST), hit(2, FIRST, f"{FIRST}又。")),
        "0.1.0",
    )
    decisions = DecisionFile(tmp_path, twice)
    decisions.decide("s2", BIASED | {"wording": "同学们都适合做实验。"}, "x")
    decisions.decide("s1", {"judgement": "fair"}, "x")
    learned = learned_from(twice, decisions.latest())
    assert learned.pairs == []
    assert [one["label"] for one in learned.statements] == ["fair"]
    assert learned.differing == [FIRST]
    decisions.decide("s2", BIASED, "x")
    learned = learned_from(twice, DecisionFile(tmp_path, twice).latest())
    assert [one["label"] for one in learned.statements] == ["biased"]


def test_what_another_scan_has_taught_is_not_overwritten(tmp_path, result, decisions):
    decisions.decide("s1", {"judgement": "fair"}, "x")
    learned = learned_from(result, decisions.latest())
    write_learned(learned, tmp_path / "out", result)
    write_learned(learned, tmp_path / "out", result)
    other = Scan(None, False, result.documents, result.hits, "0.1.0", created="2020-01-01T00:00:00")
    with pytest.raises(DataError, match="not exported from this scan"):
        write_learned(learned, tmp_path / "out", other)


def test_the_table_shows_findings_and_what_was_decided(tmp_path, result, decisions):
    decisions.decide("s1", BIASED | {"wording": "同学们都适合。"}, "=王")
    rows = list(
        csv.reader(
            io.StringIO(write_table(result, decisions.latest(), tmp_path).read_text("utf-8")[1:])
        )
    )
    header, first, second, third = rows
    cells = dict(zip(header, first, strict=True))
    assert (cells["sentence"], cells["found"], cells["decided"]) == (FIRST, "biased", "biased")
    assert (cells["wording"], cells["place"]) == ("同学们都适合。", "page 1, line 1")
    assert cells["reviewer"] == "'=王"
    assert second[4:] == third[4:] == [""] * 5


@pytest.fixture
def server(result, decisions):
    with ReviewServer(result, decisions, "李编辑") as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def ask(url: str, body: object = None, **headers: str) -> tuple[int, str]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_the_page_shows_findings_and_escapes_them(server, decisions):
    decisions.decide("s1", BIASED | {"wording": "同学们都适合。"}, "x")
    status, page = ask(server.address)
    assert status == 200
    assert "同学们都适合。</textarea>" in page
    # Only an editor's own words are filled in, a proposal is not.
    assert "Pupils build it.</span>" in page and "Pupils build it.</textarea>" not in page
    assert "page 1, line 2" in page
    assert "<b>build</b>" not in page
    assert "&lt;b&gt;build" in page
    assert page.count("<article") == 3
    assert page.count(" done") >= 1


def test_the_page_sends_decisions(server, decisions):
    secret = {TOKEN_HEADER: server.token}
    url = server.address.split("?")[0] + "decisions"
    status, said = ask(url, {"finding": "s2", "judgement": "fair"}, **secret)
    assert (status, json.loads(said)) == (200, {"judgement": "fair", "decided": 1})
    assert decisions.latest()["s2"].reviewer == "李编辑"
    for body in ({"finding": "s9", "judgement": "fair"}, ["x"], {"finding": "s1"}):
        status, said = ask(url, body, **secret)
        assert status == 400
        assert json.loads(said)["error"]
    assert ask(url.replace("decisions", "other"), {}, **secret)[0] == 400
    assert (
        ask(url, {"finding": "s1", "judgement": "fair", "kind": "x" * 70_000}, **secret)[0] == 400
    )
    assert set(decisions.latest()) == {"s2"}


def test_strangers_are_refused(server, decisions):
    page = server.address.split("?")[0]
    body = {"finding": "s1", "judgement": "fair"}
    assert ask(page)[0] == 403
    assert ask(page + "?token=wrong")[0] == 403
    assert ask(server.address, Host="evil.example")[0] == 403
    assert ask(page + "decisions", body)[0] == 403
    assert ask(page + "decisions", body, **{TOKEN_HEADER: "ä"})[0] == 403
    assert (
        ask(page + "decisions", body, Host="evil.example", **{TOKEN_HEADER: server.token})[0] == 403
    )
    assert ask(page + "favicon.ico")[0] == 404
    assert decisions.latest() == {}


def test_it_listens_on_this_machine_only(server):
    assert server.server_address[0] == "127.0.0.1"
    with pytest.raises(EdubiasError, match="can't be used"):
        ReviewServer(server.scan, server.decisions, "x", server.server_port)


def test_decisions_that_cannot_be_saved_are_not_confirmed(server, decisions, tmp_path):
    decisions.path = Path(tmp_path) / "gone" / "decisions.jsonl"
    url = server.address.split("?")[0] + "decisions"
    status, said = ask(url, {"finding": "s1", "judgement": "fair"}, **{TOKEN_HEADER: server.token})
    assert status == 500
    assert "not saved" in said
    assert decisions.latest() == {}
