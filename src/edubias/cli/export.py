"""``edubias export``."""

from __future__ import annotations

import argparse
import json
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Any

from edubias.lang import tr


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "export",
        parents=[common],
        help=tr("write a checkpoint as one whole model", "将检查点导出为完整模型"),
        description=tr(
            "Write a whole Hugging Face folder, adapters merged in, with tokenizer, run record "
            "and calibration. It is loaded again and must score sentences as the checkpoint "
            "does; otherwise nothing is exported. Scoring still needs the base model.",
            "导出完整的 Hugging Face 模型文件夹：合并适配器，附分词器、训练记录与校准。"
            "导出后会重新载入并与检查点比对打分，不一致则不导出。打分仍需要基座模型。",
        ),
    )
    parser.add_argument(
        "checkpoint",
        metavar=tr("CHECKPOINT", "模型"),
        help=tr("folder of a trained model", "已训练模型的文件夹"),
    )
    parser.add_argument(
        "--output",
        required=True,
        metavar=tr("FOLDER", "文件夹"),
        help=tr("where to write", "输出文件夹"),
    )
    parser.add_argument(
        "--dtype",
        choices=["float32", "bfloat16", "float16"],
        help=tr(
            "type of the weights; the shorter ones change scores (default: float32)",
            "权重类型；较短的类型会使分数略有变化（默认 float32）",
        ),
    )
    parser.add_argument(
        "--check",
        metavar=tr("FILE", "文件"),
        help=tr(
            "more sentences to compare, a statement a line or JSONL, as for detect --file",
            "另外用于比对的句子，格式同 detect --file（每行一句或 JSONL）",
        ),
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help=tr("replace an earlier export", "替换先前导出的模型"),
    )
    parser.add_argument(
        "--gguf",
        action="store_true",
        help=tr(
            "a GGUF file as well, by llama.cpp's convert_hf_to_gguf.py; its scores are not "
            "compared",
            "另用 llama.cpp 的 convert_hf_to_gguf.py 生成 GGUF 文件；不比对其打分",
        ),
    )
    parser.add_argument(
        "--converter",
        metavar=tr("PATH", "文件"),
        help=tr("that script (default: the one on PATH)", "该脚本的位置（默认在 PATH 中查找）"),
    )
    parser.add_argument(
        "--adapter",
        action="store_true",
        help=tr(
            "only the adapter (half precision; the rewriter's too), calibration and heads: a "
            "small folder to ship, that works where the embedded model is",
            "只导出适配器（半精度，含改写器）、校准与分类头：体积小，在有内置模型处即可使用",
        ),
    )
    parser.add_argument(
        "--json", action="store_true", help=tr("print JSON, no text", "输出 JSON 而非文字")
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Export, and say how like the checkpoint the result is."""
    from edubias.export import export
    from edubias.model.gguf_converter import find_converter
    from edubias.model.load import quiet_libraries
    from edubias.progress import STDERR

    quiet_libraries()
    if args.adapter:
        return _ship(args)
    converter = find_converter(args.converter) if args.gguf or args.converter else None
    result = export(
        Path(args.checkpoint),
        Path(args.output),
        args.dtype or "float32",
        _texts(args),
        converter,
        args.overwrite,
        STDERR.print,
    )
    if args.json:
        print(json.dumps(asdict(result), ensure_ascii=False))
        return 0
    print(tr(f"Model: {result.folder}", f"模型：{result.folder}"))
    if result.gguf:
        print(f"GGUF:  {result.gguf}")
    print(
        tr(
            f"Scores of {result.sentences} sentences differ by {result.difference:.2g} at most "
            f"(allowed: {result.allowed:.2g}).",
            f"{result.sentences} 个句子的分数最多相差 {result.difference:.2g}"
            f"（允许 {result.allowed:.2g}）。",
        )
    )
    detect = f"edubias detect --model {shlex.quote(str(result.folder))} --interactive"
    print(tr(f"Next:  {detect}", f"下一步：{detect}"))
    return 0


def _texts(args: argparse.Namespace) -> list[str]:
    from edubias.data.read import load_statements

    return [statement.text for statement in load_statements(args.check)] if args.check else []


def _ship(args: argparse.Namespace) -> int:
    from edubias.errors import ConfigError
    from edubias.shipping import ship

    if args.dtype or args.gguf or args.converter:
        raise ConfigError(
            tr(
                "--dtype, --gguf and --converter are for whole models",
                "--dtype、--gguf、--converter 只用于完整模型",
            ),
            tr("Leave them out, or leave --adapter out.", "请去掉它们，或去掉 --adapter。"),
        )
    result = ship(Path(args.checkpoint), Path(args.output), _texts(args), overwrite=args.overwrite)
    if args.json:
        print(json.dumps(asdict(result), ensure_ascii=False))
        return 0
    print(
        tr(
            f"Adapter: {args.output} ({result.megabytes} MB). Log-odds of {result.sentences} "
            f"sentences differ by {result.difference:.2g} at most.",
            f"适配器：{args.output}（{result.megabytes} MB）。{result.sentences} 个句子的对数几率"
            f"最多相差 {result.difference:.2g}。",
        )
    )
    return 0
