"""Where punctuation may end a sentence: at 。！？…, at .!? before a space, and at a new line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import regex

from edubias.document.enclosures import CLOSING, FOOTNOTE, Enclosure
from edubias.document.full_stops import belongs_to_a_word

_CLOSERS = rf"(?:[{regex.escape(CLOSING)}]|{FOOTNOTE})*+"
_STOP = regex.compile(
    rf"""
    (?:https?://|www\.)[!-~]*[A-Za-z0-9_/=\#&-]  # the marks of an address end nothing
    | (?P<mark>\n+)
    | (?P<mark>[。｡！？!?…⋯]+ | ．+(?!\d) | (?<=\S)\.+(?={_CLOSERS}(?:\s|$))) {_CLOSERS}
    """,
    regex.VERBOSE,
)
_ELLIPSIS = regex.compile(r"[…⋯]+|[.．]{2,}|。{3,}")


@dataclass(frozen=True)
class Stop:
    """Where a sentence may end.

    Attributes:
        mark: Offset of the punctuation.
        marked: Offset after it.
        end: Offset after the closing marks and footnotes that belong to it.
        kind: What it is.
    """

    mark: int
    marked: int
    end: int
    kind: Literal["point", "ellipsis", "line"]


def stops(text: str, found: Iterable[Enclosure]) -> Iterator[Stop]:
    """Every stop of a paragraph, in order; the last is its end.

    Args:
        text: The paragraph.
        found: Its enclosures. A straight mark that opens one does not belong to the stop before.
    """
    straight = {one.start for one in found if one.mark in "\"'"}
    chinese = "。" in text
    start = 0
    for match in _STOP.finditer(text):
        if match["mark"] is None:
            continue
        mark, marked = match.span("mark")
        if text[mark:marked] in (".", "．") and belongs_to_a_word(text, start, mark):
            continue
        end = next((at for at in range(marked, match.end()) if at in straight), match.end())
        # Beside 。 it is the point within a foreign name.
        if text[mark] == "．" and chinese and not text[end : end + 1].isspace():
            continue
        yield Stop(mark, marked, end, _kind(text, mark, marked))
        start = end
    yield Stop(len(text), len(text), len(text), "line")


def _kind(text: str, mark: int, marked: int) -> Literal["point", "ellipsis", "line"]:
    if text[mark] == "\n":
        return "line"
    return "ellipsis" if _ELLIPSIS.fullmatch(text, mark, marked) else "point"
