"""One training run, from a configuration to a folder with a trained, calibrated model.

The same function runs in every mode; in a distributed one every process calls it.
"""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import torch
from accelerate import PartialState
from accelerate.utils import broadcast_object_list
from transformers import (
    PrinterCallback,
    TrainerState,
    set_seed,
)

from edubias.config import Config
from edubias.data.collate import PairCollator
from edubias.data.prompt import TEMPLATES, judgement_ids, prompt_ids, template_of
from edubias.data.read import sample
from edubias.errors import ConfigError
from edubias.lang import tr
from edubias.model.load import EMBEDDED, Policy, load_base, load_tokenizer, with_lora
from edubias.model.logps import choose_strategy
from edubias.model.manifest import RunManifest, file_record, load_manifest
from edubias.model.merge import save_whole
from edubias.model.precision import dtype_name, training_dtype
from edubias.progress import STDERR, counting
from edubias.records import PreferencePair
from edubias.train.arguments import has_accelerator, training_arguments
from edubias.train.batches import step_sampler, tokens_of_pairs
from edubias.train.callbacks import Intervals, KeepBest, ProgressBars, TrainLog
from edubias.train.checkpoint import best_checkpoint, checkpoint_to_resume, set_aside
from edubias.train.config_check import check_config
from edubias.train.encode import encode_pairs, pairs_that_fit
from edubias.train.guards import LearningGuards, stops_explained
from edubias.train.launch import zero_stage
from edubias.train.shared_folder import require_shared
from edubias.train.splits import data_files, read_splits
from edubias.train.trackers import finish_tracker, prepare_tracker
from edubias.train.trainer import DpoTrainer


@dataclass(frozen=True)
class TrainResult:
    """What a run has left behind.

    Attributes:
        folder: The trained model: weights, tokenizer, manifest, calibration, ``train.log``.
        metrics: Last training and evaluation metrics, by tracker name.
    """

    folder: Path
    metrics: dict[str, float]


def train(config: Config, deepspeed: Path | None = None, fsdp: bool = False) -> TrainResult:
    """Train a policy.

    Args:
        config: The configuration.
        deepspeed: DeepSpeed configuration file, where DeepSpeed is to train.
        fsdp: Whether PyTorch's FSDP is to spread the weights over the processes.

    Raises:
        ConfigError: Something that is needed is not configured, options exclude each other, or a
            run that is to go on was started with others.
        DataError: A data file is bad, or training and evaluation data share texts.
        ModelError: The model cannot be loaded.
        OutOfMemoryError: Memory ran out.
        CheckpointError: What is learnt can't be written.
    """
    check_config(config)
    if config.lora_cfgs.save_full_model and (fsdp or _spreads_weights(deepspeed)):
        raise ConfigError(
            tr(
                "save_full_model can't merge weights that are spread over processes",
                "save_full_model 无法合并分散在各进程中的权重",
            ),
            tr("Leave it out; use `edubias export` later.", "请去掉它，之后用 `edubias export`。"),
        )
    state = PartialState(cpu=not has_accelerator())
    folder = Path(config.logger_cfgs.output_dir or "")
    if state.is_main_process:
        folder.mkdir(parents=True, exist_ok=True)
    require_shared(folder)
    splits = read_splits(config)
    sharding = "fsdp" if fsdp else "none" if deepspeed is None else "deepspeed"
    resume_from, skipped = checkpoint_to_resume(config, state.num_processes, sharding)
    log = TrainLog(folder / "train.log")
    state.wait_for_everyone()  # all have looked for it before anything is renamed
    if state.is_main_process:
        # Whoever trains by this file again wants a training, not the end of this one.
        anew = config.train_cfgs.model_copy(update={"load_checkpoint": False})
        record = config.model_copy(update={"train_cfgs": anew}).to_yaml()
        (folder / "config.yaml").write_text(record, encoding="utf-8")
        log.write(f"start model={_model_name(config)} processes={state.num_processes}")
        for path in skipped:
            log.write(f"skipped {path}: half-written")
            STDERR.print(
                tr(f"Skipped {path}: half-written.", f"已跳过 {path}：未写完整。"), style="yellow"
            )
        set_aside(skipped)
        if config.train_cfgs.load_checkpoint:
            log.write(f"resume from {resume_from or 'the beginning'}")
    state.wait_for_everyone()
    with stops_explained(log, config):
        return _train(config, deepspeed, sharding, splits, resume_from, log)


