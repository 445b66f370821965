"""What the review page does, in a browser where there is one."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest

from edubias.records import Block, Finding, Place
from edubias.review.page import page_of_review
from edubias.review.store import Decision
from edubias.scan.record import Hit, Scan, Scanned

BROWSER = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), None)
SENTENCE, WORDING = "女生胆小，不适合做实验。", "同学们都适合做实验。"

AROUND = """
<script>
let asked = 0, answer = false, sent = [], saving = true;
window.confirm = () => { asked += 1; return answer; };
window.fetch = async (url, request) => {
  if (!saving) throw new Error("no server");
  sent.push(JSON.parse(request.body).judgement);
  return { ok: true, json: async () => ({ decided: 1 }) };
};
const box = document.querySelector("textarea");
const told = [];
async function tell() {
  await new Promise((done) => setTimeout(done, 20));
  const leaving = new Event("beforeunload", { cancelable: true });
  window.dispatchEvent(leaving);
  told.push({ box: box.value, unsaved: leaving.defaultPrevented, asked, sent: sent.join(" ") });
}
async function press(judgement) {
  document.querySelector(`[data-judgement=${judgement}]`).click();
  await tell();
}
async function key(name) {
  for (const one of ["j", name]) {
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: one, bubbles: true }));
  }
  await tell();
}
async function play() { %s }
play().then(() => {
  document.body.textContent = "TOLD" + JSON.stringify(told) + "TOLD";
});
</script>
"""


@pytest.fixture
def played(tmp_path) -> Callable[..., list[dict[str, Any]]]:
    """Plays steps on the page of one finding and says what the page was like after each."""
    if BROWSER is None:
        pytest.skip("no browser")

    def play(steps: str, *decisions: Decision) -> list[dict[str, Any]]:
        place = Place(line=1)
        finding = Finding("s1", SENTENCE, 2.2, 0.9, "biased", "high")
        hit = Hit(0, place, Block(SENTENCE, place), 0, len(SENTENCE), finding)
        scan = Scan(None, False, (Scanned("a.txt", "txt", "ab" * 32, 1),), (hit,), "0.1.0")
        page = page_of_review(scan, {one.finding: one for one in decisions}, "token", "nonce", "Li")
        # As an address: some browsers are not let at others' files.
        content = b64encode(page.replace("</body>", f"{AROUND % steps}</body>").encode()).decode()
        options = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
        shown = subprocess.run(
            [
                str(BROWSER), *options, f"--user-data-dir={tmp_path / 'profile'}",
                "--virtual-time-budget=10000", "--dump-dom",
                f"data:text/html;charset=utf-8;base64,{content}",
            ],
            capture_output=True, encoding="utf-8", check=True, timeout=120,
        )  # fmt: skip
        found = re.search("TOLD(.*)TOLD", html.unescape(shown.stdout))
        assert found is not None, shown
        return json.loads(found[1])

    return play


def state(box: str, unsaved: bool, asked: int, sent: str) -> dict[str, Any]:
    return {"box": box, "unsaved": unsaved, "asked": asked, "sent": sent}


def test_a_wording_that_was_typed_is_not_saved_by_undo(played):
    steps = f"""
        box.value = "{WORDING}";
        await press("open");
        await press("fair");
        answer = true;
        await press("fair");
    """
    assert played(steps) == [
        state(WORDING, True, 0, "open"),
        state(WORDING, True, 1, "open"),
        state(SENTENCE, False, 2, "open fair"),
    ]


def test_a_wording_that_was_saved_is_not_dropped_without_a_question(played):
    saved = Decision("s1", SENTENCE, "biased", WORDING, "region")
    steps = """
        await tell();
        await key("f");
        await press("open");
        await press("fair");
        await press("biased");
        answer = true;
        saving = false;
        await key("f");
        saving = true;
        await key("f");
    """
    assert played(steps, saved) == [
        state(WORDING, False, 0, ""),
        state(WORDING, False, 1, ""),
        state(WORDING, True, 1, "open"),
        state(WORDING, True, 2, "open"),
        state(WORDING, False, 2, "open biased"),
        state(WORDING, False, 3, "open biased"),
        state(SENTENCE, False, 4, "open biased fair"),
    ]


def test_where_nothing_was_reworded_nothing_is_asked(played):
    steps = """
        await key("f");
        await press("open");
        box.value = " ";
        await press("fair");
        await press("biased");
    """
    assert played(steps) == [
        state(SENTENCE, False, 0, "fair"),
        state(SENTENCE, False, 0, "fair open"),
        state(SENTENCE, False, 0, "fair open fair"),
        state(SENTENCE, False, 0, "fair open fair biased"),
    ]
