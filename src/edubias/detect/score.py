"""Read statements with a trained policy and its reference, and sum up what they say.

``r(x, y) = β·Σ_t [log π(y_t|x, y_<t) − log π_ref(y_t|x, y_<t)]`` (Rafailov et al. 2023,
arXiv:2305.18290, eq. 5, without its constant) is the implicit reward. Features of a statement are
its negative, in three ways, and the policy's verdict: all rise with bias.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from peft import PeftModel
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from edubias.data.collate import Strategy
from edubias.data.prompt import JudgementIds, completion_ids
from edubias.errors import DataError
from edubias.lang import tr
from edubias.model.load import Policy
from edubias.model.logps import Advance
from edubias.model.readings import (
    Judgement,
    judgements_of_completions,
    readings_of_completions,
)
from edubias.model.reference import reference_logps

Found = TypeVar("Found", bound=Judgement)

WINDOW = 6
"""Tokens in a window: a biased phrase is about as long."""


@dataclass(frozen=True)
class Reading:
    """What policy and reference say of one statement of T tokens, end token included.

    Attributes:
        policy: ``(T,)`` log-probabilities under the policy, in nats.
        reference: ``(T,)`` under the reference.
        verdict: By how much, at the end, the policy's logit of "biased" is above that of "fair".
        kind_evidence: ``(H + C,)``: mean of the policy's last hidden states, and its logits of
            the C kinds of bias.
    """

    policy: Tensor
    reference: Tensor
    verdict: float
    kind_evidence: Tensor

    @property
    def blame(self) -> npt.NDArray[np.float64]:
        """``(T,)``: how much each token speaks for bias: ``log π_ref − log π``, in nats."""
        return np.asarray((self.reference - self.policy).tolist())

    def implicit_reward(self, beta: float) -> float:
        """``β·Σ_t (log π − log π_ref)``."""
        return -beta * float(self.blame.sum())


def worst_window(blame: npt.NDArray[np.float64]) -> float:
    """Greatest mean of ``WINDOW`` neighbours, or the mean of fewer values."""
    width = min(WINDOW, len(blame))
    return float(np.convolve(blame, np.full(width, 1 / width), mode="valid").max())


FEATURES: dict[str, Callable[[Reading, float], float]] = {
    "reward_sum": lambda reading, beta: -reading.implicit_reward(beta),
    "reward_mean": lambda reading, beta: -reading.implicit_reward(beta) / len(reading.policy),
    "reward_window": lambda reading, beta: beta * worst_window(reading.blame),
    "verdict": lambda reading, beta: reading.verdict,
}
"""What a calibration can weigh, of a reading and β: the negative implicit reward as a sum, as a
mean over tokens (statements of any length compare) and as its worst window (a long text with one
biased phrase); and the verdict."""


@dataclass(frozen=True)
class Scorer:
    """A policy and its reference, ready to read statements.

    Attributes:
        policy: The trained model.
        reference: The model before training; None where it is the policy without its adapters.
        tokenizer: Their tokenizer.
        prompt: The constant prompt's token ids.
        judgements: Tokens of the judgements.
        max_tokens: Longest statement in tokens, end token included.
        beta: β of the implicit reward.
        strategy: How statements go through the models.
    """

    policy: Policy
    reference: PreTrainedModel | None
    tokenizer: PreTrainedTokenizerBase
    prompt: Sequence[int]
    judgements: JudgementIds
    max_tokens: int
    beta: float
    strategy: Strategy

    def readings(
        self, texts: Sequence[str], advance: Advance | None = None, keep: bool = False
    ) -> list[Reading]:
        """What policy and reference say of each text.

        Args:
            texts: The statements.
            advance: Told how many more forward passes of a statement are done; there are two
                for each statement.
            keep: Keep the reference's share on disk, for texts that will be read again.
        """
        reference = self.reference_logps(texts, advance, keep)
        policy = self._read(readings_of_completions, self.policy, texts, advance)
        return [
            Reading(policy[i].logps, logps, policy[i].verdict, policy[i].kind_evidence)
            for i, logps in enumerate(reference)
        ]

    def reference_logps(
        self, texts: Sequence[str], advance: Advance | None = None, keep: bool = False
    ) -> list[Tensor]:
        """Log-probabilities of every token of every text under the reference, as above."""
        return reference_logps(
            self.reference or self.policy,
            self.prompt,
            self.token_ids(texts),
            self._pad_id,
            self.strategy,
            advance,
            keep,
        )

    def glances(self, texts: Sequence[str], advance: Advance | None = None) -> list[Judgement]:
        """The policy's judgement of each text alone: a small part of what a reading costs."""
        return self._read(judgements_of_completions, self.policy, texts, advance)

    def base_states(
        self, texts: Sequence[str], advance: Advance | None = None
    ) -> npt.NDArray[np.float64]:
        """``(N, H)`` mean hidden states of N texts under the base model."""
        model = self.reference or self.policy
        adapters = model.disable_adapter() if isinstance(model, PeftModel) else nullcontext()
        with adapters:
            found = self._read(judgements_of_completions, model, texts, advance)
        kinds = len(self.judgements.kinds)
        return np.asarray([one.kind_evidence[:-kinds].tolist() for one in found])

    def _read(
        self,
        read: Callable[..., Iterator[tuple[int, Found]]],
        model: Policy,
        texts: Sequence[str],
        advance: Advance | None,
    ) -> list[Found]:
        """What a model says of each text, in order."""
        model.eval()
        found = dict(
            read(
                model,
                self.prompt,
                self.token_ids(texts),
                self._pad_id,
                self.strategy,
                self.judgements,
                advance,
            )
        )
        return [found[i] for i in range(len(texts))]

    def fits(self, text: str) -> bool:
        """Whether a text is short enough to be read."""
        return len(completion_ids(self.tokenizer, text)) <= self.max_tokens

    def token_ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text.

        Raises:
            DataError: A text is too long. It is not cut: the bias may stand in the tail.
        """
        found = [completion_ids(self.tokenizer, text) for text in texts]
        for text, ids in zip(texts, found, strict=True):
            if len(ids) > self.max_tokens:
                raise DataError(
                    tr(
                        f"too long ({len(ids)} tokens, at most {self.max_tokens}): “{text[:40]}…”",
                        f"文本过长（{len(ids)} 个词元，上限 {self.max_tokens}）：“{text[:40]}……”",
                    ),
                    tr("Give it sentence by sentence.", "请逐句给出。"),
                )
        return found

    @property
    def _pad_id(self) -> int:
        return self.tokenizer.pad_token_id or 0

    def scores(self, texts: Sequence[str], advance: Advance | None = None) -> list[float]:
        """Negative implicit reward per token of every text; not calibrated."""
        readings = self.readings(texts, advance)
        return [float(value) for value in self.features(readings, ("reward_mean",))[:, 0]]

    def features(
        self, readings: Sequence[Reading], names: Sequence[str]
    ) -> npt.NDArray[np.float64]:
        """``(N, len(names))`` features of N readings."""
        rows = [[FEATURES[name](reading, self.beta) for name in names] for reading in readings]
        return np.asarray(rows, dtype=np.float64).reshape(len(readings), len(names))