def _train(
    config: Config,
    deepspeed: Path | None,
    sharding: str,
    splits: tuple[list[PreferencePair], list[PreferencePair]],
    resume_from: Path | None,
    log: TrainLog,
) -> TrainResult:
    state, folder = PartialState(), log.path.parent
    training_pairs, eval_pairs = splits
    set_seed(config.train_cfgs.seed)
    precision = _precision(config, resume_from)
    tokenizer = load_tokenizer(_model_name(config), config.model_cfgs.trust_remote_code)
    if config.special_tokens:
        tokenizer.add_special_tokens({**config.special_tokens})
    policy = _policy(config, precision)
    policy.to(state.device)
    # Of a model that also reads pictures, the text part has the vocabulary.
    rows = cast(Any, policy).config.get_text_config().vocab_size
    if len(tokenizer) > rows:
        raise ConfigError(
            tr(
                f"special_tokens: the model has {rows} tokens and no room for new ones",
                f"special_tokens：模型只有 {rows} 个词元，无法容纳新词元",
            ),
            tr("Choose tokens that the model has.", "请使用模型已有的词元。"),
        )
    template = template_of(config.data_cfgs.train_template)
    prompt = prompt_ids(tokenizer, template)
    max_tokens = config.model_cfgs.model_max_length - len(prompt)
    chosen_pairs = []
    for split, pairs, size in (
        ("train", training_pairs, config.data_cfgs.train_size),
        ("eval", eval_pairs, config.data_cfgs.eval_size),
    ):
        fitting = pairs_that_fit(pairs, tokenizer, max_tokens)
        if pairs and not fitting:
            raise ConfigError(
                tr(
                    f"no {split} pair fits into {max_tokens} tokens beside the prompt",
                    f"没有任何 {split} 偏好对能在提示之外放入 {max_tokens} 个词元",
                ),
                tr("Raise model_cfgs.model_max_length.", "请增大 model_cfgs.model_max_length。"),
            )
        chosen_pairs.append(sample(fitting, size, config.train_cfgs.seed))
        if state.is_main_process:
            log.write(
                f"{split}: {len(chosen_pairs[-1])} of {len(pairs)} pairs; "
                f"{len(pairs) - len(fitting)} are longer than {max_tokens} tokens"
            )
    training_pairs, eval_pairs = chosen_pairs

    strategy, reason = choose_strategy(policy, config.train_cfgs.forward_strategy)
    if state.is_main_process:
        log.write(f"strategy={strategy}" + (f": {reason}" if reason else ""))
        log.write(f"precision={dtype_name(precision)}")
    everything = training_pairs + eval_pairs
    with (
        counting(
            tr("reference log-probabilities", "参考模型对数概率"),
            total=2 * len(everything) // state.num_processes,
            unit=tr("statements", "句"),
        ) as progress,
        # As the trainer computes, so that policy and reference start equal.
        torch.autocast(state.device.type, precision, enabled=precision != torch.float32),
    ):
        encoded = encode_pairs(
            everything,
            tokenizer,
            policy,
            prompt,
            strategy,
            advance=lambda done: progress.advance(progress.task_ids[0], done),
        )
    training_data, eval_data = encoded[: len(training_pairs)], encoded[len(training_pairs) :]
    eval_data.sort(key=lambda pair: -len(pair["chosen_ids"]))  # like lengths need less padding

    notice = prepare_tracker(config.logger_cfgs, folder)
    if notice and state.is_main_process:
        log.write(notice)
        STDERR.print(notice, style="yellow", soft_wrap=True)
    contrasts = sum(bool(pair.meta.get("contrast")) for pair in training_pairs)
    counts = {
        "train": len(training_pairs) - contrasts,
        "statements": contrasts,
        "eval": len(eval_pairs),
    }
    manifest = _manifest(config, template, counts, state.num_processes, sharding, precision)
    cfg = config.train_cfgs
    sampler = step_sampler(
        cfg, tokens_of_pairs(training_data), state.num_processes, state.process_index
    )
    arguments = training_arguments(
        config,
        precision,
        bool(eval_pairs),
        deepspeed,
        sharding == "fsdp",
        sampler.micro_batches,
    )
    bars = ProgressBars(sampler.pairs_per_step)
    trainer = DpoTrainer(
        beta=cfg.scale_coeff,
        loss_type=cfg.loss_type,
        label_smoothing=cfg.label_smoothing,
        verdict_coeff=cfg.verdict_coeff,
        kind_coeff=cfg.kind_coeff,
        judgements=judgement_ids(tokenizer),
        sampler=sampler,
        manifest=manifest,
        model=policy,
        args=arguments,
        data_collator=PairCollator(prompt, tokenizer.pad_token_id or 0, strategy),
        train_dataset=training_data,
        eval_dataset=eval_data or None,
        processing_class=tokenizer,
        callbacks=[
            log,
            bars,
            LearningGuards(log, cfg.scale_coeff),
            Intervals(),
            KeepBest(),
        ],
    )
    trainer.remove_callback(PrinterCallback)
    if resume_from is not None:
        trainer.keep_calibration_of(resume_from)
    with closing(bars):
        trainer.train(resume_from_checkpoint=None if resume_from is None else str(resume_from))
        if eval_pairs and not _evaluated_at_end(trainer.state):
            trainer.evaluate()
    metrics = _last_metrics(trainer.state.log_history)
    trainer.manifest = replace(manifest, metrics=metrics)
    trainer.save_final()
    if config.lora_cfgs.use_lora and config.lora_cfgs.save_full_model:
        with trainer.writing(tr("the merged model", "合并后的模型")) as partial:
            if state.is_main_process:
                model = trainer.accelerator.unwrap_model(trainer.model)
                save_whole(model, folder, partial, config.model_cfgs)
        if state.is_main_process:
            shutil.rmtree(folder / "merged", ignore_errors=True)
            partial.rename(folder / "merged")
    if state.is_main_process:
        if best := best_checkpoint(folder, trainer.state):
            log.write(f"best by eval/auroc={trainer.state.best_metric:.4f}: {best}")
        finish_tracker(config.logger_cfgs)
        log.write(f"done folder={folder}")
    state.wait_for_everyone()
    return TrainResult(folder, metrics)


