"""Search for hyper-parameters, judged on the evaluation split; no other held-out data is read.

Each trial is a training of its own. The study lies in a database beside the trials, so that a sweep
that was stopped goes on; a trial that was stopped goes on from its newest checkpoint. What a trial
is given depends on the seed, its number and the trials before it alone, so a stopped sweep ends
like one that was not.
"""

from __future__ import annotations

import csv
import gc
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import torch
from filelock import FileLock, Timeout

from edubias.config import Config, load_config
from edubias.errors import ConfigError, EdubiasError
from edubias.extras import require_package
from edubias.lang import tr
from edubias.model.load import EMBEDDED, load_tokenizer
from edubias.model.manifest import file_record
from edubias.train.checkpoint import PREFIX, comparable
from edubias.train.config_check import check_config
from edubias.train.run import train
from edubias.train.space import Choice, Space, Value
from edubias.train.splits import read_splits

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution

DIRECTIONS: dict[str, Literal["maximize", "minimize"]] = {
    "eval/auroc": "maximize",
    "eval/reward_accuracy": "maximize",
    "eval/loss": "minimize",
}
"""What can be searched for, and which way is better."""

STUDY, BASE, BEST, TABLE = "study.sqlite", "base.yaml", "best.yaml", "trials.csv"


@dataclass(frozen=True)
class Trial:
    """One training of a sweep.

    Attributes:
        number: From 0; its folder is ``trial-NNN``.
        values: What it was given, by configuration key.
        state: Whether it has come to an end, and to which.
        value: What was searched for; None unless complete.
        metrics: All its evaluation metrics.
        seconds: How long it took; None unless ended.
        reason: Why it failed.
    """

    number: int
    values: Mapping[str, Value]
    state: Literal["complete", "failed", "unfinished"]
    value: float | None = None
    metrics: Mapping[str, float] | None = None
    seconds: float | None = None
    reason: str | None = None

    @property
    def name(self) -> str:
        """Name of its folder."""
        return trial_name(self.number)


@dataclass(frozen=True)
class Sweep:
    """What a sweep has found so far.

    Attributes:
        folder: Where it lies.
        metric: What was searched for.
        space: Where.
        trials: By number.
        interrupted: Whether it was stopped from the keyboard.
    """

    folder: Path
    metric: str
    space: Space
    trials: list[Trial]
    interrupted: bool

    @property
    def ranked(self) -> list[Trial]:
        """Complete trials, best first; the earlier one where values are equal."""
        sign = -1 if DIRECTIONS[self.metric] == "maximize" else 1
        complete = [trial for trial in self.trials if trial.value is not None]
        return sorted(complete, key=lambda trial: sign * cast(float, trial.value))

    @property
    def best(self) -> Trial | None:
        """The best trial; None where none has been completed."""
        return next(iter(self.ranked), None)


def sweep(
    config: Config,
    space: Space,
    folder: Path,
    metric: str = "eval/auroc",
    trials: int = 20,
    resume: bool = False,
    report: Callable[[Trial], None] = lambda trial: None,
) -> Sweep:
    """Train again and again, and write what was found: ``best.yaml`` and ``trials.csv``.

    The first trial gets the configuration's own values, where the space holds them. A trial that
    fails for a reason that edubias can name is recorded with it. Trials are not sent to trackers.

    Args:
        config: The configuration that is varied.
        space: What is varied.
        folder: Where to keep study and trials; new or empty, unless ``resume``.
        metric: One of ``DIRECTIONS``.
        trials: Trials in all, those of the earlier part of a resumed sweep included.
        resume: Go on with the sweep in the folder, if there is one.
        report: Told of every trial that has ended.

    Raises:
        ConfigError: Something is not configured or installed; the folder holds something else; a
            resumed sweep was started with other settings; no trial was successful.
        DataError: A data file is bad.
        ModelError: The model cannot be found.
    """
    require_package("optuna", "sweep")
    if metric not in DIRECTIONS:
        raise ConfigError(
            tr(f"unknown metric '{metric}'", f"未知的指标“{metric}”"),
            tr(f"Choose one of: {', '.join(DIRECTIONS)}.", f"可选：{'、'.join(DIRECTIONS)}。"),
        )
    check_config(config)
    if not config.data_cfgs.eval_datasets:
        raise ConfigError(
            tr("no evaluation split to judge trials on", "没有用于评判试验的验证集"),
            tr("Set data_cfgs.eval_datasets.", "请设置 data_cfgs.eval_datasets。"),
        )
    # What would fail every trial must fail the sweep.
    read_splits(config)
    name = config.model_cfgs.model_name_or_path or EMBEDDED
    load_tokenizer(name, config.model_cfgs.trust_remote_code)
    if not resume and folder.exists() and any(folder.iterdir()):
        raise ConfigError(
            tr(f"{folder} is not empty", f"{folder} 不是空文件夹"),
            tr(
                "Go on with the sweep in it with --resume, or choose another --output.",
                "请用 --resume 继续其中的搜索，或用 --output 指定其他文件夹。",
            ),
        )
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / ".lock", timeout=0):
            study = _study(config, space, folder, metric)
            interrupted = _run_trials(study, config, space, folder, metric, trials, report)
            result = Sweep(folder, metric, space, _trials_of(study), interrupted)
    except Timeout as error:
        raise ConfigError(
            tr(f"another sweep is running in {folder}", f"{folder} 中已有搜索正在运行")
        ) from error
    _write(result)
    if result.best is None and not interrupted:
        raise ConfigError(
            tr("no trial was successful", "没有成功的试验"), result.trials[-1].reason or ""
        )
    return result


def trial_name(number: int) -> str:
    """Name of a trial's folder."""
    return f"trial-{number:03d}"


