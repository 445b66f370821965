"""The DPO losses: pure functions of log-probabilities.

Sources:
    DPO: Rafailov et al. 2023, arXiv:2305.18290.
    Label smoothing (conservative DPO): Mitchell 2023, https://ericmitchell.ai/cdpo.pdf.
    IPO: Azar et al. 2023, arXiv:2310.12036.
    BCO: Jung et al. 2024, arXiv:2404.04656; the reward shift is the batch's mean.
    Length-normalised DPO: Meng et al. 2024 (arXiv:2405.14734) normalise SimPO so; Lambert et al.
    2024 (arXiv:2411.15124, eq. 6) apply it to DPO with a reference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch.nn.functional as F
from torch import Tensor

from edubias.data.collate import NO_KIND

LossType = Literal["sigmoid", "sigmoid_norm", "ipo", "bco"]


@dataclass(frozen=True)
class PreferenceLogps:
    """What the loss needs to know of B pairs.

    Attributes:
        chosen, rejected: ``(B,)``: the policy's log-probability of each completion, a sum over
            its tokens, in nats.
        reference_chosen, reference_rejected: ``(B,)``: the same under the reference.
        chosen_lengths, rejected_lengths: ``(B,)``: completion lengths in tokens.
    """

    chosen: Tensor
    rejected: Tensor
    reference_chosen: Tensor
    reference_rejected: Tensor
    chosen_lengths: Tensor
    rejected_lengths: Tensor


@dataclass(frozen=True)
class PreferenceLoss:
    """The loss of each pair, and the implicit rewards it stems from.

    Attributes:
        losses: ``(B,)``, with gradient.
        chosen_rewards, rejected_rewards: ``(B,)``, without gradient: ``β·log(π/π_ref)``
            (arXiv:2305.18290, eq. 5 without its constant), whatever the loss type.
        verdicts: ``(B, 2)``, without gradient: log-odds that the chosen and the rejected completion
            are biased; None where judgements are not trained.
        kind_hits: ``(B,)``: 1 where the rejected completion's kind of bias has the greatest logit,
            0 where another has, -1 where its kind is not known; None where judgements are not
            trained.
    """

    losses: Tensor
    chosen_rewards: Tensor
    rejected_rewards: Tensor
    verdicts: Tensor | None = None
    kind_hits: Tensor | None = None


def dpo_loss(
    logps: PreferenceLogps,
    beta: float,
    loss_type: LossType = "sigmoid",
    label_smoothing: float = 0.0,
) -> PreferenceLoss:
    """Loss of each pair.

    Args:
        logps: Log-probabilities of B pairs.
        beta: β, the strength of the tie to the reference (``scale_coeff``); τ for IPO.
        loss_type: ``sigmoid`` is DPO (eq. 7); ``sigmoid_norm`` divides each log-ratio by its
            length first; ``ipo`` is the squared loss (eq. 17), on log-ratios per token; ``bco``
            classifies each side by itself, against the mean reward of the pairs given here, so
            that rewards of different pairs become comparable (its eq. 8, halved). Given here are
            those of one micro-batch of one process: how a step is cut changes ``bco`` a little.
        label_smoothing: Assumed share of pairs whose sides are mixed up, in [0, 0.5). Not used
            by IPO and BCO.
    """
    chosen_logratio = logps.chosen - logps.reference_chosen
    rejected_logratio = logps.rejected - logps.reference_rejected
    if loss_type == "sigmoid":
        margin = chosen_logratio - rejected_logratio
    else:
        margin = chosen_logratio / logps.chosen_lengths - rejected_logratio / logps.rejected_lengths
    if loss_type == "bco":
        chosen, rejected = beta * chosen_logratio, beta * rejected_logratio
        shift = 0.5 * (chosen.mean() + rejected.mean()).detach()
        losses = -0.5 * (F.logsigmoid(chosen - shift) + F.logsigmoid(shift - rejected))
    elif loss_type == "ipo":
        losses = (margin - 1 / (2 * beta)) ** 2
    else:
        losses = (
            -F.logsigmoid(beta * margin) * (1 - label_smoothing)
            - F.logsigmoid(-beta * margin) * label_smoothing
        )
    return PreferenceLoss(
        losses=losses,
        chosen_rewards=beta * chosen_logratio.detach(),
        rejected_rewards=beta * rejected_logratio.detach(),
    )


def verdict_loss(verdicts: Tensor) -> Tensor:
    """Loss of each pair's two verdicts: each side by itself, and one beside the other.

    Implicit rewards compare two wordings of one content well; what they are for contents that
    have nothing in common varies by more than the margin. The verdict is a classifier on top of
    the same policy: binary cross-entropy, the mean over both sides, and the log-likelihood that
    the rejected side is the more biased one (Bradley and Terry 1952), which teaches the small
    differences (``docs/LOG.md``).

    Args:
        verdicts: ``(B, 2)`` log-odds that the chosen and the rejected completion are biased.

    Returns:
        ``(B,)``.
    """
    fair, biased = verdicts[:, 0], verdicts[:, 1]
    return 0.5 * (F.softplus(fair) + F.softplus(-biased)) + F.softplus(fair - biased)


def kind_loss(logits: Tensor, kinds: Tensor) -> Tensor:
    """Loss of each pair's kind of bias: cross-entropy on the rejected completion.

    Args:
        logits: ``(B, C)`` of the rejected completions.
        kinds: ``(B,)``: the kinds, or ``NO_KIND``.

    Returns:
        ``(B,)``, 0 where the kind is not known.
    """
    return F.cross_entropy(logits, kinds, ignore_index=NO_KIND, reduction="none")


def kind_hits(logits: Tensor, kinds: Tensor) -> Tensor:
    """``(B,)``: 1 where a kind has the greatest logit, 0 where another has, -1 for ``NO_KIND``."""
    return (logits.argmax(dim=1) == kinds).long().where(kinds != NO_KIND, -1)
