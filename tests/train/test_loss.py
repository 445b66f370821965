"""The losses against numbers worked out by hand."""

import math

import pytest
import torch

from edubias.data.collate import NO_KIND
from edubias.train.loss import PreferenceLogps, dpo_loss, kind_hits, kind_loss, verdict_loss


def logps(**changes) -> PreferenceLogps:
    values = {
        "chosen": [-10.0],
        "rejected": [-12.0],
        "reference_chosen": [-11.0],
        "reference_rejected": [-11.0],
        "chosen_lengths": [4.0],
        "rejected_lengths": [2.0],
    } | changes
    return PreferenceLogps(**{key: torch.tensor(value) for key, value in values.items()})


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def test_sigmoid():
    # log-ratios +1 and -1: margin 2, times beta 0.5
    result = dpo_loss(logps(), beta=0.5)
    assert result.losses.item() == pytest.approx(-math.log(sigmoid(1.0)))
    assert result.chosen_rewards.item() == pytest.approx(0.5)
    assert result.rejected_rewards.item() == pytest.approx(-0.5)


def test_label_smoothing():
    expected = -0.9 * math.log(sigmoid(1.0)) - 0.1 * math.log(sigmoid(-1.0))
    assert dpo_loss(logps(), 0.5, label_smoothing=0.1).losses.item() == pytest.approx(expected)


def test_sigmoid_norm():
    # per token: +1/4 and -1/2: margin 0.75
    result = dpo_loss(logps(), 2.0, "sigmoid_norm")
    assert result.losses.item() == pytest.approx(-math.log(sigmoid(1.5)))


def test_ipo():
    assert dpo_loss(logps(), 0.5, "ipo").losses.item() == pytest.approx((0.75 - 1.0) ** 2)


@pytest.mark.parametrize("loss_type", ["sigmoid", "sigmoid_norm"])
def test_a_policy_equal_to_its_reference_loses_log_2(loss_type):
    same = logps(reference_chosen=[-10.0], reference_rejected=[-12.0])
    assert dpo_loss(same, 0.3, loss_type).losses.item() == pytest.approx(math.log(2))


def test_gradient_pushes_chosen_up_and_rejected_down():
    chosen = torch.tensor([-10.0], requires_grad=True)
    rejected = torch.tensor([-12.0], requires_grad=True)
    given = logps()
    moving = PreferenceLogps(**{**vars(given), "chosen": chosen, "rejected": rejected})
    dpo_loss(moving, 0.5).losses.sum().backward()
    # d loss/d margin = -beta·sigmoid(-beta·margin)
    assert chosen.grad.item() == pytest.approx(-0.5 * sigmoid(-1.0))
    assert rejected.grad.item() == pytest.approx(0.5 * sigmoid(-1.0))


def test_extreme_margins_stay_finite():
    result = dpo_loss(logps(chosen=[-10000.0], rejected=[-1.0]), 1.0)
    assert result.losses.item() == pytest.approx(9999 + 11 - 11, rel=1e-3)


def test_bco_classifies_each_side_against_the_batch_mean():
    # rewards +0.5 and -0.5, mean 0: both sides half a unit from it
    assert dpo_loss(logps(), 0.5, "bco").losses.item() == pytest.approx(-math.log(sigmoid(0.5)))


def test_bco_pulls_the_levels_of_pairs_together():
    """Two pairs with the same margin at different levels: DPO is content, BCO is not."""

    def two(level: float) -> PreferenceLogps:
        return logps(
            chosen=[-10.0, -10.0 + level],
            rejected=[-12.0, -12.0 + level],
            reference_chosen=[-11.0, -11.0],
            reference_rejected=[-11.0, -11.0],
            chosen_lengths=[4.0, 4.0],
            rejected_lengths=[4.0, 4.0],
        )

    assert dpo_loss(two(8.0), 0.5).losses.mean() == pytest.approx(
        dpo_loss(two(0.0), 0.5).losses.mean()
    )
    assert (
        dpo_loss(two(8.0), 0.5, "bco").losses.mean()
        > dpo_loss(two(0.0), 0.5, "bco").losses.mean() + 0.1
    )


def test_verdict_loss_by_hand():
    verdicts = torch.tensor([[-2.0, 1.0], [3.0, 0.0]])  # log-odds of the fair and the biased side
    fair, biased = torch.sigmoid(-verdicts[:, 0]), torch.sigmoid(verdicts[:, 1])
    expected = -(fair.log() + biased.log()) / 2 - torch.sigmoid(torch.tensor([3.0, -3.0])).log()
    torch.testing.assert_close(verdict_loss(verdicts), expected)


def test_kind_loss_leaves_out_what_is_not_known():
    logits = torch.tensor([[2.0, 0.0, -1.0], [0.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    kinds = torch.tensor([0, NO_KIND, 2])
    expected = torch.stack(
        [-logits[0].log_softmax(0)[0], torch.zeros(()), -logits[2].log_softmax(0)[2]]
    )
    torch.testing.assert_close(kind_loss(logits, kinds), expected)
    assert kind_hits(logits, kinds).tolist() == [1, -1, 0]
