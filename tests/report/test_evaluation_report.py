from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import asdict, replace

import numpy as np
import pytest

from edubias.data.labelled import PAIR, LabelledText
from edubias.detect.calibrate import Calibration, probability
from edubias.errors import EdubiasError
from edubias.evaluate.faithfulness import Faithfulness
from edubias.evaluate.figures import figures, groups_of
from edubias.evaluate.generation import GenerationRate
from edubias.evaluate.intervals import Estimate
from edubias.evaluate.metrics import calibration_error
from edubias.evaluate.record import Evaluation
from edubias.evaluate.retention import Retention
from edubias.evaluate.rewrites import Rewrites
from edubias.evaluate.run import BASE, TRAINED
from edubias.evaluate.systems import SystemScores
from edubias.lang import use_language
from edubias.report.evaluation import EXAMPLES, write_report
from edubias.report.evaluation_plots import Scored, draw_groups, draw_scores, reliability
from tests.report.conftest import texts_of_svg
from tests.report.test_page import Page

TYPES = ("region", "religion_belief", "other <kind> $x$")
STATEMENTS = (("neutral_subject", False), ("mention_not_endorse", False), ("biased_subtle", True))


def labelled(pairs: int = 30, statements: int = 45) -> list[LabelledText]:
    draw = random.Random(0)
    texts = []
    for i in range(pairs):
        for biased in (False, True):
            words = "".join(draw.choices("abc 学生<&>", k=20))
            texts.append(
                LabelledText(
                    f"pair {i} {biased} {words}",
                    biased,
                    "zh" if i % 2 else "en",
                    PAIR,
                    TYPES[i % 3],
                    "math",
                    f"scenario {i // 2}",
                )
            )
    for i in range(statements):
        kind, biased = STATEMENTS[i % 3]
        texts.append(LabelledText(f"statement {i}", biased, "en", kind, None, None, f"s{i}"))
    return texts


def evaluation_of(texts: list[LabelledText], **parts) -> Evaluation:
    draw = np.random.default_rng(0)
    log_odds = np.asarray([1.5 if one.biased else -1.5 for one in texts])
    log_odds = np.round(log_odds + draw.normal(0, 1.5, len(texts)), 4)
    groups = groups_of(texts) if texts else {}
    systems = {
        TRAINED: SystemScores(log_odds, log_odds),
        BASE: SystemScores(noise := draw.normal(0, 1, len(texts)), noise),
    }
    return Evaluation(
        checkpoint="outputs/a run <1>",
        base_model="<base>",
        data={
            "test": {"path": "data/test.jsonl", "sha256": "0123456789abcdef" * 4, "pairs": 1234},
            "eval": {},
        },
        calibration=Calibration(("verdict",), (1.0,), 0.0, 10),
        too_long=0,
        groups={
            name: {
                "texts": len(group.indices),
                "clusters": len({texts[i].cluster for i in group.indices}),
            }
            for name, group in groups.items()
        },
        results={
            system: {name: figures(scores, texts, group) for name, group in groups.items()}
            for system, scores in systems.items()
        },
        texts=[
            {**asdict(one), "score": float(score), "verdict_logit": 0.0, "reward": 0.0}
            for one, score in zip(texts, log_odds, strict=True)
        ],
        **dict.fromkeys(("bias_types", "retention", "generation", "spans", "rewrites", "cascade"))
        | {"advantages": {}}
        | parts,
    )


