"""HTML: the text that its reader sees, with its place in the file."""

from __future__ import annotations

from html import unescape
from html.parser import HTMLParser

from edubias.document.lines import Line, block_at, lines_of, tight
from edubias.document.text import Read, decoded
from edubias.records import Block, Place

_HIDDEN = {"script", "style", "template", "noscript", "svg", "math", "rp", "rt", "code", "pre"}
"""What holds no sentence; ``rt`` is the pronunciation above a character."""

_INLINE = """
    a abbr acronym b bdi bdo big cite data del dfn em font i img ins kbd label mark nobr q
    rb rp rt ruby s samp small span strong sub sup time tt u var wbr
"""
"""Elements that do not end a paragraph."""

_VOID = {"br", "hr", "img", "input", "meta", "link", "wbr", "col", "area", "base", "source"}


def read_html(content: bytes, part: str | None = None) -> Read:
    """Paragraphs, headings, items, cells and captions.

    Args:
        content: The file.
        part: Name of the chapter, in a book.

    Raises:
        DataError: It is no text.
    """
    text, notes = decoded(content)
    parser = _Visible(text, Place(part=part))
    parser.feed(text)
    parser.close()
    parser.end_block()
    return parser.blocks, notes


class _Visible(HTMLParser):
    """Gathers visible text, block by block."""

    def __init__(self, text: str, place: Place) -> None:
        super().__init__(convert_charrefs=False)
        self.lines: list[Line] = lines_of(text.replace("\f", " "))
        self.starts = [(line.start, line.number) for line in self.lines]
        # The parser counts lines by line feeds only.
        self.fed = [0, *(i + 1 for i, char in enumerate(text) if char == "\n")]
        self.place = place
        self.blocks: list[Block] = []
        self.shown = ""
        self.origin: list[int] = []
        self.hidden: list[str] = []
        self.broken = False
        self.inline = frozenset(_INLINE.split())

    def _offset(self) -> int:
        line, column = self.getpos()
        return self.fed[line - 1] + column

    def end_block(self) -> None:
        """What was gathered is a block."""
        end = len(self.shown.rstrip())
        if end:
            block = block_at(self.shown[:end], self.origin[:end], self.starts, self.place)
            self.blocks.append(block)
        self.shown, self.origin, self.broken = "", [], False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A block's tag ends the one before."""
        if tag not in self.inline:
            self.end_block()
        if tag in _HIDDEN and tag not in _VOID:
            self.hidden.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element without content."""
        if tag not in self.inline:
            self.end_block()

    def handle_endtag(self, tag: str) -> None:
        """What was hidden by this element is over, and so is its block."""
        if tag in self.hidden:
            while self.hidden.pop() != tag:
                pass
        if tag not in self.inline:
            self.end_block()

    def handle_data(self, data: str) -> None:
        """Text, of which spaces in a row are one."""
        start = self._offset()
        for i, char in enumerate(data):
            self._show(char, start + i)

    def handle_entityref(self, name: str) -> None:
        """A named character."""
        for char in unescape(f"&{name};"):
            self._show(char, self._offset())

    def handle_charref(self, name: str) -> None:
        """A numbered character."""
        for char in unescape(f"&#{name};"):
            self._show(char, self._offset())

    def _show(self, char: str, offset: int) -> None:
        if self.hidden:
            return
        if char.isspace() and char != "　":
            if not self.shown or self.shown[-1].isspace():
                return
            # Browsers show a break between Chinese characters as a space; editors do not mean it.
            self.broken = self.broken or (char in "\r\n" and tight(self.shown[-1]))
            char = " "
        elif self.broken:
            self.broken = False
            if tight(char) and self.shown.endswith(" "):
                self.shown, self.origin = self.shown[:-1], self.origin[:-1]
        self.shown += char
        self.origin.append(offset)
