"""``edubias sweep``."""

from __future__ import annotations

import argparse
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edubias.lang import tr

if TYPE_CHECKING:
    from edubias.train.space import Value
    from edubias.train.sweep import Sweep, Trial

PLOT = "sweep.svg"


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "sweep",
        parents=[common],
        help=tr("search for hyper-parameters", "搜索超参数"),
        description=tr(
            "Train again and again with other hyper-parameters and keep the best configuration, "
            "judged on the evaluation split. The test split is not read. Needs the extra: "
            'pip install "edubias[sweep]".',
            "用不同的超参数反复训练，依据验证集保留最优配置；不读取测试集。"
            '需要安装附加组件：pip install "edubias[sweep]"。',
        ),
    )
    parser.add_argument(
        "overrides",
        nargs="*",
        metavar="section.key=value",
        help=tr(
            "change the configuration that is varied; a key set here is not searched by default",
            "修改作为起点的配置；在此设定的键默认不再搜索",
        ),
    )
    parser.add_argument(
        "--config", help=tr("YAML file or preset, as for train", "YAML 文件或预设，同 train")
    )
    parser.add_argument(
        "--trials",
        type=_positive,
        default=20,
        metavar="N",
        help=tr("trainings in all (default: 20)", "训练总次数（默认 20）"),
    )
    parser.add_argument(
        "--metric",
        default="eval/auroc",
        help=tr(
            "eval/auroc of the sides of pairs, each judged by itself (default), "
            "eval/reward_accuracy or eval/loss",
            "优化目标：偏好对两侧逐句检测的 eval/auroc（默认）、eval/reward_accuracy 或 eval/loss",
        ),
    )
    parser.add_argument(
        "--space",
        action="append",
        default=[],
        metavar="KEY=LOW..HIGH[:log]|KEY=A,B,C",
        help=tr(
            "search this instead of the default space; may be repeated "
            "(default: scale_coeff, learning_rate, epochs, and with LoRA the rank, with "
            "lora_alpha in proportion)",
            "以此代替默认搜索空间，可重复给出（默认：scale_coeff、learning_rate、epochs，"
            "使用 LoRA 时另有秩 r，且 lora_alpha 按比例变化）",
        ),
    )
    parser.add_argument(
        "--output",
        default="outputs/sweep",
        metavar=tr("FOLDER", "文件夹"),
        help=tr(
            "study, trials and results; every trial's trained model is kept "
            "(default: outputs/sweep)",
            "存放搜索记录、各次试验与结果；保留每次试验训练出的模型（默认 outputs/sweep）",
        ),
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help=tr(
            "go on with the sweep in the output folder; a larger --trials extends it",
            "继续输出文件夹中的搜索；更大的 --trials 可追加试验",
        ),
    )
    parser.add_argument(
        "--json", action="store_true", help=tr("print JSON, no table", "输出 JSON 而非表格")
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Search, then show the trials and where the best configuration lies."""
    from edubias.progress import STDERR

    def say(message: str) -> None:
        STDERR.print(message, style="yellow", soft_wrap=True, highlight=False, markup=False)

    result = _search(args, say)
    if result.best is not None:
        from edubias.report.figure import save_figure
        from edubias.report.sweep_plot import sweep_figure

        save_figure(sweep_figure(result), result.folder / PLOT)
    if args.json:
        print(json.dumps(_as_json(result), ensure_ascii=False, indent=2))
    else:
        _show(result)
    if result.interrupted:
        say(
            tr(
                "Stopped. The same command with --resume goes on.",
                "已停止。同一命令加上 --resume 可继续。",
            )
        )
        return 130
    return 0


def _search(args: argparse.Namespace, say: Any) -> Sweep:
    import torch

    from edubias.extras import require_package
    from edubias.model.load import quiet_libraries
    from edubias.train.launch import plan_training
    from edubias.train.space import space_of
    from edubias.train.sweep import sweep

    require_package("optuna", "sweep")
    quiet_libraries()
    plan = plan_training(args.config, args.overrides, "single", torch.cuda.is_available())
    for notice in plan.notices:
        say(notice)
    fixed = {override.partition("=")[0] for override in args.overrides}
    space = space_of(args.space, plan.config, fixed)
    if args.metric == "eval/loss" and space.changes_loss:
        say(
            tr(
                "eval/loss changes with scale_coeff and loss_type themselves: trials that differ "
                "in them don't compare well by it.",
                "eval/loss 本身随 scale_coeff 与 loss_type 变化：这两项不同的试验不宜据此比较。",
            )
        )

    def report(trial: Trial) -> None:
        outcome = trial.reason or f"{args.metric} {trial.value:.4f}"
        say(f"{trial.name} ({trial.number + 1}/{args.trials}): {outcome}")

    return sweep(
        plan.config, space, Path(args.output), args.metric, args.trials, args.resume, report
    )


def _show(result: Sweep) -> None:
    """Print the trials, best first, then those that have no value."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=tr("Trials, best first", "各次试验（由优到劣）"))
    table.add_column(tr("trial", "试验"))
    table.add_column(result.metric, justify="right")
    for key in result.space.dimensions:
        table.add_column(key.partition(".")[2], justify="right")
    table.add_column(tr("minutes", "分钟"), justify="right")
    table.add_column(tr("failed because", "失败原因"))
    without_value = [trial for trial in result.trials if trial.value is None]
    for trial in [*result.ranked, *without_value]:
        table.add_row(
            trial.name,
            _text(trial.value),
            *(_text(trial.values.get(key)) for key in result.space.dimensions),
            "-" if trial.seconds is None else f"{trial.seconds / 60:.1f}",
            trial.reason or "",
        )
    Console(width=None if Console().is_terminal else 150).print(table)
    if (best := result.best) is None:
        return
    print(tr(f"Best: {best.name}", f"最优：{best.name}"))
    for override in result.space.overrides(best.values):
        print(f"  {override}")
    print(
        tr(
            f"{result.metric} {_text(best.value)} is the best of {len(result.ranked)} on the "
            "evaluation split and thus flatters; only the test split tells how good it is.",
            f"{result.metric} {_text(best.value)} 是 {len(result.ranked)} 次试验在验证集上的"
            "最优值，因而偏乐观；真实水平须以测试集衡量。",
        )
    )
    folder = result.folder
    print(tr(f"Picture: {folder / PLOT}", f"图：{folder / PLOT}"))
    train = f"edubias train --config {shlex.quote(str(folder / 'best.yaml'))}"
    print(tr(f"Next:    {train}", f"下一步：{train}"))


def _as_json(result: Sweep) -> dict[str, Any]:
    trials = [
        {
            "trial": trial.name,
            "state": trial.state,
            "values": dict(trial.values),
            "metrics": dict(trial.metrics or {}),
            "seconds": trial.seconds,
            "reason": trial.reason,
        }
        for trial in result.trials
    ]
    return {
        "metric": result.metric,
        "best": result.best.name if result.best else None,
        "trials": trials,
        "interrupted": result.interrupted,
    }


def _text(value: Value) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(tr("at least 1", "至少为 1"))
    return number
