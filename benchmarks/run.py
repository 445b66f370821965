"""Compare training throughput and memory: ``python -m benchmarks.run``.

Every contender trains on the same pairs, in the same order, from the same weights, in a process
of its own; rounds go in turn, so that a machine that changes its speed changes it for all. The
first step is not counted: it imports what an optimiser needs and touches memory for the first time.
What computes the reference beforehand has that counted, as others do it within their steps.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from benchmarks.contender import BATCH, CONTENDERS, configuration, pairs_in_order
from benchmarks.machine import matmul_peak, useful_flops
from edubias.data.pack import pack_completions
from edubias.data.prompt import completion_ids, prompt_ids
from edubias.model.embedded import prepare_embedded
from edubias.model.load import load_base, load_tokenizer, quiet_libraries, with_lora
from edubias.model.manifest import library_versions, source_revision, utc_now
from edubias.model.precision import dtype_name

CONSOLE = Console(width=110)
UNTRIMMED = "trl-untrimmed"


def contend(name: str, pairs: int, bf16: bool) -> dict[str, Any]:
    """Run one contender in a process of its own."""
    model = "embedded"
    if name == UNTRIMMED:
        name, model = "trl", str(prepare_embedded(trimmed=False))
    command = [sys.executable, "-m", "benchmarks.contender", name]
    command += ["--model", model, "--pairs", str(pairs), *(["--bf16"] if bf16 else [])]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"{name} failed:\n{run.stderr[-2000:]}")
    result: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return result


def work(pairs: int) -> tuple[float, float]:
    """Useful FLOPs and completion tokens of the counted steps, once for every distinct prefix."""
    config = configuration("embedded", Path("outputs"))
    tokenizer = load_tokenizer("embedded")
    prompt = prompt_ids(tokenizer)
    chosen = pairs_in_order(config, pairs)
    batches, tokens = [], 0
    for start in range(BATCH, pairs, BATCH):
        texts = [t for p in chosen[start : start + BATCH] for t in (p.chosen, p.rejected)]
        ids = [completion_ids(tokenizer, text) for text in texts]
        tokens += sum(map(len, ids))
        batches.append(pack_completions(prompt, ids, 0, row_tokens=10**9))
    model = with_lora(load_base(config.model_cfgs), config.lora_cfgs)
    return useful_flops(model, batches), float(tokens)


def seconds_of_steps(run: dict[str, Any]) -> float:
    """Time of all steps but the first."""
    return float(sum(run["seconds"][1:]))


def counted_seconds(run: dict[str, Any]) -> float:
    """Time of all steps but the first, with what their pairs took to compute a reference of."""
    return seconds_of_steps(run) + run["reference_seconds"] * (1 - 1 / len(run["seconds"]))


def spread(values: list[float], digits: int = 2) -> str:
    """Median and range."""
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


def main() -> None:
    """Run the comparison, print it and write it to a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=24, help="the first batch is not counted")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--contenders", nargs="+", default=[*CONTENDERS, UNTRIMMED])
    parser.add_argument("--bf16", action="store_true", help="compute in bfloat16, not in float32")
    parser.add_argument("--output", type=Path, default=Path("outputs/benchmarks/training.json"))
    given = parser.parse_args()
    if "packed" not in given.contenders:
        parser.error("the others are compared with 'packed'")
    quiet_libraries()
    names = given.contenders
    dtype = torch.bfloat16 if given.bf16 else torch.float32
    flops, tokens = work(given.pairs)
    peaks = []
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for number in range(1, given.rounds + 1):
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        peaks.append(matmul_peak(device, dtype))
        for name in names:
            results[name].append(contend(name, given.pairs, given.bf16))
            rate = (given.pairs - BATCH) / counted_seconds(results[name][-1])
            CONSOLE.print(f"round {number}: {name} {rate:.2f} pairs/s")
    record = {
        "created": utc_now(),
        "commit": source_revision(),
        "libraries": library_versions(),
        "threads": torch.get_num_threads(),
        "dtype": dtype_name(dtype),
        "batch": BATCH,
        "pairs": given.pairs,
        "completion_tokens": tokens,
        "useful_flops": flops,
        "matmul_peaks": peaks,
        "results": results,
    }
    given.output.parent.mkdir(parents=True, exist_ok=True)
    given.output.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print_table(results, given.pairs - BATCH, flops, tokens, peaks, dtype_name(dtype))


def print_table(
    results: dict[str, list[dict[str, Any]]],
    pairs: int,
    flops: float,
    tokens: float,
    peaks: list[float],
    dtype: str,
) -> None:
    """One row for each contender; ratios are taken within each round."""
    table = Table(
        title=f"{pairs} pairs, batch {BATCH}, {dtype}, LoRA; matmul peak "
        f"{statistics.median(peaks) / 1e9:.0f} GFLOP/s"
    )
    for column in (
        "",
        "pairs/s",
        "tokens/s",
        "packed is faster by",
        "by steps alone",
        "of matmul peak",
        "peak GB",
        "largest difference in loss",
    ):
        table.add_column(column, justify="right" if column else "left")
    for name, runs in results.items():
        seconds = [counted_seconds(run) for run in runs]
        ours = [counted_seconds(run) for run in results["packed"]]
        differences = [
            abs(one - other)
            for run, reference in zip(runs, results["packed"], strict=True)
            for one, other in zip(run["losses"], reference["losses"], strict=True)
            if name != UNTRIMMED
        ]
        steps = [seconds_of_steps(run) for run in runs]
        own_steps = [seconds_of_steps(run) for run in results["packed"]]
        shares = [flops / s / peak for s, peak in zip(steps, peaks, strict=True)]
        table.add_row(
            name,
            spread([pairs / s for s in seconds]),
            f"{tokens / statistics.median(seconds):.0f}",
            spread([s / own for s, own in zip(seconds, ours, strict=True)]),
            spread([s / own for s, own in zip(steps, own_steps, strict=True)]),
            f"{statistics.median(shares):.0%}",
            f"{max(run['peak_bytes'] for run in runs) / 1e9:.2f}",
            f"{max(differences):.1e}" if differences else "-",
        )
    CONSOLE.print(table)


if __name__ == "__main__":
    main()
