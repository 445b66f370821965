"""Plain text: its encoding, and its paragraphs."""

from __future__ import annotations

from collections.abc import Iterator

from edubias.document.lines import lines_of, paragraphs
from edubias.errors import DataError
from edubias.lang import tr
from edubias.records import Block, Place

Read = tuple[list[Block], list[str]]
"""Blocks of a document, and what a reader should know of it."""

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


MOSTLY = 0.5
"""Share of the bytes beyond ASCII."""

ENOUGH = 32
"""Bytes that tell GB 18030 from Big5."""


def decoded(content: bytes) -> tuple[str, list[str]]:
    """Text of a file, and a note where its encoding had to be guessed.

    A byte order mark decides; then UTF-8, which hardly any other text is valid in; then GB 18030 or
    Big5, in which older Chinese files are, or Windows-1252 for Latin ones.

    Raises:
        DataError: It is no text.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            try:
                return content.decode(encoding), []
            except UnicodeDecodeError as error:
                raise _no_text() from error
    if b"\x00" in content:
        raise _no_text()
    try:
        return content.decode("utf-8"), []
    except UnicodeDecodeError:
        pass
    # In a one-byte encoding accented letters stand alone, between plain ones; Chinese characters
    # take two bytes each and stand beside one another.
    high = [byte >= 0x80 for byte in content]
    alone = sum(not (before or after) for before, one, after in _neighbours(high) if one)
    encoding = "cp1252" if alone > MOSTLY * sum(high) else _chinese_encoding(content)
    try:
        return content.decode(encoding), [_guessed(encoding)]
    except UnicodeDecodeError as error:
        raise _no_text() from error


def _chinese_encoding(content: bytes) -> str:
    """GB 18030 or Big5, whichever gives likelier characters; the former where few bytes tell."""
    from charset_normalizer import from_bytes

    if len(content) < ENOUGH:
        return "gb18030"
    best = from_bytes(content, cp_isolation=["gb18030", "big5"]).best()
    return "gb18030" if best is None else best.encoding


def _neighbours(flags: list[bool]) -> Iterator[tuple[bool, bool, bool]]:
    return zip([False, *flags[:-1]], flags, [*flags[1:], False], strict=True)


def _guessed(encoding: str) -> str:
    return tr(f"encoding guessed: {encoding}", f"编码为推测所得：{encoding}")


def _no_text() -> DataError:
    return DataError(
        tr("not a text in an encoding that is known", "不是可识别编码的文本"),
        tr("Save it as UTF-8.", "请另存为 UTF-8。"),
    )


def read_text(content: bytes) -> Read:
    """Paragraphs of a plain text.

    Raises:
        DataError: It is no text.
    """
    text, notes = decoded(content)
    return paragraphs(lines_of(text), Place()), notes
