"""Keep freed memory for the next layer.

On a CPU every layer's results are allocated and freed again. Beyond some megabytes glibc hands
freed memory back to the system at once, and getting it again costs a page fault for every four
kilobytes: an eighth of a training step (``docs/LOG.md``).
"""

from __future__ import annotations

import ctypes
import platform

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Parameters of ``mallopt``, from glibc's ``malloc.h``."""

KEPT_BYTES = 2**30
"""Free memory at the top of the heap that is kept."""

LARGEST_BYTES = 32 * 2**20
"""Largest allocation on the heap: glibc allows no more."""


def keep_freed_memory() -> bool:
    """Let this process keep freed memory instead of handing it back.

    Returns:
        Whether the C library is one that can be told so.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return bool(mallopt(M_TRIM_THRESHOLD, KEPT_BYTES) and mallopt(M_MMAP_THRESHOLD, LARGEST_BYTES))
