"""In which precision to compute."""

from __future__ import annotations

import torch
from torch.utils.benchmark import Timer

from edubias.config import Config
from edubias.model.products import choose_products

LEAST_GAIN = 1.3
"""How many times as fast bfloat16 must be to be worth its rounding."""

ROWS, WIDTH = 128, 1024
"""Size of the product that is timed: a few sentences, and a layer of a small model."""


def dtype_name(dtype: torch.dtype) -> str:
    """``"float32"`` and the like."""
    return str(dtype).removeprefix("torch.")


def compute_dtype(config: Config) -> torch.dtype:
    """Type to judge in: half precision on a GPU only, so that every CPU says the same."""
    if not torch.cuda.is_available():
        return torch.float32
    if config.train_cfgs.bf16:
        emulated = not torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.float32 if emulated else torch.bfloat16
    return torch.float16 if config.train_cfgs.fp16 else torch.float32


def training_dtype(config: Config) -> torch.dtype:
    """Type to train in: half precision where it is asked for and the machine is faster at it.

    Processors differ, so on a CPU it is measured. Processes that train together may be told
    different things by chance: they should take what one of them found.
    """
    if torch.cuda.is_available():
        return compute_dtype(config)
    if not config.train_cfgs.bf16 or torch.backends.mps.is_available():
        return torch.float32
    return faster_dtype(torch.float32, torch.device("cpu"))


def faster_dtype(dtype: torch.dtype, device: torch.device) -> torch.dtype:
    """bfloat16 in place of float32 where this machine is good at it, which is measured.

    Args:
        dtype: The type that would be computed in otherwise.
        device: Where.
    """
    if dtype == torch.float32 and bfloat16_gain(device) >= LEAST_GAIN:
        return torch.bfloat16
    return dtype


def bfloat16_gain(device: torch.device) -> float:
    """How many times as fast as in float32 a matrix product is in bfloat16, at this moment.

    Takes a fifth of a second where it is slow.
    """
    choose_products()
    seconds = []
    for dtype in (torch.float32, torch.bfloat16):
        states = torch.ones(ROWS, WIDTH, dtype=dtype, device=device)
        weight = torch.ones(WIDTH, WIDTH, dtype=dtype, device=device)
        timer = Timer(
            "torch.nn.functional.linear(states, weight)",
            globals={"torch": torch, "states": states, "weight": weight},
            num_threads=torch.get_num_threads(),
        )
        # What is fastest of several is least disturbed by what else the machine does.
        seconds.append(min(timer.timeit(1).mean for _ in range(3)))
    return seconds[0] / seconds[1]
