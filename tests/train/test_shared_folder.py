"""Several processes, as on several machines, must see one run folder."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SCRIPT = """
import os, sys
from pathlib import Path
from accelerate import PartialState
from edubias.errors import ConfigError
from edubias.train.shared_folder import require_shared

state = PartialState(cpu=True)
folder = Path(sys.argv[1].format(state.process_index))
folder.mkdir(parents=True, exist_ok=True)
try:
    require_shared(folder, patience=1.0)
    said = "shared"
except ConfigError as error:
    said = error.problem
state.wait_for_everyone()  # process 0 has cleared up
# Both processes share one output: a line each, in one piece.
os.write(1, f"{state.process_index}: {said}; left: {os.listdir(folder)}\\n".encode())
state.destroy_process_group()
"""


def told(tmp_path, folder):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    result = subprocess.run(
        [*command, "--nproc_per_node", "2", str(script), str(folder)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted(line for line in result.stdout.splitlines() if line[:1] in "01")


def test_one_folder_is_shared(tmp_path):
    assert told(tmp_path, tmp_path / "run") == ["0: shared; left: []", "1: shared; left: []"]


@pytest.mark.parametrize("leftover", [False, True])
def test_folders_of_the_same_name_on_two_disks_are_not(tmp_path, leftover):
    if leftover:  # of a training that was killed
        (tmp_path / "disk1").mkdir()
        (tmp_path / "disk1" / ".shared").write_text("of another training")
    said = told(tmp_path, tmp_path / "disk{}")
    assert all("only 1 of 2 processes see the same folder" in line for line in said)
    assert len(said) == 2
