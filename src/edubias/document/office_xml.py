"""What the XML of Word and of PowerPoint have in common."""

from __future__ import annotations

from typing import Any

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_CHOICE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Choice"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_APART = ("/chart", "/chartex", "/diagram")
"""How the names of the kinds of graphics end whose text is in parts of their own."""


def repeats(element: Any) -> bool:
    """Whether it says again, for other programs, what a ``mc:Choice`` before it has said."""
    if element.tag not in (_CHOICE, _FALLBACK):
        return False
    return next(element.itersiblings(_CHOICE, preceding=True), None) is not None


def repeated(element: Any) -> bool:
    """Whether an element stands within something that ``repeats``."""
    return any(repeats(ancestor) for ancestor in element.iterancestors())


def graphics_apart(root: Any) -> int:
    """Number of charts and diagrams (SmartArt): their text is not in the text."""
    return sum(
        graphic.get("uri", "").endswith(_APART) and not repeated(graphic)
        for graphic in root.iter(f"{A}graphicData")
    )
