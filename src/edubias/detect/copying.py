"""Decoding that mostly copies: a text's own tokens in their order, and few others among them.

A small model that writes freely writes nonsense; one that may only leave words out and add a few
writes what the text's author wrote. How many tokens of a wording are not the text's is its length
less that of the longest subsequence both have in common (Wagner and Fischer 1974,
doi:10.1145/321796.321811).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from transformers import LogitsProcessor


@dataclass(frozen=True)
class Copying:
    """What may follow the beginning of a wording.

    Attributes:
        source: The text's token ids.
        most_added: Most tokens that are not the text's.
    """

    source: Sequence[int]
    most_added: int

    def common(self, written: Sequence[int], before: list[int] | None = None) -> list[int]:
        """Longest common subsequences of what is written and each beginning of the text.

        Args:
            written: Token ids.
            before: The same for what stands before them, to go on from.

        Returns:
            One length for each beginning, the empty one first.
        """
        lengths = before or [0] * (len(self.source) + 1)
        for token in written:
            longer = [0]
            for position, own in enumerate(self.source):
                longer.append(
                    lengths[position] + 1
                    if own == token
                    else max(longer[position], lengths[position + 1])
                )
            lengths = longer
        return lengths

    def allowed(self, written: int, common: Sequence[int]) -> set[int] | None:
        """Tokens that may come next; None where any may.

        Args:
            written: Number of tokens so far.
            common: ``common`` of them.
        """
        least = written + 1 - self.most_added
        if common[-1] >= least:
            return None
        before = common[:-1]
        return {own for own, length in zip(self.source, before, strict=True) if length + 1 >= least}

    def restrict(self, scores: Tensor, written: int, common: Sequence[int], end: int) -> None:
        """Make the scores of what may not follow minus infinity, in place.

        Args:
            scores: ``(vocabulary,)``.
            written: Number of tokens so far.
            common: ``common`` of them.
            end: Token id of the end, which may always come.
        """
        allowed = self.allowed(written, common)
        if allowed is None:
            return
        index = torch.tensor(sorted({*allowed, end}), device=scores.device)
        kept = scores[index]
        scores.fill_(-torch.inf)
        scores[index] = kept


@dataclass
class CopyingProcessor(LogitsProcessor):
    """Lets ``generate`` copy.

    Attributes:
        copying: What may follow.
        starts: Where each row's wording begins.
        end: Token id of the end, which may always come.
    """

    copying: Copying
    starts: Sequence[int]
    end: int
    _common: dict[int, tuple[int, list[int]]] = field(default_factory=dict)

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Scores of what may not follow become minus infinity.

        Args:
            input_ids: ``(rows, length)``, the rows in the same order every time.
            scores: ``(rows, vocabulary)``.
        """
        for row, (ids, start) in enumerate(zip(input_ids.tolist(), self.starts, strict=True)):
            written = ids[start:]
            seen, common = self._common.get(row, (0, None))
            common = self.copying.common(written[seen:], common)
            self._common[row] = len(written), common
            self.copying.restrict(scores[row], len(written), common, self.end)
        return scores
