"""A trained policy as one whole model, for programs that know no adapters."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import cast

import torch
from peft import PeftModel
from torch import nn
from transformers import PreTrainedModel

from edubias.config import ModelCfgs
from edubias.model.load import Policy, load_tokenizer_of
from edubias.model.manifest import FILE_NAME

BESIDE_WEIGHTS = (FILE_NAME, "calibration.json", "bias_types.safetensors", "screen.safetensors")
"""What makes a model's folder a detector; the calibration may be missing."""


def save_whole(
    policy: Policy,
    checkpoint: Path,
    target: Path,
    model_cfgs: ModelCfgs,
    dtype: torch.dtype | None = None,
) -> None:
    """Write a whole model with its tokenizer, manifest and calibration.

    Adapters are added to the weights as they are in memory, then rounded once. The policy is of no
    use afterwards: its own weights have changed.

    Args:
        policy: A model, or one with adapters.
        checkpoint: Its folder: the tokenizer and what stands beside the weights are taken from it.
        target: Folder to write to; made if missing.
        model_cfgs: What it was trained from.
        dtype: Type of the weights on disk; None for the one they have.
    """
    whole = policy.merge_and_unload() if isinstance(policy, PeftModel) else policy
    if dtype is not None:
        cast(nn.Module, whole).to(dtype)
    cast(PreTrainedModel, whole).save_pretrained(target)
    load_tokenizer_of(checkpoint, model_cfgs).save_pretrained(target)
    for name in BESIDE_WEIGHTS:
        if (checkpoint / name).is_file():
            shutil.copy(checkpoint / name, target)
