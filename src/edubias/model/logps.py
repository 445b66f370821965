"""Log-probabilities of completions under a causal language model.

This is the ``padded`` strategy: plain, for any architecture, and what every faster one is tested
against.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from edubias.data.collate import CompletionBatch, pad_completions

Advance = Callable[[int], None]
"""Told how many more items are done."""


def token_logps(model: nn.Module, batch: CompletionBatch) -> Tensor:
    """Log-probability of every completion token given the prompt and the tokens before it.

    Logits are computed on the positions that predict completion tokens only: the prompt's last
    position predicts the first token.

    Args:
        model: A transformers causal language model, or such a model with adapters.
        batch: N completions, padded to length L.

    Returns:
        ``(N, L)`` float32 in nats; 0 on padding.
    """
    mask = batch["completion_mask"]
    length = mask.shape[1]
    logits = model(
        input_ids=batch["input_ids"],
        attention_mask=batch["attention_mask"],
        logits_to_keep=length + 1,
        use_cache=False,
    ).logits[:, :-1]
    targets = batch["input_ids"][:, -length:]
    loss = F.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), reduction="none")
    return -loss.view(targets.shape) * mask


@torch.no_grad()
def logps_of_completions(
    model: nn.Module,
    prompt: Sequence[int],
    completions: Sequence[Sequence[int]],
    pad_id: int,
    batch_size: int = 16,
    advance: Advance | None = None,
) -> list[Tensor]:
    """Log-probabilities of many completions, without gradients.

    Args:
        model: The model, left in whatever mode (train or eval) it is in.
        prompt: The constant prompt's token ids.
        completions: Token ids of each completion.
        pad_id: Token id for padding.
        batch_size: Completions in a forward pass.
        advance: Told after every pass how many more completions are done.

    Returns:
        For each completion, in order, its tokens' log-probabilities: float32 on the CPU, in nats.
    """
    device = next(model.parameters()).device
    results: list[Tensor] = [torch.empty(0)] * len(completions)
    # Like lengths together waste no padding; longest first, so that a pass that does not fit in
    # memory fails at once.
    order = sorted(range(len(completions)), key=lambda i: (-len(completions[i]), i))
    for start in range(0, len(order), batch_size):
        indices = order[start : start + batch_size]
        batch = pad_completions(prompt, [completions[i] for i in indices], pad_id)
        logps = token_logps(model, on_device(batch, device)).cpu()
        for row, index in enumerate(indices):
            results[index] = logps[row, : len(completions[index])]
        if advance is not None:
            advance(len(indices))
    return results


def on_device(batch: CompletionBatch, device: torch.device) -> CompletionBatch:
    """The batch on a device."""
    return CompletionBatch(
        input_ids=batch["input_ids"].to(device),
        attention_mask=batch["attention_mask"].to(device),
        completion_mask=batch["completion_mask"].to(device),
    )
