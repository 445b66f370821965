"""Reads Gemma 3 out of a GGUF file: its configuration, its vocabulary and its weights.

``transformers`` can read the same file, but spends a minute and a half on it and then refuses to
save the result as a plain model. Here the header is parsed in one pass over the bytes and each
tensor is dequantised once, with the ``gguf`` package, straight into the names that
``Gemma3ForCausalLM`` uses.

This module knows nothing about where the bytes come from, about caches, or about trimming.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import torch
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, dequantize
from transformers import Gemma3TextConfig

from edubias.errors import ModelError
from edubias.lang import tr
from edubias.model.trim import SPACE, Kind, Vocabulary

EMBEDDING = "model.embed_tokens.weight"

# struct codes of the fixed-size metadata types, by their number in the GGUF specification. The two
# that are not of fixed size are strings (8) and arrays (9).
_SCALARS = dict(zip((0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12), "BbHhIif?Qqd", strict=True))
_STRING, _ARRAY = 8, 9

_TOP_LEVEL = {"token_embd": "model.embed_tokens", "output_norm": "model.norm"}
_IN_LAYER = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "post_attention_norm": "post_attention_layernorm",
    "ffn_norm": "pre_feedforward_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "post_ffw_norm": "post_feedforward_layernorm",
}


@dataclass(frozen=True)
class StoredTensor:
    """Where one tensor lies in the file.

    Attributes:
        name: Its GGUF name, such as ``blk.0.attn_q.weight``.
        shape: Its shape in torch's order, slowest dimension first.
        kind: How its values are quantised.
        start: Offset of its first byte from the start of the file.
    """

    name: str
    shape: tuple[int, ...]
    kind: GGMLQuantizationType
    start: int


@dataclass(frozen=True)
class GgufFile:
    """A parsed GGUF file.

    Attributes:
        content: All bytes of the file.
        metadata: The key-value section; arrays are lists.
        tensors: The tensor table.
    """

    content: bytes
    metadata: dict[str, Any]
    tensors: tuple[StoredTensor, ...]


class _Cursor:
    """Reads little-endian values one after another."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.at = 0

    def values(self, codes: str) -> tuple[Any, ...]:
        layout = struct.Struct("<" + codes)
        found = layout.unpack_from(self.content, self.at)
        self.at += layout.size
        return found

    def string(self) -> str:
        (length,) = self.values("Q")
        start, self.at = self.at, self.at + length
        return self.content[start : self.at].decode("utf-8")

    def value(self, kind: int) -> Any:
        if kind == _STRING:
            return self.string()
        if kind == _ARRAY:
            element, count = self.values("IQ")
            if element == _STRING:
                return [self.string() for _ in range(count)]
            return list(self.values(f"{count}{_SCALARS[element]}"))
        return self.values(_SCALARS[kind])[0]


