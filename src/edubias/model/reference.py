"""The reference's log-probabilities, computed once and kept on disk.

They depend on weights, prompt and text alone, so training, evaluation and later runs share them.
Each completion is an entry of its own: data may grow, and a computation that was stopped goes on
where it was.
"""

from __future__ import annotations

import functools
import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from types import TracebackType

import numpy as np
import torch
from peft import PeftModel
from torch import Tensor, nn

from edubias.data.collate import Strategy
from edubias.home import cache_home
from edubias.lang import tr
from edubias.model.logps import Advance, logps_of_completions
from edubias.progress import STDERR

FORMAT = "1"
SAMPLE = 4096
"""Elements of each weight that go into the fingerprint byte by byte, beside the sum of all."""

ENTRIES_AT_ONCE = 256
"""Entries computed before they are written."""


class ReferenceCache:
    """Log-probabilities of completions under one model after one prompt.

    Args:
        path: Database file; made if missing.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._broken = False
        self._connection = sqlite3.connect(path, timeout=60)
        with self._connection:
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS logps (completion BLOB PRIMARY KEY, logps BLOB)"
            )

    @classmethod
    def of(cls, model: nn.Module, prompt: Sequence[int]) -> ReferenceCache | None:
        """The cache for a model.

        Returns:
            None where the file can't be opened.
        """
        path = cache_home() / "reference" / f"{fingerprint(model, prompt)}.sqlite"
        try:
            return cls(path)
        except (sqlite3.Error, OSError) as error:
            _say_once(path, str(error))
            return None

    def __enter__(self) -> ReferenceCache:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def get(self, completion: Sequence[int]) -> Tensor | None:
        """Log-probabilities of a completion's tokens, float32 in nats, if they are known."""
        if self._broken:
            return None
        query = "SELECT logps FROM logps WHERE completion = ?"
        row = None
        with self._until_broken(), closing(self._connection.cursor()) as cursor:
            row = cursor.execute(query, (_key(completion),)).fetchone()
        return None if row is None else torch.from_numpy(np.frombuffer(row[0], np.float32).copy())

    def put(self, entries: Sequence[tuple[Sequence[int], Tensor]]) -> None:
        """Keep completions with their tokens' log-probabilities; all or none are written.

        Where they can't be written, they are not kept.
        """
        if self._broken:
            return
        rows = [
            (_key(ids), logps.to(torch.float32).contiguous().numpy().tobytes())
            for ids, logps in entries
        ]
        with self._until_broken(), self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO logps VALUES (?, ?)", rows)

    @contextmanager
    def _until_broken(self) -> Iterator[None]:
        """Go on without the cache as soon as its file fails: it only saves time."""
        try:
            yield
        except sqlite3.Error as error:
            self._broken = True  # nor be waited for again where another process has locked it
            _say_once(self.path, str(error))


@functools.cache
def _say_once(path: Path, reason: str) -> None:
    STDERR.print(
        tr(
            f"{path}: no cache, so the reference is computed again: {reason}",
            f"{path}：缓存不可用，参考模型将重新计算：{reason}",
        ),
        style="yellow",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


def _key(completion: Sequence[int]) -> bytes:
    return hashlib.sha256(np.asarray(completion, np.int64).tobytes()).digest()


def fingerprint(model: nn.Module, prompt: Sequence[int]) -> str:
    """What a model's log-probabilities depend on, as a file name.

    Adapters do not count. Of each weight its name, type, shape, sum and a sample go in; all of
    a large model's bytes would take minutes. No weight may be spread over processes.
    """
    digest = hashlib.sha256(FORMAT.encode())
    digest.update(np.asarray(prompt, np.int64).tobytes())
    device = next(model.parameters()).device.type
    digest.update(device.encode())
    if torch.is_autocast_enabled(device):
        digest.update(str(torch.get_autocast_dtype(device)).encode())
    # bitsandbytes keeps beside a weight how it is read, and in the layer what it is read as.
    layers = [module for module in model.modules() if hasattr(module, "compute_dtype")]
    digest.update("".join(sorted({str(layer.compute_dtype) for layer in layers})).encode())
    for name, weight in sorted(model.named_parameters()):
        if "lora_" in name:
            continue
        plain = name.removeprefix("base_model.model.").replace(".base_layer.", ".")
        flat = weight.detach().flatten()
        if device == "mps":  # it has no float64
            flat = flat.cpu()
        sample = flat[:: max(1, flat.numel() // SAMPLE)].cpu()
        total = flat.sum(dtype=torch.float64).item()
        digest.update(f"{plain} {weight.dtype} {tuple(weight.shape)} {total!r}".encode())
        if (state := getattr(weight, "quant_state", None)) is not None:
            digest.update(f"{state.quant_type} {state.dtype} {state.nested}".encode())
        digest.update(sample.contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()[:32]


def reference_logps(
    model: nn.Module,
    prompt: Sequence[int],
    completions: Sequence[Sequence[int]],
    pad_id: int,
    strategy: Strategy,
    advance: Advance | None = None,
    keep: bool = True,
) -> list[Tensor]:
    """Log-probabilities of completions under a reference, from the cache where it has them.

    Args:
        model: The reference, or a policy whose adapters are switched off meanwhile.
        prompt: The constant prompt's token ids.
        completions: Token ids of each completion.
        pad_id: Token id for padding.
        strategy: See ``choose_strategy``.
        advance: Told how many more completions are done.
        keep: Use the cache; off for texts that are not ours to keep.

    Returns:
        For each completion, in order, its tokens' log-probabilities: float32 on the CPU, in nats.
    """
    cache = ReferenceCache.of(model, prompt) if keep else None
    known = [None if cache is None else cache.get(ids) for ids in completions]
    missing = [i for i, logps in enumerate(known) if logps is None]
    if advance is not None and len(missing) < len(completions):
        advance(len(completions) - len(missing))
    was_training = model.training
    model.eval()
    fresh: list[tuple[Sequence[int], Tensor]] = []
    with (
        model.disable_adapter() if isinstance(model, PeftModel) else nullcontext(),
        cache or nullcontext(),
    ):
        ids = [completions[i] for i in missing]
        for position, logps in logps_of_completions(model, prompt, ids, pad_id, strategy, advance):
            known[missing[position]] = logps
            fresh.append((ids[position], logps))
            if cache is not None and len(fresh) >= ENTRIES_AT_ONCE:
                cache.put(fresh)
                fresh.clear()
        if cache is not None:
            cache.put(fresh)
    model.train(was_training)
    return [logps for logps in known if logps is not None]
