"""Tables that several commands print."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from edubias.evaluate.intervals import Estimate
from edubias.evaluate.run import Evaluation
from edubias.lang import tr

METRICS = (
    "loss",
    "reward_accuracy",
    "reward_margin",
    "better_sample_reward",
    "worse_sample_reward",
    "auroc",
)


def number(value: float | None) -> str:
    """Three decimals; a dash where there is nothing."""
    return "-" if value is None else f"{value:.3f}"


def interval(estimate: Estimate | None) -> str:
    """A figure with its interval."""
    if estimate is None or estimate.value is None:
        return "-"
    if estimate.low is None or estimate.high is None:
        return number(estimate.value)
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"


def metrics_table(metrics: dict[str, float]) -> None:
    """Last training and evaluation metrics of a run."""
    table = Table()
    table.add_column(tr("metric", "指标"))
    table.add_column("train", justify="right")
    table.add_column("eval", justify="right")
    for name in METRICS:
        table.add_row(
            name, number(metrics.get(f"train/{name}")), number(metrics.get(f"eval/{name}"))
        )
    Console().print(table)


def evaluation_table(evaluation: Evaluation) -> None:
    """Trained and base model side by side, for every group."""
    table = Table(
        title=tr(
            "Held-out pairs, with 95% intervals clustered by scenario",
            "留出偏好对，附按情境聚类的 95% 区间",
        )
    )
    table.add_column(tr("group", "分组"))
    table.add_column(tr("pairs", "对数"), justify="right")
    columns = (
        (tr("accuracy, base", "准确率（基座）"), "base", "reward_accuracy"),
        (tr("accuracy, trained", "准确率（训练后）"), "trained", "reward_accuracy"),
        (tr("AUROC, base", "AUROC（基座）"), "base", "auroc"),
        (tr("AUROC, trained", "AUROC（训练后）"), "trained", "auroc"),
        (tr("F1, trained", "F1（训练后）"), "trained", "f1"),
    )
    for title, _, _ in columns:
        table.add_column(title, justify="right")
    for group, counts in evaluation.groups.items():
        table.add_row(
            group,
            str(counts["pairs"]),
            *(
                interval(evaluation.results[model][group].get(figure))
                for _, model, figure in columns
            ),
        )
    Console(width=None if Console().is_terminal else 150).print(table)
