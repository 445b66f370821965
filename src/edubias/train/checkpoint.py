"""Checkpoints that are whole or not there, and the way back to a run from them.

A checkpoint is written under another name and renamed when all of it is on disk, also where the
power fails, with a list of its files and their sizes. What a crash leaves half-written is never
taken for a checkpoint.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edubias.config import Config
from edubias.detect.calibrate import CALIBRATION_FILE
from edubias.errors import ConfigError, EdubiasError
from edubias.lang import tr
from edubias.model.manifest import file_record, load_manifest
from edubias.train.splits import data_files

if TYPE_CHECKING:
    from transformers import TrainerState

PARTIAL = ".partial"
"""Folder within a run's folder in which checkpoints are written."""

CONTENTS = "contents.json"
"""Lists a checkpoint's files with their sizes in bytes."""

PREFIX = "checkpoint-"


DAMAGED = "damaged-"
"""Goes before the name of a checkpoint that had to be passed over."""


class CheckpointError(EdubiasError):
    """A checkpoint, or what else a training writes, could not be written."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            problem,
            tr(
                "Earlier checkpoints are whole. Free some space and go on with --resume.",
                "此前的检查点完好。请清理磁盘空间后用 --resume 继续。",
            ),
        )


def publish(partial: Path, run: Path) -> Path:
    """Give a checkpoint that has been written in full its name.

    Args:
        partial: ``RUN/.partial/checkpoint-N``.
        run: The run's folder.
    """
    (partial / CONTENTS).write_text(json.dumps(_sizes(partial)) + "\n", encoding="utf-8")
    for path in (*partial.rglob("*"), partial):
        _to_disk(path)
    target = run / partial.name
    if target.exists():  # from a run that was stopped later than where it was taken up
        shutil.rmtree(target)
    partial.rename(target)
    _to_disk(run)
    shutil.rmtree(partial.parent, ignore_errors=True)
    return target


def newest_checkpoint(run: Path) -> tuple[Path | None, list[str]]:
    """The newest checkpoint of a run that is complete, and what had to be passed over.

    Args:
        run: The run's folder; it may be missing.
    """
    skipped = []
    if (run / PARTIAL).exists():
        skipped.append(str(run / PARTIAL))
    found = [path for path in run.glob(f"{PREFIX}*") if path.name[len(PREFIX) :].isdigit()]
    for path in sorted(found, key=lambda path: -int(path.name[len(PREFIX) :])):
        if is_complete(path):
            return path, skipped
        skipped.append(str(path))
    return None, skipped


def checkpoint_to_resume(
    config: Config, processes: int, sharding: str
) -> tuple[Path | None, list[str]]:
    """Where a training goes on, if it is to go on and there is where to.

    Args:
        config: The configuration.
        processes: Number of processes.
        sharding: See ``RunManifest``.

    Returns:
        The checkpoint, and what had to be passed over on the way to it.

    Raises:
        ConfigError: Something that the result depends on has changed.
    """
    if not config.train_cfgs.load_checkpoint:
        return None, []
    checkpoint, skipped = newest_checkpoint(Path(config.logger_cfgs.output_dir or ""))
    if checkpoint is not None:
        check_same_run(config, checkpoint, processes, sharding)
    return checkpoint, skipped


def set_aside(skipped: Sequence[str]) -> None:
    """Rename damaged checkpoints, so that they are not counted as some of those to keep."""
    for path in map(Path, skipped):
        if path.name != PARTIAL:  # the next checkpoint takes its place
            target = path.with_name(DAMAGED + path.name)
            shutil.rmtree(target, ignore_errors=True)
            path.rename(target)


def best_checkpoint(run: Path, state: TrainerState) -> Path | None:
    """The checkpoint that the evaluations found best, if it was kept."""
    path = run / f"{PREFIX}{state.best_global_step}"
    return path if state.best_global_step and path.is_dir() else None


def is_complete(checkpoint: Path) -> bool:
    """Whether a checkpoint holds every file it was written with, in its size."""
    try:
        expected = json.loads((checkpoint / CONTENTS).read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return False
    found = _sizes(checkpoint)
    # A checkpoint may be calibrated and evaluated: more files are no damage.
    return all(
        found.get(name) == size for name, size in expected.items() if name != CALIBRATION_FILE
    )


def check_same_run(config: Config, checkpoint: Path, processes: int, sharding: str) -> None:
    """Refuse to go on with other settings, data or processes than a run was started with.

    Args:
        config: The configuration now.
        checkpoint: The checkpoint to go on from.
        processes: Number of processes now: it makes the size of a step.
        sharding: What spreads the training over them now, see ``RunManifest``: the states of
            optimizers are written differently.

    Raises:
        ConfigError: Something that the result depends on has changed.
    """
    manifest = load_manifest(checkpoint)
    now, then = (
        comparable(one.model_dump(mode="json"))
        for one in (config, Config.model_validate(manifest.config))  # newer keys have defaults
    )
    changed = sorted(key for key in now.keys() | then.keys() if now.get(key) != then.get(key))
    changed += [
        f"{name} data ({file})"
        for name, file in data_files(config).items()
        if manifest.data.get(name, {}).get("sha256") != file_record(file, 0)["sha256"]
    ]
    if manifest.processes is not None:
        for name, earlier, given in (
            (tr("processes", "进程数"), manifest.processes, processes),
            (tr("sharding", "分片方式"), manifest.sharding, sharding),
        ):
            if earlier != given:
                changed.append(
                    tr(
                        f"{name} ({earlier}, now {given})",
                        f"{name}（原为 {earlier}，现为 {given}）",
                    )
                )
    if changed:
        raise ConfigError(
            tr(
                f"{checkpoint}: this run was started with other settings: {', '.join(changed)}",
                f"{checkpoint}：该训练启动时的设置与现在不同：{'、'.join(changed)}",
            ),
            tr(
                f"Use those of {checkpoint.parent / 'config.yaml'} and the same --mode and "
                "--processes, or start again without resuming.",
                f"请沿用 {checkpoint.parent / 'config.yaml'} 中的设置以及相同的 --mode 与 "
                "--processes，或不使用续训重新开始。",
            ),
        )


def comparable(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a result depends on, by dotted name."""
    return {
        f"{section}.{key}": value
        for section, values in config.items()
        if section != "logger_cfgs" and isinstance(values, dict)
        for key, value in values.items()
        if f"{section}.{key}" != "train_cfgs.load_checkpoint"
    }


def is_write_error(error: Exception) -> bool:
    """Whether writing a checkpoint failed, rather than making what is to be written.

    torch's own files fail with a RuntimeError that only its text tells from others.
    """
    marks = ("inline_container", "iostream error")
    return not isinstance(error, RuntimeError) or any(mark in str(error) for mark in marks)


def _to_disk(path: Path) -> None:
    """Wait until a file's contents, or a folder's names, would outlast a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sizes(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(folder)): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != CONTENTS
    }
