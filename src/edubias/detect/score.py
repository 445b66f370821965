"""Score statements by the implicit reward of a trained policy.

``r(x, y) = β·Σ_t [log π(y_t|x, y_<t) − log π_ref(y_t|x, y_<t)]`` (Rafailov et al. 2023,
arXiv:2305.18290, eq. 5, without its constant). The score is the negative of its mean over tokens:
statements of any length compare, and higher means more biased.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from edubias.data.collate import Strategy
from edubias.data.prompt import completion_ids
from edubias.model.load import Policy
from edubias.model.logps import Advance, logps_of_completions
from edubias.model.reference import reference_logps


@dataclass(frozen=True)
class TokenLogps:
    """Log-probabilities of one statement's T tokens, end token included, in nats.

    Attributes:
        policy: ``(T,)`` under the policy.
        reference: ``(T,)`` under the reference.
    """

    policy: Tensor
    reference: Tensor

    def implicit_reward(self, beta: float) -> float:
        """``β·Σ_t (log π − log π_ref)``."""
        return beta * float((self.policy - self.reference).sum())


@dataclass(frozen=True)
class Scorer:
    """A policy and its reference, ready to score.

    Attributes:
        policy: The trained model.
        reference: The model before training; None where it is the policy without its adapters.
        tokenizer: Their tokenizer.
        prompt: The constant prompt's token ids.
        max_tokens: Longest statement in tokens; longer ones lose their tail.
        beta: β of the implicit reward.
        strategy: How statements go through the models.
    """

    policy: Policy
    reference: PreTrainedModel | None
    tokenizer: PreTrainedTokenizerBase
    prompt: Sequence[int]
    max_tokens: int
    beta: float
    strategy: Strategy

    def token_logps(
        self, texts: Sequence[str], advance: Advance | None = None, keep: bool = False
    ) -> list[TokenLogps]:
        """Log-probabilities of every token of every text, under policy and reference.

        Args:
            texts: The statements.
            advance: Told how many more forward passes of a statement are done; there are two
                for each statement.
            keep: Keep the reference's share on disk, for texts that will be scored again.
        """
        reference = self.reference_logps(texts, advance, keep)
        self.policy.eval()
        policy = dict(
            logps_of_completions(
                self.policy, self.prompt, self._ids(texts), self._pad_id, self.strategy, advance
            )
        )
        return [TokenLogps(policy[i], logps) for i, logps in enumerate(reference)]

    def reference_logps(
        self, texts: Sequence[str], advance: Advance | None = None, keep: bool = False
    ) -> list[Tensor]:
        """Log-probabilities of every token of every text under the reference, as above."""
        return reference_logps(
            self.reference or self.policy,
            self.prompt,
            self._ids(texts),
            self._pad_id,
            self.strategy,
            advance,
            keep,
        )

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        return [completion_ids(self.tokenizer, text, self.max_tokens) for text in texts]

    @property
    def _pad_id(self) -> int:
        return self.tokenizer.pad_token_id or 0

    def scores(self, texts: Sequence[str], advance: Advance | None = None) -> list[float]:
        """Score of every text: higher is more biased."""
        return [self.score_of(logps) for logps in self.token_logps(texts, advance)]

    def score_of(self, logps: TokenLogps) -> float:
        """Negative implicit reward per token."""
        return -logps.implicit_reward(self.beta) / len(logps.policy)
