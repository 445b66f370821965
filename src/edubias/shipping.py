"""A calibrated LoRA checkpoint as a small folder to ship: adapters, calibration, heads, records.

Adapters, the rewriter's too, are stored in half precision. As with every export, the folder appears
only if it judges as the checkpoint does; wordings are not compared.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from peft.utils import CONFIG_NAME, SAFETENSORS_WEIGHTS_NAME
from safetensors.torch import load_file, save_file

from edubias.detect import rewrite
from edubias.detect.detector import Detector
from edubias.errors import ConfigError, ModelError
from edubias.export import RECORD, SENTENCES, check_output, publish_export
from edubias.lang import tr
from edubias.model.load import EMBEDDED, is_adapter
from edubias.model.manifest import library_versions, load_manifest, utc_now
from edubias.model.merge import BESIDE_WEIGHTS

CARD = "MODEL_CARD.md"
"""Written by hand: it outlives the weights it describes."""

ALLOWED = 0.02
"""Largest difference of log-odds that half precision may make: little beside what lies between
fair and biased (``calibrate.FAIR_ODDS``, ``calibrate.BIASED_ODDS``)."""


@dataclass(frozen=True)
class Shipment:
    """What was written.

    Attributes:
        folder: The folder.
        checkpoint: What it was made from.
        megabytes: Size of the folder.
        sentences: Number of sentences that both have judged.
        difference: Largest difference of their log-odds.
        libraries: Versions that wrote it.
        created: UTC time, ISO 8601.
    """

    folder: str
    checkpoint: str
    megabytes: float
    sentences: int
    difference: float
    libraries: dict[str, str] = field(default_factory=library_versions)
    created: str = field(default_factory=utc_now)


def ship(
    checkpoint: Path, output: Path, texts: Sequence[str] = (), overwrite: bool = False
) -> Shipment:
    """Write a small folder that judges as a checkpoint does.

    Args:
        checkpoint: A calibrated LoRA checkpoint on the embedded model.
        output: The folder.
        texts: Sentences to compare besides ``SENTENCES``.
        overwrite: Replace an earlier export; its model card is kept.

    Raises:
        ConfigError: The checkpoint has no adapters, or the folder holds something else.
        ModelError: The folder judges otherwise.
    """
    manifest = load_manifest(checkpoint)
    if not is_adapter(checkpoint) or manifest.base_model != EMBEDDED:
        raise ConfigError(
            tr(
                f"{checkpoint}: only adapters on the embedded model are small enough to ship",
                f"{checkpoint}：只有内置模型上的适配器小到可以随包发布",
            ),
            tr("Use `edubias export` for a whole model.", "完整模型请用 `edubias export`。"),
        )
    output = output.resolve()
    check_output(output, checkpoint, Path(manifest.base_model), overwrite)
    sentences = [*SENTENCES, *texts]
    expected = _log_odds(checkpoint, sentences)
    shipments: list[Shipment] = []

    def write(partial: Path) -> None:
        _write(checkpoint, partial)
        differences = [
            abs(one - other)
            for one, other in zip(expected, _log_odds(partial, sentences), strict=True)
        ]
        if not all(difference <= ALLOWED for difference in differences):
            raise ModelError(
                tr(
                    f"not shipped: in half precision log-odds change by {max(differences):.3f}; "
                    f"allowed: {ALLOWED}",
                    f"未导出：半精度使对数几率改变 {max(differences):.3f}；允许 {ALLOWED}",
                )
            )
        shipment = Shipment(
            folder=output.name,
            checkpoint=str(checkpoint),
            megabytes=round(_bytes(partial) / 1e6, 2),
            sentences=len(sentences),
            difference=round(max(differences), 5),
        )
        (partial / RECORD).write_text(json.dumps(asdict(shipment), indent=2) + "\n", "utf-8")
        if (output / CARD).is_file():
            shutil.copyfile(output / CARD, partial / CARD)
        shipments.append(shipment)

    publish_export(output, write)
    return shipments[0]


def _write(checkpoint: Path, folder: Path) -> None:
    _write_adapter(checkpoint, folder)
    if rewrite.has_rewriter(checkpoint):
        (folder / rewrite.FOLDER).mkdir()
        _write_adapter(checkpoint / rewrite.FOLDER, folder / rewrite.FOLDER)


def _write_adapter(checkpoint: Path, folder: Path) -> None:
    """An adapter in half precision, and what stands beside it."""
    for name in BESIDE_WEIGHTS:
        if (checkpoint / name).is_file():
            shutil.copyfile(checkpoint / name, folder / name)
    weights = load_file(checkpoint / SAFETENSORS_WEIGHTS_NAME)
    save_file(
        {name: value.half() for name, value in weights.items()}, folder / SAFETENSORS_WEIGHTS_NAME
    )
    settings: dict[str, Any] = json.loads((checkpoint / CONFIG_NAME).read_text("utf-8"))
    settings["base_model_name_or_path"] = EMBEDDED  # not where it lay on the machine that trained
    (folder / CONFIG_NAME).write_text(json.dumps(settings, indent=2) + "\n", "utf-8")


def _log_odds(folder: Path, sentences: Sequence[str]) -> list[float]:
    detector = Detector.load(folder)
    return detector.log_odds(detector.scorer.readings(sentences))


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
