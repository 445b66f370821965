"""Where edubias keeps what it may rebuild at any time."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path


def cache_home() -> Path:
    """Folder for what edubias may rebuild at any time: ``EDUBIAS_HOME``, else the user's cache."""
    if chosen := os.environ.get("EDUBIAS_HOME"):
        return Path(chosen).expanduser()
    return user_cache_path("edubias")
