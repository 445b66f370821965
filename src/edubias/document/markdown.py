"""Markdown: the text that its reader sees, with its place in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edubias.document.lines import Line, block_at, lines_of, tight
from edubias.document.text import Read, decoded
from edubias.records import Block, Place

if TYPE_CHECKING:
    from markdown_it.token import Token

_FENCE = "---"


def read_markdown(content: bytes) -> Read:
    """Paragraphs, headings, items and cells; no code, no front matter, no HTML.

    Raises:
        DataError: It is no text.
    """
    from markdown_it import MarkdownIt

    text, notes = decoded(content)
    lines = lines_of(text)
    skipped = _front_matter(lines)
    body = "\n".join("" if i < skipped else line.text for i, line in enumerate(lines))
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(body)
    blocks = []
    cells = 0  # where in its line the next cell of a table is looked for
    row = -1
    for token in tokens:
        if token.type != "inline" or token.map is None:
            continue
        first, end = token.map
        if first != row:
            row, cells = first, lines[first].start
        stop = lines[end - 1].start + len(lines[end - 1].text)
        block = _visible(token, text, cells, stop, lines)
        if block is not None:
            cells = block.origin[-1] + 1
            blocks.append(block)
    return blocks, notes


def _front_matter(lines: list[Line]) -> int:
    """Lines of a YAML header."""
    if not lines or lines[0].text.strip() != _FENCE:
        return 0
    for number, line in enumerate(lines[1:], start=1):
        if line.text.strip() == _FENCE:
            return number + 1
    return 0


def _visible(token: Token, text: str, start: int, stop: int, lines: list[Line]) -> Block | None:
    """What a token shows; its pieces are looked for one after the other in the file."""
    shown = ""
    origin: list[int] = []
    cursor = start
    broken = False
    for child in token.children or []:
        if child.type in ("softbreak", "hardbreak"):
            cursor = max(cursor, text.find("\n", cursor, stop))
            broken = True
            continue
        if child.type in ("text", "code_inline", "text_special"):
            piece, found = child.content, text.find(child.content, cursor, stop)
        else:
            continue
        if broken and piece and shown and not (tight(shown[-1]) and tight(piece[0])):
            shown += " "
            origin.append(cursor)
        broken = False
        at = found if found >= 0 else cursor  # an entity is written otherwise than it is shown
        shown += piece
        origin += [min(at + i, stop - 1) for i in range(len(piece))]
        cursor = max(cursor, at + len(piece)) if found >= 0 else cursor
    if not shown.strip():
        return None
    return block_at(shown, origin, [(line.start, line.number) for line in lines], Place())
