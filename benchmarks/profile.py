"""What a packed training step spends its time on: ``python -m benchmarks.profile``."""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from torch.profiler import ProfilerActivity, profile
from transformers import TrainerCallback, set_seed

from benchmarks.contender import BATCH, configuration, pairs_in_order, run_ours
from edubias.model.load import quiet_libraries

GROUPS = {
    "matrix products": ("aten::mm", "aten::addmm", "aten::addmm_", "aten::bmm", "aten::matmul"),
    "attention": (
        "aten::_scaled_dot_product_flash_attention_for_cpu",
        "aten::_scaled_dot_product_flash_attention_for_cpu_backward",
    ),
    "exp, maximum and sums (softmax over the vocabulary)": (
        "aten::exp_",
        "aten::sub_",
        "aten::amax",
        "aten::sum",
        "aten::mul_",
    ),
    "copies and casts": ("aten::copy_", "aten::index", "aten::cat", "aten::clone", "aten::fill_"),
}
OTHER = "everything else (norms, activations, rotations, optimiser, Python)"


class Profiled(TrainerCallback):
    """Records the operations of all steps but the first."""

    def __init__(self) -> None:
        self.recorder = profile(activities=[ProfilerActivity.CPU])

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Start with the second step."""
        if state.global_step == 1:
            self.recorder.start()

    def on_train_end(self, *args: Any, **kwargs: Any) -> None:
        """Stop."""
        self.recorder.stop()


def group_of(operation: str) -> str:
    """Name of the group that an operation belongs to."""
    for group, names in GROUPS.items():
        if operation in names:
            return group
    return OTHER


def main() -> None:
    """Profile a few steps and print shares of their time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=24, help="the first batch is not counted")
    parser.add_argument("--top", type=int, default=12, help="single operations to list")
    given = parser.parse_args()
    quiet_libraries()
    set_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        config = configuration("embedded", Path(folder))
        recorded = Profiled()
        result = run_ours("packed", config, pairs_in_order(config, given.pairs), recorded)
    milliseconds: dict[str, float] = defaultdict(float)
    operations = recorded.recorder.key_averages()
    for one in operations:
        milliseconds[group_of(one.key)] += one.self_cpu_time_total / 1000
    total = sum(milliseconds.values())
    table = Table(title=f"Packed, {given.pairs - BATCH} pairs, {sum(result['seconds'][1:]):.1f} s")
    for column in ("", "ms", "share"):
        table.add_column(column, justify="right" if column else "left")
    for name, value in sorted(milliseconds.items(), key=lambda item: -item[1]):
        table.add_row(name, f"{value:.0f}", f"{value / total:.0%}")
    table.add_section()
    for one in sorted(operations, key=lambda one: -one.self_cpu_time_total)[: given.top]:
        value = one.self_cpu_time_total / 1000
        table.add_row(f"{one.key} ({one.count} calls)", f"{value:.0f}", f"{value / total:.0%}")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
