"""What stops a training that is lost, and what warns of one that goes wrong.

The signs of trouble are read from the series of logged values alone, so a guard sees what
``train.log`` shows and nothing else: it does not know the data.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from statistics import fmean
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from edubias.config import Config
from edubias.errors import EdubiasError
from edubias.lang import tr
from edubias.progress import STDERR
from edubias.train.callbacks import TrainLog
from edubias.train.checkpoint import CheckpointError
from edubias.train.memory import memory_remedy

History = Sequence[Mapping[str, float]]
"""Logged values in order, as ``TrainerState.log_history`` holds them; ``eval_loss`` marks an
evaluation, ``loss`` a log of training."""

WINDOW_STEPS = 10
"""Fewest steps that are averaged: with batches of eight, reward accuracy is then known to 0.06."""

WINDOW_SHARE = 0.1
"""Share of the training that is averaged where that is more steps: small batches are noisy."""

COLLAPSE_NATS = 15.0
"""Fall of the chosen texts' log-probability, in nats, that is worth a warning. It proves nothing:
in the training of a good detector it was 29, and plain texts stayed as likely as before
(``docs/LOG.md``, "The detector that ships, second")."""

LEARNING_SHARE = 0.3
"""Share of the training after which something must have been learnt: warm-up is over by far."""

CHANCE_ACCURACY = 0.6
"""Reward accuracy that chance still reaches on 80 pairs, with a probability of 0.05."""

NO_MARGIN_NATS = 0.1
"""Margin that is nothing: it moves the loss by less than 0.05 even with β = 1."""

ROUNDING_NATS = 0.001
"""Margin that rounding alone can make; its sign says nothing, so accuracy does not matter."""

PATIENCE = 2
"""Evaluations without a new best one after which the loss is taken to rise: one may be chance."""

OVERFIT_RISE = 0.02
"""Rise over the best evaluation loss, as a share of it, that is more than a wobble."""

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""Errors of a system that has no room for what is to be written."""

NO_MEMORY = ("out of memory", "can't allocate memory")
"""What CUDA, Apple's GPUs and the processor say, in whatever class of error."""

MAX_SHOWN = 16
"""How many pairs a message names."""


class DivergenceError(EdubiasError):
    """A loss or a gradient is no longer a number."""


class OutOfMemoryError(EdubiasError):
    """The training does not fit in memory."""


def divergence(quantity: str, value: float, step: int, pair_ids: Sequence[str]) -> DivergenceError:
    """What to raise where a loss or gradient is no longer a finite number.

    Args:
        quantity: What the value is, for the message.
        value: The value.
        step: The step, counted from 1.
        pair_ids: Identifiers of the step's pairs.
    """
    shown = ", ".join(pair_ids[:MAX_SHOWN]) + (" …" if len(pair_ids) > MAX_SHOWN else "")
    return DivergenceError(
        tr(
            f"step {step}: the {quantity} is {value}; pairs of this step: {shown}",
            f"第 {step} 步：{quantity}为 {value}；该步的偏好对：{shown}",
        ),
        tr(
            "Earlier checkpoints are unharmed. Lower train_cfgs.learning_rate or raise "
            "lr_warmup_ratio; on a GPU prefer bf16 to fp16; if it is the same pairs again, look "
            "at them with `edubias data show`.",
            "此前的检查点完好。请降低 train_cfgs.learning_rate 或增大 lr_warmup_ratio；"
            "GPU 上优先使用 bf16 而非 fp16；若总是同样的偏好对，请用 `edubias data show` 查看。",
        ),
    )


def gradient_norm(model: nn.Module) -> float:
    """Norm of the gradients that this process holds; 0 where an engine keeps them to itself."""
    norms: list[Tensor] = []
    for parameter in model.parameters():
        if parameter.grad is not None:
            grad = parameter.grad
            own = grad.to_local() if isinstance(grad, DTensor) else grad
            norms.append(torch.linalg.vector_norm(own.detach(), dtype=torch.float32))
    return float(torch.linalg.vector_norm(torch.stack(norms))) if norms else 0.0


@contextmanager
def stops_explained(log: TrainLog, config: Config) -> Iterator[None]:
    """Write into ``train.log`` why a training stopped, and say what helps.

    Raises:
        OutOfMemoryError: Memory ran out.
        CheckpointError: The disk is full.
    """
    try:
        yield
    except EdubiasError as error:
        _write_stop(log, error)
        raise
    except (RuntimeError, MemoryError) as error:
        text = str(error).lower()
        if not isinstance(error, MemoryError) and not any(words in text for words in NO_MEMORY):
            raise
        memory = OutOfMemoryError(
            tr(f"out of memory: {error}", f"内存或显存不足：{error}"), memory_remedy(config)
        )
        _write_stop(log, memory)
        raise memory from error
    except OSError as error:
        if error.errno not in FULL:
            raise
        disk = CheckpointError(tr(f"nothing can be written: {error}", f"无法写入：{error}"))
        _write_stop(log, disk)
        raise disk from error


def _write_stop(log: TrainLog, error: EdubiasError) -> None:
    with suppress(OSError):  # what is wrong may be that nothing can be written
        log.write(f"stopped: {error.problem}")


def window_steps(max_steps: int) -> int:
    """Number of steps that are averaged in a training of so many steps."""
    return max(WINDOW_STEPS, int(WINDOW_SHARE * max_steps))


