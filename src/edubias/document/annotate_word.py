"""Comments in a copy of a DOCX, each at the words that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from edubias.document.mark import Mark
from edubias.document.word import body_paragraphs, opened_word
from edubias.document.word_text import Piece, W, paragraphs_in, pieces_of, text_of

AUTHOR = "edubias"


def annotate_word(source: Path, target: Path, marks: Sequence[Mark]) -> None:
    """Write a copy with comments; everything else stays as it is.

    A comment is anchored to the sentence. In a footnote or endnote Word allows none: there it
    stands at the note's reference, in a text box at the box.

    Args:
        source: The DOCX.
        target: The copy; replaced where it exists.
        marks: What to comment, on blocks that ``read_word`` has read from the same file.

    Raises:
        DataError: The source is no DOCX.
    """
    document = opened_word(source.read_bytes())
    body = {place.paragraph: paragraph for paragraph, place in body_paragraphs(document)}
    # The last ones first: splitting a run moves what comes after it in its paragraph.
    for mark in sorted(marks, key=lambda one: one.start, reverse=True):
        place = mark.block.place
        if place.part is None:
            runs = _runs_of(body[place.paragraph], mark.start, mark.end)
        else:
            runs = _reference_runs(document, place.part, place.paragraph or 1)
        if runs:
            _comment(document, runs, mark.comment)
    temporary = target.with_name(f".{target.name}.part")
    try:
        document.save(str(temporary))
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _comment(document: Any, runs: list[Any], text: str) -> None:
    from docx.text.run import Run

    first, last = (Run(run, document) for run in (runs[0], runs[-1]))
    document.add_comment([first, last], text=text, author=AUTHOR, initials="eb")


def _runs_of(paragraph: Any, start: int, end: int) -> list[Any]:
    """First and last run of a sentence, which begins and ends with them afterwards."""
    box = next(paragraph.iterancestors(f"{W}txbxContent"), None)
    if box is not None:
        return [next(box.iterancestors(f"{W}r"))]
    for offset in (end, start):
        _split_run(paragraph, offset)
    offset = 0
    found = []
    for piece in pieces_of(paragraph):
        if piece.run is not None and offset < end and offset + len(piece.text) > start:
            found.append(_outermost(piece.run))
        offset += len(piece.text)
    return found


def _outermost(run: Any) -> Any:
    """The run itself, or the one that holds it together with its pronunciation."""
    outer = run
    for ancestor in run.iterancestors():
        if ancestor.tag == f"{W}p":
            break
        if ancestor.tag == f"{W}r":
            outer = ancestor
    return outer


def _split_run(paragraph: Any, at: int) -> None:
    """Make a run begin at this offset, unless a formula or a pronunciation is in the way."""
    offset = 0
    pieces = pieces_of(paragraph)
    for index, piece in enumerate(pieces):
        inner = at - offset
        offset += len(piece.text)
        if inner < 0 or inner >= len(piece.text):
            continue
        if piece.run is None or _outermost(piece.run) is not piece.run:
            return
        begins = inner == 0 and (index == 0 or pieces[index - 1].run is not piece.run)
        if not begins:
            _cut(piece, inner)
        return


def _cut(piece: Piece, inner: int) -> None:
    """Move what follows this character of a run into a run of its own, formatted alike."""
    run, node = piece.run, piece.node
    assert run is not None
    properties = run.find(f"{W}rPr")
    rest = run.makeelement(run.tag, dict(run.attrib))
    if properties is not None:
        rest.append(deepcopy(properties))
    following = list(node.itersiblings())
    if inner == 0:
        following.insert(0, node)
    else:
        second = deepcopy(node)
        node.text, second.text = piece.text[:inner], piece.text[inner:]
        for half in (node, second):
            half.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        following.insert(0, second)
    for element in following:
        rest.append(element)
    run.addnext(rest)


def _reference_runs(document: Any, part: str, paragraph: int) -> list[Any]:
    """Run that refers to the note that a paragraph of the notes belongs to."""
    from edubias.document.word import notes_root

    root = notes_root(document, part)
    assert root is not None
    shown = [one for one in paragraphs_in(root) if text_of(one).strip()]
    kind = part.removesuffix("s")
    note = next(shown[paragraph - 1].iterancestors(f"{W}{kind}"))
    for reference in document.element.body.iter(f"{W}{kind}Reference"):
        if reference.get(f"{W}id") == note.get(f"{W}id"):
            return [next(reference.iterancestors(f"{W}r"))]
    return []
