"""QLoRA: frozen weights in four bits, adapters trained on them."""

from __future__ import annotations

import pytest
from peft.tuners.lora.bnb import Linear4bit

from edubias.config import load_config
from edubias.data.read import load_pairs
from edubias.detect.detector import load_scorer
from edubias.errors import ConfigError
from edubias.model.load import load_base
from edubias.model.manifest import load_manifest
from edubias.model.reference import fingerprint
from edubias.train.run import train
from tests.conftest import tiny_overrides

QLORA = ["bnb_cfgs.use_bnb=true", "bnb_cfgs.bnb_4bit_compute_dtype=float32"]


@pytest.fixture(scope="module")
def quantised(tmp_path_factory, tiny_model, pair_files):
    folder = tmp_path_factory.mktemp("qlora") / "out"
    overrides = [*tiny_overrides(tiny_model, pair_files, folder), *QLORA]
    return train(load_config("edu_bias_embedded", overrides)).folder


def test_it_learns_and_reloads_to_the_same_rewards(quantised, pair_files):
    metrics = load_manifest(quantised).metrics
    assert metrics["eval/reward_accuracy"] == 1.0
    scorer, _ = load_scorer(quantised)
    pairs = load_pairs(pair_files["eval"])
    logps = scorer.readings([text for p in pairs for text in (p.chosen, p.rejected)])
    rewards = [one.implicit_reward(scorer.beta) for one in logps]
    means = sum(rewards[::2]) / len(pairs), sum(rewards[1::2]) / len(pairs)
    assert means[0] == pytest.approx(metrics["eval/better_sample_reward"], abs=1e-4)
    assert means[1] == pytest.approx(metrics["eval/worse_sample_reward"], abs=1e-4)


def test_weights_are_in_four_bits_and_doubly_quantised(quantised):
    scorer, _ = load_scorer(quantised)
    scorer.scores(["physics 99 ok all"])  # some processors would pack them anew
    layers = [m for m in scorer.policy.modules() if isinstance(m, Linear4bit)]
    assert len(layers) == 14
    for layer in layers:
        state = layer.base_layer.weight.quant_state
        assert state.quant_type == "nf4"
        assert state.nested


def test_the_fingerprint_of_a_reference_follows_how_weights_are_read(tiny_model):
    found = set()
    for nested in ("true", "false"):
        for dtype in ("float32", "bfloat16"):
            config = load_config(
                "edu_bias_embedded",
                [
                    f"model_cfgs.model_name_or_path={tiny_model}",
                    "bnb_cfgs.use_bnb=true",
                    f"bnb_cfgs.bnb_4bit_use_double_quant={nested}",
                    f"bnb_cfgs.bnb_4bit_compute_dtype={dtype}",
                ],
            )
            found.add(fingerprint(load_base(config.model_cfgs, config.bnb_cfgs), [1]))
    assert len(found) == 4


def test_a_whole_model_cannot_be_saved_from_quantised_weights(tiny_model, pair_files, tmp_path):
    overrides = [
        *tiny_overrides(tiny_model, pair_files, tmp_path / "out"),
        *QLORA,
        "lora_cfgs.save_full_model=true",
    ]
    with pytest.raises(ConfigError, match="save_full_model"):
        train(load_config("edu_bias_embedded", overrides))
