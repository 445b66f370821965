"""Start a training in several processes, with torchrun.

Every distributed mode is started by the same program, on one machine or many, with GPUs or without:
what differs is what runs in the processes (``edubias.train.worker``), where accelerate reads
torchrun's variables.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edubias.errors import LaunchError
from edubias.lang import current_language, tr

VARIABLES = {"nodes": "NNODES", "node": "NODE_RANK", "port": "MASTER_PORT"}
"""Environment variables, as job scripts set them, by attribute of ``Cluster``."""

HANDLED_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
"""Signals that torchrun handles in its own way and does not give back."""


@dataclass(frozen=True)
class Cluster:
    """The processes of a distributed training.

    Attributes:
        processes: Processes on this machine, one for each GPU.
        nodes: Number of machines, all with as many processes.
        node: Which of the machines this is, from 0.
        address: Name of machine 0, where the others find it.
        port: Port on machine 0; None for any free one, on a single machine only.
    """

    processes: int = 1
    nodes: int = 1
    node: int = 0
    address: str | None = None
    port: int | None = None

    @property
    def total(self) -> int:
        """Processes on all machines."""
        return self.processes * self.nodes


def cluster_from(environ: Mapping[str, str], processes: int) -> Cluster:
    """The cluster that a job script's variables describe: NNODES, NODE_RANK, MASTER_ADDR, …_PORT.

    Raises:
        LaunchError: A variable holds no number, or several machines have no common address.
    """
    numbers: dict[str, int] = {}
    for name, variable in VARIABLES.items():
        text = environ.get(variable, "")
        if text and not text.isdigit():
            raise LaunchError(
                tr(f"{variable}={text}: not a number", f"{variable}={text}：不是数字"),
            )
        if text:
            numbers[name] = int(text)
    cluster = Cluster(processes, address=environ.get("MASTER_ADDR") or None, **numbers)
    if cluster.nodes > 1 and (cluster.address is None or cluster.port is None):
        raise LaunchError(
            tr(
                f"{cluster.nodes} machines, but MASTER_ADDR or MASTER_PORT is not set",
                f"共 {cluster.nodes} 台机器，但未设置 MASTER_ADDR 或 MASTER_PORT",
            ),
            tr(
                "Set them to the name of machine 0 and a free port on it, the same everywhere.",
                "请在所有机器上设为 0 号机器的名称及其空闲端口。",
            ),
        )
    if not 0 <= cluster.node < cluster.nodes:
        raise LaunchError(
            tr(
                f"NODE_RANK={cluster.node}, but there are {cluster.nodes} machines, from 0",
                f"NODE_RANK={cluster.node}，但共有 {cluster.nodes} 台机器（从 0 编号）",
            )
        )
    return cluster


def torchrun_arguments(cluster: Cluster, config_file: Path, mode: str) -> list[str]:
    """Arguments of ``torchrun`` that start the workers of this machine."""
    if cluster.nodes == 1 and cluster.port is None:
        meeting = ["--standalone"]
    else:
        meeting = [
            *["--nnodes", str(cluster.nodes), "--node_rank", str(cluster.node)],
            *["--master_addr", cluster.address or "127.0.0.1"],
            *["--master_port", str(cluster.port)],
        ]
    return [
        *meeting,
        *["--nproc_per_node", str(cluster.processes)],
        *["--module", "edubias.train.worker", str(config_file), mode, current_language()],
    ]


def run_workers(cluster: Cluster, config_file: Path, mode: str) -> None:
    """Start the workers of this machine and wait for them.

    Args:
        cluster: The processes.
        config_file: The resolved configuration.
        mode: The mode.

    Raises:
        LaunchError: A worker failed; it has said why itself.
    """
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.run import parse_args, run

    from edubias.train.machine import usable_cores

    # torchrun would give each process one thread, whatever the number of cores.
    threads = max(1, usable_cores() // cluster.processes)
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))
    logging.getLogger("torch.distributed.elastic").setLevel(logging.CRITICAL)
    handlers = {number: signal.getsignal(number) for number in HANDLED_SIGNALS}
    try:
        run(parse_args(torchrun_arguments(cluster, config_file, mode)))
    except SignalException as stop:  # torchrun has stopped the workers
        raise KeyboardInterrupt from stop
    except ChildFailedError as error:
        rank, failure = error.get_first_failure()
        raise LaunchError(
            tr(
                f"training in mode {mode} failed in process {rank} (status {failure.exitcode}); "
                "the reason stands above",
                f"{mode} 模式训练在进程 {rank} 中失败（状态 {failure.exitcode}），原因见上文",
            )
        ) from error
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
