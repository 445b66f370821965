"""Text of a paragraph of WordprocessingML (ECMA-376, part 1, section 17), piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"

_UNSEEN = {
    f"{W}del",  # deleted while changes were tracked
    f"{W}moveFrom",
    f"{W}rt",  # pronunciation above a character
    f"{MC}Fallback",  # the same again, for older programs
}
_SIGNS = {
    f"{W}tab": "\t",
    f"{W}br": "\n",
    f"{W}cr": "\n",
    f"{W}noBreakHyphen": "-",
}


@dataclass(frozen=True)
class Piece:
    """Text that one element of a paragraph shows.

    Attributes:
        text: The text.
        node: The element.
        run: The run that holds it; None within a formula.
    """

    text: str
    node: Any
    run: Any | None


def pieces_of(paragraph: Any) -> list[Piece]:
    """What a ``w:p`` shows, in order; texts of boxes that are anchored in it are their own."""
    return list(_pieces(paragraph, None))


def text_of(paragraph: Any) -> str:
    """Text that a ``w:p`` shows."""
    return "".join(piece.text for piece in pieces_of(paragraph))


def _pieces(element: Any, run: Any | None) -> Iterator[Piece]:
    for child in element:
        tag = child.tag
        if tag in _UNSEEN or tag == f"{W}p" or not isinstance(tag, str):
            continue
        if tag == f"{W}t":
            yield Piece(child.text or "", child, run)
        elif tag == f"{M}t":
            yield Piece(child.text or "", child, None)
        elif tag in _SIGNS:
            if run is not None:  # there is a `w:tab` in the properties of paragraphs too
                yield Piece(_SIGNS[tag], child, run)
        elif tag == f"{W}r":
            if not _hidden(child):
                yield from _pieces(child, child)
        else:
            yield from _pieces(child, run)


def _hidden(run: Any) -> bool:
    mark = run.find(f"{W}rPr/{W}vanish")
    return mark is not None and mark.get(f"{W}val") not in ("0", "false", "off")


def paragraphs_in(root: Any) -> Iterator[Any]:
    """Paragraphs that are shown, in order, those of tables and boxes among them."""
    for paragraph in root.iter(f"{W}p"):
        if not any(ancestor.tag in _UNSEEN for ancestor in paragraph.iterancestors()):
            yield paragraph
