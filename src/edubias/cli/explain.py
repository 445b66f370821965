"""``edubias explain``."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from difflib import get_close_matches
from typing import Any

from edubias.errors import DataError
from edubias.lang import current_language, tr
from edubias.taxonomy import BIAS_TYPES, BiasType


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "explain",
        parents=[common],
        help=tr("say what the kinds of bias are", "说明各类偏见"),
        description=tr(
            "List the kinds of bias, or explain given ones: what they cover, why they harm, what "
            "is easily mistaken for them, and what an editor made of some sentences.",
            "列出全部偏见类型，或详述其中几类：涵盖什么、有何危害、容易与什么混淆，并举例句与修改后的写法。",
        ),
    )
    parser.add_argument(
        "kinds",
        nargs="*",
        metavar=tr("KIND", "类型"),
        help=tr(
            "key or name, as findings give it (default: list all)",
            "类型的英文代号（如 urban_rural）或中文名称（默认：列出全部）",
        ),
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help=tr(
            "one JSON object a kind, in both languages (for developers)",
            "以 JSON 输出，每类一个对象，含中英文（供程序使用）",
        ),
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what is known of the kinds."""
    chosen = [_find(given) for given in args.kinds]
    if args.json:
        for kind in chosen or BIAS_TYPES.values():
            print(json.dumps(asdict(kind), ensure_ascii=False))
    elif chosen:
        print("\n\n".join(_told(kind) for kind in chosen))
    else:
        for kind in BIAS_TYPES.values():
            print(f"{kind.key}\t{kind.name()}\n\t{tr(kind.covers_en, kind.covers_zh)}")
    return 0


def _find(given: str) -> BiasType:
    """The kind of that key or name, in either language."""
    names = {
        name.casefold(): kind
        for kind in BIAS_TYPES.values()
        for name in (kind.key, kind.name_en, kind.name_zh)
    }
    if (wanted := given.strip().casefold()) in names:
        return names[wanted]
    close = get_close_matches(wanted, names, n=1)
    keys = ", ".join(BIAS_TYPES)
    raise DataError(
        tr(f"no kind of bias is called '{given}'", f"没有名为“{given}”的偏见类型"),
        tr(f"Did you mean {close[0]}?", f"是否指 {close[0]}？")
        if close
        else tr(f"There are: {keys}.", f"可选：{keys}。"),
    )


def _told(kind: BiasType) -> str:
    examples = kind.examples_zh if current_language() == "zh" else kind.examples_en
    parts = [
        tr(f"{kind.name_en} ({kind.key})", f"{kind.name_zh}（{kind.key}）"),
        tr(kind.covers_en, kind.covers_zh),
        tr(f"Why it harms: {kind.harm_en}", f"危害：{kind.harm_zh}"),
        tr(f"Easily confused: {kind.pitfalls_en}", f"注意区分：{kind.pitfalls_zh}"),
        *(
            tr(
                f"Biased: {one.biased}\n  Reworded: {one.fair}",
                f"有偏见：{one.biased}\n  修改后：{one.fair}",
            )
            for one in examples
        ),
    ]
    return "\n".join(parts)
