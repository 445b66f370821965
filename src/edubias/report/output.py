"""Writing a report's file, and what to say where that fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edubias.errors import EdubiasError
from edubias.lang import tr


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Make the file's folder where it is missing, and explain why the file can't be written.

    Raises:
        EdubiasError: The folder or the file can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise EdubiasError(
            tr(f"{path}: can't be written: {error}", f"{path}：无法写入：{error}"),
            tr("Choose a file in a folder you may write to.", "请指定您有写入权限的位置。"),
        ) from error


def require_writable(path: Path) -> None:
    """Find out before minutes of work whether a file can be written; it stays as it is.

    Raises:
        EdubiasError: It can't.
    """
    was_there = path.exists()
    with writing(path):
        path.touch()
        if not was_there:
            path.unlink()
