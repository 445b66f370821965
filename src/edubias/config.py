"""The configuration schema: Align-Anything's, with what it lacks.

A configuration is read from a YAML file, a preset's name or an Align-Anything path, then changed
by ``section.key=value`` overrides. An unknown key is an error that names the nearest known one.
"""

from __future__ import annotations

import contextlib
import difflib
import re
import types
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from edubias.errors import ConfigError
from edubias.lang import tr

PRESETS = ("dpo", "edu_bias_dpo", "edu_bias_embedded")

_YAML_TEXT = re.compile(r"""(null|Null|NULL|~|".*"|'.*')?$""", re.DOTALL)
"""Values that are YAML also where text is taken as it is."""


class _Section(BaseModel):
    model_config = ConfigDict(
        extra="forbid", validate_default=True, protected_namespaces=(), allow_inf_nan=False
    )


class TrainCfgs(_Section):
    """How to train."""

    ds_cfgs: str | None = "ds_z2.json"
    epochs: float = Field(3, gt=0)
    seed: int = Field(42, ge=0, lt=2**32)
    per_device_train_batch_size: int = Field(1, ge=1)
    per_device_eval_batch_size: int = Field(1, ge=1)
    gradient_accumulation_steps: int = Field(1, ge=1)
    gradient_checkpointing: bool = False
    learning_rate: float = Field(1e-6, gt=0)
    # transformers has more, which take arguments.
    lr_scheduler_type: Literal[
        "linear",
        "cosine",
        "cosine_with_restarts",
        "polynomial",
        "constant",
        "constant_with_warmup",
        "inverse_sqrt",
    ] = "cosine"
    lr_warmup_ratio: float = Field(0.03, ge=0, lt=1)
    weight_decay: float = Field(0.01, ge=0)
    adam_betas: tuple[Annotated[float, Field(ge=0, lt=1)], Annotated[float, Field(ge=0, lt=1)]] = (
        0.9,
        0.95,
    )
    max_grad_norm: float = Field(1.0, ge=0)
    bf16: bool = False
    fp16: bool = False
    # YAML 1.1 takes a bare `no` for false.
    eval_strategy: Annotated[
        Literal["no", "epoch", "steps"],
        BeforeValidator(lambda given: "no" if given is False else given),
    ] = "epoch"
    eval_interval: int = Field(10, ge=1)
    regularization: float = 0.0
    scale_coeff: float = Field(0.1, gt=0)
    # Below: what Align-Anything lacks.
    loss_type: Literal["sigmoid", "sigmoid_norm", "ipo", "bco"] = "sigmoid"
    label_smoothing: float = Field(0.0, ge=0, lt=0.5)
    # Weight of the loss of verdicts beside that of preferences (0: none).
    verdict_coeff: float = Field(0.0, ge=0)
    # Weight of the loss of kinds of bias (0: none).
    kind_coeff: float = Field(0.0, ge=0)
    max_steps: int | None = Field(None, ge=1)
    load_checkpoint: bool = False
    # Pairs per step stay batch size x accumulation; with a limit, they are cut into as many
    # forward passes as it takes instead.
    micro_batch_tokens: int | None = Field(None, ge=1)
    forward_strategy: Literal["auto", "packed", "padded"] = "auto"
    torch_compile: bool = False
    use_liger_kernel: bool = False


class DataCfgs(_Section):
    """What to train and evaluate on."""

    train_datasets: str | None = None
    train_template: str | None = None
    train_size: int | None = Field(None, ge=1)
    train_split: str | None = None
    train_subset: str | None = None
    train_data_files: str | None = None
    train_optional_args: list[str] = []
    # Labelled statements; those of their training split join the pairs, fair beside biased.
    train_statements: str | None = None
    eval_datasets: str | None = None
    eval_template: str | None = None
    eval_size: int | None = Field(None, ge=1)
    eval_split: str | None = None
    eval_subset: str | None = None
    eval_data_files: str | None = None
    eval_optional_args: list[str] = []


class LoggerCfgs(_Section):
    """Where to log and save."""

    log_type: Literal["none", "wandb", "tensorboard", "swanlab", "trackio"] = "none"
    log_project: str = "edubias"
    log_run_name: str = "dpo"
    output_dir: str | None = "outputs/textbook_bias_dpo"
    cache_dir: str | None = None
    save_interval: int = Field(100, ge=1)
    # Below: what Align-Anything lacks.
    log_interval: int = Field(1, ge=1)
    save_total_limit: int | None = Field(3, ge=1)


