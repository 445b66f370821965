"""Train a few steps one way and report times, losses and peak memory as JSON.

Every contender runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, PrinterCallback, TrainerCallback, set_seed
from trl import DPOConfig, DPOTrainer

from edubias.config import Config, load_config
from edubias.data.collate import PairCollator, Strategy
from edubias.data.prompt import completion_ids, judgement_ids, prompt_ids
from edubias.data.read import load_pairs, sample
from edubias.model.load import (
    load_base,
    load_tokenizer,
    locate_model,
    quiet_libraries,
    with_lora,
)
from edubias.model.manifest import RunManifest
from edubias.records import PreferencePair
from edubias.train.batches import StepSampler, micro_batches_within, tokens_of_pairs
from edubias.train.encode import encode_pairs
from edubias.train.run import training_arguments
from edubias.train.trainer import DpoTrainer

BATCH = 8
CONTENDERS = ("packed", "padded", "trl", "trl-precomputed")


class Stopwatch(TrainerCallback):
    """Seconds and loss of every step."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.losses: list[float] = []
        self._start = 0.0

    def on_train_begin(self, *args: Any, **kwargs: Any) -> None:
        """Count memory from here on: loading a model is everybody's own affair."""
        forget_peak()

    def on_step_begin(self, *args: Any, **kwargs: Any) -> None:
        """Start the clock."""
        self._start = time.perf_counter()

    def on_step_end(self, *args: Any, **kwargs: Any) -> None:
        """Stop the clock."""
        self.seconds.append(time.perf_counter() - self._start)

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        """Keep the loss."""
        if logs and "loss" in logs:
            self.losses.append(logs["loss"])


def forget_peak() -> None:
    """Let the peak of this process's memory start again at what it uses now."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    else:
        gc.collect()
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_bytes() -> int:
    """Most memory since ``forget_peak``: of the device, or resident memory of the process."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated()
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("peak memory is not known on this system")


BF16 = "train_cfgs.bf16=true"
QLORA = ("bnb_cfgs.use_bnb=true", "bnb_cfgs.bnb_4bit_compute_dtype=float32")


def configuration(model: str, folder: Path, *more: str) -> Config:
    """The same optimisation for every contender: plain DPO, constant learning rate."""
    return load_config(
        "edu_bias_embedded",
        [
            f"model_cfgs.model_name_or_path={model}",
            f"logger_cfgs.output_dir={folder}",
            f"train_cfgs.per_device_train_batch_size={BATCH}",
            "train_cfgs.gradient_accumulation_steps=1",
            "train_cfgs.loss_type=sigmoid",
            "train_cfgs.lr_scheduler_type=constant",
            "train_cfgs.lr_warmup_ratio=0",
            "train_cfgs.epochs=1",
            "train_cfgs.learning_rate=1e-4",
            "train_cfgs.bf16=false",
            "data_cfgs.eval_datasets=null",
            *more,
        ],
    )


def pairs_in_order(config: Config, count: int) -> list[PreferencePair]:
    """Pairs for the benchmark, in the order in which every contender takes them."""
    tokenizer = load_tokenizer(config.model_cfgs.model_name_or_path or "")
    pairs = sample(load_pairs(config.data_cfgs.train_datasets or ""), count, seed=0)
    tokens = [len(completion_ids(tokenizer, p.chosen + p.rejected)) + 1 for p in pairs]
    sampler = StepSampler(tokens, BATCH, 1, seed=config.train_cfgs.seed)
    return [pairs[i] for step in sampler.steps(0) for i in step]


def same_adapters(model: torch.nn.Module) -> None:
    """Give LoRA weights that do not depend on who made them."""
    generator = torch.Generator().manual_seed(0)
    for name, weight in sorted(model.named_parameters()):
        if "lora_A" in name:
            values = torch.randn(weight.shape, generator=generator) / weight.shape[1] ** 0.5
            weight.data.copy_(values)


@dataclass
class InOrder(StepSampler):
    """Takes the pairs as they come."""

    def steps(self, epoch: int) -> Iterator[list[int]]:
        """Pairs of each step."""
        for start in range(0, len(self.tokens), self.pairs_per_step):
            yield list(range(start, min(start + self.pairs_per_step, len(self.tokens))))


