"""In which precision to compute."""

from __future__ import annotations

import torch

from edubias.config import Config


def compute_dtype(config: Config) -> torch.dtype:
    """Type to compute in: half precision on a GPU only, where it is faster."""
    if not torch.cuda.is_available():
        return torch.float32
    if config.train_cfgs.bf16:
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    return torch.float16 if config.train_cfgs.fp16 else torch.float32
