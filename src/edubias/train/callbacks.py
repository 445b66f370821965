"""What is shown and written while a model trains: ``train.log`` and the progress bar."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from rich.progress import Progress, TaskID
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from edubias.lang import tr
from edubias.progress import progress_bar

SHOWN = {"loss": "loss", "reward_accuracy": "acc"}
"""Values beside the training bar, and what they are called there: 80 columns are narrow."""


def tracker_name(key: str) -> str:
    """Name of a logged value as trackers show it: ``train/loss``, ``eval/reward_margin``."""
    if key.startswith("eval_"):
        return f"eval/{key.removeprefix('eval_')}"
    return f"train/{key}"


class TrainLog(TrainerCallback):
    """Appends a line to ``train.log`` for every log, with time, step and values."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        """Write the values of one log."""
        if not state.is_world_process_zero or not logs:
            return
        values = {key: value for key, value in logs.items() if key != "epoch"}
        text = " ".join(
            f"{tracker_name(key)}={value:.6g}"
            if isinstance(value, float)
            else f"{tracker_name(key)}={value}"
            for key, value in values.items()
        )
        self.write(
            f"step {state.global_step}/{state.max_steps} epoch {state.epoch or 0:.2f} {text}"
        )

    def write(self, text: str) -> None:
        """Append one line, with the time, and close the file, so that it can be followed."""
        now = datetime.now().isoformat(sep=" ", timespec="seconds")
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{now} {text}\n")


class Intervals(TrainerCallback):
    """Keeps to the configuration's intervals where ``Trainer`` would not.

    It takes those of the run that goes on, although they may be changed; and where it saves at the
    end of every epoch it saves at nothing else, although an epoch may take an hour.
    """

    def on_train_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Take the intervals that are configured now."""
        state.compute_steps(args, state.max_steps)

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> TrainerControl:
        """Ask for a checkpoint at the interval, also within an epoch."""
        if state.global_step % args.save_steps == 0:
            control.should_save = True
        return control


class KeepBest(TrainerCallback):
    """Saves a checkpoint at every evaluation that beats all earlier ones, whatever the interval."""

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        metrics: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> TrainerControl:
        """Ask for a checkpoint if the values are the best so far."""
        value = (metrics or {}).get(f"eval_{args.metric_for_best_model}")
        if value is not None and (state.best_metric is None or value > state.best_metric):
            control.should_save = True
        return control


class ProgressBars(TrainerCallback):
    """One bar for training, one for each evaluation, on a terminal only."""

    def __init__(self, pairs_per_step: int) -> None:
        self.pairs_per_step = pairs_per_step
        self.progress: Progress | None = None
        self.training: TaskID | None = None
        self.evaluation: TaskID | None = None

    def on_train_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Start the training bar."""
        if state.is_world_process_zero:
            self.progress = progress_bar(tr("pairs", "对"))
            self.progress.start()
            self.training = self.progress.add_task(
                tr("training", "训练"), total=state.max_steps * self.pairs_per_step
            )

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Advance the training bar."""
        if self.progress is not None and self.training is not None:
            done = state.global_step * self.pairs_per_step
            self.progress.update(self.training, completed=done)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        """Show the newest values beside the training bar."""
        if self.progress is not None and self.training is not None and logs and "loss" in logs:
            shown = " ".join(
                f"{name} {logs[key]:.2f}" for key, name in SHOWN.items() if key in logs
            )
            description = f"{tr('training', '训练')} [dim]{shown}[/dim]"
            self.progress.update(self.training, description=description)

    def on_prediction_step(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        eval_dataloader: Any = None,
        **kwargs: Any,
    ) -> None:
        """Advance the evaluation bar."""
        if self.progress is None:
            return
        if self.evaluation is None:
            total = len(eval_dataloader) * args.eval_batch_size
            self.evaluation = self.progress.add_task(tr("evaluating", "评估"), total=total)
        self.progress.advance(self.evaluation, args.eval_batch_size)

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Remove the evaluation bar."""
        if self.progress is not None and self.evaluation is not None:
            self.progress.remove_task(self.evaluation)
            self.evaluation = None

    def on_train_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Stop the bars."""
        self.close()

    def close(self) -> None:
        """Stop the bars, also where training broke off."""
        if self.progress is not None:
            self.progress.stop()
            self.progress = None
