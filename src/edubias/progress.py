"""Progress bars with rate and remaining time; silent where the output is not a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

STDERR = Console(stderr=True)
"""Where progress and messages go, so that standard output holds results only."""


class RateColumn(ProgressColumn):
    """Items a second."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self.unit = unit

    def render(self, task: Task) -> Text:
        """The rate over the last seconds."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:.2f} {self.unit}/s")


def progress_bar(unit: str | None) -> Progress:
    """A bar that shows itself on a terminal only.

    Args:
        unit: What is counted, for the rate; None where the count means nothing to a reader, who
            then sees a percentage.
    """
    counts = (TaskProgressColumn(),) if unit is None else (MofNCompleteColumn(), RateColumn(unit))
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=16),
        *counts,
        TimeRemainingColumn(),
        console=STDERR,
        disable=not STDERR.is_terminal,
    )


@contextmanager
def counting(description: str, total: int, unit: str | None = None) -> Iterator[Progress]:
    """A bar with one task, whose ``advance(0, n)`` counts n more items.

    Without a unit it shows the share that is done.
    """
    with progress_bar(unit) as progress:
        progress.add_task(description, total=total)
        yield progress
