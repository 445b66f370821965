"""The ``packed`` strategy gives what the ``padded`` one gives."""

from __future__ import annotations

import random

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import GPT2Config, GPT2LMHeadModel

from edubias.data.collate import PairCollator, batch_completions
from edubias.data.pack import pack_completions
from edubias.errors import ConfigError
from edubias.model.logps import choose_strategy, token_logps
from edubias.model.packed import attention_masks, why_not_packed
from edubias.train.loss import PreferenceLogps, dpo_loss
from tests.model.families import CONFIGS, VOCABULARY, random_model

PROMPT = [1, 7, 8]


def with_adapters(model, targets):
    torch.manual_seed(1)
    policy = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", r=4, target_modules=targets))
    for name, parameter in policy.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    return policy


def random_pairs(seed: int, count: int) -> list[dict]:
    """Pairs of 1 to 200 tokens; most begin alike, as minimal pairs do."""
    rng = random.Random(seed)

    def tokens(low, high):
        return [rng.randrange(3, VOCABULARY) for _ in range(rng.randint(low, high))]

    pairs = []
    for index in range(count):
        shared = tokens(0, 60) if index % 3 else []
        longest = 200 - len(shared)
        sides = [shared + tokens(1, rng.choice([1, 5, 40, longest])) for _ in range(2)]
        pairs.append(
            {
                "chosen_ids": sides[0],
                "rejected_ids": sides[1],
                "kind": 0,
                "reference_chosen_logps": -4.0 * len(sides[0]),
                "reference_rejected_logps": -4.1 * len(sides[1]),
            }
        )
    return pairs


def loss_rewards_gradients(model, pairs, strategy):
    batch = PairCollator(PROMPT, 0, strategy)(pairs)
    values = token_logps(model, batch["completions"])
    logps = values.sum(dim=1).reshape(-1, 2)
    lengths = batch["completions"]["completion_mask"].sum(dim=1).reshape(-1, 2)
    reference = batch["reference_logps"]
    result = dpo_loss(
        PreferenceLogps(*logps.T, *reference.T, *lengths.T), beta=0.1, loss_type="sigmoid_norm"
    )
    model.zero_grad()
    result.losses.mean().backward()
    gradients = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
    rewards = torch.cat([result.chosen_rewards, result.rejected_rewards])
    return values.detach(), result.losses.mean().detach(), rewards, gradients


def assert_close(one, other, tolerance=1e-4):
    assert torch.linalg.vector_norm(one - other) <= tolerance * torch.linalg.vector_norm(other)


@pytest.mark.parametrize("family", CONFIGS)
@pytest.mark.parametrize(("count", "seed"), [(1, 0), (3, 1), (8, 2)])
def test_packed_equals_padded(family, count, seed):
    model = with_adapters(random_model(family), ["q_proj", "v_proj", "down_proj"])
    pairs = random_pairs(seed, count)
    packed, padded = (loss_rewards_gradients(model, pairs, s) for s in ("packed", "padded"))
    for one, other in zip(packed[:3], padded[:3], strict=True):
        assert_close(one, other)
    assert packed[3].keys() == padded[3].keys()
    assert len(packed[3]) == 12
    for name, gradient in packed[3].items():
        assert_close(gradient, padded[3][name])


@pytest.mark.parametrize("strategy", ["packed", "padded"])
def test_what_is_given_is_read_and_not_predicted(strategy):
    model = random_model("gemma3")
    completions, given = [[5, 6, 7, 8], [5, 6, 9], [7, 5, 6, 6, 9]], [2, 2, 0]
    batch = batch_completions(strategy, PROMPT, completions, 0, given)
    logps = token_logps(model, batch)
    every = token_logps(model, batch_completions(strategy, PROMPT, completions, 0))
    for row, (ids, first) in enumerate(zip(completions, given, strict=True)):
        predicted = logps[row][batch["completion_mask"][row].bool()]
        torch.testing.assert_close(predicted, every[row, first : len(ids)])


def test_a_trained_head_gets_the_same_gradients():
    pairs = random_pairs(3, 4)
    model = random_model("qwen3")
    packed, padded = (loss_rewards_gradients(model, pairs, s) for s in ("packed", "padded"))
    assert "lm_head.weight" in packed[3] or "model.embed_tokens.weight" in packed[3]
    for name, gradient in packed[3].items():
        assert_close(gradient, padded[3][name])


def test_an_adapted_head_gets_the_same_gradients():
    pairs = random_pairs(4, 4)
    model = with_adapters(random_model("llama"), ["q_proj", "lm_head"])
    packed, padded = (loss_rewards_gradients(model, pairs, s) for s in ("packed", "padded"))
    assert any("lm_head" in name for name in packed[3])
    for name, gradient in packed[3].items():
        assert_close(gradient, padded[3][name])


def test_the_head_is_itself_again_afterwards():
    model = random_model("llama")
    before = model(input_ids=torch.tensor([PROMPT])).logits
    token_logps(model, pack_completions(PROMPT, [[5, 6]], 0))
    torch.testing.assert_close(model(input_ids=torch.tensor([PROMPT])).logits, before)
    assert "forward" not in model.lm_head.__dict__


def test_eager_attention_takes_the_same_mask():
    pairs = random_pairs(5, 3)
    model = random_model("gemma3", "eager")
    packed, padded = (loss_rewards_gradients(model, pairs, s) for s in ("packed", "padded"))
    assert_close(packed[0], padded[0])


@torch.no_grad()
@pytest.mark.parametrize("family", ["llama", "gemma3"])
def test_flex_attention_masks_the_same(family):
    """FlexAttention's own kernel needs a GPU; which nodes it lets see each other does not."""
    model = random_model(family)
    batch = pack_completions(PROMPT, [[5, 6, 7] * 10, [5, 6, 8], [9] * 40], 0)
    dense = attention_masks(batch, model.config, torch.float32)
    model.config._attn_implementation = "flex_attention"
    blocks = attention_masks(batch, model.config, torch.float32)
    if family == "llama":
        dense, blocks = {"all": dense}, {"all": blocks}
    assert dense.keys() == blocks.keys()
    nodes = batch["input_ids"].shape[1]
    for kind, mask in dense.items():
        allowed = torch.tensor(
            [
                [
                    bool(blocks[kind].mask_mod(*map(torch.tensor, (0, 0, query, key))))
                    for key in range(nodes)
                ]
                for query in range(nodes)
            ]
        )
        torch.testing.assert_close(mask[0, 0] == 0, allowed)


def test_other_architectures_fall_back_with_a_reason():
    model = GPT2LMHeadModel(GPT2Config(vocab_size=50, n_embd=8, n_layer=1, n_head=2))
    strategy, reason = choose_strategy(model)
    assert strategy == "padded"
    assert "gpt2" in reason
    with pytest.raises(ConfigError, match="gpt2"):
        choose_strategy(model, "packed")
    model = random_model("llama")
    assert why_not_packed(model) is None
    model.config._attn_implementation = "flash_attention_2"
    assert "flash_attention_2" in why_not_packed(model)
    assert choose_strategy(random_model("llama"), "padded") == ("padded", None)
