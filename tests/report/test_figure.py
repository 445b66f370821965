from __future__ import annotations

import warnings
from pathlib import Path

import matplotlib
import pytest
from matplotlib.figure import Figure

from edubias.errors import EdubiasError
from edubias.lang import use_language
from edubias.report.figure import label, plain, save_figure, style, svg_element
from edubias.report.names import short_names
from tests.report.conftest import png_size, texts_of_svg


def titled(title: str) -> Figure:
    with style():
        figure = Figure(figsize=(4, 2))
        figure.add_subplot(title=title).plot([1, 2], [3, 4])
    return figure


def test_formats(tmp_path):
    for ending in ("svg", "PNG", "pdf"):
        save_figure(titled("a"), tmp_path / "new" / f"f.{ending}")
    assert "a" in texts_of_svg((tmp_path / "new" / "f.svg").read_bytes())
    assert png_size((tmp_path / "new" / "f.PNG").read_bytes()) == (600, 300)
    assert (tmp_path / "new" / "f.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
def test_the_same_numbers_make_the_same_file(tmp_path, ending):
    paths = [tmp_path / f"{name}.{ending}" for name in "ab"]
    for path in paths:
        save_figure(titled("a"), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_settings_of_matplotlib_are_left_alone(tmp_path):
    before = dict(matplotlib.rcParams)
    save_figure(titled("a"), tmp_path / "a.svg")
    assert dict(matplotlib.rcParams) == before


def test_unknown_format_and_unwritable_place(tmp_path):
    for name in ("a.gif", "a", "svg"):
        with pytest.raises(EdubiasError, match="unknown picture format") as error:
            save_figure(titled("a"), tmp_path / name)
        assert ".svg" in error.value.remedy
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.svg").mkdir()
    for path in (tmp_path / "file" / "a.svg", tmp_path / "folder.svg"):
        with pytest.raises(EdubiasError, match="can't be written") as error:
            save_figure(titled("a"), path)
        assert error.value.remedy


def test_markup_and_dollar_signs_are_text():
    svg = svg_element(titled(plain("<b> & $x$")))
    assert svg.startswith("<svg")
    assert "<b> & $x$" in texts_of_svg(svg)


def test_chinese_labels_where_a_font_draws_them(chinese_font, tmp_path):
    assert label("loss", "损失") == "损失"
    assert "损失" in texts_of_svg(svg_element(titled("损失")))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for ending in ("png", "pdf"):
            save_figure(titled("损失"), tmp_path / f"a.{ending}")
    save_figure(titled("亏亏"), tmp_path / "b.png")
    # All characters of this font look alike, but they are not nothing.
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    save_figure(titled("  "), tmp_path / "c.png")
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "c.png").read_bytes()


def test_english_labels_and_a_hint_without_such_a_font(no_chinese_font, tmp_path, capsys):
    use_language("zh")
    assert label("loss", "损失") == "loss"
    use_language("en")
    save_figure(titled("数学"), tmp_path / "a.svg")
    save_figure(titled("maths"), tmp_path / "a.png")
    assert capsys.readouterr().err == ""
    save_figure(titled("数学"), tmp_path / "a.png")
    assert "no Chinese font" in capsys.readouterr().err


def test_short_names_tell_paths_apart():
    assert short_names([Path("x/a"), Path("x/b")]) == ["a", "b"]
    assert short_names([Path("x/a"), Path("y/a"), Path("b")]) == ["x/a", "y/a", "b"]
    assert short_names([Path()]) == [Path.cwd().name]
