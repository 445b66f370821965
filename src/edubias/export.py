"""A trained checkpoint as one whole Hugging Face folder, which appears only if it scores the same.

The folder is loaded again from the disk and scores sentences; where one score differs from the
checkpoint's by more than ``allowed_difference``, there is no folder. A score is β times a mean over
tokens of differences of log-probabilities, so what is allowed is given in nats a token and holds
for any β.

``edubias detect`` still needs the base model beside the folder, since a score compares the two.

A checkpoint that was trained on quantised weights (QLoRA) is merged into the unquantised ones, and
its manifest then names those as the reference: trained and base model stay alike in all but the
adapters. What is left is how differently the adapters act on rounded and on whole weights.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

import torch
from filelock import FileLock, Timeout

from edubias.config import BnbCfgs, Config
from edubias.detect.detector import load_scorer
from edubias.errors import ConfigError, ModelError
from edubias.extras import require_package
from edubias.lang import tr
from edubias.model.embedded import publish_folder
from edubias.model.gguf_converter import convert_to_gguf
from edubias.model.load import Policy, is_adapter, load_adapter, load_base
from edubias.model.manifest import RunManifest, library_versions, load_manifest, utc_now
from edubias.model.merge import save_whole
from edubias.model.precision import compute_dtype, dtype_name

Dtype = Literal["float32", "bfloat16", "float16"]

ROUNDING: dict[Dtype, float] = {"float32": 0.001, "float16": 0.02, "bfloat16": 0.15}
"""Largest difference, in nats a token, that rounding the weights may make.

Rounding the embedded model's weights moves the log-probability of a token by up to 0.008 (float16)
or 0.06 (bfloat16); these are two and a half times as much. In float32 only the order of sums
differs: 3e-6 was seen with the embedded model.
"""

QUANTISATION = 0.5
"""What is allowed besides, in nats a token, where training saw quantised weights.