def run_ours(
    strategy: Strategy,
    config: Config,
    pairs: list[PreferencePair],
    *callbacks: TrainerCallback,
) -> dict[str, Any]:
    """Train with edubias."""
    tokenizer = load_tokenizer(config.model_cfgs.model_name_or_path or "")
    precision = precision_of(config)
    base = load_base(config.model_cfgs, config.bnb_cfgs, precision)
    policy = with_lora(base, config.lora_cfgs)
    same_adapters(policy)
    prompt = prompt_ids(tokenizer)
    start = time.perf_counter()
    with torch.autocast(base.device.type, precision, enabled=precision != torch.float32):
        encoded = encode_pairs(pairs, tokenizer, policy, prompt, strategy)
    reference = time.perf_counter() - start
    watch = Stopwatch()
    arguments = training_arguments(config, precision, evaluates=False)
    sampler = InOrder(tokens_of_pairs(encoded), BATCH, 1, seed=0)
    if strategy == "packed":
        limit = config.train_cfgs.micro_batch_tokens or sum(sampler.tokens)
        sampler.micro_batches = micro_batches_within(sampler, limit, epochs=1)
        arguments.gradient_accumulation_steps = sampler.micro_batches
    trainer = DpoTrainer(
        beta=config.train_cfgs.scale_coeff,
        loss_type=config.train_cfgs.loss_type,
        label_smoothing=0.0,
        verdict_coeff=0.0,
        kind_coeff=0.0,
        judgements=judgement_ids(tokenizer),
        sampler=sampler,
        manifest=RunManifest("", "", "", 0.5, {}, {}, 0),
        model=policy,
        args=arguments,
        data_collator=PairCollator(prompt, tokenizer.pad_token_id or 0, strategy),
        train_dataset=encoded,
        callbacks=[watch, *callbacks],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    return {"seconds": watch.seconds, "losses": watch.losses, "reference_seconds": reference}


def precision_of(config: Config) -> torch.dtype:
    """What everybody computes in."""
    return torch.bfloat16 if config.train_cfgs.bf16 else torch.float32


def run_trl(precompute: bool, config: Config, pairs: list[PreferencePair]) -> dict[str, Any]:
    """Train with TRL: its defaults, except that both of us recompute nothing.

    Activation checkpointing, which is TRL's default, would make it slower. bfloat16 is another of
    its defaults; here both take the same type, and the frozen weights are kept in it.
    """
    tokenizer = load_tokenizer(config.model_cfgs.model_name_or_path or "")
    cfg, lora = config.train_cfgs, config.lora_cfgs
    # TRL puts the begin-of-sequence token there itself.
    prompt = tokenizer.decode(prompt_ids(tokenizer), skip_special_tokens=True)
    rows = [{"prompt": prompt, "chosen": p.chosen, "rejected": p.rejected} for p in pairs]
    watch = Stopwatch()
    trainer = DPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(
            locate_model(config.model_cfgs.model_name_or_path or ""), dtype=precision_of(config)
        ),
        args=DPOConfig(
            output_dir=config.logger_cfgs.output_dir,
            beta=cfg.scale_coeff,
            loss_type=["sigmoid"],
            per_device_train_batch_size=BATCH,
            num_train_epochs=1,
            learning_rate=cfg.learning_rate,
            lr_scheduler_type="constant",
            weight_decay=cfg.weight_decay,
            adam_beta1=cfg.adam_betas[0],
            adam_beta2=cfg.adam_betas[1],
            max_grad_norm=cfg.max_grad_norm,
            precompute_ref_log_probs=precompute,
            train_sampling_strategy="sequential",
            activation_checkpointing=False,
            bf16=cfg.bf16,
            logging_steps=1,
            save_strategy="no",
            report_to=[],
            use_cpu=not torch.cuda.is_available(),
            disable_tqdm=True,
            dataloader_pin_memory=False,
        ),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        peft_config=LoraConfig(
            task_type="CAUSAL_LM",
            r=lora.r,
            lora_alpha=lora.lora_alpha,
            target_modules=lora.target_modules,
        ),
        callbacks=[watch],
    )
    same_adapters(trainer.model)
    trainer.remove_callback(PrinterCallback)
    for row, pair in zip(trainer.train_dataset, pairs, strict=True):
        assert row["prompt_ids"] == prompt_ids(tokenizer)
        assert row["chosen_ids"] == completion_ids(tokenizer, pair.chosen)
    start = time.perf_counter()
    if precompute:
        trainer.get_train_dataloader()  # makes the reference's log-probabilities
    reference = time.perf_counter() - start
    trainer.train()
    return {"seconds": watch.seconds, "losses": watch.losses, "reference_seconds": reference}


def main() -> None:
    """Run one contender and print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=CONTENDERS)
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--pairs", type=int, default=24)
    parser.add_argument("--bf16", action="store_true", help="compute in bfloat16, not in float32")
    parser.add_argument("--qlora", action="store_true", help="ours: frozen weights in four bits")
    given = parser.parse_args()
    quiet_libraries()
    set_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        more = (*(QLORA if given.qlora else ()), *((BF16,) if given.bf16 else ()))
        config = configuration(given.model, Path(folder), *more)
        pairs = pairs_in_order(config, given.pairs)
        if given.name.startswith("trl"):
            result = run_trl(given.name == "trl-precomputed", config, pairs)
        else:
            result = run_ours(given.name, config, pairs)
    result["peak_bytes"] = peak_bytes()
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
