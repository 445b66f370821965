"""The detector: a trained checkpoint that judges statements."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedModel

from edubias.config import Config
from edubias.data.prompt import judgement_ids, prompt_ids
from edubias.detect.attribute import Piece, pieces, spans_of
from edubias.detect.calibrate import Calibration, load_calibration, probability, verdict_of
from edubias.detect.classify import TypeHead, load_type_head
from edubias.detect.rewrite import Rewriter, load_rewriter
from edubias.detect.saliency import verdict_saliency
from edubias.detect.score import Reading, Scorer
from edubias.detect.screen import Screen, load_screen
from edubias.detect.severity import severity_of
from edubias.detect.wordings import fair_wordings
from edubias.errors import DataError, ModelError
from edubias.lang import tr
from edubias.model.load import Policy, is_adapter, load_adapter, load_base, load_tokenizer_of
from edubias.model.logps import Advance, choose_strategy
from edubias.model.manifest import RunManifest, load_manifest
from edubias.model.precision import compute_dtype, faster_dtype
from edubias.records import Finding, Statement, language_of

LONG_NAMED = 5
"""Too long texts that are named."""

DIGITS = 2
"""Decimals of log-odds that are told. In float32, what else stands in a pass moves them by some
1e-5, so the same text gets the same finding whatever it comes with, unless it lies within that of a
border: then the last decimal (one text in hundreds) or the verdict (one in many thousands) may be
either."""


def shipped_checkpoint() -> Path:
    """Folder of the detector that comes with edubias.

    Raises:
        ModelError: This installation has none.
    """
    folder = Path(str(resources.files("edubias").joinpath("shipped")))
    if not folder.is_dir():
        raise ModelError(
            tr("this installation has no detector of its own", "当前安装不含自带的检测器"),
            tr(
                "Train one with `edubias train` and give it with --model.",
                "请用 `edubias train` 训练，并用 --model 指定。",
            ),
        )
    return folder


def load_scorer(checkpoint: Path, fast: bool = False) -> tuple[Scorer, RunManifest]:
    """Scorer of a checkpoint, with the checkpoint's manifest.

    Args:
        checkpoint: Folder of a trained model.
        fast: Compute in bfloat16 where this machine is faster at it.

    Raises:
        ModelError: The folder is no checkpoint, or its base model cannot be loaded.
    """
    manifest = load_manifest(checkpoint)
    config = Config.model_validate(manifest.config)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    precision = compute_dtype(config)
    if fast and not config.bnb_cfgs.use_bnb:
        precision = faster_dtype(precision, device)
    base = load_base(config.model_cfgs, config.bnb_cfgs, precision)
    policy: Policy
    reference: PreTrainedModel | None
    if is_adapter(checkpoint):
        policy, reference = load_adapter(base, checkpoint), None
    else:
        whole = config.model_cfgs.model_copy(update={"model_name_or_path": str(checkpoint)})
        policy, reference = load_base(whole, dtype=precision), base
    for model in (policy, reference):
        if model is None:
            continue
        model.requires_grad_(False)  # a frozen head is read without keeping logits
        if not config.bnb_cfgs.use_bnb:  # bitsandbytes places its weights itself
            cast(nn.Module, model).to(device)
    tokenizer = load_tokenizer_of(checkpoint, config.model_cfgs)
    prompt = prompt_ids(tokenizer, manifest.template)
    strategy, _ = choose_strategy(policy, config.train_cfgs.forward_strategy)
    scorer = Scorer(
        policy=policy,
        reference=reference,
        tokenizer=tokenizer,
        prompt=prompt,
        judgements=judgement_ids(tokenizer),
        max_tokens=config.model_cfgs.model_max_length - len(prompt),
        beta=manifest.beta,
        strategy=strategy,
    )
    return scorer, manifest


@dataclass(frozen=True)
class Detector:
    """Judges statements.

    Attributes:
        scorer: Reads them.
        calibration: Turns readings into probabilities and verdicts.
        type_head: Names kinds of bias; None where it was not fitted.
        screen: Lets plain subject matter pass unread; None where it was not fitted.
        rewriter: Proposes wordings; None where it was not trained.
    """

    scorer: Scorer
    calibration: Calibration
    type_head: TypeHead | None = None
    screen: Screen | None = None
    rewriter: Rewriter | None = None

    @classmethod
    def load(cls, checkpoint: str | Path | None = None, fast: bool = False) -> Detector:
        """Detector of a checkpoint.

        Args:
            checkpoint: Folder of a trained model; the detector that comes with edubias where
                none is named.
            fast: Compute in bfloat16 where this machine is measured to be faster at it. Log-odds
                then change by some hundredths, and what else stands in a pass moves them as much.

        Raises:
            ModelError: The folder is no checkpoint, has no calibration, or its base model cannot
                be loaded.
        """
        folder = shipped_checkpoint() if checkpoint is None else Path(checkpoint)
        load_manifest(folder)
        calibration = load_calibration(folder)
        if calibration is None:
            command = f"edubias calibrate {shlex.quote(str(folder))}"
            raise ModelError(
                tr(f"{folder}: not calibrated yet", f"{folder}：尚未校准"),
                tr(
                    f"Run `{command}` once: it calibrates the checkpoint on the evaluation split.",
                    f"请先运行一次 `{command}`，用验证集完成校准。",
                ),
            )
        scorer, _ = load_scorer(folder, fast)
        return detector_of(scorer, calibration, folder)

    def detect(
        self,
        texts: Sequence[str],
        advance: Advance | None = None,
        exhaustive: bool = False,
    ) -> list[Finding]:
        """Judge texts; their identifiers are their positions, from 1.

        Args:
            texts: The texts.
            advance: Told how many more forward passes are done; ``passes`` for each text.
            exhaustive: Read everything in full, also what a cheaper look finds fair.

        Returns:
            One finding for each text, in order.

        Raises:
            DataError: A text is too long for the model.
        """
        statements = [
            Statement(str(number), text, language_of(text))
            for number, text in enumerate(texts, start=1)
        ]
        return self.judge(statements, advance, exhaustive)

    def judge(
        self,
        statements: Sequence[Statement],
        advance: Advance | None = None,
        exhaustive: bool = False,
    ) -> list[Finding]:
        """Judge statements, in order; otherwise as ``detect``."""
        self._require_fit(statements)
        texts = [statement.text for statement in statements]
        read = list(range(len(texts))) if exhaustive else self.worth_reading(texts, advance)
        if advance is not None and len(read) < len(texts):
            advance(2 * (len(texts) - len(read)))
        readings = self.scorer.readings([texts[i] for i in read], advance)
        log_odds = self.log_odds(readings)
        findings = [
            Finding(statement.id, statement.text, None, None, "fair") for statement in statements
        ]
        for index, reading, value in zip(read, readings, log_odds, strict=True):
            findings[index] = self.finding(statements[index], reading, value)
        return findings

    def _require_fit(self, statements: Sequence[Statement]) -> None:
        """Refuse texts that are too long, whatever a cheaper look would say of them."""
        long = [one for one in statements if not self.scorer.fits(one.text)]
        if not long:
            return
        named = ", ".join(one.id for one in long[:LONG_NAMED]) + (" …" * (len(long) > LONG_NAMED))
        limit = self.scorer.max_tokens
        raise DataError(
            tr(
                f"{len(long)} of {len(statements)} texts are longer than {limit} tokens: {named}",
                f"{len(statements)} 句中有 {len(long)} 句超过 {limit} 个词元：{named}",
            ),
            tr("Give them sentence by sentence.", "请拆成单句给出。"),
        )

    def passes(self, exhaustive: bool = False) -> int:
        """Passes that each text may take: policy and reference, after the policy's glance."""
        return 2 if exhaustive or self.calibration.fair_below is None else 3

    def worth_reading(self, texts: Sequence[str], advance: Advance | None = None) -> list[int]:
        """Positions of the texts that two cheaper looks do not find fair.

        The first is the screen's, at their n-grams; the second is the policy's own verdict, without
        the log-probabilities that make up most of a reading.

        Args:
            texts: The texts.
            advance: Told how many more of them were glanced at, or need not be.
        """
        read = list(range(len(texts)))
        if self.screen is not None:
            read = np.flatnonzero(self.screen.passes(texts)).tolist()
        limit = self.calibration.fair_below
        if limit is not None:
            if advance is not None:
                advance(len(texts) - len(read))
            glances = self.scorer.glances([texts[i] for i in read], advance)
            read = [i for i, one in zip(read, glances, strict=True) if one.verdict >= limit]
        return read

    def require_rewriter(self) -> Rewriter:
        """The rewriter.

        Raises:
            ModelError: There is none.
        """
        if self.rewriter is None:
            raise no_rewriter()
        return self.rewriter

    def with_rewrites(
        self, findings: Sequence[Finding], advance: Advance | None = None
    ) -> list[Finding]:
        """Findings with better wordings for what is not fair; up to a minute for each.

        Args:
            findings: What ``detect`` or ``judge`` has said.
            advance: Told after each finding that one more is done.

        Raises:
            ModelError: There is no rewriter.
        """
        rewriter = self.require_rewriter()
        found = []
        for finding in findings:
            if finding.verdict != "fair":
                finding = replace(finding, rewrites=fair_wordings(rewriter, self._judge, finding))
            found.append(finding)
            if advance is not None:
                advance(1)
        return found

    def _judge(self, texts: Sequence[str]) -> list[float]:
        """Log-odds of texts that are read in full."""
        return self.log_odds(self.scorer.readings(texts))

    def log_odds(self, readings: Sequence[Reading]) -> list[float]:
        """Calibrated log-odds of each reading."""
        features = self.scorer.features(readings, self.calibration.features)
        return [float(value) for value in self.calibration.log_odds(features)]

    def finding(self, statement: Statement, reading: Reading, log_odds: float) -> Finding:
        """What a reading with these log-odds says of a statement."""
        verdict = verdict_of(log_odds)
        fair = verdict == "fair"
        return Finding(
            id=statement.id,
            text=statement.text,
            score=round(log_odds, DIGITS),
            probability=round(probability(log_odds), 3),
            verdict=verdict,
            severity=severity_of(log_odds),
            bias_types=(
                ()
                if fair or self.type_head is None
                else self.type_head.guesses(np.asarray(reading.kind_evidence.tolist()))
            ),
            spans=() if fair else spans_of(statement.text, self._pieces(statement.text, reading)),
        )

    def _pieces(self, text: str, reading: Reading) -> list[Piece]:
        """The text's tokens as pieces, with their blame."""
        encoded = self.scorer.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        if self.calibration.uses_verdict:
            blame = verdict_saliency(self.scorer, cast(list[int], encoded["input_ids"]))
        else:
            blame = reading.blame
        return pieces(encoded["offset_mapping"], blame)


def detector_of(scorer: Scorer, calibration: Calibration, folder: Path) -> Detector:
    """A checkpoint's detector, of what was loaded of it already and of what else it holds."""
    longest = scorer.max_tokens + len(scorer.prompt)
    return Detector(
        scorer,
        calibration,
        load_type_head(folder),
        load_screen(folder),
        load_rewriter(scorer.policy, scorer.tokenizer, folder, longest, scorer.strategy),
    )


def no_rewriter() -> ModelError:
    """The error where wordings are asked for and a checkpoint has no rewriter."""
    return ModelError(
        tr("this checkpoint has no rewriter", "该检查点没有改写器"),
        tr(
            "Train one with `edubias rewriter` (LoRA checkpoints only).",
            "请用 `edubias rewriter` 训练（仅限 LoRA 检查点）。",
        ),
    )
