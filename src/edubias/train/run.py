"""One training run, from a configuration to a folder with a trained, calibrated model.

The same function runs in every mode; in a distributed one every process calls it.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from transformers import (
    PrinterCallback,
    TrainerState,
    TrainingArguments,
    set_seed,
)

from edubias.config import Config
from edubias.data.collate import PairCollator
from edubias.data.prompt import TEMPLATES, prompt_ids, template_of
from edubias.data.read import load_pairs, pairs_of_types, sample_pairs
from edubias.data.split import leaks
from edubias.errors import ConfigError, DataError
from edubias.extras import require_package
from edubias.lang import tr
from edubias.model.load import EMBEDDED, Policy, load_base, load_tokenizer, with_lora
from edubias.model.logps import choose_strategy
from edubias.model.manifest import RunManifest, file_record
from edubias.model.merge import save_whole
from edubias.progress import STDERR, counting
from edubias.records import PreferencePair
from edubias.train.batches import step_sampler, tokens_of_pairs
from edubias.train.callbacks import KeepBest, ProgressBars, TrainLog
from edubias.train.checkpoint import best_checkpoint, check_same_run, newest_checkpoint
from edubias.train.encode import encode_pairs, pairs_that_fit
from edubias.train.guards import LearningGuards, stops_explained
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
        ConfigError: Something that is needed is not configured, or options exclude each other.
        DataError: A data file is bad, or training and evaluation data share texts.
        ModelError: The model cannot be loaded.
    """
    check_config(config)
    state = PartialState(cpu=not _has_accelerator())
    folder = Path(config.logger_cfgs.output_dir or "")
    training_pairs, eval_pairs = read_splits(config)
    set_seed(config.train_cfgs.seed)
    precision = compute_dtype(config)
    tokenizer = load_tokenizer(_model_name(config), config.model_cfgs.trust_remote_code)
    if config.special_tokens:
        tokenizer.add_special_tokens({**config.special_tokens})
    policy = _policy(config, precision)
    policy.to(state.device)
    template = template_of(config.data_cfgs.train_template)
    prompt = prompt_ids(tokenizer, template)
    max_tokens = config.model_cfgs.model_max_length - len(prompt)
    log = TrainLog(folder / "train.log")
    if state.is_main_process:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.yaml").write_text(config.to_yaml(), encoding="utf-8")
        log.write(f"start model={_model_name(config)} processes={state.num_processes}")
    state.wait_for_everyone()
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
        chosen_pairs.append(sample_pairs(fitting, size, config.train_cfgs.seed))
        if state.is_main_process:
            log.write(
                f"{split}: {len(chosen_pairs[-1])} of {len(pairs)} pairs; "
                f"{len(pairs) - len(fitting)} are longer than {max_tokens} tokens"
            )
    training_pairs, eval_pairs = chosen_pairs

    strategy, reason = choose_strategy(policy, config.train_cfgs.forward_strategy)
    if state.is_main_process:
        log.write(f"strategy={strategy}" + (f": {reason}" if reason else ""))
    everything = training_pairs + eval_pairs
    with (
        counting(
            tr("reference log-probabilities", "参考模型对数概率"),
            total=2 * len(everything) // state.num_processes,
            unit=tr("statements", "句"),
        ) as progress,
        stops_explained(log, config),
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
    manifest = _manifest(config, template, len(training_pairs), len(eval_pairs))
    resume_from = _checkpoint_to_resume(config, manifest, log)
    cfg = config.train_cfgs
    arguments = training_arguments(config, precision, bool(eval_pairs), deepspeed, fsdp)
    sampler = step_sampler(
        cfg, tokens_of_pairs(training_data), state.num_processes, state.process_index
    )
    arguments.gradient_accumulation_steps = sampler.micro_batches
    bars = ProgressBars(sampler.pairs_per_step)
    trainer = DpoTrainer(
        beta=cfg.scale_coeff,
        loss_type=cfg.loss_type,
        label_smoothing=cfg.label_smoothing,
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
            KeepBest(),
        ],
    )
    trainer.remove_callback(PrinterCallback)
    if resume_from is not None:
        trainer.keep_calibration_of(resume_from)
    with stops_explained(log, config), closing(bars):
        trainer.train(resume_from_checkpoint=None if resume_from is None else str(resume_from))
        if eval_pairs and not _evaluated_at_end(trainer.state):
            trainer.evaluate()
    metrics = _last_metrics(trainer.state.log_history)
    trainer.manifest = replace(manifest, metrics=metrics)
    trainer.save_model(str(folder))
    trainer.save_state()
    if state.is_main_process:
        if config.lora_cfgs.use_lora and config.lora_cfgs.save_full_model:
            save_whole(trainer.accelerator.unwrap_model(trainer.model), folder, folder / "merged")
        if best := best_checkpoint(folder, trainer.state):
            log.write(f"best by eval/auroc={trainer.state.best_metric:.4f}: {best}")
        finish_tracker(config.logger_cfgs)
        log.write(f"done folder={folder}")
    state.wait_for_everyone()
    return TrainResult(folder, metrics)


