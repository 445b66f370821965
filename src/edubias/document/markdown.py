"""Markdown: the text that its reader sees, with its place in the file."""

from __future__ import annotations

from edubias.document.encoding import decoded
from edubias.document.lines import Line, block_at, lines_of, starts_of
from edubias.document.markdown_footnotes import Footnotes
from edubias.document.markdown_inline import visible
from edubias.document.text import Read
from edubias.document.web import html_blocks
from edubias.records import Block, Place

_FENCE = "---"
_FENCE_ENDS = (_FENCE, "...")


def read_markdown(content: bytes) -> Read:
    """Paragraphs, headings, items, cells, footnotes and blocks of HTML; no code, no front matter.

    Raises:
        DataError: It is no text.
    """
    from markdown_it import MarkdownIt

    text, notes = decoded(content)
    lines = lines_of(text)
    starts = starts_of(lines)
    skipped = _front_matter(lines)
    footnotes = Footnotes(["" if i < skipped else line.text for i, line in enumerate(lines)])
    # Joined, entities could no longer be told from what is written as it is shown.
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("text_join")
    blocks: list[Block] = []
    cells = 0  # where in its line the next cell of a table is looked for
    row = -1
    for token in parser.parse("\n".join(footnotes.parsed)):
        if token.map is None:
            continue
        first, end = token.map
        if token.type == "html_block":
            blocks += _html(token.content, lines[first:end], starts)
        if token.type != "inline":
            continue
        if first != row:
            row, cells = first, lines[first].start + footnotes.skipped[first]
        stop = lines[end - 1].start + len(lines[end - 1].text)
        shown, origin = visible(token, text, cells, stop, footnotes)
        if shown.strip():
            cells = origin[-1] + 1
            blocks.append(block_at(shown, origin, starts, Place()))
    return blocks, notes


def _front_matter(lines: list[Line]) -> int:
    """Lines of a YAML header."""
    texts = [line.text.strip() for line in lines]
    # Before an empty line three dashes are a rule, as Pandoc has it.
    if texts[0] != _FENCE or not any(texts[1:2]):
        return 0
    ends = (number for number, text in enumerate(texts[1:], start=2) if text in _FENCE_ENDS)
    return next(ends, 0)


def _html(content: str, lines: list[Line], starts: list[tuple[int, int]]) -> list[Block]:
    """Blocks of HTML in lines, of which the parser has taken off the marks of lists and quotes."""
    # With spaces in place of these marks columns stay what they are.
    piece = "\n".join(
        shown.rjust(len(line.text)) if line.text.endswith(shown) else line.text
        for shown, line in zip(content.split("\n"), lines, strict=False)
    )
    return html_blocks(piece, [line.start for line in lines], starts, Place())
