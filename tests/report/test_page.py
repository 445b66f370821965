from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser

import pytest

from edubias.errors import ConfigError, EdubiasError
from edubias.lang import use_language
from edubias.report.page import write_page
from tests.report.conftest import texts_of_svg, write_log

VOID = {"meta", "br", "hr", "link", "img"}


class Page(HTMLParser):
    """Checks that elements nest, and gathers tags, attributes and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style" and data.strip():
            self.texts.append(data.strip())


def test_page_of_a_finished_run(trained, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(trained, run)
    assert write_page(run) == run / "run.html"
    html = (run / "run.html").read_text(encoding="utf-8")
    page = Page(html)
    manifest = json.loads((run / "edubias_run.json").read_text())
    for text in ("done", "checkpoint-4", "checkpoint-8", "scale_coeff", "better_sample_reward"):
        assert text in page.texts
    for record in manifest["data"].values():
        assert {record["path"], record["sha256"], str(record["pairs"])} <= set(page.texts)
    assert manifest["commit"] is None or manifest["commit"]["commit"] in page.texts
    assert set(manifest["libraries"].values()) <= set(page.texts)
    assert f"{manifest['metrics']['eval/reward_margin']:.4g}" in page.texts
    log = next(text for text in page.texts if "done folder=" in text)
    assert log.splitlines() == (run / "train.log").read_text().splitlines()[-20:]
    svg = re.search(r"<svg.*</svg>", html, flags=re.DOTALL)[0]
    assert "Reward margin" in texts_of_svg(svg)
    assert "<metadata" not in svg


def test_page_needs_nothing_from_elsewhere(trained, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(trained, run)
    html = write_page(run).read_text(encoding="utf-8")
    page = Page(html)
    assert page.tags.isdisjoint({"script", "link", "img", "iframe", "object", "embed", "image"})
    for name, value in page.attributes:
        assert not name.startswith("on")
        if name in ("href", "xlink:href", "src", "srcset", "data", "action"):
            assert value.startswith("#")
    assert all(target.startswith("#") for target in re.findall(r"url\(['\"]?(.)", html))
    assert "@import" not in html


def test_names_and_values_are_escaped(trained, tmp_path):
    run = tmp_path / "<script>alert(1)<&"
    shutil.copytree(trained, run)
    manifest = json.loads((run / "edubias_run.json").read_text())
    manifest["base_model"] = "<img src=x>"
    manifest["config"]["logger_cfgs"]["log_run_name"] = "<script>"
    (run / "edubias_run.json").write_text(json.dumps(manifest))
    with (run / "train.log").open("a") as file:
        file.write("<script>alert(2)</script>\n")
    page = Page(write_page(run).read_text(encoding="utf-8"))
    assert page.tags.isdisjoint({"script", "img"})
    assert {"<img src=x>", "<script>", run.name} <= set(page.texts)


def test_page_of_a_run_that_has_just_begun(trained, tmp_path):
    """There is neither a manifest nor a checkpoint yet, nor a metric."""
    run = write_log(tmp_path / "run", "start model=m processes=1")
    shutil.copy(trained / "config.yaml", run)
    page = Page(write_page(run).read_text(encoding="utf-8"))
    assert "running" in page.texts
    assert "scale_coeff" in page.texts
    assert any(text.endswith("train.jsonl") for text in page.texts)
    assert "svg" not in page.tags
    write_log(run, "start model=m processes=1", "step 1/8 epoch 0.12 train/loss=0.6931")
    page = Page(write_page(run).read_text(encoding="utf-8"))
    assert "0.6931" in page.texts
    assert "svg" in page.tags
    assert any(text.startswith("step 1 / 8") for text in map(" ".join, map(str.split, page.texts)))


def test_page_of_a_run_that_goes_on(trained, tmp_path):
    """The newest checkpoint's manifest stands in for the run's."""
    run = tmp_path / "run"
    shutil.copytree(trained, run)
    (run / "edubias_run.json").unlink()
    (run / "checkpoint-8" / "adapter_model.safetensors").write_bytes(b"")
    log = (run / "train.log").read_text().splitlines(keepends=True)[:-1]
    (run / "train.log").write_text("".join(log))
    page = Page(write_page(run).read_text(encoding="utf-8"))
    assert "running" in page.texts
    assert {"complete", "incomplete"} <= set(page.texts)
    manifest = json.loads((run / "checkpoint-8" / "edubias_run.json").read_text())
    assert manifest["data"]["train"]["sha256"] in page.texts


def test_page_without_configuration(tmp_path):
    page = Page(write_page(write_log(tmp_path / "run")).read_text(encoding="utf-8"))
    assert "running" in page.texts


def test_page_in_chinese(trained, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(trained, run)
    use_language("zh")
    page = Page(write_page(run).read_text(encoding="utf-8"))
    assert ("lang", "zh") in page.attributes
    assert {"已完成", "指标", "检查点", "配置"} <= set(page.texts)


def test_bad_runs(trained, tmp_path):
    with pytest.raises(EdubiasError, match="no such folder"):
        write_page(tmp_path / "no")
    run = write_log(tmp_path / "run")
    (run / "config.yaml").write_text("train_cfgs:\n  epoch: 3\n")
    with pytest.raises(ConfigError, match=r"config\.yaml:2"):
        write_page(run)
    (run / "config.yaml").unlink()
    (run / "run.html").mkdir()
    with pytest.raises(EdubiasError, match="can't be written"):
        write_page(run)
