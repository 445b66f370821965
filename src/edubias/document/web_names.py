"""Names of HTML's elements where they have a prefix, as in ``m:math``."""

from __future__ import annotations

from collections.abc import Iterable

_NAMESPACES = frozenset(
    {
        "http://www.w3.org/1999/xhtml",
        "http://www.w3.org/1998/Math/MathML",
        "http://www.w3.org/2000/svg",
    }
)
_USUAL = ("h", "html", "xhtml", "m", "mml", "mathml", "svg")
"""Prefixes of theirs that a piece of a page uses without a declaration."""

_DECLARES = "xmlns:"


class Names:
    """Takes prefixes off.

    Only those of HTML and what it may hold: ``o:p`` and ``st1:address``, which Word writes into the
    pages that it saves, are no paragraphs.
    """

    def __init__(self) -> None:
        self._prefixes = {"", *_USUAL}

    def declare(self, attrs: Iterable[tuple[str, str | None]]) -> None:
        """Learn the prefixes that a tag declares."""
        for name, value in attrs:
            if name.startswith(_DECLARES) and value in _NAMESPACES:
                self._prefixes.add(name.removeprefix(_DECLARES))

    def local(self, tag: str) -> str:
        """The name of an element of HTML; that of any other with its prefix."""
        prefix, _, name = tag.rpartition(":")
        return name if prefix in self._prefixes else tag
