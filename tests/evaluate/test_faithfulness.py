import random
from itertools import pairwise
from math import comb

import pytest

from edubias.evaluate.faithfulness import faithfulness, random_ranges, replaced
from edubias.records import Finding, PreferencePair, Span

BIASED, FAIR = (
    "小组里女生天生细心，所以做记录，男生做设计。",
    "小组里小红字写得好，所以做记录，小明做设计。",
)


def test_only_touched_differences_are_replaced():
    at = BIASED.index("女生天生细心")
    text, touched = replaced(BIASED, FAIR, [(at, at + 6)])
    assert touched
    assert text.startswith("小组里小红字写得好，")
    assert text.endswith("男生做设计。")
    assert replaced(BIASED, FAIR, [(0, 2)]) == (BIASED, False)
    assert replaced(BIASED, FAIR, [(0, len(BIASED))]) == (FAIR, True)


def test_random_ranges_stay_inside_and_apart():
    draw = random.Random(0)
    seen = set()
    for _ in range(2000):
        found = random_ranges(9, [(1, 3), (4, 5), (6, 9)], draw)
        assert sorted(high - low for low, high in found) == [1, 2, 3]
        assert found[0][0] >= 0 and found[-1][1] <= 9
        assert all(before[1] <= after[0] for before, after in pairwise(found))
        seen.add(tuple(found))
    # In any order, with three characters left over, before, between or after them.
    assert len(seen) == 6 * comb(6, 3)
    assert random_ranges(5, [(0, 5)], draw) == [(0, 5)]


def test_random_ranges_hang_on_the_seed_only():
    first, again = (random_ranges(90, [(0, 9), (9, 20)], random.Random(3)) for _ in range(2))
    assert first == again


def finding(spans):
    return Finding("1", BIASED, 4.0, 0.98, "biased", spans=spans)


def test_phrases_that_matter_beat_random_ones():
    """A judge that counts 天生: pointing at it removes it."""
    pairs = [PreferencePair(str(i), "zh", FAIR, BIASED) for i in range(40)]
    at = BIASED.index("天生")
    spans = (Span(at, at + 2, "天生", 1.0),)
    result = faithfulness(
        pairs, [finding(spans)] * 40, lambda texts: [4.0 * ("天生" in text) for text in texts]
    )
    assert result.found.value == pytest.approx(4.0)
    assert result.covered.value == 1.0
    assert result.chance.value < 3.0
    assert result.advantage.low > 0


def test_no_phrases_no_measure():
    pair = PreferencePair("1", "zh", FAIR, BIASED)
    assert faithfulness([pair], [finding(())], lambda texts: [0.0] * len(texts)) is None
