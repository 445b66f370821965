"""How an error is told."""

from __future__ import annotations

import sys

from edubias.errors import EdubiasError
from edubias.lang import colon, tr


def print_error(error: EdubiasError) -> None:
    """What is wrong, and what to do about it, on standard error."""
    print(f"{tr('error', '错误')}{colon()}{error.problem}", file=sys.stderr)
    if error.remedy:
        print(error.remedy, file=sys.stderr)
