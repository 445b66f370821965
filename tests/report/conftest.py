from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib.font_manager import fontManager

from edubias.lang import use_language
from edubias.report.figure import CHINESE_FONTS


def write_log(run: Path, *lines: str) -> Path:
    run.mkdir(parents=True, exist_ok=True)
    text = "".join(f"2026-01-02 03:04:{i:02} {line}\n" for i, line in enumerate(lines))
    (run / "train.log").write_text(text, encoding="utf-8")
    return run


def texts_of_svg(svg: str | bytes) -> list[str]:
    root = ElementTree.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    return [
        "".join(text.itertext()).strip() for text in root.iter("{http://www.w3.org/2000/svg}text")
    ]


def png_size(data: bytes) -> tuple[int, int]:
    """Width and height as the header states them."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert data[12:16] == b"IHDR"
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def without_fonts(names: Sequence[str]) -> list:
    return [entry for entry in fontManager.ttflist if entry.name not in names]


@pytest.fixture
def no_chinese_font(monkeypatch) -> None:
    monkeypatch.setattr(fontManager, "ttflist", without_fonts(CHINESE_FONTS))


@pytest.fixture
def chinese_font(monkeypatch, tmp_path) -> Iterator[None]:
    """A font under the name of a Chinese one, each of its characters a square; Chinese in force."""
    pen = TTGlyphPen(None)
    corners = [(100, 0), (100, 800), (900, 800), (900, 0)]
    pen.moveTo(corners[0])
    for corner in corners[1:]:
        pen.lineTo(corner)
    pen.closePath()
    square = pen.glyph()
    characters = [*range(0x3000, 0x3020), *range(0x4E00, 0x9FFF), *range(0xFF00, 0xFFEF)]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "square"])
    builder.setupCharacterMap(dict.fromkeys(characters, "square"))
    builder.setupGlyf({".notdef": square, "square": square})
    builder.setupHorizontalMetrics({".notdef": (1000, 100), "square": (1000, 100)})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": CHINESE_FONTS[0], "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(tmp_path / "squares.ttf")
    monkeypatch.setattr(fontManager, "ttflist", without_fonts(CHINESE_FONTS))
    fontManager.addfont(tmp_path / "squares.ttf")
    use_language("zh")
    yield
    use_language("en")
