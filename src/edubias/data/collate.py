"""From texts to tensors: tokenised pairs, and padded batches of completions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import torch
from torch import Tensor


class EncodedPair(TypedDict):
    """One pair as token ids, with the reference model's log-probabilities once known.

    ``reference_chosen_logps`` and ``reference_rejected_logps`` are sums over the tokens, in nats.
    """

    chosen_ids: list[int]
    rejected_ids: list[int]
    reference_chosen_logps: float
    reference_rejected_logps: float


class CompletionBatch(TypedDict):
    """N completions after the same prompt, padded on the right.

    Attributes:
        input_ids: ``(N, P + L)``: prompt, completion, padding.
        attention_mask: ``(N, P + L)``: 1 on prompt and completion.
        completion_mask: ``(N, L)``: 1 on the completion's tokens.
    """

    input_ids: Tensor
    attention_mask: Tensor
    completion_mask: Tensor


def pad_completions(
    prompt: Sequence[int], completions: Sequence[Sequence[int]], pad_id: int
) -> CompletionBatch:
    """Batch completions after one prompt.

    Args:
        prompt: P token ids, P ≥ 1.
        completions: N lists of token ids.
        pad_id: Token id for the padding; any, as it is masked.
    """
    longest = max(len(completion) for completion in completions)
    rows = [[*prompt, *ids, *[pad_id] * (longest - len(ids))] for ids in completions]
    lengths = torch.tensor([len(ids) for ids in completions])
    completion_mask = (torch.arange(longest) < lengths[:, None]).long()
    prompt_mask = torch.ones(len(rows), len(prompt), dtype=torch.long)
    return CompletionBatch(
        input_ids=torch.tensor(rows, dtype=torch.long),
        attention_mask=torch.cat([prompt_mask, completion_mask], dim=1),
        completion_mask=completion_mask,
    )


class PairBatch(TypedDict):
    """B pairs; in the second dimension the chosen completion, then the rejected one.

    Attributes:
        input_ids: ``(B, 2, P + L)``: prompt, completion, padding.
        attention_mask: ``(B, 2, P + L)``: 1 on prompt and completion.
        completion_mask: ``(B, 2, L)``: 1 on the completion's tokens.
        reference_logps: ``(B, 2)``: the reference's log-probabilities, in nats.
    """

    input_ids: Tensor
    attention_mask: Tensor
    completion_mask: Tensor
    reference_logps: Tensor


def completions_of(batch: PairBatch) -> CompletionBatch:
    """The 2B completions of a batch of pairs, each pair's two next to each other."""
    return CompletionBatch(
        input_ids=batch["input_ids"].flatten(0, 1),
        attention_mask=batch["attention_mask"].flatten(0, 1),
        completion_mask=batch["completion_mask"].flatten(0, 1),
    )


def _by_pair(completions: Tensor) -> Tensor:
    """``(2B, …)`` to ``(B, 2, …)``."""
    return completions.reshape(-1, 2, *completions.shape[1:])


@dataclass(frozen=True)
class PairCollator:
    """Makes ``PairBatch``es of ``EncodedPair``s.

    Attributes:
        prompt: The constant prompt's token ids.
        pad_id: Token id for the padding.
    """

    prompt: Sequence[int]
    pad_id: int

    def __call__(self, pairs: Sequence[EncodedPair]) -> PairBatch:
        """Collate B pairs."""
        completions = [ids for pair in pairs for ids in (pair["chosen_ids"], pair["rejected_ids"])]
        padded = pad_completions(self.prompt, completions, self.pad_id)
        reference = [
            (pair["reference_chosen_logps"], pair["reference_rejected_logps"]) for pair in pairs
        ]
        return PairBatch(
            input_ids=_by_pair(padded["input_ids"]),
            attention_mask=_by_pair(padded["attention_mask"]),
            completion_mask=_by_pair(padded["completion_mask"]),
            reference_logps=torch.tensor(reference, dtype=torch.float32),
        )
