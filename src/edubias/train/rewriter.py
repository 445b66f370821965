"""Train the rewriter: pairs the other way round.

After ``rewrite: {biased} →`` the fair wording is preferred to the biased one again, and is learnt
by heart besides: contrastive preference optimisation (Xu et al. 2024, arXiv:2401.08417, eq. 5),
without a reference, so that it costs no further pass. Both continue the same beginning, which the
packed strategy computes once where all fits into a row.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict, cast

import torch.nn.functional as F
from torch import Tensor, nn
from transformers import (
    PreTrainedTokenizerBase,
    PrinterCallback,
    Trainer,
    set_seed,
)
from transformers.trainer_utils import SaveStrategy

from edubias.config import Config
from edubias.data.collate import CompletionBatch, Strategy, batch_completions
from edubias.data.pack import PackedBatch
from edubias.data.prompt import (
    EDITED,
    REWRITING,
    TEMPLATES,
    TURNED,
    completion_ids,
    prompt_ids,
    rewriting_ids,
)
from edubias.data.read import sample
from edubias.detect.rewrite import FOLDER
from edubias.errors import ConfigError, EdubiasError
from edubias.lang import tr
from edubias.model.embedded import publish_folder
from edubias.model.load import EMBEDDED, load_adapter, load_base, load_tokenizer_of, with_lora
from edubias.model.logps import choose_strategy, token_logps
from edubias.model.manifest import RunManifest, load_manifest
from edubias.model.precision import dtype_name, training_dtype
from edubias.records import PreferencePair
from edubias.train.arguments import training_arguments
from edubias.train.callbacks import ProgressBars, TrainLog
from edubias.train.guards import stops_explained

BETA = 0.1
"""β of the preference; the paper's."""

TRAIN = "train"
"""What the record calls the file that was trained on."""


class EncodedRewriting(TypedDict):
    """A pair as token ids: what both continue, and how."""

    given: list[int]
    fair: list[int]
    biased: list[int]


class RewritingBatch(TypedDict):
    """B pairs.

    Attributes:
        completions: 2B completions, each pair's fair one, then its biased one; what is given is
            read and not predicted.
    """

    completions: CompletionBatch | PackedBatch


@dataclass(frozen=True)
class RewritingCollator:
    """Makes ``RewritingBatch``es.

    Attributes:
        prompt: The constant prompt's token ids.
        pad_id: Token id for padding.
        strategy: The form of the completions.
    """

    prompt: Sequence[int]
    pad_id: int
    strategy: Strategy

    def __call__(self, pairs: Sequence[EncodedRewriting]) -> RewritingBatch:
        """Collate B pairs."""
        completions = [
            [*pair["given"], *ids] for pair in pairs for ids in (pair["fair"], pair["biased"])
        ]
        given = [len(pair["given"]) for pair in pairs for _ in range(2)]
        return RewritingBatch(
            completions=batch_completions(
                self.strategy, self.prompt, completions, self.pad_id, given
            )
        )


def rewriting_loss(logps: Tensor, mask: Tensor) -> Tensor:
    """CPO loss of B pairs, means over tokens.

    Args:
        logps: ``(2B, L)`` log-probabilities of the predicted tokens, fair and biased in turn.
        mask: ``(2B, L)``: 1 on them, 0 elsewhere.

    Returns:
        ``(B,)``.
    """
    sums = (logps * mask).sum(dim=1).reshape(-1, 2)
    lengths = mask.sum(dim=1).reshape(-1, 2)
    preference = -F.logsigmoid(BETA * (sums[:, 0] - sums[:, 1]))
    return preference - sums[:, 0] / lengths[:, 0]


