"""Exports of the tiny model, read again as any other program would."""

from __future__ import annotations

import json
import shutil
import sys
import threading
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from edubias.config import load_config
from edubias.detect import classify, screen
from edubias.detect.calibrate import CALIBRATION_FILE, load_calibration
from edubias.detect.detector import Detector, load_scorer
from edubias.errors import ConfigError, ModelError
from edubias.export import SENTENCES, allowed_difference, export, publish_export
from edubias.model.gguf_converter import find_converter
from edubias.model.manifest import FILE_NAME, load_manifest
from edubias.model.merge import BESIDE_WEIGHTS
from edubias.records import language_of
from edubias.train.run import train
from tests.conftest import tiny_overrides

TEXTS = ["physics 99 ok all", "数学 xx zz"]

CONVERTER = """
import pathlib, sys
folder, flag, outfile, kind, outtype = sys.argv[1:]
assert (flag, kind) == ("--outfile", "--outtype")
assert (pathlib.Path(folder) / "model.safetensors").is_file()
pathlib.Path(outfile).write_bytes(b"GGUF" + outtype.encode())
"""
"""Takes the arguments of llama.cpp's converter; it converts nothing."""


@pytest.fixture(scope="module")
def exported(tmp_path_factory, trained):
    return export(trained, tmp_path_factory.mktemp("export") / "whole", texts=TEXTS)


def scores(folder):
    return [finding.score for finding in Detector.load(folder).detect(TEXTS)]


def leftovers(folder: Path):
    return list(folder.iterdir())


def test_it_detects_as_its_checkpoint_does(exported, trained):
    folder = Path(exported.folder)
    assert scores(folder) == pytest.approx(scores(trained), abs=1e-5)
    assert load_calibration(folder) == load_calibration(trained)
    assert load_manifest(folder).beta == load_manifest(trained).beta


def test_plain_transformers_load_it(exported, trained):
    """Its log-probabilities are those of the base model with the adapters."""
    folder = Path(exported.folder)
    assert not (folder / "adapter_config.json").exists()
    assert (folder / "generation_config.json").is_file()
    model = AutoModelForCausalLM.from_pretrained(folder)
    ids = AutoTokenizer.from_pretrained(folder)(TEXTS[0], return_tensors="pt")["input_ids"]
    policy = load_scorer(trained)[0].policy
    with torch.no_grad():
        torch.testing.assert_close(
            model(ids).logits, policy(input_ids=ids).logits, rtol=1e-4, atol=1e-4
        )
        with policy.disable_adapter():
            assert not torch.allclose(model(ids).logits, policy(input_ids=ids).logits, atol=1e-2)


def test_what_was_compared_is_recorded(exported):
    record = json.loads((Path(exported.folder) / "edubias_export.json").read_text())
    assert record["sentences"] == len(SENTENCES) + len(TEXTS)
    assert 0 <= record["difference"] <= record["allowed"]
    assert {language_of(text) for text in SENTENCES} == {"zh", "en"}


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_shorter_types(trained, tmp_path, dtype):
    result = export(trained, tmp_path / "short", dtype)
    weights = load_file(tmp_path / "short" / "model.safetensors")
    assert {str(weight.dtype) for weight in weights.values()} == {f"torch.{dtype}"}
    assert 0 < result.difference <= result.allowed


def test_a_whole_checkpoint(tiny_model, pair_files, tmp_path):
    given = [
        *tiny_overrides(tiny_model, pair_files, tmp_path / "out"),
        "lora_cfgs.use_lora=false",
        "train_cfgs.max_steps=2",
    ]
    folder = train(load_config("edu_bias_embedded", given)).folder
    result = export(folder, tmp_path / "whole")
    assert result.difference == pytest.approx(0, abs=1e-6)
    assert scores(tmp_path / "whole") == pytest.approx(scores(folder), abs=1e-6)


def multiplied(trained, folder, factor):
    """A checkpoint whose adapters change more."""
    shutil.copytree(trained, folder)
    file = folder / "adapter_model.safetensors"
    weights = load_file(file)
    save_file({k: w * factor if "lora_B" in k else w for k, w in weights.items()}, file)
    return folder


@pytest.fixture
def overflowing(trained, tmp_path):
    """A checkpoint with weights that float16 can't hold."""
    return multiplied(trained, tmp_path / "overflowing", 1e6)


def test_nothing_is_exported_that_scores_otherwise(overflowing, tmp_path):
    with pytest.raises(ModelError, match=r"scores otherwise(.|\n)*--dtype float32"):
        export(overflowing, tmp_path / "new" / "whole", "float16")
    assert leftovers(tmp_path / "new") == []


def test_what_was_there_stays_where_an_export_fails(overflowing, trained, tmp_path):
    target = tmp_path / "new" / "whole"
    export(trained, target)
    before = scores(target)
    with pytest.raises(ModelError, match="scores otherwise"):
        export(overflowing, target, "float16", overwrite=True)
    assert scores(target) == before
    assert leftovers(target.parent) == [target]


