"""Footnotes of Markdown, which CommonMark does not know.

It takes ``[^1]: 女生不适合学理科。``, without a space in it, for the address of a link, and shows
nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import regex

# Spaces before a label go: what is indented below it by four belongs to the footnote.
_LABEL = regex.compile(r"(?: {0,3}|([ \t>]*))\[\^([^\]\s]+)\]:[ \t]*")
_REFERENCE = regex.compile(r"\[\^([^\]\s]+)\]")


class Footnotes:
    """The footnotes of a document.

    Attributes:
        parsed: The document's lines as the parser is to see them: a footnote is written as an item
            of a list, which may follow any line and hold the same.
        skipped: For each line the characters of its label, 0 where it begins no footnote.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self.parsed: list[str] = []
        self.skipped: list[int] = []
        self._names: set[str] = set()
        for line in lines:
            label = _LABEL.match(line)
            if label is None:
                self.parsed.append(line)
                self.skipped.append(0)
            else:
                self.parsed.append(f"{label[1] or ''}- {line[label.end() :]}")
                self.skipped.append(label.end())
                self._names.add(label[2].casefold())

    def without_references(self, text: str) -> Iterator[tuple[str, str]]:
        """Pieces of a text, as shown and as written; nothing is shown of the marks of footnotes."""
        end = 0
        for match in _REFERENCE.finditer(text):
            if match[1].casefold() in self._names:
                yield text[end : match.start()], text[end : match.start()]
                yield "", match[0]
                end = match.end()
        yield text[end:], text[end:]
