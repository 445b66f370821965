"""Rows of data files, before anything is known of what they say."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from edubias.data.fields import FIELDS
from edubias.errors import DataError
from edubias.lang import tr


class Position(NamedTuple):
    """Where in its file a row stands.

    Attributes:
        number: From 1.
        item: Whether items of a JSON array are counted, rather than lines.
    """

    number: int
    item: bool = False

    def __str__(self) -> str:
        if self.item:
            return tr(f"item {self.number}", f"第 {self.number} 项")
        return tr(f"line {self.number}", f"第 {self.number} 行")


def rows_of(path: Path) -> Iterator[tuple[Position, Mapping[str, Any] | str]]:
    """Each row with its position, or instead of it the reason why there is none.

    What a CSV file says in columns of other names is the row's ``meta``, which no cell can hold.

    Raises:
        DataError: The file is missing, is a folder, or is not of a known format.
    """
    text = text_of(path)
    suffix = path.suffix.lower()
    if suffix == ".csv":
        reader = csv.DictReader(io.StringIO(text, newline=""))
        try:
            for row in reader:
                yield Position(reader.line_num), _with_meta(row)
        except csv.Error as error:  # where a next row would begin is not known
            reason = tr(f"not valid CSV ({error})", f"不是合法的 CSV（{error}）")
            yield Position(reader.reader.line_num), reason
    elif suffix == ".json" and text.lstrip().startswith("["):
        try:
            rows = json.loads(text)
        except json.JSONDecodeError as error:
            yield Position(error.lineno), _bad_json(error)
            return
        for number, row in enumerate(rows, start=1):
            at = Position(number, item=True)
            yield at, row if isinstance(row, dict) else _not_an_object(row)
    elif suffix in {".jsonl", ".json"}:
        # Not str.splitlines: U+2028 and form feeds may stand inside a JSON string.
        for number, line in enumerate(text.split("\n"), start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                yield Position(number), _bad_json(error)
                continue
            yield Position(number), row if isinstance(row, dict) else _not_an_object(row)
    else:
        raise DataError(
            tr(f"{path}: unknown format '{suffix}'", f"{path}：未知的文件格式“{suffix}”"),
            tr("Use .jsonl, .json or .csv.", "请使用 .jsonl、.json 或 .csv。"),
        )


def _with_meta(row: Mapping[str | None, Any]) -> dict[str, Any]:
    """A row of a CSV file as the other formats have it; empty cells are left out."""
    named = {key: value for key, value in row.items() if key and value not in (None, "")}
    meta = {key: value for key, value in named.items() if key not in FIELDS}
    fields = {key: value for key, value in named.items() if key in FIELDS}
    return {"meta": meta, **fields}


def _bad_json(error: json.JSONDecodeError) -> str:
    return tr(
        f"not valid JSON ({error.msg} at column {error.colno})",
        f"不是合法的 JSON（第 {error.colno} 列：{error.msg}）",
    )


def _not_an_object(row: object) -> str:
    return tr(
        f"a JSON object is needed, not {type(row).__name__}",
        f"需要 JSON 对象，而不是 {type(row).__name__}",
    )


def text_of(path: Path) -> str:
    """Text of a file.

    Raises:
        DataError: It is missing, is a folder, or is not UTF-8.
    """
    if not path.exists():
        raise DataError(
            tr(f"{path}: no such file", f"{path}：文件不存在"),
            tr("Check the path.", "请检查路径。"),
        )
    if path.is_dir():
        raise DataError(
            tr(f"{path}: is a folder, not a file", f"{path}：是文件夹，不是文件"),
            tr("Give the file inside it.", "请指定其中的文件。"),
        )
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise DataError(
            tr(f"{path}:{line}: not UTF-8", f"{path}:{line}：不是 UTF-8 编码"),
            tr("Save the file as UTF-8.", "请将文件另存为 UTF-8 编码。"),
        ) from error