def test_folders_that_are_not_written_to(trained, tiny_model, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    cases = [
        (tmp_path, False, "not empty"),
        (tmp_path, True, "something else"),
        (tmp_path / "file", True, "is a file"),
        (trained, True, "is or holds"),
        (trained.parent, True, "is or holds"),
        (tiny_model, True, "is or holds"),
    ]
    for folder, overwrite, reason in cases:
        with pytest.raises(ConfigError, match=reason):
            export(trained, folder, overwrite=overwrite)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (trained / "adapter_model.safetensors").is_file()


def test_an_earlier_export_is_replaced_if_asked_for(trained, tmp_path):
    target = tmp_path / "whole"
    export(trained, target)
    with pytest.raises(ConfigError, match="--overwrite"):
        export(trained, target)
    assert export(trained, target, "float16", overwrite=True).dtype == "float16"
    assert json.loads((target / "config.json").read_text())["dtype"] == "float16"


def test_half_precision_in_computing_is_allowed_for(trained, tmp_path, monkeypatch):
    """As on a GPU: float32 weights are then rounded when they are loaded."""
    for module in ("edubias.detect.detector", "edubias.export"):
        monkeypatch.setattr(f"{module}.compute_dtype", lambda _: torch.bfloat16)
    strong = multiplied(trained, tmp_path / "strong", 10.0)
    result = export(strong, tmp_path / "whole")
    beta = load_manifest(trained).beta
    assert allowed_difference("float32", beta, quantised=False) < result.difference
    assert result.allowed == allowed_difference("bfloat16", beta, quantised=False)


def test_an_adapter_without_a_tokenizer_takes_its_base_models(trained, tmp_path):
    """`export --adapter` writes such folders."""
    bare = tmp_path / "bare"
    shutil.copytree(trained, bare)
    for file in bare.glob("tokenizer*"):
        file.unlink()
    export(bare, tmp_path / "whole")
    assert scores(tmp_path / "whole") == pytest.approx(scores(trained), abs=1e-5)


def test_two_processes_do_not_write_one_export(tmp_path):
    refused = []

    def second():
        with pytest.raises(ModelError) as found:
            publish_export(tmp_path / "whole", lambda partial: None)
        refused.append(found.value)

    def first(partial):
        other = threading.Thread(target=second)
        other.start()
        other.join()
        (partial / "weights").write_text("mine")

    publish_export(tmp_path / "whole", first)
    assert "another process" in str(refused[0])
    assert (tmp_path / "whole" / "weights").read_text() == "mine"
    assert leftovers(tmp_path) == [tmp_path / "whole"]


def test_what_stands_beside_weights_goes_along(calibrated, tmp_path):
    folder = Path(export(calibrated, tmp_path / "whole").folder)
    names = {FILE_NAME, CALIBRATION_FILE, classify.FILE, screen.FILE}
    assert names == set(BESIDE_WEIGHTS)
    assert names <= {file.name for file in folder.iterdir()}


def test_bad_input(trained, tmp_path):
    with pytest.raises(ConfigError, match="float8"):
        export(trained, tmp_path / "whole", "float8")
    with pytest.raises(ModelError, match="no such checkpoint"):
        export(tmp_path / "no", tmp_path / "whole")
    assert leftovers(tmp_path) == []
    (tmp_path / "damaged").mkdir()
    for content in (b"{", b"{}", b"\xff\xfe{}"):
        (tmp_path / "damaged" / FILE_NAME).write_bytes(content)
        with pytest.raises(ModelError, match="damaged"):
            export(tmp_path / "damaged", tmp_path / "whole")


def test_quantised_training_is_merged_into_whole_weights(trained, tiny_model, pair_files, tmp_path):
    """The reference becomes the unquantised base too; only the adapters' effect may differ."""
    pytest.importorskip("bitsandbytes")
    given = [
        *tiny_overrides(tiny_model, pair_files, tmp_path / "out"),
        "bnb_cfgs.use_bnb=true",
        "bnb_cfgs.bnb_4bit_compute_dtype=float32",
        "train_cfgs.max_steps=2",
    ]
    folder = train(load_config("edu_bias_embedded", given)).folder
    result = export(folder, tmp_path / "whole")
    manifest = load_manifest(tmp_path / "whole")
    assert not manifest.config["bnb_cfgs"]["use_bnb"]
    assert 1e-6 < result.difference <= result.allowed
    assert result.allowed > allowed_difference("float32", manifest.beta, quantised=False)
    found = load_file(tmp_path / "whole" / "model.safetensors")
    base = load_file(tiny_model / "model.safetensors")
    untouched = "model.layers.0.input_layernorm.weight"
    torch.testing.assert_close(found[untouched], base[untouched])


def converter_that(tmp_path, code) -> Path:
    script = tmp_path / "convert_hf_to_gguf.py"
    script.write_text(code)
    return script


def test_gguf_by_a_converter(trained, tmp_path):
    """The calling convention only: the stand-in converts nothing."""
    script = converter_that(tmp_path, CONVERTER)
    result = export(trained, tmp_path / "whole", "bfloat16", converter=script)
    assert Path(result.gguf).read_bytes() == b"GGUFbf16"
    assert (tmp_path / "whole" / "model.safetensors").is_file()


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise NotImplementedError('BPE pre-tokenizer was not recognized')", "not recognized"),
        ("pass", "wrote no GGUF"),
        ("import sys; open(sys.argv[3], 'w').write('nonsense')", "wrote no GGUF"),
    ],
)
def test_a_converter_that_fails(trained, tmp_path, code, reason):
    script = converter_that(tmp_path, code)
    with pytest.raises(ModelError, match=rf"{reason}(.|\n)*without --gguf"):
        export(trained, tmp_path / "new" / "whole", converter=script)
    assert leftovers(tmp_path / "new") == []


def test_where_the_converter_is_found(tmp_path, monkeypatch):
    script = converter_that(tmp_path, CONVERTER)
    assert find_converter(str(script)) == script
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_converter(None) == script
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    with pytest.raises(ModelError, match=r"github\.com/ggml-org/llama\.cpp"):
        find_converter(None)
    with pytest.raises(ModelError, match="--converter"):
        find_converter(str(tmp_path / "no.py"))