def rewards_collapse(history: History, beta: float, max_steps: int) -> bool:
    """Whether both sides become improbable while the margin still widens.

    DPO's loss knows the difference between the sides only. A model that makes the unbiased text
    improbable too, if less so, lowers the loss and forgets language (Pal et al. 2024,
    arXiv:2402.13228).
    """
    newest, earlier = _windows(history, max_steps)
    if not newest or not earlier:
        return False
    chosen, margin = (_mean(newest, key) for key in ("better_sample_reward", "reward_margin"))
    return (
        chosen / beta < -COLLAPSE_NATS
        and chosen < _mean(earlier, "better_sample_reward")
        and margin > _mean(earlier, "reward_margin")
    )


def learns_nothing(history: History, beta: float, max_steps: int) -> bool:
    """Whether the sides are not told apart after a good share of the training."""
    newest, _ = _windows(history, max_steps)
    if not newest or newest[-1]["step"] < max(WINDOW_STEPS, LEARNING_SHARE * max_steps):
        return False
    margin = abs(_mean(newest, "reward_margin")) / beta
    at_chance = _mean(newest, "reward_accuracy") < CHANCE_ACCURACY
    return margin < ROUNDING_NATS or (margin < NO_MARGIN_NATS and at_chance)


def overfits(history: History) -> bool:
    """Whether training goes on to improve while evaluation becomes worse."""
    evaluations = [entry for entry in history if "eval_loss" in entry]
    if not evaluations or "eval_loss" not in history[-1]:
        return False
    losses = [entry["eval_loss"] for entry in evaluations]
    best = losses.index(min(losses))
    if len(losses) - 1 - best < PATIENCE:
        return False
    ends = [0.0, *(entry["step"] for entry in evaluations)]
    then, now = (
        [entry for entry in history if "loss" in entry and start < entry["step"] <= end]
        for start, end in ((ends[best], ends[best + 1]), (ends[-2], ends[-1]))
    )
    return (
        losses[-1] - losses[best] > OVERFIT_RISE * abs(losses[best])
        and bool(then and now)
        and _mean(now, "reward_margin") > _mean(then, "reward_margin")
    )


def signs_of_trouble(history: History, beta: float, max_steps: int) -> dict[str, str]:
    """Warnings that the logged values call for, with advice, by a short name.

    Args:
        history: What was logged so far.
        beta: β of the rewards.
        max_steps: Steps of the whole training.
    """
    found = {}
    if rewards_collapse(history, beta, max_steps):
        found["collapse"] = tr(
            "The unbiased texts become improbable too, while the margin widens: the model "
            "forgets language rather than learns bias. Lower train_cfgs.learning_rate, raise "
            "scale_coeff (up to 1.0), or train fewer epochs.",
            "差距在扩大，但无偏见文本的概率也在大幅下降：模型是在遗忘语言，而不是学习偏见。"
            "请降低 train_cfgs.learning_rate、增大 scale_coeff（至多 1.0）或减少训练轮数。",
        )
    if learns_nothing(history, beta, max_steps):
        found["no learning"] = tr(
            "The two sides are still not told apart. Raise train_cfgs.learning_rate (1e-6 to "
            "1e-5; LoRA on a small model takes 1e-4 to 1e-3), keep scale_coeff between 0.1 and "
            "1.0, train more epochs, and check the pairs with `edubias data audit`.",
            "模型仍无法区分两侧文本。请提高 train_cfgs.learning_rate（1e-6 至 1e-5；小模型用 LoRA "
            "取 1e-4 至 1e-3）、将 scale_coeff 保持在 0.1 至 1.0、增加训练轮数，并用 "
            "`edubias data audit` 检查数据质量。",
        )
    if overfits(history):
        found["over-fitting"] = tr(
            "The evaluation loss rises while training still improves: the model over-fits. "
            "Train fewer epochs or use an earlier checkpoint, add data, or regularise more "
            "(weight_decay, lora_dropout, a smaller r).",
            "训练指标仍在提升，但验证损失上升：模型过拟合。请减少训练轮数或使用较早的检查点、"
            "增加数据，或加强正则化（weight_decay、lora_dropout、更小的 r）。",
        )
    return found


class LearningGuards(TrainerCallback):
    """Says once each, on the terminal and in ``train.log``, that a training goes wrong.

    Args:
        log: The training's log.
        beta: β of the rewards.
    """

    def __init__(self, log: TrainLog, beta: float) -> None:
        self.log = log
        self.beta = beta
        self._told: set[str] = set()
        self._next_step = 0

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        """Look at the history after each window of steps and after each evaluation."""
        evaluated = logs is not None and "eval_loss" in logs
        if not state.is_world_process_zero or (
            state.global_step < self._next_step and not evaluated
        ):
            return
        self._next_step = state.global_step + window_steps(state.max_steps)
        for name, message in signs_of_trouble(
            state.log_history, self.beta, state.max_steps
        ).items():
            if name not in self._told:
                self._told.add(name)
                self.log.write(f"warning: {message}")
                STDERR.print(message, style="yellow", markup=False)


def _windows(history: History, max_steps: int) -> tuple[list[Mapping[str, float]], ...]:
    """Training logs of the newest window and of the one before it."""
    logs = [entry for entry in history if "loss" in entry]
    if not logs:
        return [], []
    last = logs[-1]["step"]
    # A window holds one log at least, however rare they are.
    interval = last - logs[-2]["step"] if len(logs) > 1 else 0
    steps = max(window_steps(max_steps), interval)
    return (
        [entry for entry in logs if last - steps < entry["step"]],
        [entry for entry in logs if last - 2 * steps < entry["step"] <= last - steps],
    )


def _mean(entries: Sequence[Mapping[str, float]], key: str) -> float:
    return fmean(entry[key] for entry in entries)
