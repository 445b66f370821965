"""``transformers.Trainer`` with the DPO loss and its metrics."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from torch.utils.data import DataLoader
from transformers import EvalPrediction, Trainer
from transformers.trainer import TRAINER_STATE_NAME
from transformers.trainer_utils import rotate_checkpoints

from edubias.data.collate import EncodedPair, PairBatch
from edubias.data.prompt import JudgementIds
from edubias.detect.calibrate import CALIBRATION_FILE, Calibration, fit, load_calibration
from edubias.errors import EdubiasError
from edubias.lang import tr
from edubias.model.logps import Outputs, completion_outputs, token_logps
from edubias.model.manifest import RunManifest
from edubias.train.batches import EpochLoader, StepSampler
from edubias.train.checkpoint import (
    PARTIAL,
    PREFIX,
    CheckpointError,
    best_checkpoint,
    is_write_error,
    publish,
)
from edubias.train.guards import divergence, gradient_norm
from edubias.train.loss import (
    LossType,
    PreferenceLogps,
    PreferenceLoss,
    dpo_loss,
    kind_hits,
    kind_loss,
    verdict_loss,
)


def preference_metrics(
    chosen_rewards: npt.NDArray[Any], rejected_rewards: npt.NDArray[Any]
) -> dict[str, float]:
    """The reward metrics of B pairs.

    Args:
        chosen_rewards: ``(B,)`` implicit rewards of the chosen completions.
        rejected_rewards: ``(B,)``, of the rejected ones.

    Returns:
        ``reward_accuracy`` (share of pairs with a margin above 0), ``reward_margin``,
        ``better_sample_reward`` and ``worse_sample_reward`` (means).
    """
    margin = chosen_rewards - rejected_rewards
    return {
        "reward_accuracy": float((margin > 0).mean()),
        "reward_margin": float(margin.mean()),
        "better_sample_reward": float(chosen_rewards.mean()),
        "worse_sample_reward": float(rejected_rewards.mean()),
    }


def _right(verdicts: Tensor) -> Tensor:
    """How many of ``(B, 2)`` verdicts, on the fair and the biased side of pairs, are right."""
    return (verdicts[:, 0] < 0).sum() + (verdicts[:, 1] > 0).sum()


class DpoTrainer(Trainer):
    """Trains a policy on ``PairBatch``es.

    Reference log-probabilities come with the batch, so no reference model is needed here.

    Args:
        beta: β (``scale_coeff``).
        loss_type: See ``dpo_loss``.
        label_smoothing: See ``dpo_loss``.
        verdict_coeff: Weight of ``verdict_loss`` beside it; 0 for none.
        kind_coeff: Weight of ``kind_loss``; 0 for none.
        judgements: Tokens of the judgements.
        sampler: Which training pairs make this process's micro-batches, of which
            ``gradient_accumulation_steps`` make a step.
        manifest: Saved beside every checkpoint, with the calibration where the checkpoint was
            evaluated.
        **kwargs: As for ``transformers.Trainer``.
    """

    def __init__(
        self,
        *,
        beta: float,
        loss_type: LossType,
        label_smoothing: float,
        verdict_coeff: float,
        kind_coeff: float,
        judgements: JudgementIds,
        sampler: StepSampler,
        manifest: RunManifest,
        **kwargs: Any,
    ) -> None:
        super().__init__(compute_metrics=self._metrics_of_evaluation, **kwargs)
        self.beta = beta
        self.loss_type: LossType = loss_type
        self.label_smoothing = label_smoothing
        self.verdict_coeff = verdict_coeff
        self.kind_coeff = kind_coeff
        self.judgements = judgements
        self.sampler = sampler
        self.manifest = manifest
        # The loss is a mean over pairs, so it must be divided by the accumulation steps; Trainer
        # leaves that out for models that take `num_items_in_batch`.
        self.model_accepts_loss_kwargs = False
        # Sums over pairs since the last log: count, correct, margin, chosen, rejected, the verdicts
        # that are right, of the two of each pair, the kinds that are right, and those known.
        self._reward_sums = torch.zeros(8, dtype=torch.float64)
        self._calibration: tuple[int, Calibration] | None = None
        self._resumed_at: int | None = None
        self._pairs_per_micro_batch: float | None = None

    def pair_loss(self, model: nn.Module, batch: PairBatch) -> PreferenceLoss:
        """Loss and rewards of B pairs."""
        completions = batch["completions"]
        judged: Outputs | None = None
        if self.verdict_coeff or self.kind_coeff:
            judged = completion_outputs(model, completions, self.judgements)
        tokens = token_logps(model, completions) if judged is None else judged.logps
        logps = tokens.sum(dim=1).reshape(-1, 2)
        lengths = completions["completion_mask"].sum(dim=1).reshape(-1, 2)
        reference = batch["reference_logps"]
        result = dpo_loss(
            PreferenceLogps(
                chosen=logps[:, 0],
                rejected=logps[:, 1],
                reference_chosen=reference[:, 0],
                reference_rejected=reference[:, 1],
                chosen_lengths=lengths[:, 0],
                rejected_lengths=lengths[:, 1],
            ),
            beta=self.beta,
            loss_type=self.loss_type,
            label_smoothing=self.label_smoothing,
        )
        if judged is None:
            return result
        verdicts, kinds = judged.verdicts.reshape(-1, 2), judged.kinds[1::2]
        losses = (
            result.losses
            + self.verdict_coeff * verdict_loss(verdicts)
            + self.kind_coeff * kind_loss(kinds, batch["kinds"])
        )
        return replace(
            result,
            losses=losses,
            verdicts=verdicts.detach(),
            kind_hits=kind_hits(kinds, batch["kinds"]),
        )

    def compute_loss(  # noqa: D102 (Trainer's)
        self,
        model: nn.Module,
        inputs: Any,
        return_outputs: bool = False,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Any:
        result = self.pair_loss(model, inputs)
        if model.training:
            self._add_rewards(result)
        # Micro-batches hold different numbers of pairs, and Trainer takes the mean over them and
        # over processes; every pair of a step shall weigh the same.
        mean_size = self._pairs_per_micro_batch if model.training else None
        loss = result.losses.sum() / (mean_size or len(result.losses))
        return (loss, result) if return_outputs else loss

    def training_step(  # noqa: D102 (Trainer's)
        self,
        model: nn.Module,
        inputs: Any,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Tensor:
        loss = super().training_step(model, inputs, num_items_in_batch)
        self._require_finite(tr("loss", "损失"), float(loss))
        # A scaler of fp16 finds its scale by overflows, and leaves out the steps that do.
        if self.accelerator.sync_gradients and self.accelerator.scaler is None:
            self._require_finite(tr("gradient norm", "梯度范数"), gradient_norm(model))
        return loss

    def _require_finite(self, quantity: str, value: float) -> None:
        if not math.isfinite(value):
            step = self.state.global_step
            pairs = cast(Sequence[EncodedPair], self.train_dataset)
            ids = [pairs[i]["id"] for i in self.sampler.pairs_of_step(step)]
            raise divergence(quantity, value, step + 1, ids)

    def get_batch_samples(  # noqa: D102 (Trainer's)
        self, epoch_iterator: Iterator[Any], num_batches: int, device: torch.device
    ) -> tuple[list[Any], Tensor | int | None]:
        batches, items = super().get_batch_samples(epoch_iterator, num_batches, device)
        pairs = torch.tensor(
            [sum(len(batch["reference_logps"]) for batch in batches)], device=device
        )
        total = int(self.accelerator.reduce(pairs).item())
        self._pairs_per_micro_batch = total / max(1, len(batches) * self.args.world_size)
        return batches, items

    def _add_rewards(self, result: PreferenceLoss) -> None:
        chosen, rejected = result.chosen_rewards, result.rejected_rewards
        margin = chosen - rejected
        sums = [(margin > 0).sum(), margin.sum(), chosen.sum(), rejected.sum()]
        if result.verdicts is not None and result.kind_hits is not None:
            hits = result.kind_hits
            sums += [_right(result.verdicts), (hits == 1).sum(), (hits >= 0).sum()]
        self._reward_sums[0] += len(margin)
        new = torch.stack([value.float() for value in sums]).cpu().double()
        self._reward_sums[1 : 1 + len(new)] += new

    def prediction_step(  # noqa: D102 (Trainer's)
        self,
        model: nn.Module,
        inputs: Any,
        prediction_loss_only: bool,
        ignore_keys: list[str] | None = None,
    ) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        batch = self._prepare_inputs(inputs)
        with torch.no_grad(), self.compute_loss_context_manager():
            result = self.pair_loss(model, cast(PairBatch, batch))
        said = torch.stack([result.chosen_rewards, result.rejected_rewards], dim=1)
        if result.verdicts is not None and result.kind_hits is not None:
            said = torch.cat([said, result.verdicts, result.kind_hits[:, None]], dim=1)
        # Trainer computes metrics only where there are labels; the labels are in the order of the
        # two rewards, so these stand for "the first one is the chosen one".
        labels = torch.zeros(len(said), dtype=torch.long, device=said.device)
        return result.losses.mean().detach(), said, labels

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Add the reward metrics to the training logs, and name the learning rate ``lr``."""
        if "loss" in logs:
            sums = self._reward_sums.to(self.args.device, torch.float32)
            (count, correct, margin, chosen, rejected, right, hits, known) = (
                self.accelerator.reduce(sums).tolist()
            )
            self._reward_sums.zero_()
            if count:
                logs |= {
                    "reward_accuracy": correct / count,
                    "reward_margin": margin / count,
                    "better_sample_reward": chosen / count,
                    "worse_sample_reward": rejected / count,
                }
                if self.verdict_coeff:
                    logs["verdict_accuracy"] = right / (2 * count)
                if self.kind_coeff and known:
                    logs["kind_accuracy"] = hits / known
        if "learning_rate" in logs:
            logs["lr"] = logs.pop("learning_rate")
        super().log(logs, start_time)

    def _metrics_of_evaluation(self, prediction: EvalPrediction) -> dict[str, float]:
        """Metrics of a whole evaluation, and the calibration that follows from it.

        Raises:
            EdubiasError: A reward is not finite.
        """
        said = np.asarray(prediction.predictions, dtype=np.float64)
        if not np.isfinite(said).all():
            raise EdubiasError(
                tr(
                    "training has diverged: rewards are no longer finite",
                    "训练已发散：奖励不再是有限数值",
                ),
                tr("Lower train_cfgs.learning_rate.", "请减小 train_cfgs.learning_rate。"),
            )
        pairs = cast(Sequence[EncodedPair], self.eval_dataset)
        lengths = [(len(pair["chosen_ids"]), len(pair["rejected_ids"])) for pair in pairs]
        rewards, verdicts, hits = said[:, :2], said[:, 2:4], said[:, 4:]
        columns = {"reward_mean": -rewards / np.asarray(lengths)}
        if self.verdict_coeff:
            columns["verdict"] = verdicts
        features = np.stack([column.ravel() for column in columns.values()], axis=1)
        biased = np.broadcast_to([False, True], rewards.shape).ravel()
        calibration = replace(fit(tuple(columns), features, biased), provisional=True)
        self._calibration = (self.state.global_step, calibration)
        detection = {"auroc": float(roc_auc_score(biased, calibration.log_odds(features)))}
        if self.verdict_coeff:
            right = _right(torch.from_numpy(verdicts))
            detection["verdict_accuracy"] = float(right) / verdicts.size
        if self.kind_coeff and (hits >= 0).any():
            detection["kind_accuracy"] = float(hits[hits >= 0].mean())
        return preference_metrics(rewards[:, 0], rewards[:, 1]) | detection

    def get_train_dataloader(self) -> DataLoader[Any]:
        """Micro-batches of this process; they are moved to the device when their turn comes."""
        return EpochLoader(
            cast(Any, self.train_dataset),
            batch_sampler=self.sampler,
            collate_fn=self.data_collator,
            pin_memory=self.args.dataloader_pin_memory,
        )

    def _run_epoch(self, *args: Any, **kwargs: Any) -> None:
        # A run that is finished within an epoch and taken up again would get one more step.
        if self.state.global_step < self.state.max_steps:
            super()._run_epoch(*args, **kwargs)  # type: ignore[no-untyped-call]

    @contextmanager
    def writing(self, what: str) -> Iterator[Path]:
        """The folder to write into what is whole or not there; every process enters it.

        Raises:
            CheckpointError: It can't be written.
        """
        run = Path(str(self.args.output_dir))
        partial = run / PARTIAL
        if self.args.should_save:
            shutil.rmtree(partial, ignore_errors=True)
        self.accelerator.wait_for_everyone()
        self.args.output_dir = str(partial)
        try:
            yield partial
        except (OSError, RuntimeError, SafetensorError) as error:
            shutil.rmtree(partial, ignore_errors=True)
            if not is_write_error(error):
                raise
            raise CheckpointError(
                tr(
                    f"{run}: {what} can't be written: {error}",
                    f"{run}：无法写入{what}：{error}",
                )
            ) from error
        finally:
            self.args.output_dir = str(run)
        self.accelerator.wait_for_everyone()

    def save_final(self) -> None:
        """Put the trained model into the run's folder."""
        run = Path(str(self.args.output_dir))
        with self.writing(tr("the trained model", "训练好的模型")) as partial:
            self.save_model(str(partial))
            if self.args.should_save:
                self.state.save_to_json(str(partial / TRAINER_STATE_NAME))
        if self.args.should_save:
            # A finished run that is taken up again may have been calibrated with more since.
            kept = self._resumed_at == self.state.global_step and (run / CALIBRATION_FILE).is_file()
            (partial if kept else run).joinpath(CALIBRATION_FILE).unlink(missing_ok=True)
            for file in partial.iterdir():
                file.replace(run / file.name)
            partial.rmdir()
        self.accelerator.wait_for_everyone()

    def _save_checkpoint(self, model: nn.Module, trial: Any) -> None:
        """Write a checkpoint so that it is whole or not there."""
        run = Path(str(self.args.output_dir))
        step = self.state.global_step
        with self.writing(tr(f"checkpoint {step}", f"检查点 {step}")) as partial:
            super()._save_checkpoint(model, trial)
        if self.args.should_save:
            publish(partial / f"{PREFIX}{step}", run)
            best = best_checkpoint(run, self.state)
            self.state.best_model_checkpoint = None if best is None else str(best)
            rotate_checkpoints(
                str(run), self.args.save_total_limit, self.state.best_model_checkpoint
            )
        self.accelerator.wait_for_everyone()

    def keep_calibration_of(self, checkpoint: Path) -> None:
        """Take over the calibration of the checkpoint that training goes on from."""
        self._resumed_at = int(checkpoint.name.removeprefix(PREFIX))
        if calibration := load_calibration(checkpoint):
            self._calibration = (self._resumed_at, calibration)

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        super()._save(output_dir, state_dict)
        if not self.args.should_save:  # every process comes here
            return
        folder = Path(output_dir or str(self.args.output_dir))
        self.manifest.save(folder)
        if self._calibration is not None and self._calibration[0] == self.state.global_step:
            self._calibration[1].save(folder)
