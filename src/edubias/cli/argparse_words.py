"""What argparse itself says, in the language of messages.

It looks its words up in a catalogue of Python's, which has no Chinese.
"""

from __future__ import annotations

import argparse
from gettext import gettext, ngettext

from edubias.lang import current_language

CHINESE = {
    "usage: ": "用法：",
    "positional arguments": "参数",
    "options": "选项",
    "%(heading)s:": "%(heading)s：",
    "show this help message and exit": "显示本帮助并退出",
    "%(prog)s: error: %(message)s\n": "%(prog)s：错误：%(message)s\n",
    "argument %(argument_name)s: %(message)s": "参数 %(argument_name)s：%(message)s",
    "the following arguments are required: %s": "缺少参数：%s",
    "one of the arguments %s is required": "必须给出其中一个：%s",
    "not allowed with argument %s": "不能与 %s 同时使用",
    "ambiguous option: %(option)s could match %(matches)s": (
        "选项 %(option)s 不明确，可能是 %(matches)s"
    ),
    "ignored explicit argument %r": "该选项不带值，多出了 %r",
    "expected one argument": "需要一个值",
    "expected at least one argument": "至少需要一个值",
    "expected at most one argument": "最多一个值",
    "expected %s arguments": "需要 %s 个值",
    "invalid choice: %(value)r (choose from %(choices)s)": "没有 %(value)r（可选：%(choices)s）",
    "invalid %(type)s value: %(value)r": "%(value)r 不是有效的值（%(type)s）",
    "unknown parser %(parser_name)r (choices: %(choices)s)": (
        "没有命令 %(parser_name)r（可选：%(choices)s）"
    ),
}
"""What argparse says in English, and in Chinese."""


def _word(message: str) -> str:
    if current_language() == "zh":
        return CHINESE.get(message, message)
    return gettext(message)


def _words(one: str, several: str, count: int) -> str:
    if current_language() == "zh":
        return CHINESE.get(several, several)
    return ngettext(one, several, count)


def translate() -> None:
    """Have argparse speak the language of messages from now on."""
    vars(argparse).update(_=_word, ngettext=_words)