A bound for gross errors, such as a wrong base model; it is not derived from a measurement.
"""

RECORD = "edubias_export.json"
GGUF_FILE = "model.gguf"

SENTENCES = (
    "水在标准大气压下加热到一百摄氏度时沸腾。",
    "三角形的内角和等于一百八十度。",
    "请把下面的句子抄写一遍，并标出其中的动词。",
    "图书馆每周二下午开放，借书时请带上学生证。",
    "一辆汽车以每小时六十千米的速度行驶了两个半小时。",
    "春天来了，河边的柳树长出了新芽。",
    "实验结束后，把试管洗净并放回架子上。",
    "这张地图的比例尺是一比五万。",
    "Plants take in carbon dioxide and give off oxygen in sunlight.",
    "Round each number to the nearest hundred before you add.",
    "The class measured the length of the corridor with a tape.",
    "A sentence begins with a capital letter and ends with a full stop.",
    "Light travels faster in air than in glass.",
    "Write down three questions that you would like to ask the author.",
    "The train leaves at half past eight and arrives at noon.",
    "Mix the two powders, then add ten millilitres of water.",
)
"""Neutral sentences of either language, scored by the checkpoint and by what was exported."""


@dataclass(frozen=True)
class Export:
    """What was exported, and how like the checkpoint it is.

    Attributes:
        folder: The whole model.
        checkpoint: What it was made from.
        dtype: Type of its weights.
        sentences: Number of sentences that both have scored.
        difference: Largest difference of two scores of one sentence.
        allowed: What it may be at most.
        gguf: The GGUF file, if one was asked for.
        libraries: Versions that wrote it.
        created: UTC time, ISO 8601.
    """

    folder: str
    checkpoint: str
    dtype: Dtype
    sentences: int
    difference: float
    allowed: float
    gguf: str | None = None
    libraries: dict[str, str] = field(default_factory=library_versions)
    created: str = field(default_factory=utc_now)


def export(
    checkpoint: Path,
    output: Path,
    dtype: str = "float32",
    texts: Sequence[str] = (),
    converter: Path | None = None,
    overwrite: bool = False,
    progress: Callable[[str], None] = lambda message: None,
) -> Export:
    """Write a whole model that scores as its checkpoint does.

    Args:
        checkpoint: Folder with adapters or a whole trained model.
        output: Folder to make; it is there in the end, or, where something failed, as it was.
        dtype: Type of the weights on disk; one of ``Dtype``. They are merged in float32.
        texts: Sentences to compare besides ``SENTENCES``.
        converter: llama.cpp's converter, for a GGUF file besides; its scores are not compared.
        overwrite: Replace an earlier export.
        progress: Told of each step.

    Raises:
        ConfigError: There is no such dtype, or the folder may not be written to.
        ModelError: The checkpoint cannot be loaded, the exported model scores otherwise, or the
            converter failed.
    """
    name = _dtype(dtype)
    manifest = load_manifest(checkpoint)
    config = Config.model_validate(manifest.config)
    if config.bnb_cfgs.use_bnb:
        require_package("bitsandbytes", "quant")
    check_output(output, checkpoint, Path(manifest.base_model), overwrite)
    sentences = [*SENTENCES, *texts]
    progress(tr("Scoring with the checkpoint …", "正在用检查点打分……"))
    expected = load_scorer(checkpoint)[0].scores(sentences)
    # On a GPU both are computed in half precision, which rounds float32 weights as well.
    computed = _dtype(dtype_name(compute_dtype(config)))
    rounded = max(name, computed, key=ROUNDING.__getitem__)
    allowed = allowed_difference(rounded, manifest.beta, config.bnb_cfgs.use_bnb)
    results: list[Export] = []

    def write(partial: Path) -> None:
        progress(tr("Writing the whole model …", "正在写出完整模型……"))
        _write_model(checkpoint, partial, config, manifest, name)
        progress(tr("Scoring with what was written …", "正在用写出的模型打分……"))
        found = load_scorer(partial)[0].scores(sentences)
        difference = _compare(sentences, expected, found, allowed, name)
        if converter is not None:
            progress(tr("Converting to GGUF …", "正在转换为 GGUF……"))
            convert_to_gguf(partial, partial / GGUF_FILE, name, converter)
        result = Export(
            folder=str(output),
            checkpoint=str(checkpoint),
            dtype=name,
            sentences=len(sentences),
            difference=difference,
            allowed=allowed,
            gguf=str(output / GGUF_FILE) if converter else None,
        )
        record = json.dumps(asdict(result), ensure_ascii=False, indent=2)
        (partial / RECORD).write_text(record + "\n", encoding="utf-8")
        results.append(result)

    publish_export(output, write)
    return results[0]


def publish_export(output: Path, write: Callable[[Path], None]) -> None:
    """Make an export's folder appear all at once, in place of an earlier one.

    Args:
        output: The folder.
        write: Fills a folder, given its path.

    Raises:
        ModelError: It can't be written, or another process is writing it.
    """
    lock = output.with_name(f".{output.name}.lock")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(lock).acquire(timeout=0):
            try:
                publish_folder(output, write)
            finally:
                with suppress(OSError):  # Windows removes it when it is released, not before
                    lock.unlink()
    except Timeout as error:
        raise ModelError(
            tr(f"another process is writing {output}", f"另一个进程正在写入 {output}"),
            tr("Wait for it, or choose another folder.", "请等它完成，或指定其他文件夹。"),
        ) from error
    except OSError as error:
        raise ModelError(
            tr(f"{output}: can't be written: {error}", f"{output}：无法写入：{error}"),
            tr(
                "Choose a folder you may write to, on a disk with room.",
                "请指定可写且空间充足的位置。",
            ),
        ) from error


def allowed_difference(dtype: Dtype, beta: float, quantised: bool) -> float:
    """Largest difference of two scores that an export may make.

    Args:
        dtype: Type of the weights on disk or of what is computed, whichever is coarser.
        beta: β of the implicit reward.
        quantised: Whether training saw quantised weights.
    """
    return beta * (ROUNDING[dtype] + (QUANTISATION if quantised else 0.0))


def _dtype(name: str) -> Dtype:
    if name in ROUNDING:
        return name
    raise ConfigError(
        tr(f"unknown type of weights '{name}'", f"未知的权重类型“{name}”"),
        tr(f"Choose one of: {', '.join(ROUNDING)}.", f"可选：{'、'.join(ROUNDING)}。"),
    )


def check_output(output: Path, checkpoint: Path, base: Path, overwrite: bool) -> None:
    """Refuse a folder that an export must not be written to.

    Raises:
        ConfigError: It is or holds what is exported, is a file, or is not empty.
    """
    for source in (checkpoint, base):
        if output.resolve() in (source.resolve(), *source.resolve().parents):
            raise ConfigError(
                tr(f"{output} is or holds {source}", f"{output} 就是或包含 {source}"),
                tr("Choose another folder.", "请指定其他文件夹。"),
            )
    if output.exists() and not output.is_dir():
        raise ConfigError(tr(f"{output} is a file", f"{output} 是文件"))
    if not (output.is_dir() and any(output.iterdir())):
        return
    if not overwrite:
        raise ConfigError(
            tr(f"{output} is not empty", f"{output} 不是空文件夹"),
            tr(
                "Choose another folder, or add --overwrite.",
                "请指定其他文件夹，或加上 --overwrite。",
            ),
        )
    if not (output / RECORD).is_file():  # it will be removed with all that is in it
        raise ConfigError(
            tr(f"{output} holds something else than an export", f"{output} 中不是导出的模型"),
            tr("Choose another folder.", "请指定其他文件夹。"),
        )


def _write_model(
    checkpoint: Path, target: Path, config: Config, manifest: RunManifest, dtype: Dtype
) -> None:
    policy: Policy
    if is_adapter(checkpoint):
        policy = load_adapter(load_base(config.model_cfgs), checkpoint)
    else:
        update = {"model_name_or_path": str(checkpoint)}
        policy = load_base(config.model_cfgs.model_copy(update=update))
    save_whole(policy, checkpoint, target, config.model_cfgs, getattr(torch, dtype))
    plain = config.model_copy(update={"bnb_cfgs": BnbCfgs()})
    replace(manifest, config=plain.model_dump(mode="json")).save(target)


def _compare(
    sentences: Sequence[str],
    expected: Sequence[float],
    found: Sequence[float],
    allowed: float,
    dtype: Dtype,
) -> float:
    """Largest difference of two scores.

    Raises:
        ModelError: It is more than what is allowed, or no number.
    """
    differences = [abs(one - other) for one, other in zip(expected, found, strict=True)]
    worst = max(
        range(len(sentences)),
        key=lambda i: math.inf if math.isnan(differences[i]) else differences[i],
    )
    difference = differences[worst]
    if not difference <= allowed:
        raise ModelError(
            tr(
                f"not exported: as {dtype} it scores otherwise. '{sentences[worst]}' gets "
                f"{found[worst]:+.5f} instead of {expected[worst]:+.5f}; allowed: {allowed:.5f}.",
                f"未导出：以 {dtype} 保存后打分不一致。“{sentences[worst]}”得分 "
                f"{found[worst]:+.5f}，应为 {expected[worst]:+.5f}；允许误差 {allowed:.5f}。",
            ),
            ""
            if dtype == "float32"
            else tr("Export it with --dtype float32.", "请用 --dtype float32 导出。"),
        )
    return difference
