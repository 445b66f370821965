"""What to say of a part of a detector that can't be read."""

from __future__ import annotations

import shlex
from pathlib import Path

from edubias.errors import ModelError
from edubias.lang import tr


def damaged(path: Path) -> ModelError:
    """The error for a damaged file, or one of another version, in a checkpoint's folder."""
    command = f"edubias calibrate {shlex.quote(str(path.parent))}"
    return ModelError(
        tr(f"{path}: damaged or of another version", f"{path}：已损坏或版本不符"),
        tr(
            f"Calibrate again: `{command}`.",
            f"请重新校准：`{command}`。",
        ),
    )
