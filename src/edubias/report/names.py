"""Short names of files and folders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path


def short_names(paths: Sequence[Path]) -> list[str]:
    """Names that tell files or folders apart: the last part where that will do, else the path."""
    names = [path.resolve().name for path in paths]
    count = Counter(names)
    return [
        name if count[name] == 1 else str(path) for name, path in zip(names, paths, strict=True)
    ]
