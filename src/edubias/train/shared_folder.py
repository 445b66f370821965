"""Whether all processes of a training see the same run folder.

Process 0 alone writes the log, the model and its record; the others read them, and sharded
checkpoints are written by all. On several machines the folder must stand on a disk that they share.
"""

from __future__ import annotations

import time
import uuid
from pathlib import Path

from accelerate import PartialState
from accelerate.utils import broadcast_object_list, gather_object

from edubias.errors import ConfigError
from edubias.lang import tr

MARK = ".shared"
PATIENCE = 60.0
"""Seconds in which a file must appear on all machines: network file systems remember for a while
that there was none."""


def require_shared(folder: Path, patience: float = PATIENCE) -> None:
    """Refuse a folder that is not the same for all processes.

    Args:
        folder: The run's folder, which process 0 has made.
        patience: Seconds in which what process 0 writes must appear.

    Raises:
        ConfigError: Some processes see another folder.
    """
    state = PartialState()
    if state.num_processes == 1:
        return
    mark = folder / MARK
    (token,) = broadcast_object_list([uuid.uuid4().hex])
    if state.is_main_process:
        mark.write_text(token)
    state.wait_for_everyone()
    seen = gather_object([_appears(mark, token, patience)])
    if state.is_main_process:
        mark.unlink()
    if not all(seen):
        raise ConfigError(
            tr(
                f"{folder}: only {sum(seen)} of {len(seen)} processes see the same folder",
                f"{folder}：{len(seen)} 个进程中只有 {sum(seen)} 个看到同一个文件夹",
            ),
            tr(
                "Give a folder on a disk that all machines share (logger_cfgs.output_dir).",
                "请指定所有机器共享的磁盘上的文件夹（logger_cfgs.output_dir）。",
            ),
        )


def _appears(mark: Path, token: str, patience: float) -> bool:
    end = time.monotonic() + patience
    while True:
        if mark.is_file() and mark.read_text() == token:
            return True
        if time.monotonic() >= end:
            return False
        time.sleep(0.2)
