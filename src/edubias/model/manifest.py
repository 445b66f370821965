"""The run manifest: what a trained model came from, stored beside its weights."""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from edubias import __version__
from edubias.errors import ModelError
from edubias.lang import tr

FILE_NAME = "edubias_run.json"
FORMAT_VERSION = 1
LIBRARIES = ("torch", "transformers", "peft", "accelerate", "deepspeed", "bitsandbytes")


@dataclass(frozen=True)
class RunManifest:
    """Provenance of a trained model.

    Attributes:
        base_model: Name the base model was asked for by (``"embedded"``, folder, hub name).
        prompt: Text of the constant prompt.
        template: Name of its template.
        beta: β of the implicit reward (``scale_coeff``).
        config: The resolved configuration.
        data: For each data file its path, sha256 and number of pairs.
        seed: Seed of the run.
        commit: Source revision, with ``dirty`` where the tree held changes; None outside git.
        libraries: Versions of the libraries that matter.
        processes: How many processes trained it; None where that was not recorded.
        sharding: What spread it over them: ``none``, ``deepspeed`` or ``fsdp``.
        precision: Type that the training computed in; None where that was not recorded.
        metrics: Last known metrics, training and evaluation.
        averaged: For the mean of several runs, where each adapter comes from; what this record
            says otherwise (seed, data) is then the first one's. Empty for a run.
        forms: Forms of wordings that a rewriter has learnt; empty for a detector.
        created: UTC time, ISO 8601.
        edubias: Version that trained it.
        format_version: Version of this record.
    """

    base_model: str
    prompt: str
    template: str
    beta: float
    config: dict[str, Any]
    data: dict[str, dict[str, Any]]
    seed: int
    commit: dict[str, Any] | None = field(default_factory=lambda: source_revision())
    libraries: dict[str, str] = field(default_factory=lambda: library_versions())
    processes: int | None = None
    sharding: str = "none"
    precision: str | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    averaged: list[dict[str, Any]] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)
    created: str = field(default_factory=lambda: utc_now())
    edubias: str = __version__
    format_version: int = FORMAT_VERSION

    def save(self, folder: Path) -> None:
        """Write the manifest into a model's folder."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=2)
        (folder / FILE_NAME).write_text(text + "\n", encoding="utf-8")


def load_manifest(folder: Path) -> RunManifest:
    """The manifest of a trained model.

    Raises:
        ModelError: The folder is missing, or is not a model that edubias trained.
    """
    if not folder.is_dir():
        raise ModelError(
            tr(f"{folder}: no such checkpoint folder", f"{folder}：找不到该检查点文件夹"),
            tr("Train one with `edubias train`.", "请先用 `edubias train` 训练。"),
        )
    file = folder / FILE_NAME
    if not file.is_file():
        newest = sorted(folder.glob(f"checkpoint-*/{FILE_NAME}"))
        hint = f" ({newest[-1].parent})" if newest else ""
        raise ModelError(
            tr(
                f"{folder}: not an edubias checkpoint ({FILE_NAME} is missing)",
                f"{folder}：不是 edubias 的检查点（缺少 {FILE_NAME}）",
            ),
            tr(
                f"Give the output folder of a finished run, or one of its checkpoint-*{hint}.",
                f"请指定已完成训练的输出文件夹，或其中的 checkpoint-*{hint}。",
            ),
        )
    try:
        return RunManifest(**json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise ModelError(
            tr(f"{file}: damaged or of another version", f"{file}：已损坏或版本不符")
        ) from error


def file_record(path: str | Path, count: int) -> dict[str, Any]:
    """Path, sha256 and number of pairs of a data file."""
    digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    return {"path": str(path), "sha256": digest, "pairs": count}


def source_revision() -> dict[str, Any] | None:
    """Commit of the edubias source tree and whether it holds changes; None outside git."""
    folder = Path(__file__).parent
    try:
        commit = _git(folder, "rev-parse", "HEAD")
        dirty = bool(_git(folder, "status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.CalledProcessError):
        return None
    return {"commit": commit, "dirty": dirty}


def library_versions() -> dict[str, str]:
    """Versions of Python and of the libraries that results depend on."""
    versions = {"python": platform.python_version()}
    for library in LIBRARIES:
        try:
            versions[library] = version(library)
        except PackageNotFoundError:
            continue
    return versions


def utc_now() -> str:
    """The time now, in UTC, ISO 8601."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def _git(folder: Path, *arguments: str) -> str:
    run = subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return run.stdout.strip()