def read_splits(config: Config) -> tuple[list[PreferencePair], list[PreferencePair]]:
    """Training and evaluation pairs of a configuration; the latter may be empty.

    Raises:
        DataError: A file is bad, or both hold the same text.
    """
    data = config.data_cfgs
    training = pairs_of_types(load_pairs(data.train_datasets or ""), data.train_subset)
    if not data.eval_datasets:
        return training, []
    evaluation = pairs_of_types(load_pairs(data.eval_datasets), data.eval_subset)
    if found := leaks({"train": training, "eval": evaluation}):
        raise DataError(
            tr(
                f"training and evaluation data overlap in {len(found)} places, such as: {found[0]}",
                f"训练数据与评估数据有 {len(found)} 处重叠，例如：{found[0]}",
            ),
            tr(
                "Split them with `edubias data split`, or leave evaluation out with "
                "data_cfgs.eval_datasets=null.",
                "请用 `edubias data split` 拆分，或用 data_cfgs.eval_datasets=null 省去评估。",
            ),
        )
    return training, evaluation


def training_arguments(
    config: Config,
    precision: torch.dtype,
    evaluates: bool,
    deepspeed: Path | None = None,
    fsdp: bool = False,
) -> TrainingArguments:
    """The trainer's arguments that a configuration stands for."""
    cfg, logger = config.train_cfgs, config.logger_cfgs
    strategy = cfg.eval_strategy if evaluates else "no"
    by_epoch = cfg.eval_strategy == "epoch"
    arguments = TrainingArguments(
        output_dir=str(logger.output_dir),
        num_train_epochs=cfg.epochs,
        max_steps=cfg.max_steps or -1,
        seed=cfg.seed,
        per_device_train_batch_size=cfg.per_device_train_batch_size,
        per_device_eval_batch_size=cfg.per_device_eval_batch_size,
        gradient_accumulation_steps=cfg.gradient_accumulation_steps,
        gradient_checkpointing=cfg.gradient_checkpointing,
        torch_compile=cfg.torch_compile,
        use_liger_kernel=cfg.use_liger_kernel,
        learning_rate=cfg.learning_rate,
        lr_scheduler_type=cfg.lr_scheduler_type,
        warmup_steps=cfg.lr_warmup_ratio,  # below 1, Trainer takes it for a share of all steps
        weight_decay=cfg.weight_decay,
        adam_beta1=cfg.adam_betas[0],
        adam_beta2=cfg.adam_betas[1],
        max_grad_norm=cfg.max_grad_norm,
        bf16=precision == torch.bfloat16,
        fp16=precision == torch.float16,
        eval_strategy=strategy,
        eval_steps=cfg.eval_interval,
        metric_for_best_model="auroc" if evaluates else None,
        greater_is_better=True,
        save_strategy="epoch" if by_epoch else "steps",
        save_steps=logger.save_interval,
        save_total_limit=logger.save_total_limit,
        logging_steps=logger.log_interval,
        report_to=[] if logger.log_type == "none" else [logger.log_type],
        run_name=logger.log_run_name,
        project=logger.log_project,
        remove_unused_columns=False,
        disable_tqdm=True,
        dataloader_pin_memory=torch.cuda.is_available(),
        label_names=[],
        deepspeed=None if deepspeed is None else str(deepspeed),
        fsdp="full_shard" if fsdp else None,
        ddp_find_unused_parameters=False,  # every adapter takes part in every step
        use_cpu=not _has_accelerator(),
    )
    if arguments.n_gpu > 1:  # one process is one GPU: Trainer would take DataParallel for all
        arguments._n_gpu = 1
    return arguments


