"""The embedded model: from the packages to a folder, and what happens when that goes wrong."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, Gemma3ForCausalLM, Gemma3TextConfig

from edubias.errors import ModelError
from edubias.home import cache_home
from edubias.lang import use_language
from edubias.model import embedded
from edubias.model.embedded import (
    RECORD,
    SOURCE_MODULE,
    describe_embedded,
    is_complete,
    prepare_embedded,
    publish_folder,
)

TEXTS = [
    "今天天气很好，我们去公园玩。",
    "女孩子天生不适合学习理工科，应该选择文科或者护理专业。",
    "The doctor said that he would see the patient, and the nurse brought her notes.",
    "设 x²+y²=1，则 ∠ABC = 90°；√2 ≈ 1.414，α ≤ β。\n\t(1) 证明……",
]


def write_stand_in(folder: Path) -> None:
    """A conversion of no size, whose record is right."""
    (folder / "config.json").write_text("{}")
    record = {"format_version": embedded.FORMAT_VERSION, "files": {"config.json": 2}}
    (folder / RECORD).write_text(json.dumps(record))


def install_source(monkeypatch, *paths: Path) -> None:
    """Stand-in for the installed packages."""
    module = ModuleType(SOURCE_MODULE)
    module.chunk_paths = lambda: list(paths)
    monkeypatch.setitem(sys.modules, SOURCE_MODULE, module)
    monkeypatch.setattr(metadata, "version", lambda name: "9.9")


class TestSource:
    def test_missing_package_names_the_extra(self, monkeypatch, tmp_path):
        monkeypatch.setitem(sys.modules, SOURCE_MODULE, None)
        with pytest.raises(ModelError) as caught:
            prepare_embedded(home=tmp_path)
        assert 'pip install "edubias[embedded]"' in caught.value.remedy
        assert not list((tmp_path / "models").glob("*gemma*partial*"))

    def test_missing_part_names_the_extra(self, monkeypatch, tmp_path):
        install_source(monkeypatch, tmp_path / "absent.part00")
        with pytest.raises(ModelError, match="absent") as caught:
            prepare_embedded(home=tmp_path)
        assert "edubias[embedded]" in caught.value.remedy

    def test_wrong_hash_is_rejected(self, monkeypatch, tmp_path):
        part = tmp_path / "part00"
        part.write_bytes(b"GGUF but not ours")
        install_source(monkeypatch, part)
        with pytest.raises(ModelError, match=r"9\.9.*sha256") as caught:
            prepare_embedded(home=tmp_path)
        assert embedded.SOURCE_SHA256 in caught.value.problem
        assert "--force-reinstall" in caught.value.remedy
        assert [p.name for p in (tmp_path / "models").iterdir() if p.is_dir()] == []

    def test_messages_are_chinese_on_request(self, monkeypatch, tmp_path):
        use_language("zh")
        monkeypatch.setitem(sys.modules, SOURCE_MODULE, None)
        with pytest.raises(ModelError, match="未安装内置模型"):
            prepare_embedded(home=tmp_path)


class TestCache:
    def test_home_follows_the_environment(self, monkeypatch, tmp_path):
        monkeypatch.setenv("EDUBIAS_HOME", str(tmp_path / "x"))
        assert cache_home() == tmp_path / "x"
        monkeypatch.delenv("EDUBIAS_HOME")
        assert cache_home().name == "edubias"

    def test_a_ready_folder_is_reused_in_silence(self, monkeypatch, tmp_path):
        calls = []
        monkeypatch.setattr(
            embedded, "_convert", lambda f, t, say: (calls.append(t), write_stand_in(f))
        )
        said = []
        first = prepare_embedded(home=tmp_path, progress=said.append)
        assert prepare_embedded(home=tmp_path, progress=said.append) == first
        other = prepare_embedded(trimmed=False, home=tmp_path)
        assert other != first
        assert calls == [True, False]
        assert said == []

    def test_a_damaged_folder_is_made_again(self, monkeypatch, tmp_path):
        monkeypatch.setattr(embedded, "_convert", lambda f, t, say: write_stand_in(f))
        folder = prepare_embedded(home=tmp_path)
        (folder / "config.json").write_text("")
        assert not is_complete(folder)
        assert is_complete(prepare_embedded(home=tmp_path))

    @pytest.mark.parametrize("record", ["", "[]", "{}", '{"format_version": 0, "files": {}}'])
    def test_bad_records_are_not_complete(self, tmp_path, record):
        (tmp_path / RECORD).write_text(record)
        assert not is_complete(tmp_path)

    def test_failed_write_leaves_nothing(self, tmp_path):
        def fail(folder: Path) -> None:
            (folder / "half").write_text("x")
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            publish_folder(tmp_path / "model", fail)
        assert list(tmp_path.iterdir()) == []

    def test_full_disk(self, monkeypatch, tmp_path):
        monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10))
        monkeypatch.setattr(
            embedded, "_convert", lambda f, t, say: embedded._require_space(f, 1000)
        )
        with pytest.raises(ModelError, match="full") as caught:
            prepare_embedded(home=tmp_path)
        assert "EDUBIAS_HOME" in caught.value.remedy
        assert not [p for p in (tmp_path / "models").iterdir() if p.is_dir()]

    def test_home_that_cannot_be_written(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(ModelError, match="can't be written") as caught:
            prepare_embedded(home=tmp_path / "file")
        assert "EDUBIAS_HOME" in caught.value.remedy


SLOW_CONVERSION = """
import json, sys, time
from pathlib import Path
from edubias.model import embedded

