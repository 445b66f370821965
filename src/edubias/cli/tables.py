"""Tables that several commands print."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from edubias.evaluate.intervals import Estimate
from edubias.evaluate.record import Evaluation
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


def evaluation_tables(evaluation: Evaluation) -> None:
    """All systems side by side; then the trained one on every group."""
    console = Console(width=None if Console().is_terminal else 160)
    note = tr("95% intervals clustered by scenario", "附按情境聚类的 95% 置信区间")
    table = Table(title=tr(f"Held-out texts; {note}", f"留出文本，{note}"))
    columns = (
        (tr("pairs: accuracy", "偏好对：准确率"), "pairs", "pair_accuracy"),
        (tr("pairs: AUROC", "偏好对：AUROC"), "pairs", "auroc"),
        (tr("statements: AUROC", "语句：AUROC"), "statements", "auroc"),
        (tr("all: F1", "全部：F1"), "all", "f1"),
        (tr("all: calibration error", "全部：校准误差"), "all", "calibration_error"),
    )
    table.add_column(tr("system", "系统"))
    for title, _, _ in columns:
        table.add_column(title, justify="right")
    for system, results in evaluation.results.items():
        table.add_row(
            system, *(interval(results.get(group, {}).get(name)) for _, group, name in columns)
        )
    console.print(table)
    if evaluation.too_long:
        console.print(
            tr(
                f"{evaluation.too_long} texts are too long for the model and were left out.",
                f"有 {evaluation.too_long} 条文本超出模型长度，未参与评估。",
            ),
            style="yellow",
        )
    _advantages(console, evaluation)

    table = Table(title=tr("The trained model, group by group", "训练后的模型，逐组"))
    names = (
        (tr("accuracy", "准确率"), "pair_accuracy"),
        ("AUROC", "auroc"),
        ("F1", "f1"),
        (tr("biased texts reported", "有偏见的文本检出率"), "flagged"),
        (tr("false alarms per 1,000", "每千条误报"), "false_alarms"),
    )
    table.add_column(tr("group", "分组"))
    table.add_column(tr("texts", "文本数"), justify="right")
    for title, _ in names:
        table.add_column(title, justify="right")
    for group, counts in evaluation.groups.items():
        found = evaluation.results["trained"][group]
        table.add_row(
            group, str(counts["texts"]), *(interval(found.get(name)) for _, name in names)
        )
    table.caption = tr(
        "F1 decides at even odds; a text is reported as biased at odds of three to one.",
        "F1 以概率 1/2 为界；“检出”与“误报”以概率 3/4 为界。",
    )
    console.print(table)
    _further(console, evaluation)


def _further(console: Console, evaluation: Evaluation) -> None:
    rows = list(_further_measures(evaluation))
    if not rows:
        return
    table = Table(title=tr("Further measures", "其他指标"))
    table.add_column(tr("measure", "指标"))
    table.add_column("", justify="right")
    for english, chinese, estimate in rows:
        table.add_row(tr(english, chinese), interval(estimate))
    console.print(table)


def _further_measures(evaluation: Evaluation) -> Iterator[tuple[str, str, Estimate]]:
    """What else was measured: its name in English and Chinese, and the figure."""
    if kinds := evaluation.bias_types:
        count = kinds["texts"]
        yield (
            f"kind of bias right, first guess ({count} biased texts)",
            f"偏见类型首选正确（{count} 条有偏见的文本）",
            kinds["top1"],
        )
        yield "kind of bias right, one of two guesses", "偏见类型前二含正确", kinds["top2"]
    if retained := evaluation.retention:
        base, trained = retained.base_perplexity, retained.perplexity
        yield "perplexity of plain texts, base model", "中性文本困惑度：基座模型", base
        yield "perplexity of plain texts, trained model", "中性文本困惑度：训练后模型", trained
    if written := evaluation.generation:
        yield "continuations judged biased, base model", "续写判为有偏见：基座模型", written.base
        yield (
            "continuations judged biased, trained model",
            "续写判为有偏见：训练后模型",
            written.policy,
        )
        yield (
            "the judge of these: biased texts found",
            "续写的判别器：有偏见的文本检出率",
            Estimate(written.judge_recall),
        )
        yield (
            "the judge of these: fair texts taken for biased",
            "续写的判别器：误报率",
            Estimate(written.judge_false_alarms),
        )
    if spans := evaluation.spans:
        yield "phrases touch what makes a side biased", "所指词语触及偏见所在", spans.covered
        yield "the same for random phrases", "随机词语触及偏见所在", spans.covered_by_chance
        yield (
            "fall of log-odds with fair words in their place, beyond random phrases'",
            "换掉后对数几率降幅，较随机词语多",
            spans.advantage,
        )
    if wordings := evaluation.rewrites:
        yield (
            f"better wording offered ({wordings.texts} biased texts)",
            f"给出改写（{wordings.texts} 条有偏见的文本）",
            wordings.offered,
        )


def _advantages(console: Console, evaluation: Evaluation) -> None:
    table = Table(
        title=tr(
            "AUROC of the trained model above that of …", "训练后模型的 AUROC 高出各系统的幅度"
        )
    )
    names = ("all", "pairs", "statements")
    table.add_column(tr("system", "系统"))
    for name in names:
        table.add_column(name, justify="right")
    for system, found in evaluation.advantages.items():
        table.add_row(system, *(interval(found.get(name)) for name in names))
    console.print(table)