@pytest.fixture(scope="module", autouse=True)
def few_resamples():
    """A page shows any interval, so a rough one will do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("edubias.evaluate.intervals.RESAMPLES", 10)
        yield


@pytest.fixture(scope="module")
def full() -> Evaluation:
    """An evaluation with everything in it."""
    return evaluation_of(
        labelled(),
        cascade={
            "texts": 40,
            "glanced_at": 35,
            "read": 30,
            "reported": 20,
            "lost_by_screen": 0,
            "lost": 1,
        },
        advantages={"base": {"all": Estimate(0.1, 0.05, 0.15)}},
        bias_types={
            "top1": Estimate(0.612, 0.5, 0.7),
            "top2": Estimate(0.823),
            "texts": 30,
            "names": list(TYPES),
            "confusion": [[9, 1, 0], [2, 71, 1], [0, 0, 0]],
        },
        retention=Retention(7, Estimate(10.25), Estimate(11.5, 11, 12), Estimate(0.1151)),
        generation=GenerationRate(
            5,
            Estimate(0.411, 0.3, 0.5),
            Estimate(0.222, 0.1, 0.3),
            0.933,
            0.044,
            [{"prompt": "<i>P", "base": "B & b", "policy": "own"}],
        ),
        spans=Faithfulness(
            8, Estimate(2.345), Estimate(0.5), Estimate(1.845), Estimate(0.9), Estimate(0.3)
        ),
        rewrites=Rewrites(
            9,
            6,
            Estimate(0.789, 0.6, 0.9),
            [
                {"text": "<b>T", "kind": "biased_subtle", "verdict": "biased", "rewrites": ["W&w"]},
                {"text": "left", "kind": "biased_subtle", "verdict": "fair", "rewrites": []},
            ],
        ),
    )


def written(evaluation: Evaluation, tmp_path) -> tuple[Page, str]:
    path = tmp_path / "deep" / "report.html"
    write_report(evaluation, path)
    html = path.read_text(encoding="utf-8")
    return Page(html), html


def pictures(html: str) -> list[list[str]]:
    """Texts of each picture."""
    return [texts_of_svg(svg) for svg in re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL)]


def flat(page: Page) -> str:
    return " ".join(" ".join(page.texts).split())


def test_page_holds_what_was_given(full, tmp_path):
    page, html = written(full, tmp_path)
    texts = flat(page)
    for text in ("a run <1>", "<base>", "data/test.jsonl", "1234", full.created, "trained model"):
        assert text in page.texts
    assert "0123456789ab" in page.texts
    assert "0123456789abc" not in html
    assert full.commit is None or full.commit["commit"] in page.texts
    auroc = full.results[TRAINED]["statements"]["auroc"]
    assert f"{auroc.value:.3f} [{auroc.low:.3f}, {auroc.high:.3f}]" in texts
    for text in ("0.612 [0.500, 0.700]", "0.823", "11.50 [11.00, 12.00]", "0.1151", "2.345"):
        assert text in texts
    assert {"0.933", "0.044", "<i>P", "B & b"} <= set(page.texts)
    assert "0.789 [0.600, 0.900]" in texts
    assert {"<b>T", "W&w"} <= set(page.texts)
    assert "left" not in page.texts  # nothing was offered for it
    assert "statements, kind: plain subject matter" in page.texts
    assert "pairs, kind of bias: Region within a country" in page.texts


def test_page_needs_nothing_from_elsewhere(full, tmp_path):
    page, html = written(full, tmp_path)
    assert page.tags.isdisjoint({"script", "link", "img", "iframe", "object", "embed", "image"})
    for name, value in page.attributes:
        assert not name.startswith("on")
        if name in ("href", "xlink:href", "src"):
            assert value.startswith("#")
    assert all(target == "#" for target in re.findall(r"url\(['\"]?(.)", html))
    ids = Counter(value for name, value in page.attributes if name == "id")
    assert set(ids.values()) == {1}
    used = set(re.findall(r'(?:url\(|href=")#([^)"]+)', html))
    assert used <= set(ids)


def test_confusion_is_shaded_by_rows(full, tmp_path):
    _, html = written(full, tmp_path)
    assert '<td class="dark" style="background: rgba(0, 114, 178, 0.96)">71</td>' in html
    assert '<td style="background: rgba(0, 114, 178, 0.10)">1</td>' in html
    assert html.count('style="background: rgba(0, 114, 178, 0.00)">0</td>') == 4


def test_examples_are_the_furthest_out_and_escaped(full, tmp_path):
    texts = [dict(one) for one in full.texts]
    texts[0] |= {"score": 99.0, "text": "<script>alert('1')</script> & so"}
    texts[3] |= {"score": -98.0, "text": 'found "nothing" <b>'}
    page, html = written(replace(full, texts=texts), tmp_path)
    assert page.tags.isdisjoint({"script", "b"})
    assert texts[0]["text"] in page.texts and texts[3]["text"] in page.texts
    rows = re.findall(r'<td class="text" lang="\w+">(.*?)</td>.*?(\d\.\d{3})</td>', html)
    assert len(rows) == 3 * EXAMPLES
    assert [float(shown) for _, shown in rows[:EXAMPLES]] == sorted(
        (float(shown) for _, shown in rows[:EXAMPLES]), reverse=True
    )
    best = max((one for one in texts if one["biased"]), key=lambda one: one["score"])
    assert rows[2 * EXAMPLES][1] == f"{probability(best['score']):.3f}"


def test_pictures(full, tmp_path):
    _, html = written(full, tmp_path)
    scores, bars = pictures(html)
    for group, name in (("pairs", "sides of pairs"), ("statements", "statements")):
        assert f"{name} ({full.results[TRAINED][group]['auroc'].value:.3f})" in scores
    assert {"Reliability", "Scores", "biased: 45", "fair: 60"} <= set(scores)
    assert {"Region within a country", TYPES[2], "plain subject matter"} <= set(bars)
    assert "subtle bias" not in bars  # no fair text is of that kind
    assert f"{full.results[TRAINED]['bias_type/region']['auroc'].value:.3f}" in bars


def test_bars_and_whiskers_are_the_figures(full):
    types, kinds = draw_groups(full).axes
    found = full.results[TRAINED]
    expected = [found[f"bias_type/{key}"]["auroc"] for key in TYPES]
    assert [0.5 + bar.get_width() for bar in types.patches] == pytest.approx(
        [estimate.value for estimate in expected]
    )
    ends = [line.get_segments()[0][:, 0].tolist() for line in types.collections]
    assert ends == [[estimate.low, estimate.high] for estimate in expected]
    assert [bar.get_width() for bar in kinds.patches] == [
        found[f"kind/{key}"]["false_alarms"].value
        for key in ("neutral_subject", "mention_not_endorse")
    ]


def test_histograms_hold_every_text(full):
    fair, biased = draw_scores(full).axes[2].patches
    assert fair.get_data().values.sum() == 60
    assert biased.get_data().values.sum() == 45


def test_reliability_is_what_the_calibration_error_is_of():
    draw = np.random.default_rng(0)
    log_odds = draw.normal(0, 2, 200)
    biased = draw.random(200) < 0.5
    means, shares = reliability(Scored(biased, log_odds))
    error = calibration_error(biased, np.asarray([probability(x) for x in log_odds]))
    assert len(means) == 10
    assert np.abs(means - shares).mean() == pytest.approx(error)


def test_chinese(full, tmp_path, chinese_font):
    page, html = written(full, tmp_path)
    assert ("lang", "zh") in page.attributes
    for text in ("训练后的模型", "偏见生成率", "能力保持", "语句，类别：纯学科内容", "地域"):
        assert text in page.texts
    scores, bars = pictures(html)
    assert "可靠性" in scores
    assert {"误报", "地域", "纯学科内容"} <= set(bars)


def test_chinese_without_a_font(full, tmp_path, no_chinese_font):
    use_language("zh")
    page, html = written(full, tmp_path)
    assert "各系统" in page.texts
    assert "Reliability" in pictures(html)[0]


@pytest.mark.parametrize(
    "texts",
    [
        labelled(statements=0),
        labelled(pairs=0),
        [one for one in labelled() if not one.biased and one.kind != PAIR],
        [one for one in labelled(pairs=0) if one.biased],
        labelled(pairs=0, statements=1),
        labelled(pairs=1, statements=0),
        [],
    ],
    ids=["no statements", "no pairs", "all fair", "all biased", "one text", "one pair", "no texts"],
)
def test_missing_pieces(texts, tmp_path):
    page, html = written(evaluation_of(texts), tmp_path)
    assert "Systems" in page.texts
    assert "Which kind of bias" not in page.texts
    assert "Retention" not in page.texts
    assert ("svg" in page.tags) == bool(texts)
    both = len({one.biased for one in texts}) == 2
    assert ("ROC curves (AUROC)" in html) == both
    assert ("Examples" in page.texts) == bool(texts)


def test_neither_data_nor_commit(full, tmp_path):
    page, _ = written(replace(full, data={}, commit=None), tmp_path)
    assert "Data" not in page.texts
    assert "-" in page.texts


def test_a_file_that_cannot_be_written(full, tmp_path):
    with pytest.raises(EdubiasError, match="can't be written"):
        write_report(full, tmp_path)
