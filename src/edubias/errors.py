"""The errors that a user can cause and mend.

The command line prints them as one message without a traceback and exits with status 2.
Programming mistakes are not wrapped: they keep their own type and traceback.
"""

from __future__ import annotations


class EdubiasError(Exception):
    """A failure with a remedy.

    Args:
        problem: What is wrong, naming the file and line where there is one.
        remedy: What the reader can do about it; may be empty where the problem says it all.
    """

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(f"{problem}\n{remedy}" if remedy else problem)
        self.problem = problem
        self.remedy = remedy


class DataError(EdubiasError):
    """A data file is missing, unreadable or holds bad records."""


class ConfigError(EdubiasError):
    """A configuration file or an override is wrong."""


class ModelError(EdubiasError):
    """A model or checkpoint cannot be found, read or verified."""


class LaunchError(EdubiasError):
    """Training cannot be started the way that was asked for."""
