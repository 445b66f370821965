import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import (
    average_precision_score,
    f1_score,
    precision_score,
    recall_score,
    roc_auc_score,
)

from edubias.data.labelled import Collection
from edubias.evaluate.figures import figures, groups_of
from edubias.evaluate.intervals import clustered_interval, clustered_share
from edubias.evaluate.metrics import (
    auroc,
    average_precision,
    calibration_error,
    equal_bins,
    f1,
    mean,
    precision,
    recall,
)
from edubias.evaluate.systems import SystemScores
from edubias.records import PreferencePair


def test_against_scikit_learn():
    draw = np.random.default_rng(0)
    biased = draw.random(300) < 0.4
    scores = np.round(draw.normal(size=300) + biased, 1)  # with ties
    flagged = scores > 0.5
    assert auroc(biased, scores) == pytest.approx(roc_auc_score(biased, scores))
    assert average_precision(biased, scores) == pytest.approx(
        average_precision_score(biased, scores)
    )
    assert f1(biased, flagged) == pytest.approx(f1_score(biased, flagged))
    assert precision(biased, flagged) == pytest.approx(precision_score(biased, flagged))
    assert recall(biased, flagged) == pytest.approx(recall_score(biased, flagged))


def test_a_tied_pair_counts_one_half():
    texts = Collection([PreferencePair(str(i), "en", f"fair {i}", f"biased {i}") for i in range(4)])
    scores = np.array([0.0, 1.0, 0.5, 0.5, 0.5, 0.5, 1.0, 0.0])
    system, (group, *_) = SystemScores(scores), groups_of(texts.texts()).values()
    found = figures(system, texts.texts(), group)["pair_accuracy"]
    assert found.value == 0.5
    assert found.low < 0.5 < found.high


def test_what_is_not_defined_is_none_not_zero():
    none, some = np.array([False, False]), np.array([0.1, 0.2])
    assert auroc(none, some) is None
    assert average_precision(none, some) is None
    assert recall(none, none) is None
    assert precision(none, none) is None
    assert f1(none, none) is None
    assert mean(np.array([])) is None


def test_clusters_widen_the_interval():
    """Items that repeat their cluster's value carry no more than one item's information."""
    draw = np.random.default_rng(0)
    values = np.repeat(draw.random(40), 10)
    together = clustered_interval(lambda i: mean(values[i]), [str(i // 10) for i in range(400)])
    apart = clustered_interval(lambda i: mean(values[i]), [str(i) for i in range(400)])
    assert together.value == apart.value == pytest.approx(values.mean())
    assert together.low < apart.low < apart.value < apart.high < together.high


def test_interval_of_a_mean_has_the_right_width():
    draw = np.random.default_rng(1)
    values = draw.normal(size=400)
    result = clustered_interval(lambda i: mean(values[i]), [str(i) for i in range(400)])
    assert result.high - result.low == pytest.approx(2 * 1.96 / 20, rel=0.2)


def test_one_cluster_has_no_interval():
    values = np.array([1.0, 0.0])
    assert clustered_interval(lambda i: mean(values[i]), ["a", "a"]).low is None


def test_calibration_error_of_a_constant_does_not_hang_on_the_order():
    biased = np.array([True] * 30 + [False] * 70)
    assert calibration_error(biased, np.full(100, 0.3)) == pytest.approx(0)
    assert calibration_error(biased, np.full(100, 0.5)) == pytest.approx(0.2)


def test_calibration_error_of_perfect_and_of_reversed_certainty():
    biased = np.array([True, False] * 50)
    assert calibration_error(biased, biased.astype(float)) == 0
    assert calibration_error(biased, 1 - biased.astype(float)) == 1
    assert calibration_error(np.zeros(0, bool), np.zeros(0)) is None


def test_bins_hold_equally_many_and_keep_equal_values_together():
    draw = np.random.default_rng(0)
    sizes = [len(part) for part in equal_bins(draw.random(95))]
    assert len(sizes) == 10
    assert set(sizes) <= {9, 10}
    assert [part.tolist() for part in equal_bins(np.array([2.0, 1.0]))] == [[1], [0]]
    values = draw.integers(0, 4, size=200).astype(float)
    bins = equal_bins(values)
    assert sorted(np.concatenate(bins).tolist()) == list(range(200))
    seen = [set(values[part]) for part in bins]
    assert not any(one & other for k, one in enumerate(seen) for other in seen[k + 1 :])


def test_a_share_of_none_or_all_is_not_certain():
    """Clopper and Pearson's bound: 0 of 104 may be 3.5% as well."""
    none = np.zeros(104, dtype=bool)
    apart = [str(i) for i in range(104)]
    found = clustered_share(none, apart, scale=1000.0)
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(1000 * binomtest(0, 104).proportion_ci().high)
    every = clustered_share(~none, apart)
    assert (every.value, every.high) == (1.0, 1.0)
    assert every.low == pytest.approx(binomtest(104, 104).proportion_ci().low)
    # Texts that resemble each other are fewer than they look.
    assert clustered_share(none, [str(i // 8) for i in range(104)]).high > 0.2
    assert clustered_share(none[:0], []).value is None


def test_a_share_may_hold_by_half():
    apart = [str(i) for i in range(100)]
    found = clustered_share(np.array([0.5] * 10 + [1.0] * 90), apart)
    assert found.value == pytest.approx(0.95)
    assert 0.9 < found.low < found.value < found.high < 1


def test_the_interval_of_a_calibration_error_holds_the_figure_also_of_few_texts():
    random = np.random.default_rng(1)
    biased, said = random.random(40) < 0.5, random.random(40)
    found = clustered_interval(
        lambda i: calibration_error(biased[i], 0.4 + 0.2 * said[i]),
        [str(i) for i in range(40)],
        raised_by_noise=True,
    )
    assert 0 <= found.low <= found.value <= found.high


def test_the_interval_of_a_calibration_error_holds_what_is_true():
    """Resampling adds noise, and noise looks like miscalibration: percentiles lie too high."""
    random = np.random.default_rng(0)
    held = {True: 0, False: 0}
    for _ in range(20):
        odds = random.normal(0, 2, 600)
        biased = random.random(600) < 1 / (1 + np.exp(-0.7 * odds))
        said = 1 / (1 + np.exp(-odds))
        truth = 0.0543  # of these scores, from a million texts
        for corrected in held:
            found = clustered_interval(
                lambda i: calibration_error(biased[i], said[i]),  # noqa: B023
                [str(i) for i in range(600)],
                raised_by_noise=corrected,
            )
            held[corrected] += found.low <= truth <= found.high
    assert held[True] >= 17
    assert held[True] >= held[False]
