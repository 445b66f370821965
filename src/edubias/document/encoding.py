"""Text of a file whose encoding is not known: what it says of itself, and guesses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from edubias.document.encoding_declared import declared_encoding
from edubias.document.lines import lines_of
from edubias.errors import DataError
from edubias.extras import require_package
from edubias.lang import tr

_UTF_8_MARK = b"\xef\xbb\xbf"
_MARKS = (
    # The mark of UTF-32 begins with that of UTF-16.
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)

MOSTLY = 0.5
"""Share of the bytes beyond ASCII."""

ENOUGH = 32
"""Bytes of a text in which GB 18030 can be told from Big5."""

TELLING = 6
"""Chinese characters that it must hold for that: fewer in English are mostly taken for Big5."""

_TWO_BYTES = re.compile(rb"[\x81-\xfe][\x30-\xfe]")
_SYMBOLS = b"\xa1\xa2\xa3\xa8"
"""First bytes of symbols in both encodings, and of dashes and accented letters in GB 18030."""

GOOD_PER_BAD = 4
"""Characters beyond ASCII that are good UTF-8, for each place that is not, in a UTF-8 file that is
damaged; in Chinese of another encoding bad ones are the greater part."""


def decoded(content: bytes, markup: bool = False) -> tuple[str, list[str]]:
    """Text of a file, and a note where its encoding had to be guessed.

    A byte order mark decides; then UTF-8, which hardly any other text is valid in, whatever it
    declares; then what it declares; then GB 18030 or Big5, in which older Chinese files are, or
    Windows-1252 for Latin ones.

    Args:
        content: The file.
        markup: It is HTML or XML, which may declare an encoding.

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
    marked = content.startswith(_UTF_8_MARK)
    content = content.removeprefix(_UTF_8_MARK)
    declared = declared_encoding(content) if markup and not marked else None
    # ISO-2022 writes Japanese in bytes of ASCII: only what it declares tells it from UTF-8.
    if declared is not None and content.isascii():
        return content.decode(declared), []
    try:
        return content.decode("utf-8"), []
    except UnicodeDecodeError as error:
        if declared is not None:
            return content.decode(declared), []
        if marked or _mostly_utf_8(content):
            raise _not_utf_8(content[: error.start]) from error
    encoding = _guessed(content)
    try:
        return content.decode(encoding), [
            tr(f"encoding guessed: {encoding}", f"编码为推测所得：{encoding}")
        ]
    except UnicodeDecodeError as error:
        raise _no_text() from error


def _mostly_utf_8(content: bytes) -> bool:
    text = content.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    return sum(not char.isascii() for char in text) - bad > GOOD_PER_BAD * bad


def _guessed(content: bytes) -> str:
    # In a one-byte encoding accented letters stand alone, between plain ones; Chinese characters
    # take two bytes each and stand beside one another.
    high = [byte >= 0x80 for byte in content]
    alone = sum(not (before or after) for before, one, after in _neighbours(high) if one)
    return "cp1252" if alone > MOSTLY * sum(high) else _chinese_encoding(content)


def _chinese_encoding(content: bytes) -> str:
    """GB 18030 or Big5, whichever gives likelier characters."""
    chinese = (pair for pair in _TWO_BYTES.finditer(content) if pair[0][0] not in _SYMBOLS)
    if len(content) < ENOUGH or len(list(islice(chinese, TELLING))) < TELLING:
        return max(("gb18030", "big5"), key=lambda encoding: _likely_english(content, encoding))
    require_package("charset_normalizer", "documents")
    from charset_normalizer import from_bytes

    best = from_bytes(content, cp_isolation=["gb18030", "big5"]).best()
    return "gb18030" if best is None else best.encoding


def _likely_english(content: bytes, encoding: str) -> tuple[int, int]:
    """Greater for the likelier encoding: its quotation marks are rare signs in the other."""
    text = content.decode(encoding, "replace")
    return -text.count("\ufffd"), sum(map(text.count, "“”‘’—…"))


def _neighbours(flags: list[bool]) -> Iterator[tuple[bool, bool, bool]]:
    return zip([False, *flags[:-1]], flags, [*flags[1:], False], strict=True)


def _not_utf_8(good: bytes) -> DataError:
    line = lines_of(good.decode("utf-8"))[-1].number
    return DataError(
        tr(f"line {line}: not UTF-8, though other lines are", f"第 {line} 行不是 UTF-8 编码"),
        tr("Fix that line and save the file as UTF-8.", "请修正该行并将文件另存为 UTF-8 编码。"),
    )


def _no_text() -> DataError:
    return DataError(
        tr("not a text in an encoding that is known", "不是可识别编码的文本"),
        tr("Save it as UTF-8.", "请另存为 UTF-8。"),
    )
