"""Take typed fields out of one untyped record, or say what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edubias.lang import tr
from edubias.records import TextLanguage, language_of

FIELDS = frozenset(
    [
        "id",
        "lang",
        "meta",
        "prompt",
        "chosen",
        "rejected",
        "text",
        "label",
        "kind",
        "better_response_id",
        "response_0",
        "response_1",
        "better_response",
        "worse_response",
    ]
)
"""Keys of a record that mean something in one of the known layouts."""


class FieldError(ValueError):
    """A field of a record is missing or wrong; the reader adds file and line."""


def text_field(row: Mapping[str, Any], key: str, max_chars: int = 0) -> str | None:
    """Text under a key, stripped of white space at both ends; None where the key is absent.

    Args:
        row: The record.
        key: The key. Numbers are taken for identifiers' sake and turned into text.
        max_chars: Longest text allowed, in characters; 0 for no limit.

    Raises:
        FieldError: The value is of another type, empty, too long, or no Unicode text.
    """
    value = row.get(key)
    if value is None:
        return None
    if isinstance(value, list):
        value = _last_message(key, value)
    elif isinstance(value, int) and not isinstance(value, bool) and not max_chars:
        value = str(value)
    if not isinstance(value, str):
        raise FieldError(
            tr(
                f"'{key}' must be text, not {type(value).__name__}",
                f"“{key}”应为文本，而不是 {type(value).__name__}",
            )
        )
    text = value.strip()
    if not text:
        raise FieldError(tr(f"'{key}' is empty", f"“{key}”为空"))
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise FieldError(
            tr(
                f"'{key}' holds half a character (a lone surrogate)",
                f"“{key}”含有半个字符（孤立的代理码位）",
            )
        )
    if max_chars and len(text) > max_chars:
        raise FieldError(
            tr(
                f"'{key}' has {len(text)} characters; at most {max_chars} are allowed",
                f"“{key}”有 {len(text)} 个字符，最多允许 {max_chars} 个",
            )
        )
    return text


def _last_message(key: str, messages: list[Any]) -> Any:
    """Content of the last message of a chat, which is the answer that is preferred or not."""
    last = messages[-1] if messages else None
    if not isinstance(last, dict) or "content" not in last:
        raise FieldError(
            tr(
                f"'{key}' is a list but its last item is no chat message with 'content'",
                f"“{key}”是列表，但其最后一项不是带有“content”的消息",
            )
        )
    return last["content"]


def mapping_field(row: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Mapping under a key; an empty one where the key is absent.

    Raises:
        FieldError: The value is not a mapping.
    """
    value = row.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise FieldError(
            tr(
                f"'{key}' must be an object, not {type(value).__name__}",
                f"“{key}”应为对象，而不是 {type(value).__name__}",
            )
        )
    return value


def language_field(row: Mapping[str, Any], text: str) -> TextLanguage:
    """Language the record states, or that of its text.

    Raises:
        FieldError: The stated language is not one that edubias knows.
    """
    stated = row.get("lang")
    if stated is None:
        return language_of(text)
    if stated == "zh":
        return "zh"
    if stated == "en":
        return "en"
    raise FieldError(
        tr(f"lang '{stated}' is neither 'zh' nor 'en'", f"lang“{stated}”既不是“zh”也不是“en”")
    )


def chosen_and_rejected(row: Mapping[str, Any], max_chars: int) -> tuple[str, str]:
    """The two texts of a preference record, in any of the known layouts.

    Raises:
        FieldError: A text is missing or wrong, or both are the same.
    """
    if "better_response_id" in row:
        better = row["better_response_id"]
        if better not in (0, 1, "0", "1"):
            raise FieldError(
                tr(
                    f"'better_response_id' must be 0 or 1, not {better!r}",
                    f"“better_response_id”应为 0 或 1，而不是 {better!r}",
                )
            )
        keys = (f"response_{int(better)}", f"response_{1 - int(better)}")
    elif "better_response" in row:
        keys = ("better_response", "worse_response")
    else:
        keys = ("chosen", "rejected")
    chosen, rejected = (text_field(row, key, max_chars) for key in keys)
    if chosen is None or rejected is None:
        missing = keys[0] if chosen is None else keys[1]
        raise FieldError(tr(f"missing key '{missing}'", f"缺少键“{missing}”"))
    if chosen == rejected:
        raise FieldError(
            tr(f"'{keys[0]}' and '{keys[1]}' are equal", f"“{keys[0]}”与“{keys[1]}”相同")
        )
    return chosen, rejected
