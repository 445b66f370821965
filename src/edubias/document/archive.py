"""Formats that are ZIP archives: what is checked before they are unpacked."""

from __future__ import annotations

import zipfile
from io import BytesIO

from edubias.errors import DataError
from edubias.lang import tr

LARGEST = 2 << 30
"""Most bytes that an archive may unpack to: a small one may claim to hold terabytes."""


def opened_archive(content: bytes, format: str) -> zipfile.ZipFile:
    """The archive.

    Args:
        content: The file.
        format: Name of its format, for messages.

    Raises:
        DataError: It is no archive, or holds too much.
    """
    try:
        archive = zipfile.ZipFile(BytesIO(content))
    except zipfile.BadZipFile as error:
        # What Office has encrypted, and its older formats, are OLE files, not archives.
        raise damaged(format, str(error)) from error
    if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
        raise damaged(format, tr("it unpacks to more than 2 GiB", "解压后超过 2 GiB"))
    return archive


def damaged(format: str, reason: str) -> DataError:
    """The error where a file is not what its name says."""
    return DataError(
        tr(f"not a {format} that can be read: {reason}", f"无法读取的 {format} 文件：{reason}"),
        tr(
            f"Save it again as {format}, without a password.",
            f"请重新另存为不加密的 {format}。",
        ),
    )