def _spreads_weights(deepspeed: Path | None) -> bool:
    """Whether a DeepSpeed configuration is of ZeRO-3."""
    return deepspeed is not None and zero_stage(deepspeed) == 3


def _model_name(config: Config) -> str:
    return config.model_cfgs.model_name_or_path or EMBEDDED


def _policy(config: Config, precision: torch.dtype) -> Policy:
    use_lora = config.lora_cfgs.use_lora
    # Frozen weights may be rounded; trained ones are kept in full and cast where they are used.
    dtype = precision if use_lora else torch.float32
    model = load_base(config.model_cfgs, config.bnb_cfgs, dtype)
    return with_lora(model, config.lora_cfgs) if use_lora else model


def _precision(config: Config, resume_from: Path | None) -> torch.dtype:
    """Type to compute in, the same in all processes and in all parts of a run."""
    begun_in = None if resume_from is None else load_manifest(resume_from).precision
    if begun_in is not None:
        return cast(torch.dtype, getattr(torch, begun_in))
    return cast(torch.dtype, broadcast_object_list([training_dtype(config)])[0])


def _manifest(
    config: Config,
    template: str,
    counts: dict[str, int],
    processes: int,
    sharding: str,
    precision: torch.dtype,
) -> RunManifest:
    return RunManifest(
        base_model=_model_name(config),
        prompt=TEMPLATES[template],
        template=template,
        beta=config.train_cfgs.scale_coeff,
        config=config.model_dump(mode="json"),
        data={name: file_record(file, counts[name]) for name, file in data_files(config).items()},
        seed=config.train_cfgs.seed,
        processes=processes,
        sharding=sharding,
        precision=dtype_name(precision),
    )


def _last_metrics(history: list[dict[str, Any]]) -> dict[str, float]:
    """Newest value of every training and evaluation metric, by tracker name."""
    latest: dict[str, float] = {}
    for entry in history:
        for key, value in entry.items():
            if key not in {"step", "epoch"}:
                name = f"eval/{key[5:]}" if key.startswith("eval_") else f"train/{key}"
                latest[name] = value
    return latest


def _evaluated_at_end(state: TrainerState) -> bool:
    return any(
        "eval_loss" in entry and entry["step"] == state.global_step for entry in state.log_history
    )
