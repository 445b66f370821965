"""Log-probabilities of completions under a causal language model.

Two strategies, one result. ``padded`` is plain and works for any architecture; ``packed``
(``edubias.model.packed``) is fast. Every figure of the one is tested against the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple, TypeVar, cast

import torch
import torch.nn.functional as F
from accelerate.utils import extract_model_from_parallel
from torch import Tensor, nn

from edubias.data.collate import CompletionBatch, Strategy, batch_completions
from edubias.data.pack import PackedBatch
from edubias.data.prompt import JudgementIds
from edubias.errors import ConfigError
from edubias.lang import tr
from edubias.model.packed import packed_outputs, why_not_packed

Advance = Callable[[int], None]
"""Told how many more items are done."""

Batch = TypeVar("Batch", CompletionBatch, PackedBatch, CompletionBatch | PackedBatch)

PASS_TOKENS = {"cpu": 1024, "cuda": 16384}
"""Tokens in a forward pass without gradients, by type of device."""

PASS_LOGITS = 400_000_000
"""Logits that a padded pass keeps at most: in half precision, float32 and as log-probabilities they
take 4 GB, whatever the vocabulary."""


def choose_strategy(
    model: nn.Module, wanted: Literal["auto", "packed", "padded"] = "auto"
) -> tuple[Strategy, str | None]:
    """The strategy for a model, and why it is not the fast one where it should have been.

    Raises:
        ConfigError: ``packed`` is wanted and the model does not allow it.
    """
    if wanted == "padded":
        return "padded", None
    reason = why_not_packed(model)
    if reason is not None and wanted == "packed":
        raise ConfigError(
            tr(f"this model can't be packed: {reason}", f"该模型无法使用 packed 策略：{reason}"),
            tr(
                "Set train_cfgs.forward_strategy=auto.",
                "请设置 train_cfgs.forward_strategy=auto。",
            ),
        )
    return ("packed" if reason is None else "padded"), reason


class Outputs(NamedTuple):
    """What a model says of N completions, of which the longest has L tokens.

    Attributes:
        logps: ``(N, L)`` float32: log-probability in nats of every token given the prompt and the
            tokens before it; 0 on padding.
        verdicts: ``(N,)`` float32: by how much, at the completion's end, the logit of the verdict
            "biased" is above that of "fair".
        kinds: ``(N, C)`` float32: logits of the kinds of bias, in the order of
            ``edubias.data.prompt.KINDS``, up to a constant of each completion.
    """

    logps: Tensor
    verdicts: Tensor
    kinds: Tensor


def token_logps(model: nn.Module, batch: CompletionBatch | PackedBatch) -> Tensor:
    """Log-probability of every completion token given the prompt and the tokens before it.

    Args:
        model: A transformers causal language model, or such a model with adapters.
        batch: N completions. L is the longest one's number of tokens; packed, of predicted ones.

    Returns:
        ``(N, L)`` float32 in nats; 0 on padding.
    """
    if "subtree_ends" in batch:
        return packed_outputs(model, cast(PackedBatch, batch))[0]
    return _padded_logps(padded_pass(model, batch)[:, :-1], batch)


def completion_outputs(
    model: nn.Module, batch: CompletionBatch | PackedBatch, judgements: JudgementIds
) -> Outputs:
    """``token_logps`` and judgements, in one pass.

    Args:
        model: As for ``token_logps``.
        batch: N completions.
        judgements: Tokens of the judgements.
    """
    if "subtree_ends" in batch:
        logps, judged = packed_outputs(model, cast(PackedBatch, batch), judgements)
        return Outputs(logps, *_verdicts_and_kinds(cast(Tensor, judged)))
    logits = padded_pass(model, batch)[:, :-1]
    last = last_positions(batch["completion_mask"])
    at_end = logits[torch.arange(len(last), device=last.device), last].float()
    judged = at_end[:, [judgements.biased, *judgements.kinds]] - at_end[:, [judgements.fair]]
    return Outputs(_padded_logps(logits, batch), *_verdicts_and_kinds(judged))


def last_positions(completion_mask: Tensor) -> Tensor:
    """``(N,)``: the last position of each row of a ``(N, L)`` mask that is 1."""
    positions = torch.arange(completion_mask.shape[1], device=completion_mask.device)
    return (completion_mask * positions).argmax(dim=1)


def _verdicts_and_kinds(judged: Tensor) -> tuple[Tensor, Tensor]:
    return judged[:, 0], judged[:, 1:]


def padded_pass(model: nn.Module, batch: CompletionBatch) -> Tensor:
    """What a model's head makes of the positions that predict completion tokens, and one more.

    ``(N, L + 1, …)``: the prompt's last position predicts the first token, the last one nothing.
    """
    values: Tensor = model(
        input_ids=batch["input_ids"],
        attention_mask=batch["attention_mask"],
        logits_to_keep=batch["completion_mask"].shape[1] + 1,
        use_cache=False,
    ).logits
    return values


def _padded_logps(logits: Tensor, batch: CompletionBatch) -> Tensor:
    mask = batch["completion_mask"]
    targets = batch["input_ids"][:, -mask.shape[1] :]
    loss = F.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), reduction="none")
    return -loss.view(targets.shape) * mask


@torch.no_grad()
def logps_of_completions(
    model: nn.Module,
    prompt: Sequence[int],
    completions: Sequence[Sequence[int]],
    pad_id: int,
    strategy: Strategy,
    advance: Advance | None = None,
) -> Iterator[tuple[int, Tensor]]:
    """Log-probabilities of many completions, without gradients.

    Args:
        model: The model, left in whatever mode (train or eval) it is in.
        prompt: The constant prompt's token ids.
        completions: Token ids of each completion.
        pad_id: Token id for padding.
        strategy: See ``choose_strategy``.
        advance: Told after every pass how many more completions are done.

    Yields:
        Index of a completion and its tokens' log-probabilities, float32 on the CPU, in nats; for
        all completions, in the order in which they are done.
    """
    for indices, batch in batches_of_completions(model, prompt, completions, pad_id, strategy):
        logps = token_logps(model, batch).cpu()
        for row, index in zip(logps, indices, strict=True):
            yield index, row[: len(completions[index])].clone()
        if advance is not None:
            advance(len(indices))


def batches_of_completions(
    model: nn.Module,
    prompt: Sequence[int],
    completions: Sequence[Sequence[int]],
    pad_id: int,
    strategy: Strategy,
) -> Iterator[tuple[list[int], CompletionBatch | PackedBatch]]:
    """Completions in passes that a model takes well, on its device: indices and batch of each."""
    device = next(model.parameters()).device
    vocabulary = extract_model_from_parallel(model).config.get_text_config().vocab_size
    for indices in passes(completions, len(prompt), strategy, device, vocabulary):
        batch = batch_completions(strategy, prompt, [completions[i] for i in indices], pad_id)
        yield indices, on_device(batch, device)


def passes(
    completions: Sequence[Sequence[int]],
    prompt_tokens: int,
    strategy: Strategy,
    device: torch.device,
    vocabulary: int,
) -> list[list[int]]:
    """Which completions go through the model together: as many as one pass takes well.

    Packed, like beginnings come together, since they are computed once. Padded, like lengths do,
    longest first, so that a pass that does not fit in memory fails at once; and no more of them
    than ``PASS_LOGITS`` allows for the vocabulary.
    """
    limit = PASS_TOKENS.get(device.type, PASS_TOKENS["cpu"])
    packed = strategy == "packed"
    if not packed:
        limit = min(limit, PASS_LOGITS // vocabulary)
    order = sorted(
        range(len(completions)),
        key=lambda i: tuple(completions[i]) if packed else (-len(completions[i]), i),
    )
    groups: list[list[int]] = []
    used = 0
    for index in order:
        # Padded, every completion of a pass is as long as its first one.
        cost = len(completions[index if packed or not groups else groups[-1][0]])
        cost += 0 if packed else prompt_tokens
        if not groups or used + cost > limit:
            groups.append([])
            used = prompt_tokens if packed else 0
        groups[-1].append(index)
        used += cost
    return groups


def on_device(batch: Batch, device: torch.device) -> Batch:
    """The batch on a device."""
    return cast(Batch, {name: cast(Tensor, tensor).to(device) for name, tensor in batch.items()})
