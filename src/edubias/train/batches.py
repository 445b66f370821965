"""Which pairs make a step and its micro-batches."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise

import numpy as np
import numpy.typing as npt
from torch.utils.data import DataLoader, Sampler

from edubias.config import TrainCfgs
from edubias.data.collate import EncodedPair

Indices = npt.NDArray[np.int64]


@dataclass
class StepSampler(Sampler[list[int]]):
    """Micro-batches of one process, with equally many tokens.

    Every step takes the next ``pairs_per_step`` pairs of a random order, sorts them by length and
    cuts them into as many micro-batches as there are, over all processes. The order depends on
    seed and epoch alone. What is left at an epoch's end makes a smaller step; fewer pairs than
    processes are left out.

    Attributes:
        tokens: Tokens of each pair, both sides.
        pairs_per_step: Pairs in an optimiser step, over all processes.
        micro_batches: Forward passes in a step, of each process.
        seed: Seed of the order.
        processes: Number of processes.
        process: Which one this is.
        epoch: Which epoch the next iteration is.
    """

    tokens: Sequence[int]
    pairs_per_step: int
    micro_batches: int
    seed: int
    processes: int = 1
    process: int = 0
    epoch: int = field(default=0, init=False)

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch whose order comes next."""
        self.epoch = epoch

    def __len__(self) -> int:
        """Micro-batches of this process in an epoch."""
        full, rest = divmod(len(self.tokens), self.pairs_per_step)
        return full * self.micro_batches + self._parts(rest)

    def __iter__(self) -> Iterator[list[int]]:
        for step in self.steps(self.epoch):
            parts = self._parts(len(step))
            if parts:
                groups = cut_evenly(step, self.tokens, parts * self.processes)
                yield from groups[self.process :: self.processes]

    @property
    def steps_per_epoch(self) -> int:
        """Optimiser steps in an epoch."""
        full, rest = divmod(len(self.tokens), self.pairs_per_step)
        return max(1, full + bool(self._parts(rest)))

    def steps(self, epoch: int) -> Iterator[list[int]]:
        """Pairs of each step of an epoch, shortest first, over all processes."""
        order = np.random.default_rng([self.seed, epoch]).permutation(len(self.tokens))
        for start in range(0, len(order), self.pairs_per_step):
            pairs = [int(i) for i in order[start : start + self.pairs_per_step]]
            yield sorted(pairs, key=lambda i: (self.tokens[i], i))

    def pairs_of_step(self, step: int) -> list[int]:
        """Pairs of a step, over all processes.

        Args:
            step: The step, counted from 0 over all epochs.
        """
        epoch, index = divmod(step, self.steps_per_epoch)
        return next(islice(self.steps(epoch), index, None))

    def _parts(self, pairs: int) -> int:
        """Micro-batches that each process makes of a step."""
        return min(self.micro_batches, pairs // self.processes)


class EpochLoader(DataLoader[object]):
    """A loader that tells its sampler the epoch."""

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch whose order comes next."""
        if isinstance(self.batch_sampler, StepSampler):
            self.batch_sampler.set_epoch(epoch)


def step_sampler(
    cfg: TrainCfgs, tokens: Sequence[int], processes: int = 1, process: int = 0
) -> StepSampler:
    """The sampler that a configuration stands for.

    Args:
        cfg: Batch size, accumulation and limit of tokens.
        tokens: Tokens of each training pair, both sides.
        processes: Number of processes.
        process: Which one this is.
    """
    sampler = StepSampler(
        tokens=tokens,
        pairs_per_step=(
            cfg.per_device_train_batch_size * cfg.gradient_accumulation_steps * processes
        ),
        micro_batches=cfg.gradient_accumulation_steps,
        seed=cfg.seed,
        processes=processes,
        process=process,
    )
    if cfg.micro_batch_tokens is not None:
        epochs = cfg.epochs if cfg.max_steps is None else cfg.max_steps / sampler.steps_per_epoch
        sampler.micro_batches = micro_batches_within(
            sampler, cfg.micro_batch_tokens, math.ceil(epochs)
        )
    return sampler


def tokens_of_pairs(pairs: Sequence[EncodedPair]) -> list[int]:
    """Tokens of each pair, both sides."""
    return [len(pair["chosen_ids"]) + len(pair["rejected_ids"]) for pair in pairs]


def micro_batches_within(sampler: StepSampler, limit: int, epochs: int) -> int:
    """Fewest micro-batches a step with which none of a training has more than ``limit`` tokens.

    Args:
        sampler: The sampler; its own number of micro-batches does not matter.
        limit: Tokens in a micro-batch, prompt not counted. A longer pair gets one of its own. An
            epoch's last step may have more where it has too few pairs for the processes to have
            equally many micro-batches.
        epochs: Epochs of the training.
    """
    tokens = sampler.tokens
    most = max(1, sampler.pairs_per_step // sampler.processes)
    needed = 1
    for epoch in range(epochs):
        for step in sampler.steps(epoch):
            # No process can have more micro-batches than there are pairs for each.
            while needed < min(most, len(step) // sampler.processes) and any(
                len(group) > 1 and sum(tokens[i] for i in group) > limit
                for group in cut_evenly(step, tokens, needed * sampler.processes)
            ):
                needed += 1
    return needed


def cut_evenly(pairs: Sequence[int], tokens: Sequence[int], parts: int) -> list[list[int]]:
    """Cut pairs, in their order, into parts with as equal numbers of tokens as can be.

    Args:
        pairs: Indices of at least ``parts`` pairs.
        tokens: Tokens of each pair.
        parts: Number of parts; none will be empty.
    """
    done: Indices = np.cumsum([tokens[i] for i in pairs])
    cuts = [0]
    for part in range(1, parts):
        even = int(np.searchsorted(done, done[-1] * part / parts, side="right"))
        # At least one pair for this part, and for each one after it.
        cuts.append(min(max(even, cuts[-1] + 1), len(pairs) - (parts - part)))
    cuts.append(len(pairs))
    return [list(pairs[start:end]) for start, end in pairwise(cuts)]
