"""Shared fixtures: a two-layer random model with a byte tokenizer, and a few pairs."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from edubias.lang import use_language

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def english_messages():
    use_language("en")


@pytest.fixture
def interruptible():
    """Ctrl-C as in a terminal: in a shell's background SIGINT is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True, scope="session")
def reference_cache_of_the_tests(tmp_path_factory):
    """The user's own cache is for the user's own models."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("edubias.model.reference.cache_home", lambda: home)
        yield home


def byte_tokenizer() -> PreTrainedTokenizerFast:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocab = {token: i for i, token in enumerate(["<pad>", "<bos>", "<eos>", *alphabet])}
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", bos_token="<bos>", eos_token="<eos>"
    )


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory) -> Path:
    """Folder of a two-layer Llama with random weights."""
    folder = tmp_path_factory.mktemp("tiny") / "model"
    tokenizer = byte_tokenizer()
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def write_jsonl(path: Path, rows: list[dict]) -> Path:
    path.write_text(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8"
    )
    return path


def make_rows(scenarios: int, per_scenario: int = 2, start: int = 0) -> list[dict]:
    """Short pairs whose biased side holds a tell-tale word, so that a tiny model can learn them."""
    subjects = ["数学", "语文", "physics", "art"]
    rows = []
    for s in range(start, start + scenarios):
        for i in range(per_scenario):
            subject = subjects[(s + i) % 4]
            rows.append(
                {
                    "id": f"p{s}-{i}",
                    "lang": "zh" if s % 2 else "en",
                    "chosen": f"{subject} {s}{i} ok all",
                    "rejected": f"{subject} {s}{i} xx zz",
                    "meta": {
                        "bias_type": "region" if s % 3 else "religion_belief",
                        "scenario": f"s{s}",
                    },
                }
            )
    return rows


def make_statements(split: str, per_kind: int = 6) -> list[dict]:
    """Statements like the pairs' sides; plain ones have digits only."""
    texts = {
        "neutral_subject": (
            "fair",
            "{i}0 + {i} = {i}{i} : " + {"train": "2", "eval": "3", "test": "4"}[split],
        ),
        "mention_not_endorse": ("fair", "art {i} ok all " + split),
        "biased_subtle": ("biased", "数学 {i} xx zz " + split),
    }
    return [
        {
            "id": f"{split}-{kind}-{i}",
            "text": text.format(i=i),
            "lang": "en",
            "label": label,
            "kind": kind,
            "meta": {"split": split} | ({"bias_type": "region"} if label == "biased" else {}),
        }
        for kind, (label, text) in texts.items()
        for i in range(per_kind)
    ]


@pytest.fixture(scope="session")
def statement_file(tmp_path_factory) -> Path:
    rows = [row for split in ("train", "eval", "test") for row in make_statements(split)]
    return write_jsonl(tmp_path_factory.mktemp("statements") / "statements.jsonl", rows)


@pytest.fixture(scope="session")
def pair_files(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pairs")
    return {
        "train": write_jsonl(folder / "train.jsonl", make_rows(8)),
        "eval": write_jsonl(folder / "eval.jsonl", make_rows(4, start=20)),
        "test": write_jsonl(folder / "test.jsonl", make_rows(5, start=40)),
    }


def tiny_overrides(tiny_model: Path, pair_files: dict[str, Path], output: Path) -> list[str]:
    """Overrides of the embedded preset for a run of seconds."""
    return [
        f"model_cfgs.model_name_or_path={tiny_model}",
        f"data_cfgs.train_datasets={pair_files['train']}",
        f"data_cfgs.eval_datasets={pair_files['eval']}",
        "data_cfgs.train_statements=null",
        "data_cfgs.train_size=null",
        "data_cfgs.eval_size=null",
        f"logger_cfgs.output_dir={output}",
        "train_cfgs.bf16=false",
        "train_cfgs.epochs=2",
        "train_cfgs.learning_rate=0.01",
        "train_cfgs.loss_type=sigmoid",
        "train_cfgs.per_device_train_batch_size=4",
        "train_cfgs.gradient_accumulation_steps=1",
    ]


@pytest.fixture(scope="session")
def trained(tmp_path_factory, tiny_model, pair_files) -> Path:
    """A tiny LoRA checkpoint, trained once for all tests that only read it."""
    from edubias.config import load_config
    from edubias.train.run import train

    folder = tmp_path_factory.mktemp("run") / "out"
    config = load_config("edu_bias_embedded", tiny_overrides(tiny_model, pair_files, folder))
    return train(config).folder


@pytest.fixture(scope="session")
def calibrated(tmp_path_factory, trained, pair_files, statement_file) -> Path:
    """The tiny checkpoint with calibration, type head and screen."""
    import shutil

    from edubias.data.labelled import Collection, statements_of_split
    from edubias.data.read import load_pairs, load_statements
    from edubias.detect.detector import load_scorer
    from edubias.detect.fitting import calibrate

    folder = tmp_path_factory.mktemp("calibrated") / "out"
    shutil.copytree(trained, folder)
    statements = load_statements(statement_file)
    evaluation, training = (
        Collection(load_pairs(pair_files[split]), statements_of_split(statements, split))
        for split in ("eval", "train")
    )
    calibrate(folder, load_scorer(folder)[0], evaluation, training)
    return folder
