"""How the cost of a training step grows: ``python -m benchmarks.growth``."""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import torch
from rich.console import Console
from rich.table import Table

from edubias.config import load_config
from edubias.data.pack import pack_completions
from edubias.model.load import load_base, quiet_libraries, with_lora
from edubias.model.logps import token_logps

FIRST_TOKEN = 1000
"""Random tokens are drawn from here on, so that none is a special one."""


@dataclass(frozen=True)
class Size:
    """What a step is made of."""

    pairs: int = 4
    statement: int = 32
    prompt: int = 5
    vocabulary: int | None = None


BASE = Size()
VARIED = {
    "pairs": [Size(pairs=n) for n in (1, 2, 4, 8, 16)],
    "statement tokens": [Size(statement=n) for n in (8, 16, 32, 64, 128)],
    "prompt tokens": [Size(prompt=n) for n in (5, 35, 140)],
    "vocabulary": [Size(vocabulary=n) for n in (32_000, 64_000, 128_000, None)],
}


def step_seconds(size: Size, repeats: int) -> tuple[float, int]:
    """Best time of a step, forward and backward, and the model's vocabulary."""
    torch.manual_seed(0)
    config = load_config("edu_bias_embedded")
    model = load_base(config.model_cfgs)
    if size.vocabulary is not None:
        model.resize_token_embeddings(size.vocabulary, mean_resizing=False)
    policy = with_lora(model, config.lora_cfgs)
    vocabulary = int(model.config.vocab_size)

    def tokens(count: int) -> list[int]:
        return torch.randint(FIRST_TOKEN, vocabulary, (count,)).tolist()

    completions = [tokens(size.statement) for _ in range(2 * size.pairs)]
    batch = pack_completions(tokens(size.prompt), completions, 0)
    best = float("inf")
    for _ in range(repeats + 1):  # the first one warms up
        policy.zero_grad()
        start = time.perf_counter()
        token_logps(policy, batch).sum().backward()
        best = min(best, time.perf_counter() - start)
    return best, vocabulary


def main() -> None:
    """Vary one thing at a time and print what a step costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=2)
    given = parser.parse_args()
    quiet_libraries()
    table = Table(
        title=f"A training step, embedded model, packed; otherwise {BASE.pairs} pairs of twice "
        f"{BASE.statement} tokens after {BASE.prompt}"
    )
    for column in ("", "value", "seconds", "ms per statement token"):
        table.add_column(column, justify="left" if not column else "right")
    for name, sizes in VARIED.items():
        for size in sizes:
            seconds, vocabulary = step_seconds(size, given.repeats)
            values = {
                "pairs": size.pairs,
                "statement tokens": size.statement,
                "prompt tokens": size.prompt,
                "vocabulary": vocabulary,
            }
            per_token = seconds * 1000 / (2 * size.pairs * size.statement)
            table.add_row(name, f"{values[name]:,}", f"{seconds:.2f}", f"{per_token:.1f}")
        table.add_section()
    Console().print(table)


if __name__ == "__main__":
    main()
