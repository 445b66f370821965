"""Which library multiplies float32 matrices on the CPU.

PyTorch has two, Intel's MKL and oneDNN, and takes MKL unless it is allowed to round the factors to
bfloat16. On AMD's processors MKL leaves the wide registers alone (AVX-512), so that oneDNN is up to
twice as fast there; and on processors without matrix units of their own (AMX) oneDNN makes no use
of the permission, so that nothing is rounded (``docs/LOG.md``). Both are measured, not assumed.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.benchmark import Timer

LEAST_GAIN = 1.2
"""How many times as fast oneDNN must be."""

MOST_ERROR = 1e-5
"""Largest difference of products, relative to their size. float32 leaves 1e-6, TF32 and bfloat16
4e-4 and more."""

SHAPES = ((1, 640, 2048), (48, 640, 16), (128, 1024, 1024), (320, 2048, 640))
"""Rows, inner size and columns of the products that are compared; the third is timed too."""


@cache
def choose_products() -> bool:
    """Let this process take oneDNN's float32 products where they are exact and faster.

    Done once: later calls return what the first found. On a GPU nothing is changed, for the same
    permission would let it round.

    Returns:
        Whether oneDNN is taken.
    """
    if torch.cuda.is_available() or not torch.backends.mkldnn.is_available():
        return False
    if _chosen_by_others():
        return False
    factors = _factors()
    exact = [one @ other for one, other in factors]
    before = _seconds(*factors[2])
    torch.set_float32_matmul_precision("medium")
    if _largest_error(factors, exact) <= MOST_ERROR and before / _seconds(*factors[2]) > LEAST_GAIN:
        return True
    torch.set_float32_matmul_precision("highest")
    return False


def _chosen_by_others() -> bool:
    try:
        return torch.get_float32_matmul_precision() != "highest"
    except RuntimeError:  # set by PyTorch's newer switches, which the older ones cannot express
        return True


def keep_head_input_whole(head: nn.Module) -> None:
    """Copy what a head is given into one piece of memory before it multiplies.

    A cut of a batch (its last positions) is no matrix in memory. PyTorch then multiplies every row
    of the batch by itself, and oneDNN makes a copy of the weight for each: gigabytes for a large
    vocabulary, and twice the time of a whole training step.

    Args:
        head: A module of ``(…, H)`` hidden states; what it computes stays the same.
    """
    head.register_forward_pre_hook(_whole)


def _whole(_: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    return (inputs[0].contiguous(), *inputs[1:])


def _factors() -> list[tuple[Tensor, Tensor]]:
    generator = torch.Generator().manual_seed(0)
    return [
        (
            torch.randn(rows, inner, generator=generator),
            torch.randn(columns, inner, generator=generator).T,
        )
        for rows, inner, columns in SHAPES
    ]


def _largest_error(factors: list[tuple[Tensor, Tensor]], exact: list[Tensor]) -> float:
    errors = [
        ((one @ other) - true).norm() / true.norm()
        for (one, other), true in zip(factors, exact, strict=True)
    ]
    return float(max(errors))


def _seconds(one: Tensor, other: Tensor) -> float:
    """What a product takes when least disturbed by what else the machine does."""
    timer = Timer(
        "one @ other",
        globals={"one": one, "other": other},
        num_threads=torch.get_num_threads(),
    )
    return min(timer.timeit(1).mean for _ in range(5))
