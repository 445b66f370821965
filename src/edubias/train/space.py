"""What a sweep searches: a range or a choice of values for each of some configuration keys."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import yaml

from edubias.config import Config, parse_value, type_of
from edubias.errors import ConfigError
from edubias.lang import tr
from edubias.model.load import EMBEDDED

LORA_RANK, LORA_ALPHA = "lora_cfgs.r", "lora_cfgs.lora_alpha"

LOSS_KEYS = (
    "train_cfgs.scale_coeff",
    "train_cfgs.loss_type",
    "train_cfgs.label_smoothing",
    "train_cfgs.verdict_coeff",
    "train_cfgs.kind_coeff",
)
"""Keys that change what the loss measures, not only how small it gets."""

Value = float | int | str | bool | None


@dataclass(frozen=True)
class Range:
    """All numbers from ``low`` to ``high``.

    Attributes:
        low: Smallest value.
        high: Largest value.
        log: Search on a logarithmic scale.
        whole: Whole numbers only.
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def holds(self, value: Value) -> bool:
        """Whether a value lies within."""
        return isinstance(value, int | float) and self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{self.low!r}..{self.high!r}" + (":log" if self.log else "")


@dataclass(frozen=True)
class Choice:
    """One of some values.

    Attributes:
        values: The values.
    """

    values: tuple[Value, ...]

    def holds(self, value: Value) -> bool:
        """Whether a value is one of them."""
        return value in self.values

    def __str__(self) -> str:
        return ",".join(json.dumps(value, ensure_ascii=False) for value in self.values)


Dimension = Range | Choice


@dataclass(frozen=True)
class Space:
    """What is searched.

    Attributes:
        dimensions: For each key, its values.
        alpha_and_rank: The configuration's ``lora_alpha`` and rank, whose ratio a rank that is
            tried keeps, so that it changes the capacity of the adapters and not their strength;
            None where ``lora_alpha`` is set or searched.
    """

    dimensions: Mapping[str, Dimension]
    alpha_and_rank: tuple[int, int] | None

    @property
    def changes_loss(self) -> bool:
        """Whether trials differ in what the loss measures."""
        return not self.dimensions.keys().isdisjoint(LOSS_KEYS)

    def overrides(self, values: Mapping[str, Value]) -> list[str]:
        """A trial's values as overrides of the configuration."""
        given = dict(values)
        if self.alpha_and_rank and isinstance(rank := given.get(LORA_RANK), int):
            own_alpha, own_rank = self.alpha_and_rank
            given[LORA_ALPHA] = max(1, round(own_alpha * rank / own_rank))
        return [f"{key}={json.dumps(value)}" for key, value in given.items()]

    def values_of(self, config: Config) -> dict[str, Value] | None:
        """The configuration's own values; None where the space does not hold all of them."""
        tree = config.model_dump(mode="json")
        own: dict[str, Value] = {}
        for key, dimension in self.dimensions.items():
            section, _, name = key.partition(".")
            value = tree[section][name]
            if not dimension.holds(value):
                return None
            # Equal is not the same: the choice may be 1, the configuration's value 1.0.
            choices = dimension.values if isinstance(dimension, Choice) else (value,)
            own[key] = choices[choices.index(value)]
        return own

    def __str__(self) -> str:
        return " ".join(f"--space {key}={values}" for key, values in self.dimensions.items())


def space_of(options: Sequence[str], config: Config, fixed: Collection[str] = ()) -> Space:
    """The space that a user asks for.

    Args:
        options: ``KEY=LOW..HIGH``, ``KEY=LOW..HIGH:log`` or ``KEY=A,B,C``; none for the default
            space.
        config: The configuration that is varied.
        fixed: Keys that were set by hand; the default space leaves them alone.

    Raises:
        ConfigError: An option is not of these forms, names an unknown key, or one that is fixed.
    """
    dimensions = dict(map(parse_dimension, options)) if options else default_dimensions(config)
    if not options:
        dimensions = {key: values for key, values in dimensions.items() if key not in fixed}
    if both := sorted(dimensions.keys() & set(fixed)):
        raise ConfigError(
            tr(f"{both[0]} is both set and searched", f"{both[0]} 既被设定又被搜索"),
            tr("Leave out the override or the --space.", "请去掉该覆盖项或该 --space。"),
        )
    if not dimensions:
        raise ConfigError(
            tr("nothing to search: all keys are set", "没有可搜索的键：均已设定"),
            tr("Give a space, such as ", "请指定搜索空间，例如 ")
            + "--space train_cfgs.learning_rate=1e-5..1e-3:log",
        )
    lora = config.lora_cfgs
    follows = LORA_ALPHA not in dimensions and LORA_ALPHA not in fixed
    return Space(dimensions, (lora.lora_alpha, lora.r) if follows else None)


def default_dimensions(config: Config) -> dict[str, Dimension]:
    """What matters most for DPO: β, step size, length, and the size of the adapters.

    The learning rate's range depends on what is trained. LoRA on a model that is larger than the
    embedded one starts at the guide's 5e-6, which is where large models take it well.
    """
    lora = config.lora_cfgs.use_lora
    if not lora:
        rates = Range(1e-6, 1e-5, log=True)
    elif config.model_cfgs.model_name_or_path in (None, EMBEDDED):
        rates = Range(5e-5, 1e-3, log=True)
    else:
        rates = Range(5e-6, 5e-4, log=True)
    dimensions: dict[str, Dimension] = {
        "train_cfgs.scale_coeff": Range(0.05, 1.0, log=True),
        "train_cfgs.learning_rate": rates,
        "train_cfgs.epochs": Choice((1, 1.5, 2, 3)),
    }
    return dimensions | ({LORA_RANK: Choice((8, 16, 32))} if lora else {})


def parse_dimension(option: str) -> tuple[str, Dimension]:
    """Key and values of one ``--space``.

    Raises:
        ConfigError: It is none.
    """
    key, equals, text = option.partition("=")
    if not (equals and text):
        raise _bad(option)
    whole = int in (annotation := type_of(key), *get_args(annotation))
    low, dots, rest = text.partition("..")
    if dots:
        high, colon, scale = rest.partition(":")
        try:
            ends = float(low), float(high)
        except ValueError as error:
            raise _bad(option) from error
        log = scale == "log"
        if (colon and not log) or not _increasing(*ends) or (log and ends[0] <= 0):
            raise _bad(option)
        if whole and not all(end.is_integer() for end in ends):
            raise _bad(option, tr(f"{key} takes whole numbers.", f"{key} 只接受整数。"))
        return key, Range(*ends, log=log, whole=whole)
    try:
        values = tuple(parse_value(key, item) for item in text.split(","))
    except yaml.YAMLError as error:
        raise _bad(option) from error
    if any(isinstance(value, list | dict) for value in values):
        raise _bad(option)
    return key, Choice(values)


def _increasing(low: float, high: float) -> bool:
    return math.isfinite(low) and math.isfinite(high) and low < high


def _bad(option: str, reason: str = "") -> ConfigError:
    return ConfigError(
        tr(f"'{option}' is no search space", f"“{option}”不是合法的搜索空间"),
        reason
        or tr(
            "Write KEY=LOW..HIGH with LOW < HIGH, KEY=LOW..HIGH:log with LOW > 0, or KEY=A,B,C.",
            "请写成 KEY=LOW..HIGH（LOW < HIGH）、KEY=LOW..HIGH:log（LOW > 0）或 KEY=A,B,C。",
        ),
    )
