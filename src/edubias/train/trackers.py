"""Experiment trackers: where they write, and that none of them asks questions.

Logging itself is done by ``transformers.Trainer``'s own integrations.
"""

from __future__ import annotations

import importlib
import netrc
import os
from collections.abc import Mapping
from pathlib import Path

from edubias.config import LoggerCfgs
from edubias.lang import tr

WANDB_HOST = "api.wandb.ai"

PLACEHOLDER_KEYS = {"your_wandb_key", "your_key", ""}
"""Values of WANDB_API_KEY in the quick-start's text that are no keys."""


def prepare_tracker(logger: LoggerCfgs, folder: Path) -> str | None:
    """Set the variables by which the trackers' libraries find their folder and mode.

    What the user has set stays. Without a key, W&B records offline: it would ask for one
    otherwise, or stop where nobody can answer.

    Args:
        logger: Which tracker.
        folder: The run's folder; the trackers' files go there.

    Returns:
        What the user should know of it.
    """
    if logger.log_type == "tensorboard":
        os.environ.setdefault("TENSORBOARD_LOGGING_DIR", str(folder / "tensorboard"))
    if logger.log_type == "swanlab":
        os.environ.setdefault("SWANLAB_PROJECT", logger.log_project)
        os.environ.setdefault("SWANLAB_LOG_DIR", str(folder / "swanlab"))
        if not os.environ.get("SWANLAB_API_KEY"):
            os.environ.setdefault("SWANLAB_MODE", "local")
    if logger.log_type != "wandb":
        return None
    os.environ.setdefault("WANDB_PROJECT", logger.log_project)
    os.environ.setdefault("WANDB_DIR", str(folder))
    if "WANDB_MODE" in os.environ or has_wandb_key(os.environ) or _logged_in():
        return None
    os.environ["WANDB_MODE"] = "offline"
    return tr(
        f"No W&B key: recording offline; send it later with `wandb sync {folder}/wandb/offline-*`.",
        f"未找到 W&B 密钥：离线记录，之后可用 `wandb sync {folder}/wandb/offline-*` 上传。",
    )


def has_wandb_key(environ: Mapping[str, str]) -> bool:
    """Whether the environment holds a key of W&B."""
    return environ.get("WANDB_API_KEY", "") not in PLACEHOLDER_KEYS


def finish_tracker(logger: LoggerCfgs) -> None:
    """Close the tracker's run, so that the next training of this process gets one of its own."""
    if logger.log_type in ("wandb", "swanlab"):
        importlib.import_module(logger.log_type).finish()


def _logged_in() -> bool:
    try:
        return netrc.netrc().authenticators(WANDB_HOST) is not None
    except (OSError, netrc.NetrcParseError):
        return False
