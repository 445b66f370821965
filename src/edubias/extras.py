"""Packages that only some commands need; pip installs them with one of edubias's extras."""

from __future__ import annotations

import importlib.util

from edubias.errors import ConfigError
from edubias.lang import tr


def require_package(package: str, extra: str | None) -> None:
    """Refuse to go on without a package.

    Args:
        package: Name it is imported by.
        extra: The extra of edubias that brings it; None where none does.

    Raises:
        ConfigError: It is not installed.
    """
    if importlib.util.find_spec(package) is None:
        raise ConfigError(
            tr(f"{package} is not installed", f"未安装 {package}"),
            f'pip install "edubias[{extra}]"' if extra else f"pip install {package}",
        )
