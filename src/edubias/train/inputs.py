"""What a training starts from: the model, the data, and the data as the model sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from transformers import PreTrainedTokenizerBase

from edubias.config import Config
from edubias.data.prompt import completion_ids
from edubias.data.read import read_pairs
from edubias.errors import EdubiasError
from edubias.lang import tr
from edubias.model.embedded import embedded_folder, is_complete, require_source
from edubias.model.load import EMBEDDED, Policy, load_model_config, outline
from edubias.records import PreferencePair
from edubias.train.check import Check
from edubias.train.splits import read_splits

ROUGH_PROMPT = 32
"""Tokens of the prompt where the tokenizer is not at hand; chat templates add some."""

SHOWN_CHARS = 60
"""Length up to which a text is shown."""


BYTES_PER_TOKEN = 3
"""UTF-8 bytes in a token where there is no tokenizer: one Chinese character; English takes more."""


@dataclass(frozen=True)
class Encoded:
    """Training pairs as token ids.

    Attributes:
        prompt: The prompt.
        pairs: Both sides of each pair.
        rough: Whether the tokens are not the model's own, but as many as there may be.
    """

    prompt: list[int]
    pairs: list[tuple[list[int], list[int]]]
    rough: bool = False

    @property
    def lengths(self) -> list[int]:
        """Tokens of each pair's longer side."""
        return [max(len(chosen), len(rejected)) for chosen, rejected in self.pairs]


def encode(
    tokenizer: PreTrainedTokenizerBase, prompt: list[int], pairs: Sequence[PreferencePair]
) -> Encoded:
    """Pairs as the model sees them."""
    return Encoded(
        prompt,
        [
            (completion_ids(tokenizer, pair.chosen), completion_ids(tokenizer, pair.rejected))
            for pair in pairs
        ],
    )


def encode_roughly(pairs: Sequence[PreferencePair]) -> Encoded:
    """Something like it, in a moment and without a tokenizer."""
    return Encoded(
        [0] * ROUGH_PROMPT,
        [(_rough_ids(pair.chosen), _rough_ids(pair.rejected)) for pair in pairs],
        rough=True,
    )


def check_model(config: Config) -> tuple[Check, Policy | None]:
    """Whether the model can be had, and its outline without weights where it is at hand."""
    cfgs = config.model_cfgs
    name = cfgs.model_name_or_path or EMBEDDED
    try:
        if name == EMBEDDED and not is_complete(embedded_folder()):
            require_source()
            message = tr(
                "embedded; it will be converted at its first use (1.2 GB)",
                "内置模型，首次使用时转换（1.2 GB）",
            )
            return Check("model", "ok", message), None
        model = outline(load_model_config(cfgs), config.lora_cfgs, cfgs.trust_remote_code)
    except EdubiasError as error:
        return Check.of_error("model", error), None
    folder = Path(name).expanduser()
    if folder.is_dir() and not any(folder.glob("*.safetensors")):
        return (
            Check(
                "model",
                "fail",
                tr(f"{folder}: no weights (*.safetensors)", f"{folder}：没有权重（*.safetensors）"),
                tr(
                    "Download the model again; other formats of weights are not loaded.",
                    "请重新下载模型；不支持其他格式的权重。",
                ),
            ),
            None,
        )
    total = sum(weight.numel() for weight in model.parameters())
    trained = sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
    message = tr(
        f"{name}: {total:,} parameters, {trained:,} of them trained",
        f"{name}：参数 {total:,} 个，其中训练 {trained:,} 个",
    )
    return Check("model", "ok", message), model


def check_data(config: Config) -> tuple[Check, list[PreferencePair]]:
    """Whether the files can be read and their splits are apart; the training pairs."""
    if not config.data_cfgs.train_datasets:
        return Check("data", "fail", tr("no training data", "未指定训练数据")), []
    try:
        training, evaluation = read_splits(config)
    except EdubiasError as error:
        return Check.of_error("data", error), []
    problems = read_pairs(config.data_cfgs.train_datasets).warnings
    message = tr(
        f"{len(training)} training pairs, {len(evaluation)} for evaluation",
        f"训练 {len(training)} 对，验证 {len(evaluation)} 对",
    )
    if problems:
        remedy = tr(
            f"{len(problems)} remarks, such as: {problems[0]}",
            f"有 {len(problems)} 处提示，例如：{problems[0]}",
        )
        return Check("data", "warn", message, remedy), training
    if not evaluation:
        remedy = tr(
            "Without evaluation pairs the detector gets no probabilities and over-fitting stays "
            "unseen: set data_cfgs.eval_datasets.",
            "没有验证数据，检测器无法给出概率，也看不出过拟合：请设置 data_cfgs.eval_datasets。",
        )
        return Check("data", "warn", message, remedy), training
    return Check("data", "ok", message), training


def preview_template(
    tokenizer: PreTrainedTokenizerBase, prompt: list[int], pair: PreferencePair
) -> Check:
    """The prompt as the model sees it, and the first pair after it."""
    shown = [
        f"{side}: {text if len(text) <= SHOWN_CHARS else text[:SHOWN_CHARS] + '…'}"
        for side, text in (("chosen", pair.chosen), ("rejected", pair.rejected))
    ]
    return Check(
        "template", "ok", "\n".join([f"{len(prompt)} tokens: {tokenizer.decode(prompt)!r}", *shown])
    )


def check_lengths(encoded: Encoded, max_length: int) -> Check:
    """How long the pairs are, and how many are too long and would be left out.

    Args:
        encoded: The training pairs.
        max_length: Longest sequence, prompt included.
    """
    limit = max_length - len(encoded.prompt)
    lengths = encoded.lengths
    half, most, nearly, longest = (
        int(value) for value in np.percentile(lengths, [50, 95, 99, 100])
    )
    message = tr(
        f"tokens of a pair's longer side: median {half}, 95% {most}, 99% {nearly}, "
        f"longest {longest}; limit {limit}",
        f"偏好对较长一侧的词元数：中位数 {half}，95% {most}，99% {nearly}，最长 {longest}；"
        f"上限 {limit}",
    )
    over = sum(length > limit for length in lengths)
    if not over:
        return Check("lengths", "ok", message)
    return Check(
        "lengths",
        "fail" if over == len(lengths) else "warn",
        message,
        tr(
            f"{over} of {len(lengths)} pairs are longer and will be left out: raise "
            "model_cfgs.model_max_length or shorten them.",
            f"{len(lengths)} 对中有 {over} 对超长，将被略去："
            "请增大 model_cfgs.model_max_length 或缩短文本。",
        ),
    )


def _rough_ids(text: str) -> list[int]:
    data = text.encode()
    return [
        int.from_bytes(data[start : start + BYTES_PER_TOKEN], "big")
        for start in range(0, len(data), BYTES_PER_TOKEN)
    ]
