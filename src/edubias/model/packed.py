"""The ``packed`` strategy: prefix trees through the model in one pass, logits on no padding.

It gives what the ``padded`` strategy gives, for the architectures whose attention masks it knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import torch
from accelerate.utils import extract_model_from_parallel
from torch import Tensor, nn
from torch.nn.attention.flex_attention import BlockMask, create_block_mask

from edubias.data.pack import PackedBatch
from edubias.data.prompt import JudgementIds
from edubias.lang import tr
from edubias.model.head import (
    frozen_head_logps,
    is_frozen_linear,
    judgement_logits,
    recomputed_head_logps,
)

MASK_BY_LAYER_TYPE = {"llama": False, "qwen2": True, "qwen3": True, "gemma3_text": True}
"""Known architectures, and whether they take one mask for each type of layer."""

ATTENTION = ("sdpa", "eager", "flex_attention")
"""Attention implementations that take a mask of our own."""

Mask = Tensor | BlockMask


def why_not_packed(model: nn.Module) -> str | None:
    """Why a model needs the ``padded`` strategy; None if it can do without."""
    config = cast(Any, model).config
    if config.model_type not in MASK_BY_LAYER_TYPE:
        return tr(
            f"attention masks of '{config.model_type}' models are not known",
            f"尚不支持“{config.model_type}”模型的注意力掩码",
        )
    attention = config._attn_implementation
    if attention not in ATTENTION:
        return tr(
            f"attention implementation '{attention}' takes no masks",
            f"注意力实现“{attention}”不接受掩码",
        )
    if getattr(config, "final_logit_softcapping", None) is not None:
        return tr("the model caps its logits", "模型对 logits 做了软截断")
    return None


def packed_outputs(
    model: nn.Module, batch: PackedBatch, judgements: JudgementIds | None = None
) -> tuple[Tensor, Tensor | None]:
    """Log-probability of every completion token given the prompt and the tokens before it.

    Args:
        model: A causal language model for which ``why_not_packed`` is None, also wrapped for
            adapters or for distributed training.
        batch: N completions; the longest has L tokens.
        judgements: Tokens of judgements, where those are wanted.

    Returns:
        ``(N, L)`` float32 in nats, 0 on padding; and ``(N, 1 + C)``: by how much, at each
        completion's end, the logits of "biased" and of the C kinds of bias are above that of
        "fair".
    """
    edge_predictors, edge_targets = batch["edge_predictors"], batch["edge_targets"]
    inner = extract_model_from_parallel(model)
    head = inner.get_output_embeddings()
    head_forward = head.forward

    def edge_values(hidden: Tensor) -> Tensor:
        states = hidden.flatten(0, 1)[batch["predictors"]]
        if is_frozen_linear(head):
            logps = frozen_head_logps(states, head.weight, edge_predictors, edge_targets)
        else:
            vocabulary = inner.config.get_text_config().vocab_size
            logps = recomputed_head_logps(
                states, head_forward, vocabulary, edge_predictors, edge_targets
            )
        if judgements is None:
            return logps
        at_end = states[end_predictors(batch)]
        judged = judgement_logits(head, head_forward, at_end, judgements)
        return torch.cat([logps, judged.flatten()])

    # The head is called by the model itself, so that what wraps it (adapters, gathered weights of
    # ZeRO-3) does its part; only what it computes is another thing.
    with forward_replaced(head, edge_values):
        values = packed_pass(model, batch).float()
    edges = len(edge_targets)
    logps = values[:edges][batch["completion_edges"]] * batch["completion_mask"]
    return logps, None if judgements is None else values[edges:].view(len(logps), -1)


def packed_pass(model: nn.Module, batch: PackedBatch) -> Tensor:
    """What a model's head makes of every node."""
    inner = extract_model_from_parallel(model)
    values: Tensor = model(
        input_ids=batch["input_ids"],
        attention_mask=attention_masks(batch, inner.config, inner.dtype),
        position_ids=batch["position_ids"],
        use_cache=False,
    ).logits
    return values


def end_predictors(batch: PackedBatch) -> Tensor:
    """``(N,)``: for each completion the index in ``predictors`` of what predicts its last token."""
    last = batch["completion_mask"].sum(dim=1, keepdim=True) - 1
    return batch["edge_predictors"][batch["completion_edges"].gather(1, last).squeeze(1)]


def attention_masks(
    batch: PackedBatch, config: Any, dtype: torch.dtype
) -> Mask | dict[str, Mask | None]:
    """The mask, or masks by layer type, in the form that a model takes.

    A node attends to itself and its ancestors; in layers with a sliding window only to those
    nearer than the window.

    Args:
        batch: The nodes.
        config: The model's configuration.
        dtype: Type of additive masks.

    Returns:
        ``(R, 1, T, T)``: 0 where a node may attend and -inf elsewhere, or the block mask of
        FlexAttention.
    """
    flex = config._attn_implementation == "flex_attention"

    def mask(window: int | None) -> Mask:
        return _block_mask(batch, window) if flex else _dense_mask(batch, window, dtype)

    if not MASK_BY_LAYER_TYPE[config.model_type]:
        return mask(None)
    windows = {"full_attention": None, "sliding_attention": config.sliding_window}
    return {kind: mask(windows[kind]) for kind in set(config.layer_types)}


def _dense_mask(batch: PackedBatch, window: int | None, dtype: torch.dtype) -> Tensor:
    ends, depths = batch["subtree_ends"], batch["position_ids"]
    index = torch.arange(ends.shape[1], device=ends.device)
    allowed = (index[None, None, :] <= index[None, :, None]) & (
        index[None, :, None] < ends[:, None, :]
    )
    if window is not None:
        allowed &= depths[:, :, None] - depths[:, None, :] < window
    mask = torch.zeros(allowed.shape, dtype=dtype, device=ends.device)
    return mask.masked_fill_(~allowed, -torch.inf)[:, None]


def _block_mask(batch: PackedBatch, window: int | None) -> BlockMask:
    ends, depths = batch["subtree_ends"], batch["position_ids"]

    def allowed(row: Tensor, head: Tensor, query: Tensor, key: Tensor) -> Tensor:
        inside = (key <= query) & (query < ends[row, key])
        if window is None:
            return inside
        return inside & (depths[row, query] - depths[row, key] < window)

    rows, nodes = ends.shape
    return create_block_mask(allowed, rows, None, nodes, nodes, device=str(ends.device))


@contextmanager
def forward_replaced(module: nn.Module, forward: Any) -> Iterator[None]:
    """Let a module compute something else for a while, its hooks as before."""
    own = module.__dict__.get("forward")
    module.__dict__["forward"] = forward
    try:
        yield
    finally:
        if own is None:
            del module.__dict__["forward"]
        else:
            module.__dict__["forward"] = own
