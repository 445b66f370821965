"""Runs of a paragraph of WordprocessingML, split so that a sentence begins and ends with them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from edubias.document.word_text import FIELD_MARK, Piece, W, pieces_of


def runs_of(paragraph: Any, start: int, end: int) -> list[Any]:
    """Runs of a sentence, which begins and ends with them afterwards; none in a formula."""
    for offset in (end, start):
        _split(paragraph, offset)
    return [
        run
        for begins, ends, runs in runs_with_text(paragraph)
        if begins < end and ends > start
        for run in runs
    ]


def runs_with_text(paragraph: Any) -> list[tuple[int, int, list[Any]]]:
    """Where the text of each piece begins and ends, with the outermost runs that it does so in."""
    found = []
    offset = 0
    for piece in pieces_of(paragraph):
        ends = offset + len(piece.text)
        if piece.run is not None and piece.text:
            found.append((offset, ends, [_outermost(run) for run in (piece.run, piece.last)]))
        offset = ends
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


def _split(paragraph: Any, at: int) -> None:
    """Make a run begin at this offset, unless a formula, pronunciation or field is in the way."""
    offset = 0
    pieces = pieces_of(paragraph)
    for index, piece in enumerate(pieces):
        inner = at - offset
        offset += len(piece.text)
        if inner < 0 or inner >= len(piece.text):
            continue
        if piece.run is None or _outermost(piece.run) is not piece.run:
            return
        if inner and piece.node.tag == FIELD_MARK:
            return
        begins = inner == 0 and (index == 0 or pieces[index - 1].last is not piece.run)
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
