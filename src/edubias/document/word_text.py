"""Text of a paragraph of WordprocessingML (ECMA-376, part 1, section 17), piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from edubias.document.office_xml import M, repeats
from edubias.document.word_equations import base_of

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
PAGE_BEGINS = f"{W}lastRenderedPageBreak"
"""Where a page began when Word last laid the text out."""
FIELD_MARK = f"{W}fldChar"
"""Begins a field, parts its code from its result, or ends it."""

_UNSEEN = {
    f"{W}del",  # deleted while changes were tracked
    f"{W}moveFrom",
    f"{W}rt",  # pronunciation above a character
}
_SIGNS = {
    f"{W}tab": "\t",
    f"{W}ptab": "\t",
    f"{W}br": "\n",
    f"{W}cr": "\n",
    f"{W}noBreakHyphen": "-",
}


@dataclass(frozen=True)
class Piece:
    """Text that one element of a paragraph shows, or a field by its code.

    Attributes:
        text: The text; none where a page begins.
        node: The element; of a field the mark that begins it.
        run: The run that holds it; None within a formula.
        last: The run that it ends in: of a field often another one.
    """

    text: str
    node: Any
    run: Any | None
    last: Any | None


@dataclass
class _Field:
    """A field that is open.

    Attributes:
        begin: The mark that begins it.
        run: The run that holds this mark.
        code: As much of its code as was passed.
        in_code: Whether its code goes on.
    """

    begin: Any
    run: Any | None
    code: str = ""
    in_code: bool = True


def pieces_of(paragraph: Any) -> list[Piece]:
    """What a ``w:p`` shows, in order; texts of boxes that are anchored in it are their own."""
    return list(_pieces(paragraph, None, [], hidden=False))


def text_of(paragraph: Any) -> str:
    """Text that a ``w:p`` shows."""
    return "".join(piece.text for piece in pieces_of(paragraph))


def _pieces(element: Any, run: Any | None, fields: list[_Field], hidden: bool) -> Iterator[Piece]:
    """What the children of an element show.

    Args:
        element: The element.
        run: The run that it is in.
        fields: The fields that are open; kept up to date.
        hidden: Whether the text is hidden.
    """
    for child in element:
        tag = child.tag
        if not isinstance(tag, str) or tag == f"{W}p" or _unseen(child):
            continue
        text = _text(child, run)
        if tag == FIELD_MARK:
            over = _step(fields, child, run)
            if over and not (hidden or _in_code(fields)) and (base := base_of(over.code)):
                yield Piece(base, over.begin, over.run, run)
        elif tag == f"{W}instrText":
            if _in_code(fields[-1:]):
                fields[-1].code += child.text or ""
        elif tag == f"{W}r":
            yield from _pieces(child, child, fields, hidden or _vanishes(child))
        elif text is None:
            yield from _pieces(child, run, fields, hidden)
        elif not text or not (hidden or _in_code(fields)):
            within = None if tag == f"{M}t" else run
            yield Piece(text, child, within, within)


def _text(element: Any, run: Any | None) -> str | None:
    """Text of an element that has no others in it; None of one that may."""
    if element.tag in (f"{W}t", f"{M}t"):
        return element.text or ""
    if element.tag == PAGE_BEGINS:
        return ""
    # There is a `w:tab` in the properties of paragraphs too, which stand in no run.
    return _SIGNS.get(element.tag) if run is not None else None


def _step(fields: list[_Field], mark: Any, run: Any | None) -> _Field | None:
    """Go past a mark of a field: its code stands between the first two, its result after them.

    A code may hold whole fields, whose results are not shown either.

    Returns:
        The field that the mark ends, if that has no result.
    """
    kind = mark.get(f"{W}fldCharType")
    if kind == "begin":
        fields.append(_Field(mark, run))
    elif fields and kind == "separate":
        fields[-1].in_code = False
    elif fields and kind == "end":
        ended = fields.pop()
        return ended if ended.in_code else None
    return None


def _in_code(fields: Sequence[_Field]) -> bool:
    return any(field.in_code for field in fields)


def _vanishes(run: Any) -> bool:
    mark = run.find(f"{W}rPr/{W}vanish")
    return mark is not None and mark.get(f"{W}val") not in ("0", "false", "off")


def _unseen(element: Any) -> bool:
    return element.tag in _UNSEEN or repeats(element)


def is_shown(element: Any) -> bool:
    """Whether it is in nothing that is deleted or that repeats something for other programs."""
    return not any(_unseen(ancestor) for ancestor in element.iterancestors())


def paragraphs_in(root: Any) -> Iterator[Any]:
    """Paragraphs that are shown, in order, those of tables and boxes among them."""
    return filter(is_shown, root.iter(f"{W}p"))
