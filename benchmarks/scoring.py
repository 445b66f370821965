"""Statements scored a second, beside the plain way: ``python -m benchmarks.scoring CHECKPOINT``.

The plain way is a loop: every statement by itself, all logits, once under the policy and once
with the adapters off, with PyTorch's own choice of products and with ours
(``edubias.model.products``). ``--fast`` computes in bfloat16 where that is faster here.
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from edubias.data.prompt import completion_ids
from edubias.data.read import load_pairs, sample
from edubias.detect.detector import load_scorer
from edubias.detect.score import Scorer
from edubias.model.load import quiet_libraries


@torch.no_grad()
def plain_scores(scorer: Scorer, texts: list[str]) -> list[float]:
    """Scores by the plain loop."""

    def total(ids: list[int]) -> float:
        inputs = torch.tensor([[*scorer.prompt, *ids]], device=scorer.policy.device)
        logps = scorer.policy(input_ids=inputs, use_cache=False).logits.log_softmax(-1)
        start = len(scorer.prompt) - 1
        predicted = logps[0, start:-1].gather(1, torch.tensor(ids, device=inputs.device)[:, None])
        return float(predicted.sum())

    scores = []
    for text in texts:
        ids = completion_ids(scorer.tokenizer, text)
        policy = total(ids)
        with scorer.policy.disable_adapter():
            reference = total(ids)
        scores.append(-scorer.beta * (policy - reference) / len(ids))
    return scores


def default_plain_scores(scorer: Scorer, texts: list[str]) -> list[float]:
    """Scores by the plain loop with products as PyTorch makes them when nobody chooses."""
    chosen = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        return plain_scores(scorer, texts)
    finally:
        torch.set_float32_matmul_precision(chosen)


def main() -> None:
    """Score the same statements both ways."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path, help="LoRA checkpoint")
    parser.add_argument("--statements", type=int, default=64)
    parser.add_argument("--data", default="data/edu_bias_pairs_eval.jsonl")
    given = parser.parse_args()
    quiet_libraries()
    scorer, _ = load_scorer(given.checkpoint)
    scorer.policy.eval()
    # One side of each pair only: statements of a manuscript do not come in pairs.
    pairs = sample(load_pairs(given.data), given.statements, seed=0)
    texts = [pair.rejected if i % 2 else pair.chosen for i, pair in enumerate(pairs)]
    fast, _ = load_scorer(given.checkpoint, fast=True)
    results = {}
    for name, run in (
        ("edubias", scorer.scores),
        ("edubias --fast", fast.scores),
        ("plain loop", partial(default_plain_scores, scorer)),
        ("plain loop, our products", partial(plain_scores, scorer)),
    ):
        run(texts[:4])  # warms up
        start = time.perf_counter()
        results[name] = (run(texts), time.perf_counter() - start)
    table = Table(title=f"Scoring {len(texts)} statements")
    for column in ("", "statements/s", "times the plain loop", "largest difference in score"):
        table.add_column(column, justify="left" if not column else "right")
    exact, plain = results["plain loop"]
    for name, (scores, seconds) in results.items():
        difference = max(abs(one - other) for one, other in zip(scores, exact, strict=True))
        rate, times = len(texts) / seconds, plain / seconds
        table.add_row(name, f"{rate:.2f}", f"{times:.2f}", f"{difference:.1e}")
    Console().print(table)


if __name__ == "__main__":
    main()
