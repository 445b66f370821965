"""Formats that are ZIP archives: what is checked before they are unpacked, and their errors."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from edubias.errors import DataError, EdubiasError
from edubias.lang import tr

LARGEST = 2 << 30
"""Most bytes that an archive may unpack to: a small one may claim to hold terabytes."""

_RELATIONS = "_rels/.rels"
_STRICT = b"http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument"
_NOT_STRICT = {
    "DOCX": ("Word document (.docx)", "Word 文档 (.docx)"),
    "PPTX": ("PowerPoint presentation (.pptx)", "PowerPoint 演示文稿 (.pptx)"),
}
"""What Office calls each format when it saves it as it usually does."""


@contextmanager
def reading(format: str) -> Iterator[None]:
    """Within it whatever a damaged file makes a library raise becomes the error that it is.

    zlib, lxml, python-docx and python-pptx raise errors of a dozen kinds, at whatever part of the
    file they come to, and for a user they all mean the same.

    Args:
        format: Name of the format, for messages.

    Raises:
        DataError: Something was raised.
    """
    try:
        yield
    except (EdubiasError, MemoryError):
        raise
    except Exception as error:
        raise damaged(format, f"{type(error).__name__}: {error}") from error


def opened_archive(content: bytes, format: str) -> zipfile.ZipFile:
    """The archive.

    Args:
        content: The file.
        format: Name of its format, for messages.

    Raises:
        DataError: It is no archive, or holds too much.
    """
    # What Office has encrypted, and its older formats, are OLE files, not archives.
    with reading(format):
        archive = zipfile.ZipFile(BytesIO(content))
    if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
        raise damaged(format, tr("it unpacks to more than 2 GiB", "解压后超过 2 GiB"))
    return archive


def check_office(content: bytes, format: str) -> None:
    """Refuse what python-docx and python-pptx can't read, with the reason.

    Args:
        content: The file.
        format: ``"DOCX"`` or ``"PPTX"``.

    Raises:
        DataError: It is no archive, holds too much, or is Strict Open XML, of which all names are
            others.
    """
    with reading(format), opened_archive(content, format) as archive:
        strict = _RELATIONS in archive.namelist() and _STRICT in archive.read(_RELATIONS)
    if strict:
        english, chinese = _NOT_STRICT[format]
        raise DataError(
            tr("Strict Open XML, which can't be read", "无法读取 Strict Open XML 格式"),
            tr(
                f"Save it as {english}, not Strict Open XML.",
                f"请另存为“{chinese}”，不要选择 Strict Open XML。",
            ),
        )


def damaged(format: str, reason: str) -> DataError:
    """The error where a file is not what its name says."""
    article = "an" if format[0] in "AEIOU" else "a"
    return DataError(
        tr(
            f"not {article} {format} that can be read: {reason}",
            f"无法读取的 {format} 文件：{reason}",
        ),
        tr(
            f"Save it again as {format}, without a password.",
            f"请重新另存为不加密的 {format}。",
        ),
    )
