"""What one look at a planned training found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edubias.errors import EdubiasError

Status = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: What it is, the same in every language, for programs.
        status: ``warn`` where training can run all the same, ``fail`` where it cannot.
        message: What was found.
        remedy: What the reader can do about it; empty where nothing needs to be done.
    """

    name: str
    status: Status
    message: str
    remedy: str = ""

    @classmethod
    def of_error(cls, name: str, error: EdubiasError) -> Check:
        """A check that fails for the reason an error gives."""
        return cls(name, "fail", error.problem, error.remedy)
