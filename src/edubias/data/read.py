"""Read preference pairs and statements from files, and report every bad line.

Formats, told apart by the file's ending and the record's keys:

- JSONL (``.jsonl``, ``.json`` with one array) and CSV (``.csv``);
- edubias: ``chosen``, ``rejected``, optional ``id``, ``lang``, ``meta``;
- TRL: ``prompt``, ``chosen``, ``rejected``, each a text or a list of chat messages;
- Align-Anything: ``response_0``, ``response_1``, ``better_response_id``, or
  ``better_response`` and ``worse_response``.

A record's own prompt is not used: only with one prompt for all statements is the implicit reward
comparable between them (see ``edubias.data.prompt``).
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from edubias.data.fields import (
    FieldError,
    chosen_and_rejected,
    language_field,
    mapping_field,
    text_field,
)
from edubias.data.rows import Position, rows_of, text_of
from edubias.errors import DataError
from edubias.lang import tr
from edubias.records import PreferencePair, Statement
from edubias.taxonomy import BIAS_TYPES

MAX_CHARS = 4000
"""Longest text taken for a statement, in characters. A longer one is a document, to be scanned."""

MAX_SHOWN = 20
"""How many problems a message lists; all are counted."""

Record = TypeVar("Record", PreferencePair, Statement)
T = TypeVar("T")


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a data file.

    Attributes:
        path: The file.
        at: Where in the file.
        reason: What is wrong.
        fatal: False where the record can be used, or left out, without harm.
    """

    path: Path
    at: Position
    reason: str
    fatal: bool = True

    def __str__(self) -> str:
        if self.at.item:
            return f"{self.path}: {self.at}: {self.reason}"
        return f"{self.path}:{self.at.number}: {self.reason}"


@dataclass
class ReadResult(Generic[Record]):
    """Records read from a file, and what was wrong with the others."""

    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def errors(self) -> list[Problem]:
        """Problems that must be mended before the file is used."""
        return [problem for problem in self.problems if problem.fatal]

    @property
    def warnings(self) -> list[Problem]:
        """Problems that do not stop the file from being used."""
        return [problem for problem in self.problems if not problem.fatal]


def read_pairs(path: str | Path) -> ReadResult[PreferencePair]:
    """Read a file of preference pairs, collecting every problem.

    Args:
        path: The file.

    Returns:
        The good pairs in file order, and the problems.

    Raises:
        DataError: The file is missing, is a folder, or is not of a known format.
    """
    return _read(Path(path), _pair_from)


def read_statements(path: str | Path, distinct: bool = True) -> ReadResult[Statement]:
    """Read statements: JSONL with ``text``, or plain text with a statement a line.

    Args:
        path: The file.
        distinct: See ``load_statements``; plain text may always repeat itself.

    Returns:
        The good statements in file order, and the problems. Empty lines of plain text are passed
        over; the identifier of a line of plain text is its line number.

    Raises:
        DataError: The file is missing or is a folder.
    """
    path = Path(path)
    if path.suffix.lower() in {".jsonl", ".json", ".csv"}:
        return _read(path, _statement_from, distinct)
    result: ReadResult[Statement] = ReadResult()
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        if text := line.strip():
            result.records.append(Statement(str(number), text, language_field({}, text)))
    return result


def load_pairs(path: str | Path) -> list[PreferencePair]:
    """Preference pairs of a file that must be good.

    Raises:
        DataError: The file cannot be read, has a fatal problem, or holds no pair.
    """
    return _good(Path(path), read_pairs(path))


def load_statements(path: str | Path, distinct: bool = True) -> list[Statement]:
    """Statements of a file that must be good.

    Args:
        path: The file.
        distinct: Leave out texts that were there before, as data should; a manuscript may repeat
            itself.

    Raises:
        DataError: The file cannot be read, has a fatal problem, or holds no statement.
    """
    return _good(Path(path), read_statements(path, distinct))


def pairs_of_types(pairs: list[PreferencePair], types: str | None) -> list[PreferencePair]:
    """Pairs of some bias types.

    Args:
        pairs: The pairs to choose from.
        types: Bias types, separated by commas; None for all pairs.

    Raises:
        DataError: There is no pair of one of the types.
    """
    if types is None:
        return pairs
    wanted = {name.strip() for name in types.split(",")}
    if missing := wanted - {pair.bias_type for pair in pairs}:
        raise DataError(
            tr(
                f"no pair of type {', '.join(sorted(missing))}",
                f"没有类型为 {'、'.join(sorted(missing))} 的偏好对",
            ),
            tr(f"Known types: {', '.join(BIAS_TYPES)}.", f"已知类型：{'、'.join(BIAS_TYPES)}。"),
        )
    return [pair for pair in pairs if pair.bias_type in wanted]


def sample(records: list[T], size: int | None, seed: int) -> list[T]:
    """A random choice of records, in file order; the same for the same seed.

    Args:
        records: The records to choose from.
        size: How many; None for all.
        seed: Seed of the choice.
    """
    if size is None or size >= len(records):
        return records
    chosen = sorted(random.Random(seed).sample(range(len(records)), size))
    return [records[i] for i in chosen]


