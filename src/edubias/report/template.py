"""Pages from templates: what all of them are given."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from edubias import __version__
from edubias.lang import colon, current_language, tr


def rendered(template: str, **values: Any) -> str:
    """A page in the language of messages; texts are escaped.

    Args:
        template: File beside this one.
        **values: What the template needs besides ``tr``, ``language`` and ``version``.
    """
    environment = Environment(
        loader=PackageLoader("edubias", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template(template)
    return page.render(
        tr=tr, colon=colon, language=current_language(), version=__version__, **values
    )
