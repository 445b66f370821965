"""The arguments of ``transformers.Trainer`` that a configuration stands for."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import TrainingArguments

from edubias.config import Config


def training_arguments(
    config: Config,
    precision: torch.dtype,
    evaluates: bool,
    deepspeed: Path | None = None,
    fsdp: bool = False,
    micro_batches: int | None = None,
) -> TrainingArguments:
    """The trainer's arguments that a configuration stands for.

    Args:
        config: The configuration.
        precision: Type that is computed in.
        evaluates: Whether there is something to evaluate on.
        deepspeed: DeepSpeed configuration file, where DeepSpeed is to train.
        fsdp: Whether PyTorch's FSDP is to spread the weights.
        micro_batches: Forward passes in a step; None for ``gradient_accumulation_steps``.
    """
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
        gradient_accumulation_steps=micro_batches or cfg.gradient_accumulation_steps,
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
        use_cpu=not has_accelerator(),
    )
    if arguments.n_gpu > 1:  # one process is one GPU: Trainer would take DataParallel for all
        arguments._n_gpu = 1
    return arguments


def has_accelerator() -> bool:
    """Whether there is something faster than the processor."""
    return torch.cuda.is_available() or torch.backends.mps.is_available()