def record_of(pair: PreferencePair) -> dict[str, Any]:
    """The pair in edubias' own JSONL layout, with everything its record said."""
    meta = dict(pair.meta)
    if pair.bias_type is not None:
        meta["bias_type"] = pair.bias_type
    return {
        "id": pair.id,
        "lang": pair.lang,
        "chosen": pair.chosen,
        "rejected": pair.rejected,
        "meta": meta,
    }


def _good(path: Path, result: ReadResult[Record]) -> list[Record]:
    if errors := result.errors:
        listed = "\n".join(f"  {problem}" for problem in errors[:MAX_SHOWN])
        if (rest := len(errors) - MAX_SHOWN) > 0:
            listed += tr(f"\n  … and {rest} more", f"\n  ……另有 {rest} 处")
        raise DataError(
            tr(
                f"{len(errors)} bad records:\n{listed}",
                f"有 {len(errors)} 条记录不合格：\n{listed}",
            ),
            tr("Fix or delete these lines.", "请修改或删除这些行。"),
        )
    if not result.records:
        raise DataError(
            tr(f"{path}: no records", f"{path}：没有任何记录"),
            tr(
                "The file is empty. Choose a file that holds data.",
                "文件为空，请指定有数据的文件。",
            ),
        )
    return result.records


def _read(
    path: Path,
    parse: Callable[[Mapping[str, Any]], tuple[Record, list[str]]],
    distinct: bool = True,
) -> ReadResult[Record]:
    result: ReadResult[Record] = ReadResult()
    first: dict[str, Position] = {}
    ids: dict[str, Position] = {}
    for at, row in rows_of(path):
        if isinstance(row, str):
            result.problems.append(Problem(path, at, row))
            continue
        try:
            record, warnings = parse(row)
        except FieldError as error:
            result.problems.append(Problem(path, at, str(error)))
            continue
        # Where texts may come again, every row counts as a content of its own.
        content = _content_key(record) if distinct else str(at.number)
        record = replace(record, id=record.id or content[:12])
        if content in first:
            reason = tr(
                f"same texts as {first[content]}; left out",
                f"与{first[content]}文本相同，已略去",
            )
            result.problems.append(Problem(path, at, reason, fatal=False))
            continue
        if record.id in ids:
            reason = tr(
                f"id '{record.id}' was already used on {ids[record.id]}",
                f"id“{record.id}”在{ids[record.id]}已经用过",
            )
            result.problems.append(Problem(path, at, reason))
            continue
        first[content] = ids[record.id] = at
        result.problems += [Problem(path, at, warning, fatal=False) for warning in warnings]
        result.records.append(record)
    return result


def _content_key(record: Record) -> str:
    """What makes two records the same: their texts."""
    texts = (
        {"chosen": record.chosen, "rejected": record.rejected}
        if isinstance(record, PreferencePair)
        else {"text": record.text}
    )
    return hashlib.sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()


def _pair_from(row: Mapping[str, Any]) -> tuple[PreferencePair, list[str]]:
    chosen, rejected = chosen_and_rejected(row, MAX_CHARS)
    meta = mapping_field(row, "meta")
    bias_type = text_field(meta, "bias_type") or text_field(row, "bias_type")
    pair = PreferencePair(
        id=text_field(row, "id") or "",
        lang=language_field(row, chosen + rejected),
        chosen=chosen,
        rejected=rejected,
        bias_type=bias_type,
        meta=meta,
    )
    return pair, _unknown_type(bias_type)


def _statement_from(row: Mapping[str, Any]) -> tuple[Statement, list[str]]:
    text = text_field(row, "text", MAX_CHARS)
    if text is None:
        raise FieldError(tr("missing key 'text'", "缺少键“text”"))
    label = text_field(row, "label")
    if label not in (None, "biased", "fair"):
        raise FieldError(
            tr(
                f"label '{label}' is neither 'biased' nor 'fair'",
                f"label“{label}”既不是“biased”也不是“fair”",
            )
        )
    kind = text_field(row, "kind")
    if kind == "pair":
        raise FieldError(tr("kind 'pair' is for pairs' sides", "kind“pair”只用于偏好对的两侧"))
    meta = mapping_field(row, "meta")
    bias_type = text_field(meta, "bias_type") or text_field(row, "bias_type")
    statement = Statement(
        id=text_field(row, "id") or "",
        text=text,
        lang=language_field(row, text),
        label=label,  # type: ignore[arg-type]  # checked just above
        kind=kind,
        bias_type=bias_type,
        meta=meta,
    )
    return statement, _unknown_type(bias_type)


def _unknown_type(bias_type: str | None) -> list[str]:
    if bias_type is None or bias_type in BIAS_TYPES:
        return []
    known = ", ".join(BIAS_TYPES)
    return [
        tr(
            f"unknown bias_type '{bias_type}' (known: {known})",
            f"未知的 bias_type“{bias_type}”（已知：{known}）",
        )
    ]
