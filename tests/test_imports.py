"""Imports point one way: from the commands down to the records."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "edubias"

LAYERS = [
    {"errors", "extras", "home", "lang", "records", "progress", "taxonomy"},
    {"config"},
    {"data", "document"},
    {"model"},
    {"detect"},
    {"train"},
    {"evaluate", "scan"},
    {"report", "export"},
    {"average", "review", "shipping"},
    {"cli"},
]
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}


def part_of(module: str) -> str:
    return module.split(".")[1]


@pytest.mark.parametrize(
    "path", sorted(SOURCE.rglob("*.py")), ids=lambda p: str(p.relative_to(SOURCE))
)
def test_imports_point_down(path):
    own = path.relative_to(SOURCE).with_suffix("").parts[0]
    if own == "__init__":
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        modules = (
            [node.module]
            if isinstance(node, ast.ImportFrom) and node.module
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
        for module in modules:
            if module.startswith("edubias."):
                assert RANK[part_of(module)] <= RANK[own], f"{path.name} imports {module}"


def test_no_file_is_longer_than_400_lines():
    long = [
        p.name
        for p in SOURCE.rglob("*.py")
        if len(p.read_text(encoding="utf-8").splitlines()) > 400
    ]
    assert long == []
