"""What a paragraph of Markdown shows, with the place of each character in the file."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import regex

from edubias.document.lines import tight
from edubias.document.markdown_footnotes import Footnotes

if TYPE_CHECKING:
    from markdown_it.token import Token

_SHOWN_TAGS = (
    (regex.compile(r"<br\b", regex.IGNORECASE), "\n"),
    (regex.compile(r"<q\b", regex.IGNORECASE), "“"),
    (regex.compile(r"</q\b", regex.IGNORECASE), "”"),
)
"""Tags of HTML within a paragraph that show something."""

_PRONUNCIATION = regex.compile(r"<r[tp]\b", regex.IGNORECASE)
_PRONOUNCED = regex.compile(r"</(?:r[tp]|ruby)\b", regex.IGNORECASE)

_SPACES = regex.compile(r"(\s+)")

Shown = tuple[str, list[int]]
"""A text, and for each of its characters an offset in the file."""


def visible(token: Token, text: str, start: int, stop: int, footnotes: Footnotes) -> Shown:
    """What a token shows; its pieces are looked for one after the other in the file.

    Args:
        token: The token of a paragraph, heading or cell.
        text: The file.
        start: Offset from which its pieces are looked for.
        stop: Offset of its end.
        footnotes: Footnotes of the file.
    """
    shown = ""
    origin: list[int] = []
    cursor = start
    broken = silent = False
    for child in token.children or []:
        if child.type in ("softbreak", "hardbreak"):
            cursor = max(cursor, text.find("\n", cursor, stop))
            broken = True
            if child.type == "hardbreak" and not silent:
                shown += "\n"
                origin.append(cursor)
            continue
        if child.type == "html_inline":
            silent = _PRONUNCIATION.match(child.content) is not None or (
                silent and _PRONOUNCED.match(child.content) is None
            )
        for piece, written in _pieces(child, footnotes):
            found = _offsets(written, text, cursor, stop)
            at = found[0] if found else cursor
            if silent:
                piece = ""
            if piece and shown and broken and not _joins(shown[-1], piece[0]):
                shown += " "
                origin.append(cursor)
            broken = broken and not piece
            shown += piece
            origin += found if found and piece == written else [at] * len(piece)
            cursor = found[-1] + 1 if found else cursor
    return shown, origin


def _offsets(written: str, text: str, start: int, stop: int) -> Sequence[int]:
    """Where each character of a piece stands that is looked for; none where it is not found."""
    found = text.find(written, start, stop)
    if found >= 0:
        return range(found, found + len(written))
    # In a cell of a table a backslash stands before "|".
    found = text.find(written.replace("|", "\\|"), start, stop)
    if found < 0:
        return ()
    backslashes = itertools.accumulate(char == "|" for char in written)
    return [found + at + before for at, before in enumerate(backslashes)]


def _joins(before: str, after: str) -> bool:
    return before == "\n" or (tight(before) and tight(after))


def _pieces(child: Token, footnotes: Footnotes) -> Iterator[tuple[str, str]]:
    """Pieces of a child, as shown and as written."""
    if child.type == "text":
        yield from footnotes.without_references(child.content)
    elif child.type == "text_special":  # an entity, or a character after a backslash
        yield child.content, child.markup
    elif child.type == "code_inline":
        # Its spaces may be line breaks in the file.
        for word in _SPACES.split(child.content):
            yield word, word.strip()
    elif child.type == "html_inline":
        yield (
            next((mark for tag, mark in _SHOWN_TAGS if tag.match(child.content)), ""),
            child.content,
        )
