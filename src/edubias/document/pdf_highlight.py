"""A highlight in a PDF: what it says, and how it is drawn where a viewer does not know how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edubias.document.mark import Mark

AUTHOR = "edubias"

STRONG = (1.0, 0.3, 0.25)
"""Red."""

WEAK = (1.0, 0.85, 0.0)
"""Yellow."""

OPACITY = 0.5
"""The text can be read through it even where a viewer does not multiply colours."""

Quad = list[tuple[float, float]]
"""Corners of a stretch of text on the sheet: top left, top right, bottom left, bottom right."""


def highlight(writer: Any, mark: Mark, quads: Sequence[Quad]) -> Any:
    """A highlight that shows the comment of a mark, as pypdf has it.

    Args:
        writer: pypdf's writer, to which what draws it is added.
        mark: The mark.
        quads: Where it stands.
    """
    from pypdf.annotations import Highlight
    from pypdf.constants import AnnotationFlag
    from pypdf.generic import (
        ArrayObject,
        DictionaryObject,
        FloatObject,
        NameObject,
        RectangleObject,
        StreamObject,
        TextStringObject,
    )

    xs, ys = zip(*(corner for quad in quads for corner in quad), strict=True)
    rect = RectangleObject((min(xs), min(ys), max(xs), max(ys)))
    colour = STRONG if mark.strong else WEAK
    numbers = [FloatObject(number) for quad in quads for corner in quad for number in corner]
    made = Highlight(rect=rect, quad_points=ArrayObject(numbers), title_bar=AUTHOR)
    made.flags = AnnotationFlag.PRINT
    shown = StreamObject()
    shown.set_data(_drawn(quads, colour).encode())
    state = DictionaryObject(
        {NameObject("/BM"): NameObject("/Multiply"), NameObject("/ca"): FloatObject(OPACITY)}
    )
    states = DictionaryObject({NameObject("/Highlight"): state})
    shown.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Form"),
            NameObject("/BBox"): rect,
            NameObject("/Resources"): DictionaryObject({NameObject("/ExtGState"): states}),
        }
    )
    made.update(
        {
            NameObject("/C"): ArrayObject([FloatObject(part) for part in colour]),
            NameObject("/CA"): FloatObject(OPACITY),
            NameObject("/Contents"): TextStringObject(mark.comment),
            NameObject("/AP"): DictionaryObject({NameObject("/N"): writer._add_object(shown)}),
        }
    )
    return made


def _drawn(quads: Sequence[Quad], colour: tuple[float, float, float]) -> str:
    """Content stream that fills quadrilaterals: viewers that draw no highlights show this."""
    lines = ["/Highlight gs", "{} {} {} rg".format(*colour)]
    for quad in quads:
        first, second, fourth, third = (f"{x:.3f} {y:.3f}" for x, y in quad)
        lines.append(f"{first} m {second} l {third} l {fourth} l h f")
    return "\n".join(lines)
