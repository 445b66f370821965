"""Highlights with comments in a copy of a PDF, appended to the original's bytes.

Nothing of the original is rewritten: signatures stay valid for what was signed, and what was
appended can be cut off again.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from edubias.document.mark import Mark
from edubias.document.pdf import damaged, locked, opened_pdf, text_page
from edubias.document.pdf_glyphs import Box, Glyphs, pdfium
from edubias.document.pdf_highlight import Quad, highlight
from edubias.lang import tr

UNENCRYPTED = -1
"""What PDFium calls the security handler of a document that has none."""


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
    placed = [one for one in _placed(content, marks) if one.quads]
    copy = _with_highlights(content, placed)
    _check(content, copy, placed)
    # The target's name may be as long as names can be, so the temporary one is not made of it.
    with TemporaryDirectory(dir=target.parent, prefix=".edubias") as folder:
        temporary = Path(folder) / "copy.pdf"
        temporary.write_bytes(copy)
        temporary.replace(target)


@dataclass(frozen=True)
class _Placed:
    """What of a mark stands on one page.

    Attributes:
        mark: The mark.
        page: Number of the page.
        quads: Where on the page it stands.
    """

    mark: Mark
    page: int
    quads: list[Quad]


def _placed(content: bytes, marks: Sequence[Mark]) -> Iterator[_Placed]:
    """Where each mark stands, page by page."""
    parts = [(page, mark, offsets) for mark in marks for page, offsets in _by_page(mark).items()]
    with opened_pdf(content) as document:
        if pdfium().raw.FPDF_GetSecurityHandlerRevision(document) != UNENCRYPTED:
            raise locked()
        number, glyphs = 0, None
        for page, mark, offsets in sorted(parts, key=lambda part: part[0]):
            if glyphs is None or number != page:
                number = page
                glyphs = Glyphs(text_page(document, number))
            yield _Placed(mark, page, _quads(glyphs, mark, offsets))


def _by_page(mark: Mark) -> dict[int, list[int]]:
    """Offsets of the characters of a mark that are to be seen, by their page."""
    found: dict[int, list[int]] = {}
    block = mark.block
    starts = [0, *(line.offset for line in block.lines if line.page is not None)]
    ends = [*starts[1:], len(block.text)]
    for start, end in zip(starts, ends, strict=True):
        page = block.place_at(start).page
        assert page is not None, "not a block of a PDF"
        offsets = range(max(start, mark.start), min(end, mark.end))
        seen = [offset for offset in offsets if not block.text[offset].isspace()]
        if seen:
            found.setdefault(page, []).extend(seen)
    return found


def _quads(glyphs: Glyphs, mark: Mark, offsets: Sequence[int]) -> list[Quad]:
    """Quadrilaterals around characters of a mark, one for each line."""
    found: list[tuple[Box, int]] = []
    last: Box | None = None
    for offset in offsets:
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


def _with_highlights(content: bytes, placed: Sequence[_Placed]) -> bytes:
    from pypdf import PdfReader, PdfWriter

    # It tells of each flaw of a file that it gets over; what it does not get over it raises.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    copy = BytesIO()
    try:
        writer = PdfWriter(PdfReader(BytesIO(content)), incremental=True)
        pages = _by_number(content, list(writer.pages))
        for number in {one.page for one in placed}:
            _make_annotatable(pages[number])
        for one in placed:
            shown = highlight(writer, one.mark, one.quads)
            writer.add_annotation(pages[one.page], shown)
        writer.write(copy)
    except Exception as error:  # On broken files pypdf raises whatever its steps come upon.
        raise damaged(str(error)) from error
    return copy.getvalue()


def _by_number(content: bytes, pages: Sequence[Any]) -> dict[int, Any]:
    """The pages by PDFium's numbers: pypdf does not count what is no page."""
    with opened_pdf(content) as document:
        numbers = list(range(1, len(document) + 1))
        if len(pages) < len(numbers):
            sound = [number for number in numbers if _is_sound(document, number)]
            numbers = sound if len(sound) == len(pages) else numbers
    return dict(zip(numbers, pages, strict=False))


def _is_sound(document: Any, number: int) -> bool:
    try:
        document[number - 1].close()
    except pdfium().PdfiumError:
        return False
    return True


def _make_annotatable(page: Any) -> None:
    """Give a page an array for annotations where it has something else, or nothing, for one.

    A reference to an object that does not exist is legal and means nothing, but pypdf fails on it.
    """
    from pypdf.errors import PyPdfError
    from pypdf.generic import ArrayObject, NameObject

    if "/Annots" not in page:
        return
    try:
        is_array = isinstance(page["/Annots"], ArrayObject)
    except (LookupError, PyPdfError):  # Any other failure means a damaged file, not this.
        is_array = False
    if not is_array:
        page[NameObject("/Annots")] = ArrayObject()


def _check(content: bytes, copy: bytes, placed: Sequence[_Placed]) -> None:
    """Refuse a copy that does not show its highlights, as where the original's index is broken."""
    count_of = pdfium().raw.FPDFPage_GetAnnotCount
    with opened_pdf(content) as before, opened_pdf(copy) as after:
        for number, count in Counter(one.page for one in placed).items():
            had, has = (count_of(one[number - 1]) for one in (before, after))
            if has - had != count:
                raise damaged(tr("its index of objects is broken", "对象索引已损坏"))
