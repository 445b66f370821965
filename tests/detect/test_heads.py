"""Type head and screen."""

from __future__ import annotations

import numpy as np
import pytest

from edubias.data.labelled import LabelledText
from edubias.detect import classify, screen
from edubias.errors import ModelError


def states_of(kinds, seed=0):
    draw = np.random.default_rng(seed)
    centres = {kind: draw.normal(size=8) * 3 for kind in sorted(set(kinds))}
    return np.stack([centres[kind] + draw.normal(size=8) for kind in kinds])


@pytest.mark.parametrize("names", [["age", "region"], ["age", "region", "gender"]])
def test_the_type_head_learns_names_and_survives_the_disk(tmp_path, names):
    kinds = names * 30
    states = states_of(kinds)
    head = classify.fit_type_head(states, kinds, strength=0.1)
    head.save(tmp_path)
    again = classify.load_type_head(tmp_path)
    rows = np.exp(again.log_probabilities(states))
    assert rows == pytest.approx(np.exp(head.log_probabilities(states)))
    assert rows.sum(axis=1) == pytest.approx(np.ones(len(kinds)))
    assert (
        np.mean([again.bias_types[i] == k for i, k in zip(rows.argmax(1), kinds, strict=True)])
        > 0.9
    )
    first, second = again.guesses(states[0])
    assert first.bias_type == kinds[0]
    assert first.confidence >= second.confidence


def test_a_head_that_is_too_sure_is_tempered():
    kinds = ["age", "region", "gender"] * 30
    head = classify.fit_type_head(states_of(kinds), kinds, strength=10.0)
    # Texts that resemble those it was fitted on by half.
    others = 0.5 * states_of(kinds, seed=0) + 0.5 * states_of(kinds, seed=5)
    tempered, likelihood = head.tempered(others, kinds)
    gold = [head.bias_types.index(kind) for kind in kinds]
    rows = np.arange(len(kinds))
    before, after = (one.log_probabilities(others)[rows, gold].mean() for one in (head, tempered))
    assert after == pytest.approx(likelihood)
    assert after > before + 0.1
    ranks = [one.log_probabilities(others).argmax(axis=1).tolist() for one in (head, tempered)]
    assert ranks[0] == ranks[1]


PLAIN = [f"把{n}克食盐溶于{n + 3}克水中，求溶液的质量分数。" for n in range(20)]
PEOPLE = [
    f"{name}和{other}一起做实验，{name}负责记录。"
    for name in ("小红", "小明", "阿依")
    for other in ("王老师", "李明", "女生们")
]


def labelled(text, kind, biased):
    return LabelledText(text, biased, "zh", kind, None, None, text)


def test_the_screen_lets_plain_subject_matter_pass_and_loses_nothing(tmp_path):
    training = [labelled(text, "neutral_subject", False) for text in PLAIN]
    training += [labelled(text, "biased_subtle", True) for text in PEOPLE]
    fitted = screen.fit_screen(training, PEOPLE)
    fitted.save(tmp_path)
    again = screen.load_screen(tmp_path)
    assert again.passes(PEOPLE).all()
    assert again.passes(["把50克食盐溶于80克水中，求溶液的质量分数。"]).tolist() == [False]
    assert again.scores(PLAIN) == pytest.approx(fitted.scores(PLAIN))


@pytest.mark.parametrize(
    ("load", "file"),
    [(classify.load_type_head, classify.FILE), (screen.load_screen, screen.FILE)],
)
def test_missing_and_damaged_files(tmp_path, load, file):
    assert load(tmp_path) is None
    (tmp_path / file).write_bytes(b"no safetensors")
    with pytest.raises(ModelError, match="damaged"):
        load(tmp_path)


@pytest.mark.parametrize("size", [1, 8])
def test_a_screen_of_few_scenarios(size):
    """Where one fold holds all of a sort, no model can be fitted without it."""
    training = [labelled(text, "neutral_subject", False) for text in PLAIN[:6]]
    training += [
        LabelledText(text, True, "zh", "pair", None, None, str(i // size))
        for i, text in enumerate(PEOPLE[:8])
    ]
    assert screen.fit_screen(training, PEOPLE).passes(PEOPLE).all()
