"""Small random models of every family that the ``packed`` strategy knows."""

from __future__ import annotations

import torch
from transformers import (
    AutoModelForCausalLM,
    Gemma3TextConfig,
    LlamaConfig,
    PreTrainedModel,
    Qwen2Config,
    Qwen3Config,
)

VOCABULARY = 3000
SIZE = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
SLIDING = ["sliding_attention", "full_attention"]
CONFIGS = {
    "llama": LlamaConfig(**SIZE),
    "qwen2": Qwen2Config(**SIZE),
    "qwen2-sliding": Qwen2Config(
        **SIZE, use_sliding_window=True, sliding_window=24, layer_types=SLIDING
    ),
    "qwen3": Qwen3Config(**SIZE, head_dim=8),
    "gemma3": Gemma3TextConfig(**SIZE, head_dim=8, sliding_window=24, layer_types=SLIDING),
}


def random_model(family: str, attention: str = "sdpa") -> PreTrainedModel:
    """A model with weights large enough for its predictions to differ."""
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(CONFIGS[family], attn_implementation=attention)
    for parameter in model.parameters():
        if parameter.dim() > 1:
            torch.nn.init.normal_(parameter, std=0.15)
    return model
