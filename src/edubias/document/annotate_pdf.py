"""Highlights with comments in a copy of a PDF, appended to the original's bytes.

Nothing of the original is rewritten: signatures stay valid for what was signed, and what was
appended can be cut off again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from edubias.document.mark import Mark
from edubias.document.pdf import damaged, locked, opened_pdf, text_page
from edubias.document.pdf_glyphs import Box, Glyphs, pdfium
from edubias.lang import tr

AUTHOR = "edubias"

STRONG = (1.0, 0.3, 0.25)
"""Red."""

WEAK = (1.0, 0.85, 0.0)
"""Yellow."""

OPACITY = 0.5
"""The text can be read through it even where a viewer does not multiply colours."""

UNENCRYPTED = -1
"""What PDFium calls the security handler of a document that has none."""

Quad = list[tuple[float, float]]
"""Corners of a stretch of text on the sheet: top left, top right, bottom left, bottom right."""


def annotate_pdf(source: Path, target: Path, marks: Sequence[Mark]) -> None:
    """Write a copy with a highlight for each mark, which shows its comment.

    Args:
        source: The PDF.
        target: The copy; replaced where it exists.
        marks: What to highlight, in blocks that ``read_pdf`` has read from the same file.

    Raises:
        DataError: The source is damaged, or encrypted, be it only against changes.
    """
    content = source.read_bytes()
    placed = [(mark, quads) for mark, quads in _placed(content, marks) if quads]
    copy = _with_highlights(content, placed)
    _check(content, copy, [mark for mark, _ in placed])
    temporary = target.with_name(f".{target.name}.part")
    try:
        temporary.write_bytes(copy)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _placed(content: bytes, marks: Sequence[Mark]) -> Iterator[tuple[Mark, list[Quad]]]:
    """Where each mark stands on its page."""
    with opened_pdf(content) as document:
        if pdfium().raw.FPDF_GetSecurityHandlerRevision(document) != UNENCRYPTED:
            raise locked()
        number, glyphs = 0, None
        for mark in sorted(marks, key=_page):
            if glyphs is None or number != _page(mark):
                number = _page(mark)
                glyphs = Glyphs(text_page(document, number))
            yield mark, _quads(glyphs, mark)


def _page(mark: Mark) -> int:
    assert mark.block.place.page is not None, "not a block of a PDF"
    return mark.block.place.page


def _quads(glyphs: Glyphs, mark: Mark) -> list[Quad]:
    """Quadrilaterals around the characters of a mark, one for each line."""
    found: list[tuple[Box, int]] = []
    last: Box | None = None
    for offset in range(mark.start, mark.end):
        if mark.block.text[offset].isspace():
            continue
        index = mark.block.origin[offset]
        turn = glyphs.turn(index)
        box = glyphs.box(index, turn)
        if last is not None and found[-1][1] == turn and _goes_on(last, box):
            found[-1] = (found[-1][0].around(box), turn)
        else:
            found.append((box, turn))
        last = box
    return [box.on_sheet(turn) for box, turn in found]


def _goes_on(last: Box, box: Box) -> bool:
    """Whether a character stands in one line with the last, written across or downwards."""
    if last.beside(box) and box.left >= last.left:
        return True
    below = last.bottom - box.top
    same_column = min(last.right, box.right) - max(last.left, box.left) > 0
    return same_column and 0 <= below < (box.top - box.bottom) / 2


def _with_highlights(content: bytes, placed: Sequence[tuple[Mark, list[Quad]]]) -> bytes:
    from pypdf import PdfReader, PdfWriter

    try:
        writer = PdfWriter(PdfReader(BytesIO(content)), incremental=True)
        pages = list(writer.pages)
    except Exception as error:  # On broken files pypdf raises whatever its steps come upon.
        raise damaged(str(error)) from error
    for mark, quads in placed:
        writer.add_annotation(pages[_page(mark) - 1], _highlight(writer, mark, quads))
    copy = BytesIO()
    writer.write(copy)
    return copy.getvalue()


def _highlight(writer: Any, mark: Mark, quads: Sequence[Quad]) -> Any:
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
    highlight = Highlight(rect=rect, quad_points=ArrayObject(numbers), title_bar=AUTHOR)
    highlight.flags = AnnotationFlag.PRINT
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
    highlight.update(
        {
            NameObject("/C"): ArrayObject([FloatObject(part) for part in colour]),
            NameObject("/CA"): FloatObject(OPACITY),
            NameObject("/Contents"): TextStringObject(mark.comment),
            NameObject("/AP"): DictionaryObject({NameObject("/N"): writer._add_object(shown)}),
        }
    )
    return highlight


def _drawn(quads: Sequence[Quad], colour: tuple[float, float, float]) -> str:
    """Content stream that fills quadrilaterals: viewers that draw no highlights show this."""
    lines = ["/Highlight gs", "{} {} {} rg".format(*colour)]
    for quad in quads:
        first, second, fourth, third = (f"{x:.3f} {y:.3f}" for x, y in quad)
        lines.append(f"{first} m {second} l {third} l {fourth} l h f")
    return "\n".join(lines)


def _check(content: bytes, copy: bytes, marks: Sequence[Mark]) -> None:
    """Refuse a copy that does not show its highlights, as where the original's index is broken."""
    count_of = pdfium().raw.FPDFPage_GetAnnotCount
    with opened_pdf(content) as before, opened_pdf(copy) as after:
        for number, count in Counter(map(_page, marks)).items():
            had, has = (count_of(one[number - 1]) for one in (before, after))
            if has - had != count:
                raise damaged(tr("its index of objects is broken", "对象索引已损坏"))