def check_config(config: Config) -> None:
    """Refuse a configuration that no training can start from.

    Raises:
        ConfigError: Something that is needed is not configured or not installed, or options
            exclude each other.
    """
    if not config.logger_cfgs.output_dir:
        raise ConfigError(
            tr("no output folder", "未指定输出文件夹"),
            tr("Set logger_cfgs.output_dir or OUTPUT_DIR.", "请设置 logger_cfgs.output_dir。"),
        )
    if not config.data_cfgs.train_datasets:
        raise ConfigError(
            tr("no training data", "未指定训练数据"),
            tr("Set data_cfgs.train_datasets or TRAIN_DATASETS.", "请设置 TRAIN_DATASETS。"),
        )
    for package, extra in optional_packages(config).items():
        require_package(package, extra)
    if config.train_cfgs.use_liger_kernel and not torch.cuda.is_available():
        raise ConfigError(
            tr("Liger's kernels need a CUDA GPU", "Liger 内核需要 CUDA GPU"),
            tr(
                "Set train_cfgs.use_liger_kernel=false.",
                "请设置 train_cfgs.use_liger_kernel=false。",
            ),
        )
    if config.train_cfgs.bf16 and config.train_cfgs.fp16:
        raise ConfigError(tr("bf16 and fp16 exclude each other", "bf16 与 fp16 不能同时使用"))
    if config.bnb_cfgs.use_bnb and not config.lora_cfgs.use_lora:
        raise ConfigError(
            tr("quantised weights can't be trained", "量化后的权重无法直接训练"),
            tr("Set lora_cfgs.use_lora=true (QLoRA).", "请设置 lora_cfgs.use_lora=true（QLoRA）。"),
        )
    if config.bnb_cfgs.use_bnb and config.lora_cfgs.save_full_model:
        raise ConfigError(
            tr(
                "save_full_model can't merge adapters into quantised weights",
                "save_full_model 无法将适配器合并到量化权重",
            ),
            tr("Leave it out; use `edubias export` later.", "请去掉它，之后用 `edubias export`。"),
        )


def optional_packages(config: Config) -> dict[str, str]:
    """Packages that a configuration asks for beyond the required ones, with their extra."""
    needed: dict[str, str] = {}
    if config.logger_cfgs.log_type != "none":
        needed[config.logger_cfgs.log_type] = "track"
    if config.bnb_cfgs.use_bnb:
        needed["bitsandbytes"] = "quant"
    if config.train_cfgs.use_liger_kernel:
        needed["liger_kernel"] = "liger"
    return needed


def _checkpoint_to_resume(config: Config, manifest: RunManifest, log: TrainLog) -> Path | None:
    """Where training goes on, if it is to go on and there is where to."""
    if not config.train_cfgs.load_checkpoint:
        return None
    checkpoint, skipped = newest_checkpoint(Path(config.logger_cfgs.output_dir or ""))
    if checkpoint is not None:
        check_same_run(config, checkpoint, manifest.data)
    if PartialState().is_main_process:
        for path in skipped:
            log.write(f"skipped {path}: half-written")
            STDERR.print(
                tr(f"Skipped {path}: half-written.", f"已跳过 {path}：未写完整。"), style="yellow"
            )
        log.write(f"resume from {checkpoint or 'the beginning'}")
    return checkpoint


def _model_name(config: Config) -> str:
    return config.model_cfgs.model_name_or_path or EMBEDDED


def _has_accelerator() -> bool:
    return torch.cuda.is_available() or torch.backends.mps.is_available()


def compute_dtype(config: Config) -> torch.dtype:
    """Type to compute in: half precision on a GPU only, where it is faster."""
    if not torch.cuda.is_available():
        return torch.float32
    if config.train_cfgs.bf16:
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    return torch.float16 if config.train_cfgs.fp16 else torch.float32


def _policy(config: Config, precision: torch.dtype) -> Policy:
    use_lora = config.lora_cfgs.use_lora
    # Frozen weights may be rounded; trained ones are kept in full and cast where they are used.
    dtype = precision if use_lora else torch.float32
    model = load_base(config.model_cfgs, config.bnb_cfgs, dtype)
    return with_lora(model, config.lora_cfgs) if use_lora else model


def _manifest(config: Config, template: str, train_count: int, eval_count: int) -> RunManifest:
    data = config.data_cfgs
    files = {"train": file_record(data.train_datasets or "", train_count)}
    if data.eval_datasets:
        files["eval"] = file_record(data.eval_datasets, eval_count)
    return RunManifest(
        base_model=_model_name(config),
        prompt=TEMPLATES[template],
        template=template,
        beta=config.train_cfgs.scale_coeff,
        config=config.model_dump(mode="json"),
        data=files,
        seed=config.train_cfgs.seed,
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
