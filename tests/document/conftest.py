import pytest

from tests.document.pdf_files import register_boxes


@pytest.fixture(scope="session")
def embedded(tmp_path_factory) -> str:
    """Name of a font that is embedded, each letter of which is a box."""
    return register_boxes(tmp_path_factory.mktemp("font"))
