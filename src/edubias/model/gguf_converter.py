"""A model's folder to a GGUF file, by llama.cpp's own converter.

The converter is not part of edubias: it changes with llama.cpp. Only how it is called and what
becomes of its errors is tested here, with a stand-in; whether it knows a model, it alone can say.
The embedded model's tokenizer has been trimmed, so converters that know tokenizers by their hash
or want a ``tokenizer.model`` refuse it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from edubias.errors import ModelError
from edubias.lang import tr

SCRIPT = "convert_hf_to_gguf.py"
OUTTYPES = {"float32": "f32", "bfloat16": "bf16", "float16": "f16"}
MAGIC = b"GGUF"
SHOWN_LINES = 8
"""Last lines of the converter's messages that are passed on."""


def find_converter(path: str | None) -> Path:
    """The converter script.

    Args:
        path: Where the user says it is; None to look on ``PATH``.

    Raises:
        ModelError: It is not there.
    """
    found = path or shutil.which(SCRIPT)
    if found is None or not Path(found).is_file():
        raise ModelError(
            tr(f"{found or SCRIPT}: no such converter", f"{found or SCRIPT}：找不到转换脚本"),
            tr(
                f"{SCRIPT} is part of llama.cpp (https://github.com/ggml-org/llama.cpp). Clone it, "
                "install its requirements.txt, and give the script with --converter.",
                f"{SCRIPT} 属于 llama.cpp（https://github.com/ggml-org/llama.cpp）。"
                "请克隆该仓库并安装其 requirements.txt，再用 --converter 指定该脚本。",
            ),
        )
    return Path(found)


def convert_to_gguf(folder: Path, target: Path, dtype: str, converter: Path) -> None:
    """Write a GGUF file.

    Args:
        folder: A whole model in Hugging Face's format.
        target: The file.
        dtype: A key of ``OUTTYPES``.
        converter: llama.cpp's script; it runs under this Python.

    Raises:
        ModelError: The converter failed, or left no GGUF file behind.
    """
    command = [sys.executable, str(converter), str(folder)]
    command += ["--outfile", str(target), "--outtype", OUTTYPES[dtype]]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode == 0 and target.is_file():
        with target.open("rb") as file:
            if file.read(len(MAGIC)) == MAGIC:
                return
    said = (run.stderr.strip() or run.stdout.strip()).splitlines()[-SHOWN_LINES:]
    reason = "\n".join(said) or tr("it wrote no GGUF file", "未写出 GGUF 文件")
    raise ModelError(
        tr(
            f"{converter} failed (status {run.returncode}):\n{reason}",
            f"{converter} 失败（状态 {run.returncode}）：\n{reason}",
        ),
        tr(
            "If it does not know the tokenizer (the embedded model's is a trimmed one) or the "
            "architecture, export without --gguf.",
            "若它不支持该分词器（内置模型的词表经过裁剪）或该架构，请去掉 --gguf 再导出。",
        ),
    )
