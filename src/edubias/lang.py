"""Chinese and English messages.

Every message stands in the code in both languages, side by side: ``tr(english, chinese)``. The
language is chosen once per process, by ``--lang``, then by the locale.
"""

from __future__ import annotations

import os
from typing import Literal

Language = Literal["en", "zh"]

_current: Language = "en"


def language_of_locale(environ: dict[str, str] | None = None) -> Language:
    """Language that the POSIX locale variables ask for; English where they ask for neither."""
    env = os.environ if environ is None else environ
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := env.get(name, ""):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def use_language(language: Language) -> None:
    """Set the language of all later messages of this process."""
    global _current
    _current = language


def current_language() -> Language:
    """Language of messages now in force."""
    return _current


def tr(english: str, chinese: str) -> str:
    """The message in the language now in force."""
    return chinese if _current == "zh" else english


def colon() -> str:
    """What stands between a word and what it introduces, in the language now in force."""
    return tr(": ", "：")


def comma() -> str:
    """What stands between the items of a list, in the language now in force."""
    return tr(", ", "，")
