"""Comments in a copy of a DOCX, each at the words that it is about, or as near as Word allows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edubias.document.archive import reading
from edubias.document.mark import Mark
from edubias.document.word import body_paragraphs, opened_word
from edubias.document.word_parts import NOTES, part_paragraphs
from edubias.document.word_runs import runs_of, runs_with_text
from edubias.document.word_text import W, paragraphs_in

AUTHOR = "edubias"


def annotate_word(source: Path, target: Path, marks: Sequence[Mark]) -> None:
    """Write a copy with comments; everything else stays as it is.

    A comment is anchored to the sentence. Where that can't be, it says which sentence it is about:
    in notes Word allows no comment, there it stands at the note's reference, in a text box at the
    box; one in a formula, a header or a footer stands at the nearest text.

    Args:
        source: The DOCX.
        target: The copy; replaced where it exists.
        marks: What to comment, on blocks that ``read_word`` has read from the same file.

    Raises:
        DataError: The source is no DOCX.
    """
    document = opened_word(source.read_bytes())
    with reading("DOCX"):
        _annotate(document, marks)
    temporary = target.with_name(f".{target.name}.part")
    try:
        document.save(str(temporary))
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _annotate(document: Any, marks: Sequence[Mark]) -> None:
    body = document.element.body
    own = {block.place.paragraph: paragraph for paragraph, block in body_paragraphs(document)}
    exact: list[tuple[Mark, Any | None, list[Any]]] = []
    # The last ones first: splitting a run moves what comes after it in its paragraph.
    for mark in sorted(marks, key=lambda one: one.start, reverse=True):
        place = mark.block.place
        paragraph = own[place.paragraph] if place.part is None else None
        allowed = paragraph is not None and _box_of(paragraph) is None
        exact.append((mark, paragraph, runs_of(paragraph, mark.start, mark.end) if allowed else []))
    anchored = []
    for mark, paragraph, runs in exact:  # no run is split any more
        comment = mark.comment
        if not runs:
            runs = _stand_in(document, mark, paragraph)
            comment = f"“{mark.block.text[mark.start : mark.end]}”\n{comment}"
        anchored.append((runs, mark.start, comment))
    order = {run: number for number, run in enumerate(body.iter(f"{W}r"))}
    least = _free_number(body)
    for runs, _, comment in sorted(anchored, key=lambda one: (order[one[0][0]], one[1])):
        _comment(document, runs, comment, least)


def _comment(document: Any, runs: list[Any], text: str, least: int) -> None:
    """Add a comment, numbered after all others; ``least`` is the least number it may have."""
    from docx.text.run import Run

    comment = document.comments.add_comment(text=text, author=AUTHOR, initials="eb")
    comment._comment_elm.id = max(comment.comment_id, least)
    first, last = (Run(run, document) for run in (runs[0], runs[-1]))
    first.mark_comment_range(last, comment.comment_id)


def _free_number(body: Any) -> int:
    """A number above those of all comments that the body names.

    Some programs remove comments and leave their marks, of which python-docx does not know.
    """
    marks = body.iter(f"{W}commentRangeStart", f"{W}commentRangeEnd", f"{W}commentReference")
    numbers = [number for mark in marks if (number := mark.get(f"{W}id")) and number.isdigit()]
    return max(map(int, numbers), default=-1) + 1


def _stand_in(document: Any, mark: Mark, paragraph: Any | None) -> list[Any]:
    """Runs at which a comment stands that can't stand at its sentence.

    Args:
        document: The document.
        mark: What to comment.
        paragraph: Its paragraph, where that is in the body.
    """
    inside = paragraph if paragraph is not None else _reference(document, mark)
    run = None if inside is None else _run_around(inside)
    return [run] if run is not None else _nearest(document, paragraph, mark.start)


def _reference(document: Any, mark: Mark) -> Any | None:
    """The reference in the body to the note that a sentence stands in."""
    part = mark.block.place.part
    if part not in NOTES:
        return None
    kind = part.removesuffix("s")
    paragraph, _ = part_paragraphs(document, part)[(mark.block.place.paragraph or 1) - 1]
    note = next(paragraph.iterancestors(f"{W}{kind}"), None)
    for reference in document.element.body.iter(f"{W}{kind}Reference"):
        if note is not None and reference.get(f"{W}id") == note.get(f"{W}id"):
            return reference
    return None


def _box_of(element: Any) -> Any | None:
    """The text box that an element is in; of several, one in another, the outermost."""
    boxes = list(element.iterancestors(f"{W}txbxContent"))
    return boxes[-1] if boxes else None


def _run_around(element: Any) -> Any | None:
    """The run that an element is in, or its text box: Word allows no comment within one."""
    box = _box_of(element)
    return next((element if box is None else box).iterancestors(f"{W}r"), None)


def _nearest(document: Any, paragraph: Any | None, offset: int) -> list[Any]:
    """Runs with the text that is nearest to a place in a paragraph, else in those around it."""
    body = document.element.body
    found = [one for one in paragraphs_in(body) if _box_of(one) is None]
    here = found.index(paragraph) if paragraph in found else 0
    for _, near in sorted(enumerate(found), key=lambda one: abs(one[0] - here)):
        runs = runs_with_text(near)
        if runs:
            return min(runs, key=lambda one: max(one[0] - offset, offset - one[1]))[2]
    # There is not a word outside formulas and margins: a comment needs a run all the same.
    return [(found[here] if found else document.add_paragraph()._p).add_r()]