class RewritingTrainer(Trainer):
    """Trains on ``RewritingBatch``es."""

    def compute_loss(  # noqa: D102 (Trainer's)
        self,
        model: nn.Module,
        inputs: Any,
        return_outputs: bool = False,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Any:
        completions = inputs["completions"]
        logps = token_logps(model, completions)
        losses = rewriting_loss(logps, completions["completion_mask"])
        loss = losses.mean()
        return (loss, losses) if return_outputs else loss


def form_of(pair: PreferencePair) -> str:
    """Form of a pair's unbiased side; an edit of the biased one unless ``meta.form`` says more."""
    return TURNED if pair.meta.get("form") == TURNED else EDITED


def encode(
    pairs: Sequence[PreferencePair], tokenizer: PreTrainedTokenizerBase, max_tokens: int
) -> list[EncodedRewriting]:
    """Pairs as token ids; those that do not fit are left out."""
    encoded = [
        EncodedRewriting(
            given=rewriting_ids(tokenizer, pair.rejected, form_of(pair)),
            fair=completion_ids(tokenizer, pair.chosen),
            biased=completion_ids(tokenizer, pair.rejected),
        )
        for pair in pairs
    ]
    return [
        one
        for one in encoded
        if len(one["given"]) + max(len(one["fair"]), len(one["biased"])) <= max_tokens
    ]


def train_rewriter(
    config: Config,
    pairs: Sequence[PreferencePair],
    checkpoint: Path,
    further: bool = False,
    data: dict[str, dict[str, Any]] | None = None,
) -> Path:
    """Train a rewriter and keep it beside a detector.

    Args:
        config: The detector's configuration: model, adapter, optimisation.
        pairs: Training pairs. Those that do not fit the model's length are left out; of the
            others, ``data_cfgs.train_size`` are taken.
        checkpoint: The detector's folder.
        further: Go on from the rewriter that is there already.
        data: Records of the files that the pairs come from, for the rewriter's own record, which
            keeps those of earlier trainings.

    Returns:
        The rewriter's folder.

    Raises:
        ConfigError: No pair fits.
    """
    folder = checkpoint / FOLDER
    earlier: dict[str, dict[str, Any]] = {}
    forms = {form_of(pair) for pair in pairs}
    if further:  # the adapter that is there keeps its form
        before = load_manifest(folder)
        earlier = before.data
        forms |= set(before.forms)
        config = config.model_copy(
            update={"lora_cfgs": Config.model_validate(before.config).lora_cfgs}
        )
    set_seed(config.train_cfgs.seed)
    tokenizer = load_tokenizer_of(checkpoint, config.model_cfgs)
    precision = training_dtype(config)
    base = load_base(config.model_cfgs, config.bnb_cfgs, precision)
    policy = (
        load_adapter(base, folder, trainable=True) if further else with_lora(base, config.lora_cfgs)
    )
    prompt = prompt_ids(tokenizer, REWRITING)
    strategy, _ = choose_strategy(policy, config.train_cfgs.forward_strategy)
    encoded = encode(pairs, tokenizer, config.model_cfgs.model_max_length - len(prompt))
    if not encoded:
        raise ConfigError(
            tr("no pair fits the model's length twice", "没有偏好对能在模型长度内出现两次"),
            tr("Raise model_cfgs.model_max_length.", "请增大 model_cfgs.model_max_length。"),
        )
    chosen = sample(encoded, config.data_cfgs.train_size, config.train_cfgs.seed)
    folder.mkdir(exist_ok=True)
    arguments = training_arguments(config, precision, evaluates=False)
    arguments.output_dir = str(folder)
    arguments.report_to = []  # a tracker's run is the detector's
    arguments.save_strategy = SaveStrategy.NO
    arguments.logging_nan_inf_filter = False
    collator = RewritingCollator(prompt, tokenizer.pad_token_id or 0, strategy)
    log = TrainLog(folder / "train.log")
    log.write(
        f"train: {len(chosen)} of {len(pairs)} pairs; {len(pairs) - len(encoded)} are too long"
    )
    bars = ProgressBars(
        arguments.per_device_train_batch_size * arguments.gradient_accumulation_steps
    )
    trainer = RewritingTrainer(
        model=policy,
        args=arguments,
        data_collator=cast(Any, collator),
        train_dataset=cast(Any, chosen),
        callbacks=[log, bars],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.model_accepts_loss_kwargs = False
    with stops_explained(log, config), closing(bars):
        loss = trainer.train().training_loss
        if not math.isfinite(loss):
            raise EdubiasError(
                tr("the rewriter has diverged", "改写器训练已发散"),
                tr("Lower train_cfgs.learning_rate.", "请减小 train_cfgs.learning_rate。"),
            )
        manifest = RunManifest(
            base_model=config.model_cfgs.model_name_or_path or EMBEDDED,
            prompt=TEMPLATES[REWRITING],
            template=REWRITING,
            beta=BETA,
            config=config.model_dump(mode="json"),
            data={**_earlier(earlier), **(data or {})},
            seed=config.train_cfgs.seed,
            precision=dtype_name(precision),
            metrics={"train/loss": loss},
            forms=sorted(forms),
        )

        def write(partial: Path) -> None:
            trainer.save_model(str(partial))
            manifest.save(partial)
            shutil.copy(log.path, partial)

        # An earlier rewriter stays whole until this one is.
        publish_folder(folder, write)
    return folder


def _earlier(data: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Records of files under names that further ones do not take (``train_1``, ``train_2``)."""
    return {
        f"{TRAIN}_{len(data)}" if name == TRAIN else name: record for name, record in data.items()
    }