def convert(folder, trimmed, say):
    (folder / "config.json").write_text("{}")
    print("writing", flush=True)
    time.sleep(float(sys.argv[2]))
    record = {"format_version": embedded.FORMAT_VERSION, "files": {"config.json": 2}}
    (folder / embedded.RECORD).write_text(json.dumps(record))

embedded._convert = convert
print(embedded.prepare_embedded(home=Path(sys.argv[1])))
"""


def start_conversion(home: Path, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SLOW_CONVERSION, str(home), str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


class TestProcesses:
    def test_killed_half_way_then_prepared_again(self, monkeypatch, tmp_path):
        process = start_conversion(tmp_path, seconds=60)
        assert process.stdout.readline() == "writing\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        left = [p for p in (tmp_path / "models").iterdir() if p.is_dir()]
        assert len(left) == 1 and "partial" in left[0].name

        monkeypatch.setattr(embedded, "_convert", lambda f, t, say: write_stand_in(f))
        folder = prepare_embedded(home=tmp_path)
        assert is_complete(folder)
        assert [p for p in (tmp_path / "models").iterdir() if p.is_dir()] == [folder]

    def test_second_process_waits_and_reuses(self, monkeypatch, tmp_path):
        process = start_conversion(tmp_path, seconds=2)
        assert process.stdout.readline() == "writing\n"

        def refuse(folder: Path, trimmed: bool, say: object) -> None:
            raise AssertionError("converted twice")

        monkeypatch.setattr(embedded, "_convert", refuse)
        said: list[str] = []
        folder = prepare_embedded(home=tmp_path, progress=said.append)
        assert len(said) == 1 and "Another process" in said[0]
        assert process.communicate()[0].strip() == str(folder)


def write_gguf(path: Path, model: Gemma3ForCausalLM, architecture: str = "gemma3") -> None:
    """A tiny Gemma 3 in the format that llama.cpp writes, its matrices in Q8_0."""
    gguf = pytest.importorskip("gguf")
    config = model.config
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(config.head_dim)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_sliding_window(config.sliding_window)
    writer.add_rope_freq_base(1_000_000.0)
    tokens = ["<pad>", "<eos>", "<bos>", "<unk>", "  ", "я", "▁", "a"]
    writer.add_token_list(tokens)
    writer.add_token_types([3, 3, 3, 3, 4, 1, 1, 1])
    writer.add_pad_token_id(0)
    writer.add_eos_token_id(1)
    writer.add_bos_token_id(2)
    writer.add_unk_token_id(3)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.GEMMA3, config.num_hidden_layers)
    for name, tensor in model.model.state_dict().items():
        stem = names.get_name("model." + name.removesuffix(".weight"))
        values = tensor.numpy()
        if name.endswith("norm.weight"):
            writer.add_tensor(f"{stem}.weight", values + np.float32(1))
        else:
            q8 = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(f"{stem}.weight", gguf.quantize(values, q8), raw_dtype=q8)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@pytest.fixture
def tiny_gemma() -> Gemma3ForCausalLM:
    torch.manual_seed(0)
    config = Gemma3TextConfig(
        vocab_size=8,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=6,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=32,
        max_position_embeddings=128,
        sliding_window=16,
    )
    model = Gemma3ForCausalLM(config)
    for name, weight in model.named_parameters():
        if name.endswith("norm.weight"):
            torch.nn.init.normal_(weight, std=0.1)
    return model.eval()


class TestGguf:
    def test_weights_and_config_come_back(self, tmp_path, tiny_gemma):
        from edubias.model import gguf_weights

        write_gguf(tmp_path / "m.gguf", tiny_gemma)
        file = gguf_weights.parse_gguf((tmp_path / "m.gguf").read_bytes())
        vocabulary = gguf_weights.read_vocabulary(file)
        assert vocabulary.tokens[4] == "▁▁"
        config = gguf_weights.read_config(file, vocabulary)
        assert (config.bos_token_id, config.eos_token_id, config.pad_token_id) == (2, 1, 0)

        model = Gemma3ForCausalLM(config).eval()
        state = gguf_weights.read_state_dict(file, range(len(vocabulary)))
        missing, unexpected = model.load_state_dict(state, strict=False)
        assert (missing, unexpected) == (["lm_head.weight"], [])
        ids = torch.arange(8)[None]
        with torch.no_grad():
            # 8 bits a weight, so close but not equal
            torch.testing.assert_close(
                model(ids).logits, tiny_gemma(ids).logits, atol=0.05, rtol=0.05
            )

    def test_rows_are_picked_in_order(self, tmp_path, tiny_gemma):
        from edubias.model import gguf_weights

        write_gguf(tmp_path / "m.gguf", tiny_gemma)
        file = gguf_weights.parse_gguf((tmp_path / "m.gguf").read_bytes())
        full = gguf_weights.read_state_dict(file, range(8))[gguf_weights.EMBEDDING]
        some = gguf_weights.read_state_dict(file, [7, 0, 3])[gguf_weights.EMBEDDING]
        assert torch.equal(some, full[[7, 0, 3]])

    def test_other_files_are_refused(self, tmp_path, tiny_gemma):
        from edubias.model import gguf_weights

        with pytest.raises(ModelError, match="not a GGUF"):
            gguf_weights.parse_gguf(b"PK\x03\x04" + bytes(40))
        with pytest.raises(ModelError, match="version 1 "):
            gguf_weights.parse_gguf(b"GGUF\x01" + bytes(40))
        write_gguf(tmp_path / "m.gguf", tiny_gemma, architecture="gemma2")
        with pytest.raises(ModelError, match="gemma2"):
            gguf_weights.parse_gguf((tmp_path / "m.gguf").read_bytes())


@pytest.fixture(scope="session")
def embedded_folder() -> Path:
    return prepare_embedded()


@pytest.mark.embedded
class TestModel:
    def test_loads_without_a_network(self, embedded_folder, monkeypatch):
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        model = AutoModelForCausalLM.from_pretrained(embedded_folder)
        tokenizer = AutoTokenizer.from_pretrained(embedded_folder)
        assert isinstance(model, Gemma3ForCausalLM)
        assert model.dtype == torch.float32
        assert model.config.vocab_size == len(tokenizer)
        assert model.lm_head.weight.data_ptr() == model.model.embed_tokens.weight.data_ptr()
        for role in ("bos", "eos", "pad"):
            expected = getattr(tokenizer, f"{role}_token_id")
            assert getattr(model.config, f"{role}_token_id") == expected
            assert getattr(model.generation_config, f"{role}_token_id") == expected
        # It knows what it should: a wrong map of weights would guess at random (about 12 a token).
        ids = tokenizer(TEXTS[0], return_tensors="pt").input_ids
        with torch.no_grad():
            assert model(ids, labels=ids).loss < 4.5

    def test_description(self, embedded_folder):
        info = describe_embedded()
        assert info.folder == embedded_folder
        assert info.trimmed and info.dtype == "float32"
        assert info.parameters == 216_774_656
        assert info.vocabulary_size == 181_951
        assert info.bytes_on_disk > 4 * info.parameters
        assert any("216,774,656" in value for _, value in info.rows())
        assert "Gemma Terms" in info.licence

    def test_the_vocabulary_is_the_same_everywhere(self, embedded_folder):
        """Adapters and cached ids are only good for this very vocabulary."""
        record = json.loads((embedded_folder / RECORD).read_text())
        assert record["vocabulary_sha256"].startswith("29081381913dffaf")


@pytest.mark.slow
class TestAgainstTransformers:
    """Minutes: transformers' own way of reading the file."""

    def test_weights_logits_and_ids_are_equal(self, tmp_path):
        content, _ = embedded.read_source()
        (tmp_path / "model.gguf").write_bytes(content)
        theirs = AutoModelForCausalLM.from_pretrained(
            tmp_path, gguf_file="model.gguf", dtype=torch.float32
        )
        folder = prepare_embedded(trimmed=False)
        ours = AutoModelForCausalLM.from_pretrained(folder)
        their_state = theirs.state_dict()
        assert their_state.keys() == ours.state_dict().keys()
        for name, weight in ours.state_dict().items():
            assert torch.equal(weight, their_state[name]), name
        their_tokenizer = AutoTokenizer.from_pretrained(tmp_path, gguf_file="model.gguf")
        our_tokenizer = AutoTokenizer.from_pretrained(folder)
        for text in TEXTS:
            ids = their_tokenizer(text, return_tensors="pt").input_ids
            assert our_tokenizer(text).input_ids == ids[0].tolist()
            with torch.no_grad():
                assert torch.equal(ours(ids).logits, theirs(ids).logits)

    def test_real_conversion_survives_a_kill(self, tmp_path):
        command = "from edubias.model.embedded import *; prepare_embedded(home=Path({!r}))"
        process = subprocess.Popen([sys.executable, "-c", command.format(str(tmp_path))])
        deadline = time.monotonic() + 120
        while not list(tmp_path.glob("models/.*partial*/*.json")):
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        folder = prepare_embedded(home=tmp_path)
        assert is_complete(folder)
        assert [p for p in (tmp_path / "models").iterdir() if p.is_dir()] == [folder]
