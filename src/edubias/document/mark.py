"""What annotation writes into a copy of a manuscript."""

from __future__ import annotations

from dataclasses import dataclass

from edubias.records import Block


@dataclass(frozen=True)
class Mark:
    """A sentence with a comment.

    Attributes:
        block: The paragraph it stands in.
        start: Offset of its first character, in the paragraph's text.
        end: Offset after its last one.
        comment: What to say of it.
        strong: Whether it stands out more than others.
    """

    block: Block
    start: int
    end: int
    comment: str
    strong: bool
