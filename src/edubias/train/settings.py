"""Whether the numbers of a configuration are such as trainings succeed with.

The ranges are the quick-start guide's; they warn and never stop a training.
"""

from __future__ import annotations

import math

from edubias.config import Config
from edubias.lang import tr
from edubias.train.check import Check

FULL_RATES = (1e-6, 1e-5)
"""Learning rates for training all weights."""

LORA_RATES = (1e-6, 1e-3)
"""Learning rates for LoRA on a large model: it takes ten times more than full training, and the
presets begin lower."""

SMALL_LORA_RATES = (1e-5, 1e-3)
"""Learning rates for LoRA on a small model, which below them has learnt nothing after an epoch."""

SMALL_MODEL = 1e9
"""Parameters up to which a model is small."""

SCALE_COEFFS = (0.1, 1.0)
EPOCHS = (1.0, 5.0)
"""Fewer leave pairs unseen; with more, DPO learns its pairs by heart."""

MIN_STEPS = 10
"""Fewest optimiser steps that are a training: warm-up and decay need some."""


def check_learning_rate(config: Config, parameters: int | None) -> Check:
    """Whether the learning rate suits the kind of training.

    Args:
        config: The configuration.
        parameters: Size of the model; None where it is not known.
    """
    rate = config.train_cfgs.learning_rate
    if not config.lora_cfgs.use_lora:
        kind, (low, high) = tr("training of all weights", "全参数训练"), FULL_RATES
    elif parameters is not None and parameters < SMALL_MODEL:
        kind, (low, high) = tr("LoRA on a small model", "小模型 LoRA"), SMALL_LORA_RATES
    else:
        kind, (low, high) = "LoRA", LORA_RATES
    message = tr(
        f"{rate:g}; for {kind} between {low:g} and {high:g}",
        f"{rate:g}；{kind}宜在 {low:g} 至 {high:g} 之间",
    )
    if low <= rate <= high:
        return Check("learning_rate", "ok", message)
    return Check(
        "learning_rate",
        "warn",
        message,
        tr(
            "Too low a rate learns nothing, too high a one diverges or makes every text "
            "improbable: change train_cfgs.learning_rate.",
            "过低学不到东西，过高则发散或使所有文本概率下降：请修改 train_cfgs.learning_rate。",
        ),
    )


def check_scale_coeff(config: Config) -> Check:
    """Whether β is in its usual range."""
    beta, (low, high) = config.train_cfgs.scale_coeff, SCALE_COEFFS
    message = tr(
        f"{beta:g}; usual between {low:g} and {high:g}", f"{beta:g}；宜在 {low:g} 至 {high:g} 之间"
    )
    if low <= beta <= high:
        return Check("scale_coeff", "ok", message)
    return Check(
        "scale_coeff",
        "warn",
        message,
        tr(
            "A small one lets the model drift from its reference, a large one ties it down: change "
            "train_cfgs.scale_coeff.",
            "过小会使模型偏离参考模型，过大则限制学习：请修改 train_cfgs.scale_coeff。",
        ),
    )


def check_epochs(config: Config) -> Check:
    """Whether the pairs are seen often enough and not too often."""
    epochs, (low, high) = config.train_cfgs.epochs, EPOCHS
    message = tr(
        f"{epochs:g}; usual between {low:g} and {high:g}",
        f"{epochs:g}；宜在 {low:g} 至 {high:g} 之间",
    )
    if config.train_cfgs.max_steps is not None or low <= epochs <= high:
        return Check("epochs", "ok", message)
    if epochs < low:
        remedy = tr(
            "Some pairs are never seen: raise train_cfgs.epochs, or choose pairs by "
            "data_cfgs.train_size.",
            "部分数据不会用到：请增大 train_cfgs.epochs，或用 data_cfgs.train_size 选取数据。",
        )
    else:
        remedy = tr(
            "Over-fitting is likely: lower train_cfgs.epochs, add data, or regularise more "
            "(weight_decay, lora_dropout).",
            "容易过拟合：请减小 train_cfgs.epochs、增加数据，或加强正则化"
            "（weight_decay、lora_dropout）。",
        )
    return Check("epochs", "warn", message, remedy)


def check_batch(config: Config, pairs: int, processes: int) -> Check:
    """Whether there are enough pairs for the size of a step.

    Args:
        config: The configuration.
        pairs: Number of training pairs.
        processes: Number of processes.
    """
    cfg = config.train_cfgs
    size = cfg.per_device_train_batch_size * cfg.gradient_accumulation_steps * processes
    steps = cfg.max_steps or math.ceil(cfg.epochs * math.ceil(pairs / size))
    message = tr(
        f"{size} pairs a step, {pairs} pairs, {steps} steps",
        f"每步 {size} 对，共 {pairs} 对、{steps} 步",
    )
    if pairs >= size and steps >= MIN_STEPS:
        return Check("batch", "ok", message)
    return Check(
        "batch",
        "warn",
        message,
        tr(
            "So few steps learn little: lower per_device_train_batch_size or "
            "gradient_accumulation_steps, raise epochs, or add data.",
            "步数过少，学不到多少：请减小 per_device_train_batch_size 或 "
            "gradient_accumulation_steps、增大 epochs，或增加数据。",
        ),
    )