def parse_gguf(content: bytes) -> GgufFile:
    """Parse the header of a GGUF file; tensor data is left where it is.

    Args:
        content: All bytes of the file.

    Raises:
        ModelError: The bytes are not GGUF of version 2 or 3 holding a Gemma 3 model.
    """
    if content[:4] != b"GGUF":
        raise ModelError(tr("This is not a GGUF file.", "这不是 GGUF 文件。"))
    cursor = _Cursor(content)
    cursor.at = 4
    version, tensor_count, pair_count = cursor.values("IQQ")
    if version not in (2, 3):
        raise ModelError(
            tr(f"GGUF version {version} is not supported.", f"不支持 GGUF 第 {version} 版。")
        )
    metadata = {}
    for _ in range(pair_count):
        key = cursor.string()
        metadata[key] = cursor.value(cursor.values("I")[0])
    if (architecture := metadata.get("general.architecture")) != "gemma3":
        raise ModelError(
            tr(
                f"The GGUF file holds a {architecture!r} model, not Gemma 3.",
                f"该 GGUF 文件里是 {architecture!r} 模型，不是 Gemma 3。",
            )
        )
    table = []
    for _ in range(tensor_count):
        name = cursor.string()
        (dimensions,) = cursor.values("I")
        shape = cursor.values(f"{dimensions}Q")[::-1]
        kind, offset = cursor.values("IQ")
        table.append((name, shape, GGMLQuantizationType(kind), offset))
    # Tensor data starts at the next aligned byte, and offsets count from there.
    alignment = metadata.get("general.alignment", 32)
    start = -(-cursor.at // alignment) * alignment
    tensors = tuple(StoredTensor(n, s, k, start + offset) for n, s, k, offset in table)
    return GgufFile(content, metadata, tensors)


def read_vocabulary(file: GgufFile) -> Vocabulary:
    """The tokens of the model in the file.

    The file spells runs of spaces with spaces where the merges need ``▁``.
    """
    stored = file.metadata["tokenizer.ggml.tokens"]
    tokens = tuple(SPACE * len(t) if t and not t.strip(" ") else t for t in stored)
    special = {
        role: tokens[file.metadata[f"tokenizer.ggml.{name}_token_id"]]
        for role, name in (
            ("bos_token", "bos"),
            ("eos_token", "eos"),
            ("unk_token", "unknown"),
            ("pad_token", "padding"),
        )
    }
    kinds = tuple(Kind(kind) for kind in file.metadata["tokenizer.ggml.token_type"])
    return Vocabulary(tokens, kinds, special)


def read_config(file: GgufFile, vocabulary: Vocabulary) -> Gemma3TextConfig:
    """The configuration of the model in the file.

    What a GGUF file leaves out (one full-attention layer in six, the base frequency of local
    rotary embeddings, the query scale) is the same in every Gemma 3 of this size, and is the
    default of ``Gemma3TextConfig``.

    Args:
        file: A parsed Gemma 3 file.
        vocabulary: The tokens that the model will have; ids are taken from it.
    """

    def stated(name: str) -> Any:
        return file.metadata[f"gemma3.{name}"]

    config = Gemma3TextConfig(
        vocab_size=len(vocabulary),
        bos_token_id=vocabulary.id_of("bos_token"),
        eos_token_id=vocabulary.id_of("eos_token"),
        pad_token_id=vocabulary.id_of("pad_token"),
        hidden_size=stated("embedding_length"),
        intermediate_size=stated("feed_forward_length"),
        num_hidden_layers=stated("block_count"),
        num_attention_heads=stated("attention.head_count"),
        num_key_value_heads=stated("attention.head_count_kv"),
        head_dim=stated("attention.key_length"),
        max_position_embeddings=stated("context_length"),
        rms_norm_eps=stated("attention.layer_norm_rms_epsilon"),
        sliding_window=stated("attention.sliding_window"),
        rope_parameters={
            "full_attention": {"rope_type": "default", "rope_theta": stated("rope.freq_base")},
            "sliding_attention": {"rope_type": "default", "rope_theta": 10_000.0},
        },
        tie_word_embeddings=True,
    )
    config.architectures = ["Gemma3ForCausalLM"]
    config.dtype = torch.float32
    return config


def read_state_dict(file: GgufFile, rows: Sequence[int]) -> dict[str, torch.Tensor]:
    """Dequantise every tensor into the names of ``Gemma3ForCausalLM``, in float32.

    The output head is tied to the embedding matrix and therefore absent.

    Args:
        file: A parsed Gemma 3 file.
        rows: Token ids of the file; row ``i`` of the embedding matrix will be that of ``rows[i]``.

    Returns:
        Contiguous tensors by name; the embedding matrix has shape ``[len(rows), hidden_size]``.
    """
    weights = {}
    for tensor in file.tensors:
        name = _torch_name(tensor.name)
        stored = _stored_rows(file.content, tensor)
        if name == EMBEDDING:
            stored = stored[np.asarray(rows)]
        values = dequantize(stored, tensor.kind)
        # Gemma multiplies by (1 + weight); llama.cpp stores that sum.
        if tensor.name.endswith("norm.weight"):
            values = values - np.float32(1)
        shape = (len(rows), *tensor.shape[1:]) if name == EMBEDDING else tensor.shape
        weights[name] = torch.from_numpy(np.ascontiguousarray(values.reshape(shape)))
    return weights


def _torch_name(name: str) -> str:
    stem, suffix = name.rsplit(".", 1)
    if stem in _TOP_LEVEL:
        return f"{_TOP_LEVEL[stem]}.{suffix}"
    _, layer, part = stem.split(".", 2)
    return f"model.layers.{layer}.{_IN_LAYER[part]}.{suffix}"


def _stored_rows(content: bytes, tensor: StoredTensor) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The quantised bytes of a tensor, one line per row; a view, not a copy."""
    block_values, block_bytes = GGML_QUANT_SIZES[tensor.kind]
    row_bytes = tensor.shape[-1] // block_values * block_bytes
    rows = prod(tensor.shape[:-1])
    flat = np.frombuffer(content, np.uint8, rows * row_bytes, tensor.start)
    return flat.reshape(rows, row_bytes)
