from __future__ import annotations

import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource, sys
import torch
from edubias.model.allocator import keep_freed_memory
if sys.argv[1] == "kept":
    assert keep_freed_memory()
def layers():
    return [torch.ones(3 * 2**18) for _ in range(5)]  # 3 MiB each
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

    assert faults("kept") < faults("as it is") / 10
