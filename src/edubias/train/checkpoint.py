"""Checkpoints that are whole or not there, and the way back to a run from them.

A checkpoint is written under another name and renamed when all of it is on disk, with a list of
its files and their sizes. What a crash leaves half-written is never taken for a checkpoint.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edubias.config import Config
from edubias.detect.calibrate import CALIBRATION_FILE
from edubias.errors import ConfigError, EdubiasError
from edubias.lang import tr
from edubias.model.manifest import load_manifest

if TYPE_CHECKING:
    from transformers import TrainerState

PARTIAL = ".partial"
"""Folder within a run's folder in which checkpoints are written."""

CONTENTS = "contents.json"
"""Lists a checkpoint's files with their sizes in bytes."""

PREFIX = "checkpoint-"


class CheckpointError(EdubiasError):
    """A checkpoint could not be written."""


def publish(partial: Path, run: Path) -> Path:
    """Give a checkpoint that has been written in full its name.

    Args:
        partial: ``RUN/.partial/checkpoint-N``.
        run: The run's folder.
    """
    (partial / CONTENTS).write_text(json.dumps(_sizes(partial)) + "\n", encoding="utf-8")
    target = run / partial.name
    if target.exists():  # from a run that was stopped later than where it was taken up
        shutil.rmtree(target)
    partial.rename(target)
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


def check_same_run(config: Config, checkpoint: Path, data: Mapping[str, Any]) -> None:
    """Refuse to go on with other settings or data than a run was started with.

    Args:
        config: The configuration now.
        checkpoint: The checkpoint to go on from.
        data: Records of the data files now.

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
        f"{name} data ({record['path']})"
        for name, record in data.items()
        if manifest.data.get(name, {}).get("sha256") != record["sha256"]
    ]
    if changed:
        raise ConfigError(
            tr(
                f"{checkpoint}: this run was started with other settings: {', '.join(changed)}",
                f"{checkpoint}：该训练启动时的设置与现在不同：{'、'.join(changed)}",
            ),
            tr(
                f"Use those of {checkpoint.parent / 'config.yaml'}, or start anew without "
                "resuming.",
                f"请沿用 {checkpoint.parent / 'config.yaml'} 中的设置，或不使用续训重新开始。",
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


def _sizes(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(folder)): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != CONTENTS
    }
