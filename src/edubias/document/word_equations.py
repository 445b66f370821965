r"""Characters that a field of Word draws with something above, below or around them.

WPS and older versions of Word write pinyin as ``EQ \o\ad(\s\up 9(nǚ),女)`` and a character in a
circle as ``EQ \o\ac(○,女)``: such a field has no result, so what it shows is in its code only.
"""

from __future__ import annotations

import regex

_SWITCHES = r'(?:\\\*\s*(?:"[^"]*"|\w+)\s*)*+'
_NESTED = r"(?P<nested>\((?:[^()\\]|\\.|(?&nested))*+\))"
_OVERSTRIKE = regex.compile(
    rf"\s*EQ\s*{_SWITCHES}\\o\s*(?:\\a[lcrd]\s*)*{_NESTED}\s*{_SWITCHES}", regex.IGNORECASE
)
_ELEMENT = regex.compile(rf"(?:[^(),;\\]|\\.|{_NESTED})+")
_COMMAND = regex.compile(r"\\[A-Za-z]")
_ESCAPED = regex.compile(r"\\(.)")


def base_of(code: str) -> str:
    r"""What a field shows on the line of the text; nothing unless it draws things over each other.

    What is raised or lowered (``\s``) is a pronunciation or a dot that stresses, and what is
    neither letter nor digit is a shape around the character or a stroke through it.

    Args:
        code: The field's code.
    """
    match = _OVERSTRIKE.fullmatch(code)
    if match is None:
        return ""
    for element in _ELEMENT.finditer(match["nested"][1:-1]):
        text = _ESCAPED.sub(r"\1", element.group()).strip()
        if not _COMMAND.search(element.group()) and any(char.isalnum() for char in text):
            return text
    return ""
