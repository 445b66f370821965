"""Log-probabilities through the language-model head without keeping logits.

For a small model most of the work and memory is its head: a vocabulary of 200,000 tokens makes
200,000 logits a position. Where the head is frozen (LoRA), what backward needs of them is known in
the forward pass: with ``z = W·h``, ``∂ log p(y)/∂h = W[y] − softmax(z)·W``. So the softmax is made
block by block over the vocabulary, in the way of online softmax (Milakov and Gimelshein 2018,
arXiv:1805.02867), and only ``softmax(z)·W`` is kept: two matrix products a position instead of
three, and no logits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.utils.checkpoint import checkpoint

from edubias.data.prompt import JudgementIds

BLOCK_BYTES = {"cpu": 2**20, "cuda": 64 * 2**20}
"""Memory for the logits of a frozen head's block, by type of device. On a CPU a block has to stay
in the cache: with 64 MiB the same products take up to a half longer (``docs/LOG.md``)."""

LOGIT_BYTES = 64 * 2**20
"""Memory for the logits of any other head at a time."""

MIN_BLOCK = 1024
"""Fewest vocabulary entries, or positions, in a block: smaller products waste the processor."""


class _FrozenLogSumExp(torch.autograd.Function):
    """``logsumexp(hidden · weightᵀ)`` with its gradient made in the forward pass."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, block: int) -> Tensor:
        keep_gradient = ctx.needs_input_grad[0]
        positions, width = hidden.shape
        maximum = hidden.new_full((positions, 1), -torch.inf, dtype=torch.float32)
        total = hidden.new_zeros((positions, 1), dtype=torch.float32)
        mean_weight = hidden.new_zeros(
            (positions if keep_gradient else 0, width), dtype=torch.float32
        )
        for part in weight.split(block):
            logits = (hidden @ part.T).float()
            new_maximum = torch.maximum(maximum, logits.amax(dim=1, keepdim=True))
            rescale = (maximum - new_maximum).exp_()
            logits.sub_(new_maximum).exp_()
            total.mul_(rescale).add_(logits.sum(dim=1, keepdim=True))
            if keep_gradient:
                mean_weight.mul_(rescale)
                if part.dtype == torch.float32:
                    mean_weight.addmm_(logits, part)
                else:
                    mean_weight.add_(logits.to(part.dtype) @ part)
            maximum = new_maximum
        if keep_gradient:
            ctx.save_for_backward(mean_weight.div_(total).to(hidden.dtype))
        return (maximum + total.log()).squeeze(1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (mean_weight,) = ctx.saved_tensors
        return mean_weight * gradient[:, None].to(mean_weight.dtype), None, None


def frozen_head_logps(
    hidden: Tensor,
    weight: Tensor,
    edge_predictors: Tensor,
    edge_targets: Tensor,
    block_bytes: int | None = None,
) -> Tensor:
    """Log-probabilities under a head that is not trained: ``W[y]·h − logsumexp(W·h)``.

    Args:
        hidden: ``(U, H)``: hidden states that predict.
        weight: ``(V, H)``: the head's weight; gets no gradient.
        edge_predictors: ``(E,)``: for each predicted token the index of its hidden state.
        edge_targets: ``(E,)``: the predicted tokens.
        block_bytes: Memory for logits at a time; by default what suits the device.

    Returns:
        ``(E,)`` float32, in nats.
    """
    weight = weight.detach()
    memory = block_bytes or BLOCK_BYTES.get(hidden.device.type, BLOCK_BYTES["cuda"])
    block = max(MIN_BLOCK, memory // (4 * max(1, len(hidden))))
    log_sums: Tensor = _FrozenLogSumExp.apply(hidden, weight, block)  # type: ignore[no-untyped-call]
    target_logits = (hidden[edge_predictors].float() * weight[edge_targets].float()).sum(dim=1)
    # In half precision the sum's logits were rounded; a target that was not could exceed the sum.
    rounded = (hidden[:1] @ weight[:1].T).dtype
    return target_logits.to(rounded).float() - log_sums[edge_predictors]


def recomputed_head_logps(
    hidden: Tensor,
    head: Callable[[Tensor], Tensor],
    vocabulary: int,
    edge_predictors: Tensor,
    edge_targets: Tensor,
    logit_bytes: int = LOGIT_BYTES,
) -> Tensor:
    """Log-probabilities under any head, trained or adapted: logits are computed twice.

    Args:
        hidden: ``(U, H)``: hidden states that predict.
        head: ``(n, H)`` to ``(n, V)`` logits.
        vocabulary: V.
        edge_predictors: ``(E,)``: for each predicted token the index of its hidden state.
        edge_targets: ``(E,)``: the predicted tokens.
        logit_bytes: Memory for logits at a time.

    Returns:
        ``(E,)`` float32, in nats.
    """

    def logps(states: Tensor, targets: Tensor) -> Tensor:
        return -F.cross_entropy(head(states).float(), targets, reduction="none")

    chunk = max(1, logit_bytes // (4 * vocabulary))
    parts = zip(hidden[edge_predictors].split(chunk), edge_targets.split(chunk), strict=True)
    return torch.cat(
        [checkpoint(logps, states, targets, use_reentrant=False) for states, targets in parts]
    )


def is_frozen_linear(head: nn.Module) -> bool:
    """Whether a head is a plain matrix product whose weight is not trained."""
    return type(head) is nn.Linear and head.bias is None and not head.weight.requires_grad


def judgement_logits(
    head: nn.Module,
    head_forward: Callable[[Tensor], Tensor],
    states: Tensor,
    judgements: JudgementIds,
) -> Tensor:
    """By how much the logits of judgements are above that of "fair".

    Args:
        head: The head.
        head_forward: What it computes; whole rows of logits, unless it is a plain product.
        states: ``(N, H)`` hidden states.
        judgements: The tokens.

    Returns:
        ``(N, 1 + C)`` float32: the verdict, then the C kinds of bias.
    """
    above = [judgements.biased, *judgements.kinds]
    if is_frozen_linear(head):
        weight = cast(Tensor, head.weight)
        # In half precision a verdict would be rounded to 0.03.
        differences = weight[above].float() - weight[judgements.fair].float()
        return states.float() @ differences.T
    logits = head_forward(states).float()
    return logits[:, above] - logits[:, [judgements.fair]]
