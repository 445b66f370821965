"""HTML: the text that its reader sees, with its place in the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import unescape
from html.parser import HTMLParser

from edubias.document.encoding import decoded
from edubias.document.flow import Flow
from edubias.document.lines import block_at, lines_of, starts_of
from edubias.document.text import Read
from edubias.document.web_elements import BREAKING, HIDDEN, VOID, ended_by
from edubias.document.web_names import Names
from edubias.records import Block, Place

LineStarts = Sequence[tuple[int, int]]
"""Offset in the source, and number, of each line."""

_CDATA = "CDATA["
_QUOTES = ("“”", "‘’")
"""Quotation marks, and those within a quotation."""


def read_html(content: bytes, part: str | None = None) -> Read:
    """Paragraphs, headings, items, cells and captions.

    Args:
        content: The file.
        part: Name of the chapter, in a book.

    Raises:
        DataError: It is no text.
    """
    text, notes = decoded(content, markup=True)
    starts = starts_of(lines_of(text))
    # The parser counts lines by line feeds only.
    fed = [0, *(i + 1 for i, char in enumerate(text) if char == "\n")]
    return html_blocks(text, fed, starts, Place(part=part)), notes


def html_blocks(text: str, offsets: Sequence[int], starts: LineStarts, place: Place) -> list[Block]:
    r"""Blocks of a piece of HTML.

    Args:
        text: The piece.
        offsets: Where in the source each of its lines begins, broken at ``\n`` only.
        starts: Lines of the source.
        place: Where the source stands.
    """
    parser = _Visible(text, offsets, starts, place)
    parser.feed(text)
    parser.close()
    parser.end_block()
    return parser.blocks


class _Visible(HTMLParser):
    """Gathers visible text, block by block."""

    def __init__(self, text: str, offsets: Sequence[int], starts: LineStarts, place: Place) -> None:
        super().__init__(convert_charrefs=False)
        self.lines = text.split("\n")
        self.offsets = offsets
        self.starts = starts
        self.place = place
        self.blocks: list[Block] = []
        self.flow = Flow()
        self.names = Names()
        self.open: list[tuple[str, bool]] = []  # elements, and whether they hide what they hold
        self.count: Counter[str] = Counter()  # of open elements, by name
        self.hidden = 0  # open elements that hide what they hold

    def end_block(self) -> None:
        """What was gathered is a block."""
        text, origin = self.flow.take()
        if text:
            self.blocks.append(block_at(text, origin, self.starts, self.place))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A block's tag ends the one before."""
        self.names.declare(attrs)
        tag = self.names.local(tag)
        self._begin(tag)
        if tag in VOID:
            return
        # In the text code is part of its sentence; program listings hold none.
        listing = tag == "code" and self.count["pre"] > 0
        hides = tag in HIDDEN or listing or any(name == "hidden" for name, _ in attrs)
        self.hidden += hides
        if tag == "q":
            self._show_mark(_QUOTES[self.count["q"] % 2][0])
        self.open.append((tag, hides))
        self.count[tag] += 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element without content."""
        self._begin(self.names.local(tag))

    def handle_endtag(self, tag: str) -> None:
        """The element is over, with all in it that have no end tag of their own."""
        tag = self.names.local(tag)
        if self.count[tag]:
            while self._close() != tag:
                pass
        if self._breaks(tag):
            self.end_block()

    def _begin(self, tag: str) -> None:
        over = ended_by(tag)
        while self.open and self.open[-1][0] in over:
            self._close()
        if self._breaks(tag):
            self.end_block()
        if tag == "option":
            self._show_mark(" ")

    def _close(self) -> str:
        """End the innermost element."""
        tag, hides = self.open.pop()
        self.count[tag] -= 1
        if tag == "q" and self.flow:
            self._show_mark(_QUOTES[self.count["q"] % 2][1])
        self.hidden -= hides
        return tag

    def _breaks(self, tag: str) -> bool:
        """Whether a tag ends a block; in a formula, and in what is hidden, none does."""
        return tag in BREAKING and not (self.hidden or self.count["math"])

    def handle_data(self, data: str) -> None:
        """Text."""
        self._show(data)

    def handle_entityref(self, name: str) -> None:
        """A named character, or a word after an ampersand."""
        self._show_reference(f"&{name}")

    def handle_charref(self, name: str) -> None:
        """A numbered character."""
        self._show_reference(f"&#{name}")

    def unknown_decl(self, data: str) -> None:
        """Text of XHTML in which nothing is markup."""
        if data.startswith(_CDATA):
            self._show(data[len(_CDATA) :], skipped=len("<![" + _CDATA))

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """Pass over what is no declaration of HTML, as browsers do."""
        at = self.lineno, self.offset
        try:
            return super().parse_marked_section(i, report)
        except AssertionError:  # raised by older versions of Python, which then lose their place
            self.lineno, self.offset = at
            return self.parse_bogus_comment(i)

    def _show_reference(self, written: str) -> None:
        line, column = self.getpos()
        if self.lines[line - 1].startswith(";", column + len(written)):
            written += ";"
        shown = unescape(written)
        if shown == written:
            self._show(written)
        else:
            for char in shown:
                self._show_mark(char)

    def _show_mark(self, char: str) -> None:
        """A character that stands for what is written here."""
        line, column = self.getpos()
        if not self.hidden:
            self.flow.add(char, self.offsets[line - 1] + column)

    def _show(self, written: str, skipped: int = 0) -> None:
        """Text that is written here, after some characters that are skipped."""
        if self.hidden:
            return
        line, column = self.getpos()
        column += skipped
        preformatted = self.count["pre"] > 0
        for char in written:
            self.flow.add(char, self.offsets[line - 1] + column, preformatted)
            line, column = (line + 1, 0) if char == "\n" else (line, column + 1)
