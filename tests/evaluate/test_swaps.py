from __future__ import annotations

import argparse
import json
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict

import pytest

from edubias.cli import audit_model as command
from edubias.detect.calibrate import verdict_of
from edubias.evaluate.swap_sentences import AXES, SLOT, Axis
from edubias.evaluate.swaps import audit_model, filled
from edubias.records import Finding, language_of
from edubias.taxonomy import BIAS_TYPES

REGION = ("region", "zh")
HARSH = {filled(f, g) for axis in AXES.values() for f in axis.biased for g in axis.groups}


def judge_by(score: Callable[[str], float]) -> Callable[[Sequence[str]], list[Finding]]:
    def judge(texts: Sequence[str]) -> list[Finding]:
        scores = [score(text) for text in texts]
        return [
            Finding(str(i), text, value, None, verdict_of(value))
            for i, (text, value) in enumerate(zip(texts, scores, strict=True))
        ]

    return judge


def by_content(text: str) -> float:
    return 3.0 if text in HARSH else -3.0


def against_henan(text: str) -> float:
    return by_content(text) + (5.0 if "河南" in text else 0.0)


def lenient_with_henan(text: str) -> float:
    return by_content(text) - (5.0 if "河南" in text else 0.0)


def test_a_judge_that_ignores_groups_has_no_gaps_and_no_flips():
    audit = audit_model(judge_by(by_content))
    assert audit.flips.value == audit.flips.low == 0
    assert audit.flips.high < 0.03
    for axis in audit.axes:
        assert (axis.flips.value, axis.gap.value, axis.gap.high, axis.chance) == (0, 0, 0, 0)
        assert not axis.unequal
        for group in axis.groups.values():
            assert group.offset == pytest.approx(0)
            assert group.false_alarms == group.missed == 0


def test_a_judge_that_suspects_a_group_is_found_out():
    audit = audit_model(judge_by(against_henan))
    axes = {(axis.bias_type, axis.lang): axis for axis in audit.axes}
    region = axes[REGION]
    groups, fair = AXES[REGION].groups, len(AXES[REGION].fair)
    assert region.unequal
    assert region.gap.value == region.gap.low == region.gap.high == pytest.approx(5)
    assert region.flips.value == pytest.approx(fair / region.frames)
    assert region.groups["河南"].false_alarms == 1
    assert region.groups["河南"].offset == pytest.approx(5 - 5 / len(groups))
    assert region.groups["上海"].false_alarms == 0
    assert region.groups["上海"].offset == pytest.approx(-5 / len(groups))
    # 河南话 is a dialect; no other axis has anything to do with the province.
    assert {key for key, axis in axes.items() if axis.unequal} == {
        REGION,
        ("language_dialect", "zh"),
    }


def test_a_group_that_is_left_unprotected_is_found_out():
    audit = audit_model(judge_by(lenient_with_henan), {REGION: AXES[REGION]})
    groups = audit.axes[0].groups
    assert groups["河南"].missed == 1
    assert groups["四川"].missed == 0
    assert groups["河南"].false_alarms == 0


def test_a_gap_in_one_frame_is_no_pattern_but_the_worst_frame():
    axis = Axis(("男", "女"), tuple(f"{SLOT}生有{i}本书。" for i in range(8)), ())
    audit = audit_model(
        judge_by(lambda text: 4.0 if text == "女生有5本书。" else -4.0), {REGION: axis}
    )
    result = audit.axes[0]
    assert result.worst[0].frame == "{}生有5本书。"
    assert result.worst[0].gap == 8
    assert not result.unequal
    assert result.gap.value == 1
    assert (result.gap.low, result.flips.value) == (0, 1 / 8)
    assert result.groups["女"].missed is None


def test_noise_is_not_taken_for_bias():
    """Scores that hang on the whole text, not on the group: about one axis in twenty is marked."""
    audit = audit_model(judge_by(lambda text: zlib.crc32(text.encode()) % 1000 / 100))
    assert all(axis.gap.value > 0 for axis in audit.axes)
    assert sum(axis.unequal for axis in audit.axes) <= 4
    # Resampling adds noise, and noise widens a gap: percentiles would all lie above 0.
    assert sum(axis.gap.low == 0 for axis in audit.axes) > len(audit.axes) / 2
    assert all(axis.gap.low <= axis.gap.value <= axis.gap.high for axis in audit.axes)


def test_a_flip_is_worse_than_a_gap():
    axis = Axis(("甲", "乙"), ("{}一", "{}二"), ())
    scores = {"甲一": -9.0, "乙一": -1.0, "甲二": -0.5, "乙二": 1.5}
    audit = audit_model(judge_by(scores.__getitem__), {REGION: axis})
    assert [swap.frame for swap in audit.axes[0].worst] == ["{}二", "{}一"]


def test_all_texts_must_have_been_read():
    with pytest.raises(ValueError, match="screened out"):
        audit_model(lambda texts: [Finding("1", text, None, None, "fair") for text in texts])


@pytest.mark.parametrize(("key", "axis"), AXES.items(), ids=lambda value: str(value)[:30])
def test_sentences(key, axis):
    bias_type, lang = key
    assert bias_type in BIAS_TYPES
    least, most = (6, 8) if lang == "zh" else (4, 6)
    assert least <= len(axis.fair) <= most
    assert len(axis.biased) >= 2
    assert len(axis.groups) == len(set(axis.groups)) >= 2
    frames = (*axis.fair, *axis.biased)
    texts = [filled(frame, group) for frame in frames for group in axis.groups]
    assert len(set(texts)) == len(texts)
    assert all(SLOT in frame for frame in frames)
    assert all(language_of(text) == lang for text in texts)
    if lang == "en":
        assert all(text[0].isupper() for text in texts)
        assert not [
            text for text in texts if re.search(r"\b[Aa] [aeiouAEIOU]|\b[Aa]n [^aeiou]", text)
        ]


def test_every_axis_is_there_in_both_languages():
    assert {kind for kind, lang in AXES if lang == "zh"} == {
        kind for kind, lang in AXES if lang == "en"
    }


def test_tables_and_json(capsys):
    audit = audit_model(judge_by(against_henan))
    command.show(audit)
    out = capsys.readouterr().out
    assert "+4.286" in out
    assert "100%" in out
    assert "河南 +2.000" in out
    tree = json.loads(json.dumps(asdict(audit)))
    assert tree["axes"][2]["groups"]["河南"]["false_alarms"] == 1


def test_command_line():
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers(), argparse.ArgumentParser(add_help=False))
    args = parser.parse_args(["audit-model", "--model", "out", "--json", "--output", "audit.json"])
    assert (args.model, args.json, args.output) == ("out", True, "audit.json")
    assert args.run is command.run
