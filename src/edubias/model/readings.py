"""All that a policy says of a completion in one pass: log-probabilities, judgements, states."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import torch
from accelerate.utils import extract_model_from_parallel
from torch import Tensor, nn

from edubias.data.collate import CompletionBatch, Strategy
from edubias.data.pack import PackedBatch
from edubias.data.prompt import JudgementIds
from edubias.model.head import judgement_logits
from edubias.model.logps import (
    Advance,
    batches_of_completions,
    completion_outputs,
    last_positions,
    padded_pass,
)
from edubias.model.packed import forward_replaced, packed_pass


@dataclass(frozen=True)
class Judgement:
    """A policy's judgement of one completion.

    Attributes:
        verdict: By how much, at its end, the logit of "biased" is above that of "fair".
        kind_evidence: ``(H + C,)`` float32 on the CPU: what tells its kind of bias: the mean of the
            last hidden states that predict its tokens, and, at its end, the logits of C kinds.
    """

    verdict: float
    kind_evidence: Tensor


@dataclass(frozen=True)
class PolicyReading(Judgement):
    """All that a policy says of one completion of T tokens.

    Attributes:
        logps: ``(T,)`` log-probabilities of its tokens, in nats; float32 on the CPU.
    """

    logps: Tensor


@torch.no_grad()
def readings_of_completions(
    model: nn.Module,
    prompt: Sequence[int],
    completions: Sequence[Sequence[int]],
    pad_id: int,
    strategy: Strategy,
    judgements: JudgementIds,
    advance: Advance | None = None,
) -> Iterator[tuple[int, PolicyReading]]:
    """Readings of many completions, without gradients.

    Args:
        model: The model, in whatever mode (train or eval) it is in.
        prompt: The constant prompt's token ids.
        completions: Token ids of each completion.
        pad_id: Token id for padding.
        strategy: See ``choose_strategy``.
        judgements: Tokens of the judgements.
        advance: Told after every pass how many more completions are done.

    Yields:
        Index of a completion and its reading, in the order in which they are done.
    """
    for indices, batch in batches_of_completions(model, prompt, completions, pad_id, strategy):
        with _head_inputs(model) as captured:
            outputs = completion_outputs(model, batch, judgements)
        states = _mean_states(captured[0].float(), batch)
        evidence = torch.cat([states, outputs.kinds], dim=1).cpu()
        logps, verdicts = outputs.logps.cpu(), outputs.verdicts.tolist()
        for row, index in enumerate(indices):
            own = logps[row, : len(completions[index])].clone()
            yield index, PolicyReading(verdicts[row], evidence[row].clone(), own)
        if advance is not None:
            advance(len(indices))


@contextmanager
def _head_inputs(model: nn.Module) -> Iterator[list[Tensor]]:
    """What the head is given while the block runs: the last hidden states."""
    captured: list[Tensor] = []
    head = extract_model_from_parallel(model).get_output_embeddings()
    hook = head.register_forward_pre_hook(lambda _, inputs: captured.append(inputs[0]))
    try:
        yield captured
    finally:
        hook.remove()


def _token_states(hidden: Tensor, batch: CompletionBatch | PackedBatch) -> Tensor:
    """``(N, L, H)``: the states that predict each completion's tokens."""
    if "subtree_ends" in batch:
        packed = cast(PackedBatch, batch)
        states = hidden.flatten(0, 1)[packed["predictors"]]
        return states[packed["edge_predictors"][packed["completion_edges"]]]
    return hidden[:, :-1]


def _mean_states(hidden: Tensor, batch: CompletionBatch | PackedBatch) -> Tensor:
    """``(N, H)``: mean of the states that predict each completion's tokens."""
    mask = batch["completion_mask"]
    each = _token_states(hidden, batch)
    return (each * mask[..., None]).sum(dim=1) / mask.sum(dim=1, keepdim=True)


def _end_states(hidden: Tensor, batch: CompletionBatch | PackedBatch) -> Tensor:
    """``(N, H)``: the state that predicts each completion's last token."""
    last = last_positions(batch["completion_mask"])
    return _token_states(hidden, batch)[torch.arange(len(last), device=last.device), last]


@torch.no_grad()
def judgements_of_completions(
    model: nn.Module,
    prompt: Sequence[int],
    completions: Sequence[Sequence[int]],
    pad_id: int,
    strategy: Strategy,
    judgements: JudgementIds,
    advance: Advance | None = None,
) -> Iterator[tuple[int, Judgement]]:
    """Judgements of many completions, at a small part of what readings cost: no log-probabilities.

    Arguments are those of ``readings_of_completions``.

    Yields:
        Index of a completion and its judgement, in the order in which they are done.
    """
    head = extract_model_from_parallel(model).get_output_embeddings()
    for indices, batch in batches_of_completions(model, prompt, completions, pad_id, strategy):
        hidden = _hidden(model, batch)
        ends = _end_states(hidden, batch).to(head.weight.dtype)
        judged = judgement_logits(head, head, ends, judgements)
        evidence = torch.cat([_mean_states(hidden, batch), judged[:, 1:]], dim=1).cpu()
        verdicts = judged[:, 0].tolist()
        for row, index in enumerate(indices):
            yield index, Judgement(verdicts[row], evidence[row].clone())
        if advance is not None:
            advance(len(indices))


def _hidden(model: nn.Module, batch: CompletionBatch | PackedBatch) -> Tensor:
    """Last hidden states of a pass whose head computes nothing, float32."""
    head = extract_model_from_parallel(model).get_output_embeddings()
    captured: list[Tensor] = []

    def keep(hidden: Tensor) -> Tensor:
        captured.append(hidden)
        return hidden.new_zeros(1)

    with forward_replaced(head, keep):
        if "subtree_ends" in batch:
            packed_pass(model, cast(PackedBatch, batch))
        else:
            padded_pass(model, batch)
    return captured[0].float()
