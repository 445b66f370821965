"""Numbers in the margin that count the lines of a text, and are no text of their own.

Left in, numbers beside every line would part each line from the next, and those beside every fifth
would stand in the middle of sentences. But exercises and tables may have their numbers in a column
too: what counts lines must do so line by line, and its lines must go on in each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import regex

from edubias.document.lines import FULL
from edubias.document.pdf_columns import NARROWEST, TOLERANCE
from edubias.document.pdf_edges import leading_of, main_turn
from edubias.document.pdf_joints import ENDS
from edubias.document.pdf_page import Page, Piece
from edubias.document.pdf_paragraphs import RAGGED

FEWEST = {1: 4, 5: 2}
"""How many numbers there must be where every line has one, or every fifth."""

MISSED = 0.25
"""Share of a leading by which numbers may miss the lines that they count."""

GOING_ON = 0.5
"""Least share of lines that go on in the next, where every line has a number."""

_NUMBER = regex.compile(r"[0-9]{1,4}")
_LOWER = regex.compile(r"\p{Ll}")
_HAN = regex.compile(r"\p{Han}")


@dataclass(frozen=True)
class _Run:
    """Numbers below each other, each by one step greater than the last.

    Attributes:
        pieces: The numbers, from the top.
        value: The last one's value.
        step: The step; 0 while there is but one number.
    """

    pieces: tuple[Piece, ...]
    value: int
    step: int = 0


def without_line_numbers(page: Page, pieces: Sequence[Piece]) -> list[Piece]:
    """Pieces of a page but for the numbers of its lines.

    Args:
        page: The page.
        pieces: Pieces of its text.
    """
    main = main_turn(pieces)
    numbers: list[Piece] = []
    text: list[Piece] = []
    for piece in pieces:
        if piece.turn == main:
            is_number = _NUMBER.fullmatch(page.text, piece.start, piece.end) is not None
            (numbers if is_number else text).append(piece)
    gone = {
        number.start
        for run in _runs(page, numbers, text)
        if _is_outside(run, [*numbers, *text])
        and (run.step > 1 or _is_running_text(page, run, text))
        for number in run.pieces
    }
    return [piece for piece in pieces if piece.start not in gone]


def _runs(page: Page, numbers: Sequence[Piece], text: Sequence[Piece]) -> list[_Run]:
    """Runs of numbers that are as many lines below each other as they count, if long enough."""
    leading = leading_of(page)
    runs: list[_Run] = []
    for number in sorted(numbers, key=lambda one: -one.baseline):
        value = int(page.text[number.start : number.end])
        for at, run in enumerate(runs):
            step, above = value - run.value, run.pieces[-1]
            if (
                step in FEWEST
                and run.step in (0, step)
                and value % step == 0
                and _aligned(above, number)
                and _lines_down(above, number, text, leading, step)
            ):
                runs[at] = _Run((*run.pieces, number), value, step)
                break
        else:
            runs.append(_Run((number,), value))
    return [run for run in runs if run.step and len(run.pieces) >= FEWEST[run.step]]


def _aligned(above: Piece, below: Piece) -> bool:
    one, another = above.box, below.box
    missed = min(abs(one.left - another.left), abs(one.right - another.right))
    return missed <= TOLERANCE * below.size


def _lines_down(
    above: Piece, below: Piece, text: Sequence[Piece], leading: float | None, count: int
) -> bool:
    """Whether a number stands so many lines below another; empty lines may count or not."""
    down = above.baseline - below.baseline
    if leading is not None and abs(down - count * leading) <= MISSED * leading:
        return True
    line = _line_beside(below, text)
    if line is None:
        return False
    # Lines of another column do not count.
    column = [
        one
        for one in text
        if one.box.left < line.box.right
        and one.box.right > line.box.left
        and below.baseline - one.size / 2 < one.baseline < above.baseline - one.size / 2
    ]
    column.sort(key=lambda one: one.baseline)
    return 1 + sum(not one.box.beside(other.box) for one, other in pairwise(column)) == count


def _line_beside(number: Piece, text: Sequence[Piece]) -> Piece | None:
    """What stands next to a number in its row."""
    return min(
        (one for one in text if one.box.beside(number.box)),
        key=lambda one: max(one.box.left - number.box.right, number.box.left - one.box.right),
        default=None,
    )


def _is_outside(run: _Run, pieces: Sequence[Piece]) -> bool:
    """Whether something stands between the first number and the last, all on one side of them."""
    boxes = [number.box for number in run.pieces]
    left, right = min(box.left for box in boxes), max(box.right for box in boxes)
    others = [
        one.box
        for one in pieces
        if one not in run.pieces
        and one.box.top > boxes[-1].bottom
        and one.box.bottom < boxes[0].top
    ]
    return bool(others) and (
        all(box.left > right for box in others) or all(box.right < left for box in others)
    )


def _is_running_text(page: Page, run: _Run, text: Sequence[Piece]) -> bool:
    """Whether numbered lines go on in each other, as items of a list and rows of a table do not."""
    lines = [line for number in run.pieces if (line := _line_beside(number, text))]
    widest = max((line.box.right - line.box.left for line in lines), default=0.0)
    right = max((line.box.right for line in lines), default=0.0)
    going_on = 0
    for line, following in pairwise(lines):
        least = max(FULL * widest, NARROWEST * line.size)
        is_full = line.box.right - line.box.left >= least
        if not is_full or ENDS.search(page.text, line.start, line.end):
            continue
        # Chinese has no capitals to tell by, but its full lines all end at one place.
        ends_right = line.box.right >= right - RAGGED * line.size
        is_chinese = _HAN.search(page.text, line.start, line.end) is not None
        is_small = _LOWER.match(page.text, following.start) is not None
        going_on += is_small or (is_chinese and ends_right)
    return len(lines) > 1 and going_on >= GOING_ON * (len(lines) - 1)
