"""``transformers.Trainer`` with the DPO loss and its metrics."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from transformers import EvalPrediction, Trainer
from transformers.trainer_pt_utils import LengthGroupedSampler

from edubias.data.collate import EncodedPair, PairBatch, completions_of
from edubias.detect.calibrate import Calibration, fit
from edubias.model.logps import token_logps
from edubias.model.manifest import RunManifest
from edubias.train.loss import LossType, PreferenceLogps, PreferenceLoss, dpo_loss


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


class DpoTrainer(Trainer):
    """Trains a policy on ``PairBatch``es.

    Reference log-probabilities come with the batch, so no reference model is needed here.

    Args:
        beta: β (``scale_coeff``).
        loss_type: See ``dpo_loss``.
        label_smoothing: See ``dpo_loss``.
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
        manifest: RunManifest,
        **kwargs: Any,
    ) -> None:
        super().__init__(compute_metrics=self._metrics_of_evaluation, **kwargs)
        self.beta = beta
        self.loss_type: LossType = loss_type
        self.label_smoothing = label_smoothing
        self.manifest = manifest
        # The loss is a mean over pairs, so it must be divided by the accumulation steps; Trainer
        # leaves that out for models that take `num_items_in_batch`.
        self.model_accepts_loss_kwargs = False
        # Sums over pairs since the last log: count, correct, margin, chosen, rejected.
        self._reward_sums = torch.zeros(5, dtype=torch.float64)
        self._calibration: tuple[int, Calibration] | None = None

    def pair_loss(self, model: nn.Module, batch: PairBatch) -> PreferenceLoss:
        """Loss and rewards of B pairs."""
        completions = completions_of(batch)
        logps = token_logps(model, completions).sum(dim=1).reshape(-1, 2)
        lengths = completions["completion_mask"].sum(dim=1).reshape(-1, 2)
        reference = batch["reference_logps"]
        return dpo_loss(
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

    def compute_loss(  # noqa: D102 (Trainer's)
        self,
        model: nn.Module,
        inputs: Any,
        return_outputs: bool = False,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Any:
        result = self.pair_loss(model, inputs)
        if model.training:
            self._add_rewards(result.chosen_rewards, result.rejected_rewards)
        loss = result.losses.mean()
        return (loss, result) if return_outputs else loss

    def _add_rewards(self, chosen: Tensor, rejected: Tensor) -> None:
        margin = chosen - rejected
        sums = [(margin > 0).sum(), margin.sum(), chosen.sum(), rejected.sum()]
        self._reward_sums[0] += len(margin)
        self._reward_sums[1:] += torch.stack([value.double() for value in sums]).cpu()

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
        rewards = torch.stack([result.chosen_rewards, result.rejected_rewards], dim=1)
        # Trainer computes metrics only where there are labels; the labels are in the order of the
        # two rewards, so these stand for "the first one is the chosen one".
        labels = torch.zeros(len(rewards), dtype=torch.long, device=rewards.device)
        return result.losses.mean().detach(), rewards, labels

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Add the reward metrics to the training logs, and name the learning rate ``lr``."""
        if "loss" in logs:
            sums = self._reward_sums.to(self.args.device, torch.float32)
            count, correct, margin, chosen, rejected = self.accelerator.reduce(sums).tolist()
            self._reward_sums.zero_()
            if count:
                logs |= {
                    "reward_accuracy": correct / count,
                    "reward_margin": margin / count,
                    "better_sample_reward": chosen / count,
                    "worse_sample_reward": rejected / count,
                }
        if "learning_rate" in logs:
            logs["lr"] = logs.pop("learning_rate")
        super().log(logs, start_time)

    def _metrics_of_evaluation(self, prediction: EvalPrediction) -> dict[str, float]:
        """Metrics of a whole evaluation, and the calibration that follows from it."""
        rewards = np.asarray(prediction.predictions)
        pairs = cast(Sequence[EncodedPair], self.eval_dataset)
        lengths = [(len(pair["chosen_ids"]), len(pair["rejected_ids"])) for pair in pairs]
        scores = -rewards / np.asarray(lengths)
        biased = np.broadcast_to([False, True], scores.shape)
        self._calibration = (self.state.global_step, fit(scores.ravel(), biased.ravel()))
        detection = {"auroc": float(roc_auc_score(biased.ravel(), scores.ravel()))}
        return preference_metrics(rewards[:, 0], rewards[:, 1]) | detection

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        """Random order in which the pairs of a batch have like lengths, to save padding."""
        pairs = cast(Sequence[EncodedPair], self.train_dataset)
        return LengthGroupedSampler(
            self.args.train_batch_size * self.args.gradient_accumulation_steps,
            lengths=[len(pair["chosen_ids"]) + len(pair["rejected_ids"]) for pair in pairs],
            generator=torch.Generator().manual_seed(self.args.data_seed or self.args.seed),
        )

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        super()._save(output_dir, state_dict)
        folder = Path(output_dir or str(self.args.output_dir))
        self.manifest.save(folder)
        if self._calibration is not None and self._calibration[0] == self.state.global_step:
            self._calibration[1].save(folder)
