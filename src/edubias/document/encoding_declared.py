"""The encoding that an HTML or XML file declares, where that can be true."""

from __future__ import annotations

import codecs
import re

HEAD = 4096
"""Bytes in which a declaration is looked for; browsers look in the first 1024."""

_DECLARATION = re.compile(
    rb"""
    ^\s* <\?xml \s [^>]*? encoding \s*=\s* ["'] ([\w.:-]+)
    | <meta \s [^>]*? charset \s*=\s* ["']? ([\w.:-]+)
    """,
    re.IGNORECASE | re.VERBOSE,
)

_WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
}
"""What browsers read instead: files hold characters that their encoding lacks."""

_ASCII = bytes(range(0x20, 0x7F))


def declared_encoding(content: bytes) -> str | None:
    """Name of the encoding that a file declares; None where it declares none that reads it.

    Args:
        content: The file, without byte order mark.
    """
    found = _DECLARATION.search(content[:HEAD])
    if found is None:
        return None
    try:
        name = codecs.lookup((found[1] or found[2]).decode("ascii")).name
        name = _WIDER.get(name, name)
        # The declaration was found as ASCII: one of UTF-16 can't be true.
        if _ASCII.decode(name) != _ASCII.decode("ascii"):
            return None
        content.decode(name)
    except (LookupError, UnicodeError):
        return None
    return name
