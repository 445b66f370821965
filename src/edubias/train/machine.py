"""What there is to train on: processor, memory, GPUs, disk, libraries."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import torch
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from edubias.config import Config
from edubias.lang import tr
from edubias.model.precision import dtype_name, training_dtype
from edubias.train.check import Check

CGROUP = Path("/sys/fs/cgroup")
"""Where Linux keeps the limits of a container."""

COPIES_OF_FILES = re.compile(r"^(?:in)?active_file (\d+)$", re.MULTILINE)
"""What of a control group's memory holds copies of files, in ``memory.stat``."""

GB = 1e9


@dataclass(frozen=True)
class Gpu:
    """A CUDA GPU; memory in bytes."""

    name: str
    memory: int
    available: int


@dataclass(frozen=True)
class Machine:
    """A machine; memory in bytes.

    Attributes:
        cores: Cores that this process may use.
        memory: RAM.
        available: RAM that can be had now, within the limit of a container.
        gpus: CUDA GPUs.
        mps: Whether there is an Apple GPU, which shares the RAM.
    """

    cores: int
    memory: int
    available: int
    gpus: tuple[Gpu, ...] = ()
    mps: bool = False

    def memory_for(self, processes: int) -> int:
        """Bytes that each of so many training processes on this machine can have."""
        if self.gpus:
            return min(gpu.available for gpu in self.gpus[:processes])
        return self.available // processes


def usable_cores() -> int:
    """Cores that this process may use; macOS knows no fewer than all."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def this_machine() -> Machine:
    """The machine that this runs on."""
    memory = psutil.virtual_memory()
    gpus = []
    for index in range(torch.cuda.device_count()):
        free, total = torch.cuda.mem_get_info(index)
        gpus.append(Gpu(torch.cuda.get_device_name(index), total, free))
    room = room_in_container(CGROUP)
    return Machine(
        cores=usable_cores(),
        memory=memory.total,
        available=memory.available if room is None else min(memory.available, room),
        gpus=tuple(gpus),
        mps=torch.backends.mps.is_available(),
    )


def room_in_container(cgroup: Path) -> int | None:
    """Bytes that a container may still take; None where there is no limit.

    Args:
        cgroup: Folder of the control group (version 2).
    """
    try:
        limit = int((cgroup / "memory.max").read_text())
        used = int((cgroup / "memory.current").read_text())
        stat = (cgroup / "memory.stat").read_text()
    except (OSError, ValueError):  # no such group, or "max"
        return None
    # Copies of files count as used, but make room as soon as memory is wanted.
    copies = sum(int(size) for size in COPIES_OF_FILES.findall(stat))
    return max(0, limit - max(0, used - copies))


def check_machine(machine: Machine) -> Check:
    """Cores, memory and GPUs."""
    parts = [
        tr(f"{machine.cores} cores", f"{machine.cores} 核"),
        tr(
            f"{machine.available / GB:.1f} of {machine.memory / GB:.1f} GB RAM available",
            f"可用内存 {machine.available / GB:.1f} GB，共 {machine.memory / GB:.1f} GB",
        ),
    ]
    for gpu in machine.gpus:
        size = f"{gpu.available / GB:.1f} / {gpu.memory / GB:.1f} GB"
        parts.append(f"{gpu.name} {size}")
    if machine.mps:
        parts.append(tr("an Apple GPU (MPS)", "Apple GPU（MPS）"))
    elif not machine.gpus:
        parts.append(tr("no GPU: training runs on the CPU", "无 GPU：在 CPU 上训练"))
    return Check("machine", "ok", tr(", ", "，").join(parts))


def check_precision(config: Config) -> Check:
    """The type that a training would compute in, and why it is not the one asked for."""
    chosen = training_dtype(config)
    message = dtype_name(chosen)
    if config.train_cfgs.bf16 and chosen != torch.bfloat16:
        if torch.backends.mps.is_available():
            message += tr(": Apple GPUs train in float32", "：Apple GPU 以 float32 训练")
        else:
            message += tr(": bfloat16 would not be faster here", "：本机使用 bfloat16 不会更快")
    return Check("precision", "ok", message)


def check_libraries(optional: Collection[str]) -> Check:
    """Versions of the required libraries, and of optional ones that are asked for.

    Args:
        optional: Packages of extras that the configuration asks for.
    """
    found, wrong, missing = [], [], []
    asked_for = {canonicalize_name(package) for package in optional}
    for text in metadata.requires("edubias") or []:
        requirement = Requirement(text)
        if requirement.marker is not None and (
            canonicalize_name(requirement.name) not in asked_for
        ):
            continue
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            missing.append(requirement.name)
            continue
        found.append(f"{requirement.name} {version}")
        if not requirement.specifier.contains(version, prereleases=True):
            wrong.append(f"{requirement.name} {version} ({requirement.specifier})")
    if missing:
        return Check(
            "libraries",
            "fail",
            tr(f"not installed: {', '.join(missing)}", f"未安装：{'、'.join(missing)}"),
            f"pip install {' '.join(missing)}",
        )
    if wrong:
        return Check(
            "libraries",
            "warn",
            tr(
                f"of a version that is not meant for edubias: {', '.join(wrong)}",
                f"版本不符合 edubias 的要求：{'、'.join(wrong)}",
            ),
            "pip install --upgrade edubias",
        )
    return Check("libraries", "ok", ", ".join(found))


def check_disk(folder: Path, checkpoint: int, kept: int) -> Check:
    """Whether a run's folder can hold its checkpoints.

    Args:
        folder: The run's folder; it may be missing.
        checkpoint: Bytes of one checkpoint.
        kept: How many there will be at the same time, at most.
    """
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    free, needed = shutil.disk_usage(place).free, checkpoint * kept
    message = tr(
        f"{free / GB:.1f} GB free at {place}; {kept} checkpoints take {needed / GB:.2f} GB",
        f"{place} 剩余 {free / GB:.1f} GB；{kept} 个检查点需要 {needed / GB:.2f} GB",
    )
    remedy = tr(
        "Free some space, set logger_cfgs.output_dir to another disk, or lower "
        "logger_cfgs.save_total_limit.",
        "请清理磁盘、将 logger_cfgs.output_dir 设到其他磁盘，或减小 logger_cfgs.save_total_limit。",
    )
    if free >= needed:
        return Check("disk", "ok", message)
    return Check("disk", "warn" if free >= checkpoint else "fail", message, remedy)
