"""How often a model itself writes biased text: the bias generation rate.

Held-out pairs that begin alike give the prompts: the beginning is where a wording may turn either
way. The model continues it, sampling, and a judge that is not the generator decides which
continuations are biased. No judge is perfect, so its errors on held-out texts stand beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
from peft import PeftModel
from transformers import PreTrainedTokenizerBase

from edubias.data.pack import common_prefix
from edubias.evaluate.intervals import Estimate, clustered_share
from edubias.evaluate.systems import Scores
from edubias.model.load import Policy
from edubias.model.logps import Advance
from edubias.records import PreferencePair

LEAST_CHARS = 6
"""Shortest beginning that is a prompt."""

NEW_TOKENS = 32
BATCH = 16
TEMPERATURE = 0.8

Judge = Callable[[Sequence[str]], Scores]
"""Log-odds that texts are biased."""


@dataclass(frozen=True)
class GenerationRate:
    """Share of continuations that the judge finds biased.

    Attributes:
        prompts: Number of continuations.
        base: Of the base model's.
        policy: Of the policy's.
        judge_recall: Share of biased held-out texts that the judge finds.
        judge_false_alarms: Share of fair held-out texts that it takes for biased.
        examples: Some prompts with both continuations.
    """

    prompts: int
    base: Estimate
    policy: Estimate
    judge_recall: float
    judge_false_alarms: float
    examples: list[dict[str, str]]


def prompts_of(pairs: Sequence[PreferencePair], count: int) -> list[tuple[str, str]]:
    """Common beginnings of the two sides of pairs, with their scenarios; the first of each."""
    found: dict[str, str] = {}
    for pair in pairs:
        beginning = pair.chosen[: common_prefix(pair.chosen, pair.rejected)]
        if pair.lang == "en":
            # A tokenizer takes the space with the word that follows, and no half word goes on well.
            beginning = beginning.rpartition(" ")[0]
        if len(beginning) >= LEAST_CHARS and pair.scenario not in found.values():
            found.setdefault(beginning, pair.scenario)
    return list(found.items())[:count]


def generation_rate(
    policy: Policy,
    reference: Policy | None,
    tokenizer: PreTrainedTokenizerBase,
    pairs: Sequence[PreferencePair],
    judge: Judge,
    count: int,
    seed: int = 0,
    advance: Advance | None = None,
) -> GenerationRate:
    """Measure a policy and its base model.

    Args:
        policy: The trained model.
        reference: The base model; None where it is the policy without its adapters.
        tokenizer: Their tokenizer.
        pairs: Held-out pairs: prompts, and the judge's errors.
        judge: Judges texts; it must not be the policy.
        count: Most continuations of each model.
        seed: Seed of sampling.
        advance: Told how many more continuations are done.
    """
    prompts = prompts_of(pairs, count)
    beginnings, scenarios = [one for one, _ in prompts], [two for _, two in prompts]
    texts = {
        "policy": _continued(policy, tokenizer, beginnings, seed, advance, adapters=True),
        "base": _continued(
            reference or policy, tokenizer, beginnings, seed, advance, adapters=False
        ),
    }
    flagged = {name: judge(written) >= 0 for name, written in texts.items()}
    errors = judge([text for pair in pairs for text in (pair.chosen, pair.rejected)]) >= 0
    return GenerationRate(
        prompts=len(prompts),
        base=_share(flagged["base"], scenarios),
        policy=_share(flagged["policy"], scenarios),
        judge_recall=float(errors[1::2].mean()),
        judge_false_alarms=float(errors[::2].mean()),
        examples=[
            {"prompt": beginning, "base": base, "policy": own}
            for beginning, base, own in zip(
                beginnings[:5], texts["base"][:5], texts["policy"][:5], strict=True
            )
        ],
    )


def _share(flagged: npt.NDArray[np.bool_], scenarios: Sequence[str]) -> Estimate:
    return clustered_share(flagged, scenarios)


@torch.no_grad()
def _continued(
    model: Policy,
    tokenizer: PreTrainedTokenizerBase,
    beginnings: Sequence[str],
    seed: int,
    advance: Advance | None,
    adapters: bool,
) -> list[str]:
    """Each beginning with what the model makes of it, up to the first line's end."""
    model.eval()
    written = []
    base = not adapters and isinstance(model, PeftModel)
    off = cast(PeftModel, model).disable_adapter() if base else nullcontext()
    with off, torch.random.fork_rng():
        torch.manual_seed(seed)
        for start in range(0, len(beginnings), BATCH):
            chunk = list(beginnings[start : start + BATCH])
            inputs = cast(Any, tokenizer)(
                chunk, return_tensors="pt", padding=True, padding_side="left"
            )
            output = cast(Any, model).generate(
                **inputs.to(cast(Any, model).device),
                max_new_tokens=NEW_TOKENS,
                do_sample=True,
                temperature=TEMPERATURE,
                pad_token_id=tokenizer.pad_token_id,
            )
            new = cast(Any, tokenizer).batch_decode(
                output[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True
            )
            written += [
                beginning + text.split("\n")[0] for beginning, text in zip(chunk, new, strict=True)
            ]
            if advance is not None:
                advance(len(chunk))
    return written
