"""What this machine can do at most, and what a training step needs at least."""

from __future__ import annotations

import time
from collections.abc import Sequence

import torch
from torch import nn

from edubias.data.pack import PackedBatch
from edubias.model.products import choose_products


def matmul_peak(device: torch.device, dtype: torch.dtype, seconds: float = 2.0) -> float:
    """Best rate of large matrix products, in FLOP/s, by the library that is faster at them."""
    choose_products()
    size = 2048
    one = torch.randn(size, size, device=device).to(dtype)
    other = torch.randn(size, size, device=device).to(dtype)
    best, start = float("inf"), time.perf_counter()
    while time.perf_counter() - start < seconds:
        before = time.perf_counter()
        (one @ other).sum().item()
        best = min(best, time.perf_counter() - before)
    return 2 * size**3 / best


def useful_flops(model: nn.Module, batches: Sequence[PackedBatch]) -> float:
    """Multiplications and additions that a training step can't do without.

    Counted once for every distinct prefix, prompts and padding not at all: two for each frozen
    weight forward, two more back to its input, six for each trained weight; for the head two
    products a predicted position. Attention is left out.
    """
    frozen = trained = 0
    head = model.get_output_embeddings().weight
    for name, weight in model.named_parameters():
        if weight.dim() < 2 or "embed" in name or weight is head:
            continue
        if weight.requires_grad:
            trained += weight.numel()
        else:
            frozen += weight.numel()
    nodes = sum(len(batch["predictors"]) for batch in batches)
    return nodes * (4.0 * frozen + 6.0 * trained + 4.0 * head.numel())
