"""From token ids to tensors: batches of completions and of pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

import torch
from torch import Tensor

from edubias.data.pack import PackedBatch, pack_completions

NO_KIND = -1
"""Stands for a bias type that is not named, or that is none of ours."""


class EncodedPair(TypedDict):
    """One pair as token ids, with its identifier and the reference model's log-probabilities.

    ``kind`` is the position of its bias type in ``edubias.data.prompt.KINDS``, or ``NO_KIND``.
    ``reference_chosen_logps`` and ``reference_rejected_logps`` are sums over the tokens, in nats.
    """

    id: str
    kind: int
    chosen_ids: list[int]
    rejected_ids: list[int]
    reference_chosen_logps: float
    reference_rejected_logps: float


class CompletionBatch(TypedDict):
    """N completions after the same prompt, padded on the right.

    Attributes:
        input_ids: ``(N, P + L)``: prompt, completion, padding.
        attention_mask: ``(N, P + L)``: 1 on prompt and completion.
        completion_mask: ``(N, L)``: 1 on the completion's predicted tokens.
    """

    input_ids: Tensor
    attention_mask: Tensor
    completion_mask: Tensor


def pad_completions(
    prompt: Sequence[int],
    completions: Sequence[Sequence[int]],
    pad_id: int,
    given: Sequence[int] | None = None,
) -> CompletionBatch:
    """Batch completions after one prompt.

    Args:
        prompt: P token ids, P ≥ 1.
        completions: N lists of token ids.
        pad_id: Token id for the padding; any, as it is masked.
        given: For each completion how many of its first tokens are only read, not predicted; none
            where this is None.
    """
    longest = max(len(completion) for completion in completions)
    rows = [[*prompt, *ids, *[pad_id] * (longest - len(ids))] for ids in completions]
    lengths = torch.tensor([len(ids) for ids in completions])
    firsts = torch.tensor(given or [0] * len(rows))
    position = torch.arange(longest)
    token_mask = (position < lengths[:, None]).long()
    prompt_mask = torch.ones(len(rows), len(prompt), dtype=torch.long)
    return CompletionBatch(
        input_ids=torch.tensor(rows, dtype=torch.long),
        attention_mask=torch.cat([prompt_mask, token_mask], dim=1),
        completion_mask=token_mask * (position >= firsts[:, None]),
    )


Strategy = Literal["packed", "padded"]
"""How completions go through a model: as prefix trees, or side by side with padding."""


def batch_completions(
    strategy: Strategy,
    prompt: Sequence[int],
    completions: Sequence[Sequence[int]],
    pad_id: int,
    given: Sequence[int] | None = None,
) -> CompletionBatch | PackedBatch:
    """Completions after one prompt, in the form that a strategy takes."""
    make = pack_completions if strategy == "packed" else pad_completions
    return make(prompt, completions, pad_id, given)


class PairBatch(TypedDict):
    """B pairs.

    Attributes:
        reference_logps: ``(B, 2)``: the reference's log-probabilities of the chosen and of the
            rejected completion, in nats. It comes first: trainers take the first tensor's length
            for the number of examples.
        kinds: ``(B,)``: the pairs' kinds of bias.
        completions: The 2B completions, each pair's chosen one, then its rejected one.
    """

    reference_logps: Tensor
    kinds: Tensor
    completions: CompletionBatch | PackedBatch


@dataclass(frozen=True)
class PairCollator:
    """Makes ``PairBatch``es of ``EncodedPair``s.

    Attributes:
        prompt: The constant prompt's token ids.
        pad_id: Token id for the padding.
        strategy: The form of the completions.
    """

    prompt: Sequence[int]
    pad_id: int
    strategy: Strategy

    def __call__(self, pairs: Sequence[EncodedPair]) -> PairBatch:
        """Collate B pairs."""
        completions = [ids for pair in pairs for ids in (pair["chosen_ids"], pair["rejected_ids"])]
        reference = [
            (pair["reference_chosen_logps"], pair["reference_rejected_logps"]) for pair in pairs
        ]
        return PairBatch(
            reference_logps=torch.tensor(reference, dtype=torch.float32),
            kinds=torch.tensor([pair["kind"] for pair in pairs]),
            completions=batch_completions(self.strategy, self.prompt, completions, self.pad_id),
        )