class ModelCfgs(_Section):
    """Which model to start from."""

    model_name_or_path: str | None = None
    trust_remote_code: bool = False
    model_max_length: int = Field(512, ge=8)


class LoraCfgs(_Section):
    """Low-rank adaptation."""

    use_lora: bool = False
    task_type: str = "TaskType.CAUSAL_LM"
    inference_mode: bool = False
    r: int = Field(16, ge=1)
    lora_alpha: int = Field(16, ge=1)
    lora_dropout: float = Field(0.0, ge=0, lt=1)
    target_modules: list[str] | str = ["q_proj", "v_proj"]
    save_full_model: bool = False


class BnbCfgs(_Section):
    """4- or 8-bit quantisation of the frozen weights (QLoRA)."""

    use_bnb: bool = False
    load_in_4bit: bool = True
    load_in_8bit: bool = False
    bnb_4bit_quant_type: Literal["nf4", "fp4"] = "nf4"
    bnb_4bit_use_double_quant: bool = True
    bnb_4bit_compute_dtype: Literal["float16", "bfloat16", "float32"] = "bfloat16"


class Config(_Section):
    """A whole configuration."""

    train_cfgs: TrainCfgs = TrainCfgs()
    data_cfgs: DataCfgs = DataCfgs()
    logger_cfgs: LoggerCfgs = LoggerCfgs()
    model_cfgs: ModelCfgs = ModelCfgs()
    lora_cfgs: LoraCfgs = LoraCfgs()
    bnb_cfgs: BnbCfgs = BnbCfgs()
    special_tokens: dict[str, str] | None = None

    def to_yaml(self) -> str:
        """The configuration as YAML that ``load_config`` reads back to an equal one."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def load_config(source: str | Path, overrides: Iterable[str] = ()) -> Config:
    """Read a configuration.

    Args:
        source: A YAML file; a preset's name; or a path that does not exist and whose file name is
            a preset's, such as ``align_anything/configs/train/text_to_text/dpo.yaml``.
        overrides: ``section.key=value``, the value in YAML syntax, or as it is where the key
            takes text. Later ones win.

    Raises:
        ConfigError: The source does not exist or is no YAML mapping; a key is unknown; a value is
            not allowed.
    """
    text, name = _source_text(source)
    try:
        tree = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{name}:{mark.line + 1}" if mark else name
        raise ConfigError(
            tr(f"{place}: not valid YAML", f"{place}：不是合法的 YAML"),
            str(getattr(error, "problem", error)),
        ) from error
    if not isinstance(tree, dict):
        raise ConfigError(
            tr(f"{name}: a mapping of sections is needed", f"{name}：需要由各配置段组成的映射")
        )
    # Align-Anything writes `key: null` for "leave it at that"; elsewhere null may be a value.
    for section, values in tree.items():
        if isinstance(values, dict):
            tree[section] = {
                key: value
                for key, value in values.items()
                if value is not None or _takes_none(f"{section}.{key}")
            }
    tree = {section: values for section, values in tree.items() if values is not None}
    return _validated(tree, overrides, text, name)


def with_overrides(tree: Mapping[str, Any], overrides: Iterable[str]) -> Config:
    """A recorded configuration with changes.

    Args:
        tree: Sections and their values, as a run's manifest has them.
        overrides: As for ``load_config``.

    Raises:
        ConfigError: An override is wrong.
    """
    copy = {section: dict(values) for section, values in tree.items() if values is not None}
    return _validated(copy, overrides, "", "")


def _validated(tree: dict[str, Any], overrides: Iterable[str], text: str, name: str) -> Config:
    for override in overrides:
        _apply(tree, override)
    try:
        return Config.model_validate(tree)
    except ValidationError as error:
        raise ConfigError(_explain(error, text, name)) from error


def _source_text(source: str | Path) -> tuple[str, str]:
    path = Path(source)
    if path.is_file():
        try:
            return path.read_text(encoding="utf-8-sig"), str(path)
        except UnicodeDecodeError as error:
            raise ConfigError(
                tr(f"{path}: not UTF-8", f"{path}：不是 UTF-8 编码"),
                tr("Save the file as UTF-8.", "请将文件另存为 UTF-8 编码。"),
            ) from error
    preset = path.name.removesuffix(".yaml")
    if preset in PRESETS and not path.is_dir():
        file = resources.files("edubias").joinpath("presets", f"{preset}.yaml")
        return file.read_text(encoding="utf-8"), f"{preset}.yaml"
    raise ConfigError(
        tr(f"no such configuration: {source}", f"找不到配置：{source}"),
        tr(
            f"Give a YAML file or a preset ({', '.join(PRESETS)}).",
            f"请指定 YAML 文件或预设（{'、'.join(PRESETS)}）。",
        ),
    )


def _apply(tree: dict[str, Any], override: str) -> None:
    dotted, equals, value = override.partition("=")
    section, dot, key = dotted.partition(".")
    if not (equals and dot and key):
        raise ConfigError(
            tr(f"'{override}' is not an override", f"“{override}”不是合法的覆盖项"),
            tr("Write section.key=value.", "请写成 section.key=value 的形式。"),
        )
    try:
        parsed = parse_value(dotted, value)
    except yaml.YAMLError as error:
        raise ConfigError(
            tr(f"'{override}': the value is not valid YAML", f"“{override}”的值不是合法的 YAML")
        ) from error
    values = tree.setdefault(section, {})
    if isinstance(values, dict):  # else validation says what is wrong
        values[key] = parsed


def parse_value(dotted: str, text: str) -> Any:
    """A value of an override.

    Args:
        dotted: The key. Where it takes text, a value is that text: a path may hold ``#``, a name
            may be a number. Only null and text in quotation marks are YAML there.
        text: The value.

    Raises:
        yaml.YAMLError: It is not valid YAML.
    """
    text = text.strip()
    if _takes_text(dotted):
        return yaml.safe_load(text) if _YAML_TEXT.match(text) else text
    parsed = yaml.safe_load(text)
    # YAML 1.1 takes 5e-6 for text; people mean the number.
    if isinstance(parsed, str):
        with contextlib.suppress(ValueError):
            parsed = float(parsed) if any(c.isdigit() for c in parsed) else parsed
    return parsed


def _takes_text(dotted: str) -> bool:
    with contextlib.suppress(ConfigError):
        return type_of(dotted) in (str, str | None)
    return False


def _takes_none(dotted: str) -> bool:
    with contextlib.suppress(ConfigError):
        return types.NoneType in get_args(type_of(dotted))
    return False


def type_of(dotted: str) -> Any:
    """Annotation of a key, such as ``int | None``.

    Raises:
        ConfigError: There is no such key; the message names the nearest one.
    """
    section, _, key = dotted.partition(".")
    try:
        return Config.model_fields[section].annotation.model_fields[key].annotation  # type: ignore[union-attr]
    except (KeyError, AttributeError) as error:
        raise ConfigError(_unknown(dotted)) from error


def _known_keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    keys = []
    for name, info in model.model_fields.items():
        keys.append(prefix + name)
        annotation = info.annotation
        if get_origin(annotation) in (types.UnionType,):
            annotation = next(iter(get_args(annotation)))
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            keys += _known_keys(annotation, f"{prefix}{name}.")
    return keys


def _line_of(key: str, text: str) -> int:
    """Line, from 1, on which a key is set in YAML text; 0 where it is not."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.split("#")[0].strip().partition(":")[0].strip() == key:
            return number
    return 0


