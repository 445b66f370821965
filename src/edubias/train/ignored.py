"""Keys of a configuration that have no effect, and why."""

from __future__ import annotations

from collections.abc import Sequence

from edubias.config import Config
from edubias.lang import tr

IGNORED: dict[str, tuple[str, str]] = {
    "train_cfgs.regularization": (
        "it belongs to reward modelling, not to DPO",
        "它属于奖励模型训练，DPO 不使用",
    ),
    "logger_cfgs.cache_dir": (
        "the model cache is set by HF_HOME and EDUBIAS_HOME",
        "模型缓存目录由 HF_HOME 与 EDUBIAS_HOME 决定",
    ),
    **{
        f"data_cfgs.{split}_{key}": (
            f"it picks from a data set on a hub; {split}_datasets names a file",
            f"它用于选取模型库中的数据集；{split}_datasets 直接指定文件",
        )
        for split in ("train", "eval")
        for key in ("split", "data_files", "optional_args")
    },
}
"""Keys of Align-Anything's schema that are accepted and have no effect, with the reason. Which
others have none depends on the rest of the configuration."""


def ignored_keys(config: Config) -> list[str]:
    """One message for every key that was given a value of its own and has no effect."""
    messages = []
    for dotted, (english, chinese) in IGNORED.items():
        section, key = dotted.split(".")
        values = getattr(config, section)
        if getattr(values, key) != type(values).model_fields[key].default:
            messages.append(_is_ignored(dotted, english, chinese))
    train, data = config.train_cfgs, config.data_cfgs
    if data.eval_template not in (None, data.train_template):
        messages.append(
            _is_ignored(
                "data_cfgs.eval_template",
                "evaluation has the prompt of the training, train_template",
                "验证沿用训练的提示，即 train_template",
            )
        )
    if data.train_statements and data.train_subset:
        messages.append(
            _is_ignored(
                "data_cfgs.train_statements",
                "with train_subset, pairs of these types are trained on alone",
                "设定 train_subset 时，只用这些类型的偏好对训练",
            )
        )
    if train.label_smoothing and train.loss_type in ("ipo", "bco"):
        messages.append(
            _is_ignored(
                "train_cfgs.label_smoothing",
                f"loss_type {train.loss_type} has none",
                f"loss_type {train.loss_type} 不使用标签平滑",
            )
        )
    return messages


REWRITER_IGNORES = (
    "train_cfgs.scale_coeff",
    "train_cfgs.loss_type",
    "train_cfgs.label_smoothing",
    "train_cfgs.verdict_coeff",
    "train_cfgs.kind_coeff",
    "train_cfgs.load_checkpoint",
    "train_cfgs.micro_batch_tokens",
    "train_cfgs.eval_",
    "data_cfgs.eval_",
    "data_cfgs.train_statements",
    "logger_cfgs.output_dir",
    "logger_cfgs.log_type",
    "logger_cfgs.save_",
)
"""How keys begin that a detector's training heeds and a rewriter's does not."""


def ignored_by_rewriter(overrides: Sequence[str], further: bool) -> list[str]:
    """One message for every change of a configuration that has no effect on a rewriter.

    Args:
        overrides: ``section.key=value``.
        further: Whether an earlier rewriter is trained further, which keeps its adapter's form.
    """
    messages = []
    for key in (one.partition("=")[0] for one in overrides):
        if key.startswith(REWRITER_IGNORES):
            reason = "a rewriter is trained without it", "改写器训练不使用它"
            messages.append(_is_ignored(key, *reason))
        elif further and key.startswith("lora_cfgs."):
            reason = "the adapter that is there keeps its form", "沿用已有适配器的结构"
            messages.append(_is_ignored(key, *reason))
    return messages


def _is_ignored(dotted: str, english: str, chinese: str) -> str:
    return tr(f"{dotted} is ignored: {english}", f"忽略 {dotted}：{chinese}")
