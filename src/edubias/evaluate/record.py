"""What an evaluation leaves behind."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from edubias.detect.calibrate import Calibration
from edubias.evaluate.faithfulness import Faithfulness
from edubias.evaluate.generation import GenerationRate
from edubias.evaluate.intervals import Estimate
from edubias.evaluate.retention import Retention
from edubias.evaluate.rewrites import Rewrites
from edubias.model.manifest import library_versions, source_revision, utc_now

FORMAT_VERSION = 4


@dataclass(frozen=True)
class Evaluation:
    """Results of an evaluation, with what they came from.

    Attributes:
        checkpoint: Folder of the evaluated model.
        base_model: Name of the model it was trained from.
        data: For each split path, sha256 and counts of its files.
        calibration: The checkpoint's calibration.
        too_long: Texts of the test split that were left out, as the model can't read them whole.
        groups: For each group of texts its number of texts and clusters.
        results: For each system, for each group, each figure.
        advantages: For each other system by how much the trained model's AUROC is above its own, on
            all texts, pairs and statements.
        cascade: How many texts the screen lets through, how many the first look of the model does,
            how many the model reports, and how many of those are lost; None without a cascade.
        bias_types: Figures of the type head, and its confusion matrix; None without a head.
        retention: What training cost on neutral texts; None without such texts.
        generation: The bias generation rate; None where it was not asked for.
        spans: How faithful findings' phrases are; None where it was not asked for.
        rewrites: Wordings offered for biased texts; None where they were not asked for.
        texts: For each text of the test split what the trained model says of it.
    """

    checkpoint: str
    base_model: str
    data: dict[str, dict[str, Any]]
    calibration: Calibration
    too_long: int
    groups: dict[str, dict[str, int]]
    results: dict[str, dict[str, dict[str, Estimate]]]
    advantages: dict[str, dict[str, Estimate]]
    cascade: dict[str, int] | None
    bias_types: dict[str, Any] | None
    retention: Retention | None
    generation: GenerationRate | None
    spans: Faithfulness | None
    rewrites: Rewrites | None
    texts: list[dict[str, Any]]
    commit: dict[str, Any] | None = field(default_factory=source_revision)
    libraries: dict[str, str] = field(default_factory=library_versions)
    created: str = field(default_factory=utc_now)
    format_version: int = FORMAT_VERSION

    def save(self, path: Path) -> None:
        """Write the evaluation as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        path.write_text(text + "\n", encoding="utf-8")
