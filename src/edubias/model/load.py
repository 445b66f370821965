"""Load tokenizer, policy and reference: from the embedded model, a folder, a checkpoint or a hub.

Weights come from safetensors only and remote code is off unless asked for.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

import torch
from peft import LoraConfig, PeftModel, get_peft_model, prepare_model_for_kbit_training
from peft.utils import CONFIG_NAME, SAFETENSORS_WEIGHTS_NAME
from safetensors import SafetensorError
from torch import nn
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    BitsAndBytesConfig,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging as transformers_logging

from edubias.config import BnbCfgs, LoraCfgs, ModelCfgs
from edubias.errors import ModelError
from edubias.lang import tr
from edubias.model.allocator import keep_freed_memory
from edubias.model.products import choose_products, keep_head_input_whole

EMBEDDED = "embedded"
"""Model name that stands for the embedded model."""

Policy = PreTrainedModel | PeftModel


def quiet_libraries() -> None:
    """Keep the libraries' bars and warnings out of what a command prints."""
    if not (torch.cuda.is_available() or torch.backends.mps.is_available()):
        os.environ.setdefault("DS_ACCELERATOR", "cpu")  # else DeepSpeed warns that it is slow
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")


def locate_model(name: str) -> str:
    """Folder or hub name that transformers can load.

    Args:
        name: ``"embedded"``, a folder with a ``config.json``, or a hub name.

    Raises:
        ModelError: The name is a path that holds no model, or the embedded model cannot be had.
    """
    if name == EMBEDDED:
        from edubias.model.embedded import prepare_embedded  # its libraries are an extra

        return str(prepare_embedded())
    path = Path(name).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise ModelError(
                tr(f"{path}: no model in this folder", f"{path}：文件夹中没有模型"),
                tr("A model folder holds a config.json.", "模型文件夹中应有 config.json。"),
            )
        return str(path)
    if path.exists() or name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise ModelError(
            tr(f"{name}: no such model folder", f"{name}：找不到该模型文件夹"),
            tr(
                "Give a folder, a hub model such as Qwen/Qwen2-7B-Instruct, or 'embedded'.",
                "请指定文件夹、模型库名称（如 Qwen/Qwen2-7B-Instruct）或“embedded”。",
            ),
        )
    return name


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turn the loaders' many errors into one that says what to do."""
    try:
        yield
    except (OSError, ValueError, SafetensorError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(
            tr(f"model '{name}' can't be loaded: {reason}", f"无法加载模型“{name}”：{reason}"),
            tr(
                "Without a network, give a folder that holds the model (MODEL_NAME_OR_PATH or "
                "model_cfgs.model_name_or_path), or use 'embedded'. With one, check the name, "
                "and log in if the model is gated.",
                "没有网络时，请指定本地模型文件夹（MODEL_NAME_OR_PATH 或 "
                "model_cfgs.model_name_or_path），或使用“embedded”。有网络时，请检查名称；"
                "受限模型需要先登录。",
            ),
        ) from error


def load_tokenizer(name: str, trust_remote_code: bool = False) -> PreTrainedTokenizerBase:
    """Tokenizer of a model.

    Raises:
        ModelError: It cannot be loaded.
    """
    location = name if is_adapter(Path(name)) else locate_model(name)
    with _explained(name):
        tokenizer = AutoTokenizer.from_pretrained(location, trust_remote_code=trust_remote_code)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return cast(PreTrainedTokenizerBase, tokenizer)


def load_tokenizer_of(checkpoint: Path, model_cfgs: ModelCfgs) -> PreTrainedTokenizerBase:
    """Tokenizer of a checkpoint.

    Args:
        checkpoint: Its folder; an adapter may come without, which is its base model's then.
        model_cfgs: What it was trained from.

    Raises:
        ModelError: It cannot be loaded.
    """
    own = (checkpoint / "tokenizer_config.json").is_file()
    name = str(checkpoint) if own else model_cfgs.model_name_or_path or EMBEDDED
    return load_tokenizer(name, model_cfgs.trust_remote_code)


def load_base(
    model_cfgs: ModelCfgs,
    bnb_cfgs: BnbCfgs | None = None,
    dtype: torch.dtype = torch.float32,
) -> PreTrainedModel:
    """A model as it was before training; this process is then set up to compute with it.

    Args:
        model_cfgs: Which model.
        bnb_cfgs: Quantisation, if any.
        dtype: Type of the weights that are not quantised.

    Raises:
        ModelError: It cannot be loaded.
    """
    keep_freed_memory()
    choose_products()
    name = model_cfgs.model_name_or_path or EMBEDDED
    location = locate_model(name)
    options: dict[str, Any] = {}
    if bnb_cfgs is not None and bnb_cfgs.use_bnb:
        options["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=bnb_cfgs.load_in_4bit and not bnb_cfgs.load_in_8bit,
            load_in_8bit=bnb_cfgs.load_in_8bit,
            bnb_4bit_quant_type=bnb_cfgs.bnb_4bit_quant_type,
            bnb_4bit_use_double_quant=bnb_cfgs.bnb_4bit_use_double_quant,
            bnb_4bit_compute_dtype=getattr(torch, bnb_cfgs.bnb_4bit_compute_dtype),
        )
    with _explained(name):
        model = AutoModelForCausalLM.from_pretrained(
            location,
            dtype=dtype,
            use_safetensors=True,
            trust_remote_code=model_cfgs.trust_remote_code,
            **options,
        )
    if options:
        _leave_file(model)
        _keep_packing(model)
    head = model.get_output_embeddings()
    if head is not None:
        keep_head_input_whole(head)
    return cast(PreTrainedModel, model)


def _leave_file(model: nn.Module) -> None:
    """Copy weights that are not quantised out of the weight file's mapping.

    While one of them lies there, so do all pages that were read to be quantised: as much memory as
    quantisation saves.
    """
    for weight in model.parameters():
        if weight.device.type == "cpu" and weight.is_floating_point():
            weight.data = weight.data.clone()


def _keep_packing(model: nn.Module) -> None:
    """Let quantised weights judge as they were trained.

    On processors with AVX-512 BF16 bitsandbytes packs them anew for judging: it rounds their
    scales, undoes the double quantisation, and fails on layers narrower than a block.
    """
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            cast(Any, module).support_avx512bf16_for_cpu = False


def load_model_config(model_cfgs: ModelCfgs) -> PreTrainedConfig:
    """A model's configuration, from the disk where it is there, else from the hub.

    Raises:
        ModelError: It cannot be loaded.
    """
    name = model_cfgs.model_name_or_path or EMBEDDED
    location = locate_model(name)
    remote_code = model_cfgs.trust_remote_code
    with suppress(OSError, ValueError):  # the second attempt explains what stops both
        found = AutoConfig.from_pretrained(
            location, trust_remote_code=remote_code, local_files_only=True
        )
        return cast(PreTrainedConfig, found)
    with _explained(name):
        found = AutoConfig.from_pretrained(location, trust_remote_code=remote_code)
    return cast(PreTrainedConfig, found)


def outline(config: PreTrainedConfig, lora_cfgs: LoraCfgs, trust_remote_code: bool) -> Policy:
    """A policy without its weights (they are on the ``meta`` device), to be counted.

    Args:
        config: The base model's configuration.
        lora_cfgs: Adapters, if any.
        trust_remote_code: Whether the architecture may come with the model.

    Raises:
        ModelError: The architecture is not known, or the adapters do not fit it.
    """
    with _explained(str(config.model_type)), torch.device("meta"):
        model = AutoModelForCausalLM.from_config(
            config, dtype=torch.float32, trust_remote_code=trust_remote_code
        )
        return with_lora(model, lora_cfgs) if lora_cfgs.use_lora else cast(Policy, model)


def with_lora(model: PreTrainedModel, lora_cfgs: LoraCfgs) -> PeftModel:
    """The model with fresh LoRA adapters: only they are trained.

    The adapters start as the identity, so the policy starts equal to its reference.

    Raises:
        ModelError: The model has no such modules.
    """
    if getattr(model, "is_quantized", False):
        model = prepare_model_for_kbit_training(model, use_gradient_checkpointing=False)
    config = LoraConfig(
        task_type=lora_cfgs.task_type.removeprefix("TaskType."),
        inference_mode=lora_cfgs.inference_mode,
        r=lora_cfgs.r,
        lora_alpha=lora_cfgs.lora_alpha,
        lora_dropout=lora_cfgs.lora_dropout,
        target_modules=lora_cfgs.target_modules,
    )
    try:
        return cast(PeftModel, get_peft_model(model, config))
    except ValueError as error:
        raise ModelError(
            tr(f"the adapters do not fit the model: {error}", f"适配器与模型不匹配：{error}"),
            tr("Check lora_cfgs.target_modules.", "请检查 lora_cfgs.target_modules。"),
        ) from error


def is_adapter(folder: Path) -> bool:
    """Whether a folder holds LoRA adapters rather than a whole model."""
    return (folder / CONFIG_NAME).is_file()


def load_adapter(base: PreTrainedModel, folder: Path, trainable: bool = False) -> PeftModel:
    """A trained policy: the base model with the adapters of a folder.

    Args:
        base: The base model.
        folder: The adapters' folder.
        trainable: Whether they are to be trained further.

    Raises:
        ModelError: The adapters do not fit the model.
    """
    with _explained(str(folder)):
        try:
            return PeftModel.from_pretrained(base, str(folder), is_trainable=trainable)
        except RuntimeError as error:
            raise ValueError(str(error)) from error


def add_adapter(policy: PeftModel, folder: Path, name: str) -> None:
    """Load a second adapter beside a policy's own, which stays the active one.

    Args:
        policy: The policy.
        folder: The adapter's folder.
        name: What to call it.

    Raises:
        ModelError: It is damaged or does not fit.
    """
    own = policy.active_adapter
    try:
        weights = folder / SAFETENSORS_WEIGHTS_NAME
        if not weights.is_file():  # else they would be looked for on the hub
            raise FileNotFoundError(SAFETENSORS_WEIGHTS_NAME)
        policy.load_adapter(str(folder), adapter_name=name)
    except (OSError, RuntimeError, ValueError, SafetensorError) as error:
        raise ModelError(
            tr(
                f"{folder}: damaged, or an adapter of another model",
                f"{folder}：已损坏，或属于其他模型",
            ),
            tr("Delete the folder, or train it again.", "请删除该文件夹，或重新训练。"),
        ) from error
    policy.set_adapter(own)
