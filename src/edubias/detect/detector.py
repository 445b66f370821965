"""The detector: a trained checkpoint that judges statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from torch import nn
from transformers import PreTrainedModel

from edubias.config import Config
from edubias.data.prompt import prompt_ids
from edubias.detect.calibrate import Calibration, load_calibration
from edubias.detect.score import Scorer
from edubias.errors import ModelError
from edubias.lang import tr
from edubias.model.load import Policy, is_adapter, load_adapter, load_base, load_tokenizer
from edubias.model.logps import Advance, choose_strategy
from edubias.model.manifest import RunManifest, load_manifest
from edubias.records import Finding, Statement, language_of

DEFAULT_CHECKPOINT = Path("outputs/textbook_bias_dpo")
"""Where training leaves its model unless told otherwise."""


def load_scorer(checkpoint: Path) -> tuple[Scorer, RunManifest]:
    """Scorer of a checkpoint, with the checkpoint's manifest.

    Raises:
        ModelError: The folder is no checkpoint, or its base model cannot be loaded.
    """
    manifest = load_manifest(checkpoint)
    config = Config.model_validate(manifest.config)
    base = load_base(config.model_cfgs, config.bnb_cfgs)
    policy: Policy
    reference: PreTrainedModel | None
    if is_adapter(checkpoint):
        policy, reference = load_adapter(base, checkpoint), None
    else:
        whole = config.model_cfgs.model_copy(update={"model_name_or_path": str(checkpoint)})
        policy, reference = load_base(whole), base
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if not config.bnb_cfgs.use_bnb:  # bitsandbytes places its weights itself
        for model in (policy, reference):
            if model is not None:
                cast(nn.Module, model).to(device)
    tokenizer = load_tokenizer(str(checkpoint), config.model_cfgs.trust_remote_code)
    prompt = prompt_ids(tokenizer, manifest.template)
    max_tokens = config.model_cfgs.model_max_length - len(prompt)
    strategy, _ = choose_strategy(policy, config.train_cfgs.forward_strategy)
    scorer = Scorer(policy, reference, tokenizer, prompt, max_tokens, manifest.beta, strategy)
    return scorer, manifest


@dataclass(frozen=True)
class Detector:
    """Judges statements.

    Attributes:
        scorer: Scores them.
        calibration: Turns scores into probabilities and verdicts.
    """

    scorer: Scorer
    calibration: Calibration

    @classmethod
    def load(cls, checkpoint: str | Path = DEFAULT_CHECKPOINT) -> Detector:
        """Detector of a checkpoint.

        Raises:
            ModelError: The folder is no checkpoint, has no calibration, or its base model cannot
                be loaded.
        """
        folder = Path(checkpoint)
        load_manifest(folder)
        calibration = load_calibration(folder)
        if calibration is None:
            raise ModelError(
                tr(f"{folder}: not calibrated yet", f"{folder}：尚未校准"),
                tr(
                    f"Run `edubias evaluate {folder}` once: it calibrates the checkpoint on the "
                    "evaluation split.",
                    f"请先运行一次 `edubias evaluate {folder}`，用评估集完成校准。",
                ),
            )
        return cls(load_scorer(folder)[0], calibration)

    def detect(self, texts: Sequence[str], advance: Advance | None = None) -> list[Finding]:
        """Judge texts; their identifiers are their positions, from 1."""
        statements = [
            Statement(str(number), text, language_of(text))
            for number, text in enumerate(texts, start=1)
        ]
        return self.judge(statements, advance)

    def judge(
        self, statements: Sequence[Statement], advance: Advance | None = None
    ) -> list[Finding]:
        """Judge statements, in order.

        Args:
            statements: The statements.
            advance: Told how many more forward passes are done; two for each statement.
        """
        scores = self.scorer.scores([statement.text for statement in statements], advance)
        return [
            Finding(
                id=statement.id,
                text=statement.text,
                score=score,
                probability=self.calibration.probability(score),
                verdict="biased" if score >= self.calibration.threshold else "fair",
            )
            for statement, score in zip(statements, scores, strict=True)
        ]
