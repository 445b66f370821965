"""The page of a run: one HTML file with all that is known of it, to keep or to send."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from markupsafe import Markup

from edubias.config import load_config
from edubias.model.manifest import FILE_NAME, RunManifest, load_manifest
from edubias.report.figure import svg_element
from edubias.report.history import History, read_history, read_log
from edubias.report.names import short_names
from edubias.report.output import writing
from edubias.report.plot import draw_runs
from edubias.report.template import rendered
from edubias.train.checkpoint import PREFIX, is_complete

PAGE_NAME = "run.html"
LOG_LINES = 20
"""How many of the log's last lines are shown."""


@dataclass(frozen=True)
class CheckpointRow:
    """A checkpoint on disk.

    Attributes:
        name: Folder, within the run's.
        complete: Whether all its files are there.
        megabytes: Their size.
        written: Local time, to the minute.
    """

    name: str
    complete: bool
    megabytes: float
    written: str


def write_page(run: Path) -> Path:
    """Write ``run.html`` into a run's folder, finished or not.

    Returns:
        The file.

    Raises:
        EdubiasError: There is no such run, a file of it is damaged, or the page can't be written.
    """
    text = page_of_run(run)
    path = run / PAGE_NAME
    with writing(path):
        path.write_text(text, encoding="utf-8")
    return path


def page_of_run(run: Path) -> str:
    """The page of a run as HTML, in the language of messages.

    What is not recorded yet is left out: a run writes its manifest with its first checkpoint.

    Raises:
        EdubiasError: There is no such run, or a file of it is damaged.
    """
    history = read_history(run)
    name = short_names([run])[0]
    checkpoints = sorted(
        (path for path in run.glob(f"{PREFIX}*") if path.name[len(PREFIX) :].isdigit()),
        key=lambda path: int(path.name[len(PREFIX) :]),
    )
    manifest = _manifest(run, checkpoints)
    config = manifest.config if manifest else _config(run)
    return rendered(
        PAGE_NAME,
        name=name,
        folder=run,
        history=history,
        manifest=manifest,
        config=_rows(config),
        data=_data(manifest, config),
        metrics=_metrics(history),
        # The picture is drawn here, with its texts escaped.
        plot=Markup(svg_element(draw_runs({name: history}))) if history.series else None,
        log=read_log(run)[-LOG_LINES:],
        checkpoints=_checkpoint_rows(checkpoints),
    )


def _manifest(run: Path, checkpoints: list[Path]) -> RunManifest | None:
    """The run's manifest, or while it goes on that of its newest checkpoint."""
    for folder in (run, *reversed(checkpoints)):
        if (folder / FILE_NAME).is_file():
            return load_manifest(folder)
    return None


def _config(run: Path) -> dict[str, Any]:
    path = run / "config.yaml"
    return load_config(path).model_dump(mode="json") if path.is_file() else {}


def _rows(config: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Values of each section as text; a section that is not set is left out."""
    return {
        section: {
            key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for key, value in values.items()
        }
        for section, values in config.items()
        if values
    }


def _data(manifest: RunManifest | None, config: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """For each split its file, and the number of pairs and hash where they are recorded."""
    if manifest:
        return manifest.data
    section = config.get("data_cfgs", {})
    files = {split: section.get(f"{split}_datasets") for split in ("train", "eval")}
    return {
        split: {"path": path, "pairs": "-", "sha256": "-"} for split, path in files.items() if path
    }


def _metrics(history: History) -> dict[str, dict[str, float]]:
    """Last value of each metric, by its name and then by split."""
    last: dict[str, dict[str, float]] = {}
    for name, series in history.series.items():
        split, _, metric = name.partition("/")
        last.setdefault(metric, {})[split] = float(series.values[-1])
    return last


def _checkpoint_rows(checkpoints: list[Path]) -> list[CheckpointRow]:
    rows = []
    for path in checkpoints:
        # A run that goes on removes its oldest checkpoint when it writes one.
        with contextlib.suppress(FileNotFoundError):
            size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
            written = datetime.fromtimestamp(path.stat().st_mtime)
            rows.append(
                CheckpointRow(
                    path.name,
                    is_complete(path),
                    size / 1e6,
                    written.isoformat(sep=" ", timespec="minutes"),
                )
            )
    return rows
