"""Score statements by the implicit reward of a trained policy.

``r(x, y) = β·Σ_t [log π(y_t|x, y_<t) − log π_ref(y_t|x, y_<t)]`` (Rafailov et al. 2023,
arXiv:2305.18290, eq. 5, without its constant). The score is the negative of its mean over tokens:
statements of any length compare, and higher means more biased.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from peft import PeftModel
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from edubias.data.prompt import completion_ids
from edubias.model.load import Policy
from edubias.model.logps import Advance, logps_of_completions

BATCH_SIZE = 16


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
    """

    policy: Policy
    reference: PreTrainedModel | None
    tokenizer: PreTrainedTokenizerBase
    prompt: Sequence[int]
    max_tokens: int
    beta: float

    def token_logps(self, texts: Sequence[str], advance: Advance | None = None) -> list[TokenLogps]:
        """Log-probabilities of every token of every text, under policy and reference.

        Args:
            texts: The statements.
            advance: Told how many more forward passes of a statement are done; there are two
                for each statement.
        """
        completions = [completion_ids(self.tokenizer, text, self.max_tokens) for text in texts]

        def logps(model: Policy) -> list[Tensor]:
            model.eval()
            pad_id = self.tokenizer.pad_token_id or 0
            return logps_of_completions(
                model, self.prompt, completions, pad_id, BATCH_SIZE, advance
            )

        under_policy = logps(self.policy)
        without_adapters = (
            self.policy.disable_adapter() if isinstance(self.policy, PeftModel) else nullcontext()
        )
        with without_adapters:
            under_reference = logps(self.reference or self.policy)
        return [
            TokenLogps(policy, reference)
            for policy, reference in zip(under_policy, under_reference, strict=True)
        ]

    def scores(self, texts: Sequence[str], advance: Advance | None = None) -> list[float]:
        """Score of every text: higher is more biased."""
        return [self.score_of(logps) for logps in self.token_logps(texts, advance)]

    def score_of(self, logps: TokenLogps) -> float:
        """Negative implicit reward per token."""
        return -logps.implicit_reward(self.beta) / len(logps.policy)
