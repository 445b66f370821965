from __future__ import annotations

import platform
import subprocess
import sys

import pytest

FAULTS = """
import ctypes, resource, sys
from edubias.model.allocator import keep_freed_memory
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]
if sys.argv[1] == "kept":
    assert keep_freed_memory()
def layers():
    found = [libc.malloc(3 * 2**20) for _ in range(5)]
    for one in found:
        ctypes.memset(one, 1, 3 * 2**20)
    for one in reversed(found):
        libc.free(one)
for _ in range(3):
    layers()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    layers()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's allocator only")
def test_memory_is_not_fetched_anew_for_every_layer():
    def faults(mode):
        command = [sys.executable, "-c", FAULTS, mode]
        return int(subprocess.run(command, capture_output=True, check=True, text=True).stdout)

    assert faults("kept") < faults("handed back") / 10
