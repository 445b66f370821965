"""How much memory a training will take, told from its configuration without loading weights.

Counted exactly: weights, gradients and the states of AdamW. Estimated: what a forward pass keeps
for backward, and logits. There is no reference model: its log-probabilities come from the policy
before the first step. Left out: the libraries themselves and the CUDA context (0.5 to 1 GB),
buffers of communication, attention scores (the fused kernels keep none), experts of mixture models,
dropout masks, and what the allocator loses to fragments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import nn

from edubias.config import BnbCfgs, Config
from edubias.data.collate import Strategy, batch_completions
from edubias.lang import tr
from edubias.model.head import LOGIT_BYTES, is_frozen_linear
from edubias.model.load import Policy
from edubias.model.logps import PASS_TOKENS
from edubias.train.batches import step_sampler
from edubias.train.check import Check

GB = 1e9

HEADROOM = 1.3
"""Measured peak over estimate, where memory is tight enough to warn: three steps of the embedded
preset took 1.85 GB beside the libraries, against 1.42 GB estimated."""

LOGIT_COPIES = 3
"""Copies of the logits at the peak of cross-entropy: logits, their logarithms, the gradient."""

TokenIds = Sequence[int]


@dataclass(frozen=True)
class MicroBatch:
    """The largest piece of work that goes through a model at once.

    Attributes:
        positions: Positions of all rows, prompt and padding included.
        predictions: Positions whose logits are computed.
        reference_predictions: The same in a pass of the reference, before training.
    """

    positions: int
    predictions: int
    reference_predictions: int


@dataclass(frozen=True)
class MemoryEstimate:
    """Bytes that one process takes.

    Attributes:
        weights: All weights, frozen or not.
        gradients: Of the trainable weights.
        optimizer: AdamW's two moments of the trainable weights.
        activations: What forward keeps for backward in the largest micro-batch.
        logits: The head's working memory.
        whole: All weights before they are spread over processes: each one loads them, and computes
            the reference with them.
    """

    weights: int
    gradients: int
    optimizer: int
    activations: int
    logits: int
    whole: int

    @property
    def fixed(self) -> int:
        """What no smaller batch saves."""
        return max(self.whole, self.weights + self.gradients + self.optimizer)

    @property
    def total(self) -> int:
        """The peak, before the first step or in one."""
        spread = self.weights + self.gradients + self.optimizer
        return max(self.whole, spread + self.activations) + self.logits


def largest_micro_batch(
    config: Config,
    prompt_tokens: int,
    pairs: Sequence[tuple[TokenIds, TokenIds]],
    strategy: Strategy,
    processes: int = 1,
) -> MicroBatch:
    """The largest micro-batch of a training's first epoch.

    Args:
        config: The configuration.
        prompt_tokens: Length of the prompt.
        pairs: Token ids of both sides of each training pair.
        strategy: How completions go through the model.
        processes: Number of processes.
    """
    # Longer pairs are left out of a training; cut, they stand for the longest that are not.
    limit = max(1, config.model_cfgs.model_max_length - prompt_tokens)
    sides = [(chosen[:limit], rejected[:limit]) for chosen, rejected in pairs]
    tokens = [len(chosen) + len(rejected) for chosen, rejected in sides]
    # The last process gets the longest pairs.
    sampler = step_sampler(config.train_cfgs, tokens, processes, processes - 1)

    def cost(indices: list[int]) -> int:
        if strategy == "packed":
            return sum(tokens[i] for i in indices)
        return len(indices) * max(len(side) for i in indices for side in sides[i])

    # Fewer pairs than processes make no batch; training will say so.
    indices = max(sampler, key=cost, default=list(range(len(pairs))))
    completions = [side for i in indices for side in sides[i]]
    batch = batch_completions(strategy, [0] * prompt_tokens, completions, 0)
    if strategy == "packed":
        return MicroBatch(batch["input_ids"].numel(), len(cast(Any, batch)["predictors"]), 0)
    longest = batch["completion_mask"].shape[1]
    pass_tokens = PASS_TOKENS["cuda" if torch.cuda.is_available() else "cpu"]
    return MicroBatch(
        positions=batch["input_ids"].numel(),
        predictions=len(completions) * (longest + 1),
        reference_predictions=pass_tokens * (longest + 1) // (longest + prompt_tokens),
    )


def estimate_memory(
    model: Policy,
    config: Config,
    dtype: torch.dtype,
    micro_batch: MicroBatch,
    strategy: Strategy,
    zero_stage: int = 0,
    processes: int = 1,
) -> MemoryEstimate:
    """Memory that one process takes at its peak.

    Args:
        model: The policy; its weights may be on the ``meta`` device.
        config: The configuration.
        dtype: Type that is computed in.
        micro_batch: The largest one.
        strategy: How completions go through the model.
        zero_stage: What is spread over processes, as ZeRO counts: 1 optimizer states, 2 gradients
            too, 3 weights too.
        processes: Number of processes.
    """
    lora, half = config.lora_cfgs.use_lora, dtype != torch.float32
    frozen = 2 if half and not config.bnb_cfgs.use_bnb else 4
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    everything = sum(p.numel() for p in model.parameters())
    quantised, bits = _quantised(model, config.bnb_cfgs)
    whole = trainable * 4 + (everything - trainable - quantised) * frozen
    whole += int(quantised * bits / 8)
    # Trainable weights are kept in float32; autocast makes a half-precision copy of them.
    weights = whole + trainable * (2 if half else 0)
    text = cast(Any, model).config.get_text_config()
    parts = [processes if zero_stage >= stage else 1 for stage in (3, 2, 1)]
    return MemoryEstimate(
        weights=weights // parts[0],
        gradients=trainable * 4 // parts[1],
        optimizer=trainable * 8 // parts[2],
        activations=_activations(
            text,
            micro_batch.positions,
            2 if half else 4,
            lora,
            config.train_cfgs.gradient_checkpointing,
        ),
        logits=_logits(model, text, micro_batch, strategy),
        whole=whole,
    )


def memory_remedy(config: Config, batch_helps: bool = True) -> str:
    """What to change so that a training takes less memory, the cheapest change first.

    Args:
        config: The configuration as it is.
        batch_helps: Whether weights, gradients and optimizer states leave room for any batch.
    """
    train, lora, bnb = config.train_cfgs, config.lora_cfgs, config.bnb_cfgs
    steps = []
    if batch_helps:
        steps.append(
            tr(
                "a smaller train_cfgs.micro_batch_tokens, or a smaller "
                "per_device_train_batch_size with more gradient_accumulation_steps",
                "减小 train_cfgs.micro_batch_tokens，或减小 per_device_train_batch_size 并增大 "
                "gradient_accumulation_steps",
            )
        )
        if not train.gradient_checkpointing:
            steps.append("train_cfgs.gradient_checkpointing=true")
    if not lora.use_lora:
        steps.append("lora_cfgs.use_lora=true (LoRA)")
    if not bnb.use_bnb:
        steps.append("bnb_cfgs.use_bnb=true (QLoRA)")
    if batch_helps:
        steps.append(
            tr("a smaller model_cfgs.model_max_length", "减小 model_cfgs.model_max_length")
        )
    steps.append(tr("a smaller model", "换用更小的模型"))
    return tr("In this order: ", "请依次尝试：") + tr("; ", "；").join(steps) + tr(".", "。")


def check_memory(
    estimate: MemoryEstimate, available: int, config: Config, rough: bool = False
) -> Check:
    """Whether a training fits.

    It fails only where the part that is counted exactly does not fit; the rest is an estimate.

    Args:
        estimate: Of one process.
        available: Bytes that it can have.
        config: The configuration, for what to change.
        rough: Whether tokens were not counted but guessed.
    """
    about = tr("roughly", "粗略估计") if rough else tr("about", "约")
    message = tr(
        f"{about} {estimate.total / GB:.2f} GB of {available / GB:.2f} GB: weights "
        f"{estimate.weights / GB:.2f}, gradients {estimate.gradients / GB:.2f}, optimizer "
        f"{estimate.optimizer / GB:.2f}, activations {estimate.activations / GB:.2f}, logits "
        f"{estimate.logits / GB:.2f}",
        f"{about} {estimate.total / GB:.2f} GB，可用 {available / GB:.2f} GB：权重 "
        f"{estimate.weights / GB:.2f}、梯度 {estimate.gradients / GB:.2f}、优化器 "
        f"{estimate.optimizer / GB:.2f}、激活 {estimate.activations / GB:.2f}、logits "
        f"{estimate.logits / GB:.2f}",
    )
    if estimate.whole > estimate.weights:
        message += tr(
            f"; each process loads all weights first: {estimate.whole / GB:.2f}",
            f"；每个进程会先加载全部权重：{estimate.whole / GB:.2f}",
        )
    if estimate.total * HEADROOM <= available:
        return Check("memory", "ok", message)
    fits = estimate.fixed <= available
    return Check("memory", "warn" if fits else "fail", message, memory_remedy(config, fits))


def _quantised(model: Policy, bnb: BnbCfgs) -> tuple[int, float]:
    """Number of weights that bitsandbytes quantises, and bits each takes with its constants."""
    if not bnb.use_bnb:
        return 0, 0.0
    head = model.get_output_embeddings()
    count = sum(
        module.weight.numel()
        for module in model.modules()
        if type(module) is nn.Linear and not module.weight.requires_grad and module is not head
    )
    if bnb.load_in_8bit:
        return count, 8.0
    # One constant for 64 weights: 32 bits, or 8 and a little (Dettmers et al. 2023,
    # arXiv:2305.14314, section 3).
    return count, 4.127 if bnb.bnb_4bit_use_double_quant else 4.5


def _activations(text: Any, positions: int, size: int, lora: bool, checkpointing: bool) -> int:
    """Bytes that forward keeps for backward.

    Values a position and layer, counted in Llama's and Gemma's blocks: inputs and outputs of the
    norms (in float32) and of the projections, queries, attention's output, and four of the
    feed-forward's width. A frozen projection's input is not kept, except where an adapter needs it.

    Args:
        text: Configuration of the text model.
        positions: Positions of the largest micro-batch.
        size: Bytes of a value.
        lora: Whether only adapters are trained.
        checkpointing: Whether layers are computed again in backward.
    """
    layers, width = text.num_hidden_layers, text.hidden_size
    heads = text.num_attention_heads
    key_heads = getattr(text, "num_key_value_heads", None) or heads
    head_width = getattr(text, "head_dim", None) or width // heads
    feed_forward = getattr(text, "intermediate_size", None) or 4 * width
    narrow = 4 * heads * head_width + 2 * key_heads * head_width + 4 * feed_forward
    layer = (6 if lora else 10) * width * 4 + narrow * size
    if checkpointing:
        return int(positions * (layers * width * size + layer))
    return int(positions * layers * layer)


def _logits(model: Policy, text: Any, micro_batch: MicroBatch, strategy: Strategy) -> int:
    """Bytes that the head works in."""
    vocabulary, width = text.vocab_size, text.hidden_size
    if strategy == "padded":
        most = max(micro_batch.predictions, micro_batch.reference_predictions)
        return int(most * vocabulary * 4 * LOGIT_COPIES)
    head = model.get_output_embeddings()
    block = min(LOGIT_BYTES, micro_batch.predictions * vocabulary * 4)
    if is_frozen_linear(head):
        return int(block + micro_batch.predictions * width * 4)
    # A trained head's gradient is made once a block and added up.
    return int(LOGIT_COPIES * block + vocabulary * width * 4)