def _study(config: Config, space: Space, folder: Path, metric: str) -> Study:
    """The study in a folder, made if missing.

    Raises:
        ConfigError: It was started with other settings.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        storage=f"sqlite:///{(folder / STUDY).resolve()}",
        study_name="edubias",
        direction=DIRECTIONS[metric],
        load_if_exists=True,
    )
    data = config.data_cfgs
    files = {"train": data.train_datasets or "", "eval": data.eval_datasets or ""}
    if data.train_statements:
        files["statements"] = data.train_statements
    now = {
        **comparable(config.model_dump(mode="json")),
        **{f"{split} data": file_record(file, 0)["sha256"] for split, file in files.items()},
        "--metric": metric,
        "--space": str(space),
    }
    if not study.user_attrs:
        (folder / BASE).write_text(config.to_yaml(), encoding="utf-8")
        if own := space.values_of(config):
            study.enqueue_trial(own)
        study.set_user_attr("settings", now)
        return study
    then = study.user_attrs["settings"]
    if changed := sorted(key for key in now.keys() | then.keys() if now.get(key) != then.get(key)):
        raise ConfigError(
            tr(
                f"{folder}: this sweep was started with other settings: {', '.join(changed)}",
                f"{folder}：该搜索启动时的设置与现在不同：{'、'.join(changed)}",
            ),
            tr(
                f"Its configuration is {folder / BASE}, its space: {then['--space']}",
                f"其配置为 {folder / BASE}，搜索空间为：{then['--space']}",
            ),
        )
    return study


def _run_trials(
    study: Study,
    config: Config,
    space: Space,
    folder: Path,
    metric: str,
    trials: int,
    report: Callable[[Trial], None],
) -> bool:
    """Run what is left of a sweep.

    Returns:
        Whether it was stopped from the keyboard.
    """
    from optuna.samplers import TPESampler
    from optuna.trial import TrialState

    distributions = _distributions(space)
    try:
        while sum(trial.state.is_finished() for trial in study.get_trials()) < trials:
            if stopped := study.get_trials(states=(TrialState.RUNNING,)):
                number, values = stopped[0].number, stopped[0].params
            else:
                study.sampler = TPESampler(seed=config.train_cfgs.seed + len(study.get_trials()))
                asked = study.ask(distributions)
                number, values = asked.number, asked.params
            started = time.monotonic()
            metrics: dict[str, float] = {}
            reason: str | None = tr(
                "stopped before it had all its values", "在取得全部取值前被中止"
            )
            if values.keys() == distributions.keys():
                metrics, reason = _train(folder, trial_name(number), space.overrides(values))
            record = {"metrics": metrics, "reason": reason, "seconds": time.monotonic() - started}
            study.set_user_attr(trial_name(number), record)
            study.tell(number, metrics.get(metric), None if metrics else TrialState.FAIL)
            report(_trials_of(study)[number])
    except KeyboardInterrupt:
        return True
    return False


def _train(folder: Path, name: str, overrides: list[str]) -> tuple[dict[str, float], str | None]:
    """One trial: its evaluation metrics, or none and the reason why it failed."""
    target = folder / name
    reason = None
    metrics: dict[str, float] = {}
    try:
        config = load_config(
            folder / BASE,
            [
                *overrides,
                f"logger_cfgs.output_dir={target}",
                "logger_cfgs.log_type=none",
                "logger_cfgs.save_total_limit=1",
                "train_cfgs.load_checkpoint=true",
            ],
        )
        metrics = {k: v for k, v in train(config).metrics.items() if k.startswith("eval/")}
    except EdubiasError as error:
        reason = error.problem
    except torch.OutOfMemoryError as error:
        reason = str(error)
    finally:
        # Trainer, model and optimiser point at each other; the next trial needs their memory.
        gc.collect()
        torch.cuda.empty_cache()
    for checkpoint in target.glob(f"{PREFIX}*"):  # only needed to go on
        shutil.rmtree(checkpoint)
    return metrics, reason


def _distributions(space: Space) -> dict[str, BaseDistribution]:
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    return {
        key: CategoricalDistribution(dimension.values)
        if isinstance(dimension, Choice)
        else IntDistribution(int(dimension.low), int(dimension.high), log=dimension.log)
        if dimension.whole
        else FloatDistribution(dimension.low, dimension.high, log=dimension.log)
        for key, dimension in space.dimensions.items()
    }


def _trials_of(study: Study) -> list[Trial]:
    from optuna.trial import TrialState

    states: dict[TrialState, Literal["complete", "failed"]] = {
        TrialState.COMPLETE: "complete",
        TrialState.FAIL: "failed",
    }
    records: dict[str, Any] = study.user_attrs
    return [
        Trial(
            number=trial.number,
            values=trial.params,
            state=states.get(trial.state, "unfinished"),
            value=trial.value,
            **(records.get(trial_name(trial.number), {}) if trial.state.is_finished() else {}),
        )
        for trial in study.get_trials()
        if trial.state != TrialState.WAITING
    ]


def _write(result: Sweep) -> None:
    """Write ``trials.csv`` and, where there is a best trial, ``best.yaml``."""
    keys = list(result.space.dimensions)
    with (result.folder / TABLE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["trial", "state", *keys, *DIRECTIONS, "seconds", "reason"])
        for trial in result.trials:
            metrics = trial.metrics or {}
            writer.writerow(
                [
                    trial.name,
                    trial.state,
                    *(trial.values.get(key) for key in keys),
                    *(metrics.get(name) for name in DIRECTIONS),
                    trial.seconds,
                    trial.reason,
                ]
            )
    if result.best is not None:
        config = load_config(result.folder / BASE, result.space.overrides(result.best.values))
        (result.folder / BEST).write_text(config.to_yaml(), encoding="utf-8")
