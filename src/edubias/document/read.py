"""Read a manuscript in any of the formats that edubias knows."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection
from pathlib import Path

from edubias.document.epub import read_epub
from edubias.document.markdown import read_markdown
from edubias.document.pdf import read_pdf
from edubias.document.slides import read_slides
from edubias.document.text import read_text
from edubias.document.web import read_html
from edubias.document.word import read_word
from edubias.errors import DataError
from edubias.extras import require_package
from edubias.lang import tr
from edubias.records import Document

READERS = {
    "txt": read_text,
    "md": read_markdown,
    "html": read_html,
    "docx": read_word,
    "pptx": read_slides,
    "epub": read_epub,
    "pdf": read_pdf,
}
"""For each format what reads a file's content."""

ENDINGS = {
    ".txt": "txt",
    ".text": "txt",
    ".md": "md",
    ".markdown": "md",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".docx": "docx",
    ".pptx": "pptx",
    ".epub": "epub",
    ".pdf": "pdf",
}
"""Format by the ending of a file's name."""

OTHERS = {".doc": "docx", ".wps": "docx", ".rtf": "docx", ".odt": "docx", ".ppt": "pptx"}
"""Endings of formats that are not read, with what to save them as."""

COPY_MARK = ".edubias"
"""End of the names of annotated copies, before the format's."""

SCAN_FILE = "scan.json"
"""Record of a scan."""

SCAN_PAGE = "scan.html"
"""Page of a scan."""

_PACKAGES = {
    "md": "markdown_it",
    "docx": "docx",
    "pptx": "pptx",
    "epub": "lxml",
    "pdf": "pypdfium2",
}


def read_document(path: str | Path) -> Document:
    """Read a manuscript.

    Args:
        path: The file; its format is told by its ending.

    Raises:
        DataError: It is missing, of no known format, damaged or locked.
        ConfigError: The library that reads it is not installed.
    """
    path = Path(path)
    _require_printable(path)
    format = _format(path)
    if package := _PACKAGES.get(format):
        require_package(package, "documents")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(
            tr(f"{path}: can't be read: {error.strerror}", f"{path}：无法读取：{error.strerror}"),
            tr("Choose a file that you may read.", "请指定可读取的文件。"),
        ) from error
    try:
        blocks, notes = READERS[format](content)
    except DataError as error:
        raise DataError(f"{path}: {error.problem}", error.remedy) from error
    if not blocks:
        notes = [*notes, tr("no text found", "没有找到文字")]
    digest = hashlib.sha256(content).hexdigest()
    return Document(str(path), format, digest, tuple(blocks), tuple(notes))


def _require_printable(path: Path) -> None:
    """Names out of old archives may be in another encoding, and no report could name the file."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        shown = os.fsencode(path).decode("utf-8", "replace")
        raise DataError(
            tr(f"{shown}: the file's name is not UTF-8", f"{shown}：文件名不是 UTF-8 编码"),
            tr("Rename the file.", "请重命名该文件。"),
        ) from error


def _format(path: Path) -> str:
    ending = path.suffix.lower()
    if ending in ENDINGS:
        return ENDINGS[ending]
    other = OTHERS.get(ending)
    known = ", ".join(sorted(ENDINGS))
    raise DataError(
        tr(f"{path}: format not known", f"{path}：不支持的格式"),
        tr(f"Save it as .{other} first.", f"请先另存为 .{other}。")
        if other
        else tr(f"Known endings: {known}.", f"支持的扩展名：{known}。"),
    )


def manuscripts_in(path: str | Path) -> list[Path]:
    """The file, or all files below a folder whose format is known, by name.

    Hidden ones, Office's lock files (``~$…``) and what earlier scans have written are left out.

    Raises:
        DataError: There is nothing.
    """
    path = Path(path)
    if not path.exists():
        raise DataError(
            tr(f"{path}: no such file or folder", f"{path}：文件或文件夹不存在"),
            tr("Check the name.", "请检查名称。"),
        )
    if not path.is_dir():
        return [path]
    found = _files_below(path, ENDINGS)
    if not found:
        known = ", ".join(sorted(ENDINGS))
        raise DataError(
            tr(f"{path}: no manuscript in this folder", f"{path}：文件夹中没有可检查的稿件"),
            tr(f"Known endings: {known}.", f"支持的扩展名：{known}。"),
        )
    return found


def unread_in(path: str | Path) -> list[Path]:
    """Files below a folder that must be saved in another format to be read, by name."""
    path = Path(path)
    return _files_below(path, OTHERS) if path.is_dir() else []


def _files_below(folder: Path, endings: Collection[str]) -> list[Path]:
    return sorted(
        file
        for file in folder.rglob("*")
        if file.suffix.lower() in endings
        and file.is_file()
        and not any(part.startswith((".", "~$")) for part in file.relative_to(folder).parts)
        and not _is_report(file)
    )


def _is_report(file: Path) -> bool:
    """Whether a scan has written it: the copy of a manuscript, or the page beside its record."""
    page = file.name == SCAN_PAGE and (file.parent / SCAN_FILE).is_file()
    return page or file.stem.endswith(COPY_MARK)
