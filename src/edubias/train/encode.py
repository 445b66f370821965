"""Pairs to token ids, with the reference model's log-probabilities beside them."""

from __future__ import annotations

from collections.abc import Sequence

from accelerate import PartialState
from accelerate.utils import gather_object
from torch import nn
from transformers import PreTrainedTokenizerBase

from edubias.data.collate import NO_KIND, EncodedPair, Strategy
from edubias.data.prompt import KINDS, completion_ids
from edubias.model.logps import Advance
from edubias.model.reference import reference_logps
from edubias.records import PreferencePair

_KINDS = list(KINDS)


def pairs_that_fit(
    pairs: Sequence[PreferencePair], tokenizer: PreTrainedTokenizerBase, max_tokens: int
) -> list[PreferencePair]:
    """Pairs of which neither side is longer than ``max_tokens``.

    A pair is left out rather than cut: where the bias stands in the tail, cutting would leave two
    equal sides.
    """
    return [
        pair
        for pair in pairs
        if all(
            len(completion_ids(tokenizer, text)) <= max_tokens
            for text in (pair.chosen, pair.rejected)
        )
    ]


def encode_pairs(
    pairs: Sequence[PreferencePair],
    tokenizer: PreTrainedTokenizerBase,
    reference: nn.Module,
    prompt: Sequence[int],
    strategy: Strategy,
    advance: Advance | None = None,
) -> list[EncodedPair]:
    """Tokenise pairs and find the reference's log-probabilities, once for the whole training.

    In a distributed run every process computes its share and all get the whole.

    Args:
        pairs: The pairs.
        tokenizer: The policy's tokenizer.
        reference: The policy before its first step. Adapters, if it has any, are switched off
            meanwhile.
        prompt: The constant prompt's token ids.
        strategy: How completions go through the model.
        advance: Told how many more completions this process has done.
    """
    texts = [text for pair in pairs for text in (pair.chosen, pair.rejected)]
    completions = [completion_ids(tokenizer, text) for text in texts]
    state = PartialState()
    mine = range(state.process_index, len(completions), state.num_processes)
    logps = reference_logps(
        reference,
        prompt,
        [completions[i] for i in mine],
        tokenizer.pad_token_id or 0,
        strategy,
        advance,
    )
    sums = dict(gather_object([(i, float(v.sum())) for i, v in zip(mine, logps, strict=True)]))
    return [
        EncodedPair(
            id=pairs[i].id,
            kind=_KINDS.index(kind) if (kind := pairs[i].bias_type) in _KINDS else NO_KIND,
            chosen_ids=completions[2 * i],
            rejected_ids=completions[2 * i + 1],
            reference_chosen_logps=sums[2 * i],
            reference_rejected_logps=sums[2 * i + 1],
        )
        for i in range(len(pairs))
    ]