def _explain(error: ValidationError, text: str, name: str) -> str:
    lines = []
    for item in error.errors():
        path: tuple[object, ...] = item["loc"]
        dotted = ".".join(str(part) for part in path[:2])
        line = _line_of(str(path[min(1, len(path) - 1)]), text)
        place = f"{name}:{line}: " if line else f"{name}: "
        if item["type"] == "extra_forbidden":
            lines.append(place + _unknown(dotted))
        else:
            value = item["input"]
            lines.append(
                place
                + tr(f"'{dotted}' can't be {value!r}: ", f"“{dotted}”的值 {value!r} 不合法：")
                + item["msg"]
            )
    return "\n".join(lines)


def _unknown(dotted: str) -> str:
    near = _nearest(dotted)
    hint = tr(f"; did you mean '{near}'?", f"；是否想写“{near}”？") if near else ""
    return tr(f"unknown key '{dotted}'", f"未知的键“{dotted}”") + hint


def _nearest(dotted: str) -> str | None:
    """Known key most like a misspelt one, also where only its section is wrong."""
    known = _known_keys(Config)
    if near := difflib.get_close_matches(dotted, known, n=1, cutoff=0.6):
        return near[0]
    last = dotted.rpartition(".")[2]
    by_last = {key.rpartition(".")[2]: key for key in known}
    near = difflib.get_close_matches(last, by_last, n=1, cutoff=0.7)
    return by_last[near[0]] if near else None
