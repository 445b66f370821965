"""The metrics of a run over its steps, read from ``train.log``.

The log is written line by line, so that the history of a run that still goes on can be read too.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edubias.errors import EdubiasError
from edubias.lang import tr

LOG_NAME = "train.log"

_LINE = re.compile(r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (?P<text>.*)")
_ENTRY = re.compile(r"step (?P<step>\d+)/(?P<of>\d+) epoch \S+ (?P<values>.*)")
_VALUE = re.compile(r"(?P<name>(?:train|eval)/[^\s=]+)=(?P<value>\S+)")


@dataclass(frozen=True)
class Series:
    """One metric over a run.

    Attributes:
        steps: ``(N,)`` optimizer steps, increasing.
        values: ``(N,)``, what was logged at each.
    """

    steps: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]


@dataclass(frozen=True)
class History:
    """What a run has logged so far.

    Attributes:
        series: The metrics by tracker name, such as ``train/loss``, in the order of the log.
        step: Newest step with metrics; 0 where there are none.
        max_steps: Steps that the run is to take, or None where it has not begun.
        done: Whether the run has ended. One that has not may be running or have been stopped.
        last_entry: Local time of the newest line; empty where there is none.
    """

    series: Mapping[str, Series]
    step: int
    max_steps: int | None
    done: bool
    last_entry: str


def read_log(run: Path) -> list[str]:
    """Lines of a run's ``train.log``, but for one that is still being written.

    Raises:
        EdubiasError: There is no such folder, or it holds no log.
    """
    if not run.is_dir():
        raise EdubiasError(
            tr(f"{run}: no such folder", f"{run}：找不到该文件夹"),
            tr("Give the output folder of a training run.", "请指定一次训练的输出文件夹。"),
        )
    path = run / LOG_NAME
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise EdubiasError(
            tr(f"{path}: no log to read", f"{path}：没有可读取的日志"),
            tr(
                "Give the output folder of a training run, not a checkpoint or a folder of runs.",
                "请指定一次训练的输出文件夹，而非检查点或存放多次训练的文件夹。",
            ),
        ) from error
    return text[: text.rfind("\n") + 1].splitlines()


def read_history(run: Path) -> History:
    """Read the metrics of a run, finished or not.

    A run that was taken up again repeats the steps since its checkpoint. The repetition counts:
    what an earlier attempt logged from that step on is left out.

    Args:
        run: The run's output folder.

    Raises:
        EdubiasError: There is no such folder, or it holds no log.
    """
    logged: dict[str, dict[int, float]] = defaultdict(dict)
    step, max_steps, done, last_entry = 0, None, False, ""
    for line in read_log(run):
        if not (match := _LINE.fullmatch(line)):
            continue
        last_entry, text = match["time"], match["text"]
        if text.startswith(("start ", "done ")):
            done = text.startswith("done ")
        if not (entry := _ENTRY.fullmatch(text)):
            continue
        previous, step, max_steps = step, int(entry["step"]), int(entry["of"])
        if step < previous:
            for values in logged.values():
                for later in [known for known in values if known >= step]:
                    del values[later]
        for name, value in _VALUE.findall(entry["values"]):
            try:
                number = float(value)
            except ValueError:
                continue
            logged[name][step] = number
    series = {
        name: Series(
            np.fromiter(values.keys(), np.int64, len(values)),
            np.fromiter(values.values(), np.float64, len(values)),
        )
        for name, values in logged.items()
        if values
    }
    return History(series, step, max_steps, done, last_entry)
