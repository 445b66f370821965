"""Decisions of editors on the findings of a scan, in a file that only ever grows.

A later decision on the same finding replaces an earlier one, which stays in the file: who decided
what, when, is never lost.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from edubias.data.read import MAX_CHARS
from edubias.errors import DataError
from edubias.lang import tr
from edubias.model.manifest import utc_now
from edubias.scan.record import Hit, Scan
from edubias.taxonomy import BIAS_TYPES

FILE_NAME = "decisions.jsonl"

Judgement = Literal["biased", "fair", "open"]
FairKind = Literal[
    "mention_not_endorse",
    "neutral_group_mention",
    "counter_stereotype",
    "factual_group_statistic",
    "neutral_subject",
]
"""Why a sentence that was found is fair, in the terms of the data set."""


@dataclass(frozen=True)
class Decision:
    """What an editor says of a finding.

    Attributes:
        finding: The finding's identifier.
        sentence: The sentence, so that the file can be read by itself.
        judgement: ``"biased"``, ``"fair"``, or ``"open"`` where an earlier decision is taken back.
        wording: How the editor puts it; None where they leave that open.
        bias_type: Kind of bias, by the editor.
        kind: What sort of fair sentence it is; None where the editor does not say.
        reviewer: Who decided.
        decided: When, in UTC.
    """

    finding: str
    sentence: str
    judgement: Judgement
    wording: str | None = None
    bias_type: str | None = None
    kind: FairKind | None = None
    reviewer: str = ""
    decided: str = field(default_factory=utc_now)


def decision_on(hit: Hit, given: Mapping[str, Any], reviewer: str) -> Decision:
    """A decision from what a page has sent.

    Args:
        hit: The finding.
        given: ``judgement``, and where it applies ``wording``, ``bias_type`` and ``kind``.
        reviewer: Who decides.

    Raises:
        DataError: It makes no sense; the message says why.
    """
    judgement, kind = given.get("judgement"), given.get("kind") or None
    for key in ("kind", "bias_type", "wording"):
        if not isinstance(given.get(key) or "", str):
            raise DataError(tr(f"'{key}' must be text", f"“{key}”应为文本"))
    if judgement not in ("biased", "fair", "open"):
        raise DataError(tr(f"judgement '{judgement}' unknown", f"未知的审阅意见“{judgement}”"))
    wording = given.get("wording") or None
    bias_type = given.get("bias_type") or None
    if judgement == "open":
        return Decision(hit.finding.id, hit.finding.text, "open", reviewer=reviewer)
    if judgement == "fair":
        if kind not in (None, *get_args(FairKind)):
            raise DataError(tr(f"kind '{kind}' unknown", f"未知的语句类别“{kind}”"))
        return Decision(hit.finding.id, hit.finding.text, "fair", kind=kind, reviewer=reviewer)
    if bias_type not in BIAS_TYPES:
        raise DataError(
            tr("which kind of bias?", "属于哪一类偏见？"),
            tr("Choose one from the list.", "请从列表中选择。"),
        )
    if wording is not None:
        wording = _wording(wording, hit.finding.text)
    return Decision(
        hit.finding.id,
        hit.finding.text,
        "biased",
        wording=wording,
        bias_type=bias_type,
        reviewer=reviewer,
    )


def _wording(wording: Any, sentence: str) -> str:
    text = wording.strip() if isinstance(wording, str) else ""
    if not text:
        raise DataError(tr("the wording is empty", "改写为空"))
    if text == sentence:
        raise DataError(
            tr("the wording is the sentence itself", "改写与原句相同"),
            tr("Change it, or decide without one.", "请修改，或不附改写。"),
        )
    if len(text) > MAX_CHARS:
        raise DataError(
            tr(
                f"the wording has {len(text)} characters; at most {MAX_CHARS} are allowed",
                f"改写有 {len(text)} 个字符，最多允许 {MAX_CHARS} 个",
            )
        )
    return text


class DecisionFile:
    """Decisions on the findings of one scan.

    Args:
        folder: The scan's folder.
        scan: The scan.

    Raises:
        DataError: The file is damaged, or its decisions are on another scan.
    """

    def __init__(self, folder: Path, scan: Scan) -> None:
        self.path = folder / FILE_NAME
        self._hits = {hit.finding.id: hit for hit in scan.hits}
        self._writing = threading.Lock()
        self._latest = self._read()

    def latest(self) -> dict[str, Decision]:
        """The last decision on each finding that has one, taken-back ones left out.

        They stand in the order in which they were made.
        """
        return {key: one for key, one in self._latest.items() if one.judgement != "open"}

    def decide(self, finding: str, given: Mapping[str, Any], reviewer: str) -> Decision:
        """Write a decision down, before anybody is told that it is.

        Raises:
            DataError: There is no such finding, or the decision makes no sense.
            OSError: The file can't be written.
        """
        hit = self._hits.get(finding)
        if hit is None:
            raise DataError(tr(f"no finding '{finding}'", f"没有编号为“{finding}”的结果"))
        decision = decision_on(hit, given, reviewer)
        line = (json.dumps(asdict(decision), ensure_ascii=False) + "\n").encode()
        with self._writing:
            self._append(line)
            self._latest.pop(finding, None)
            self._latest[finding] = decision
        return decision

    def _append(self, line: bytes) -> None:
        """Write a whole line or nothing: a half one would spoil the one after it."""
        with self.path.open("ab+") as file:
            whole = file.tell()
            if whole:
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":  # as some programs leave a file that was edited in them
                    line = b"\n" + line
            try:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                file.truncate(whole)
                raise

    def _read(self) -> dict[str, Decision]:
        latest: dict[str, Decision] = {}
        if not self.path.exists():
            return latest
        # Not str.splitlines: texts may hold other characters that it takes for the end of a line.
        for number, line in enumerate(self.path.read_bytes().split(b"\n"), start=1):
            if line:
                decision = self._decision(line, number)
                latest.pop(decision.finding, None)  # so that the order is that of last decisions
                latest[decision.finding] = decision
        return latest

    def _decision(self, line: bytes, number: int) -> Decision:
        try:
            decision = Decision(**json.loads(line))
        except (ValueError, TypeError) as error:
            raise DataError(
                tr(
                    f"{self.path}:{number}: not a decision: {error}",
                    f"{self.path}:{number}：不是有效的审阅意见：{error}",
                ),
                tr("Fix or remove this line.", "请修正或删除该行。"),
            ) from error
        hit = self._hits.get(decision.finding)
        if hit is None or hit.finding.text != decision.sentence:
            raise DataError(
                tr(
                    f"{self.path}:{number}: a decision on another scan",
                    f"{self.path}:{number}：该审阅意见属于另一次检查",
                ),
                tr(
                    "Keep each scan with its decisions in a folder of its own.",
                    "请将每次检查结果及其审阅意见放在各自的文件夹中。",
                ),
            )
        return decision
