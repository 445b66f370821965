"""Checks before a training, on the real tiny model and on this machine."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from edubias.config import load_config
from edubias.data.collate import PairCollator
from edubias.data.prompt import prompt_ids
from edubias.data.read import load_pairs
from edubias.errors import LaunchError
from edubias.model.load import load_base, load_model_config, load_tokenizer, outline, with_lora
from edubias.model.logps import token_logps
from edubias.records import PreferencePair
from edubias.train.inputs import check_data, check_lengths, check_model, encode, encode_roughly
from edubias.train.launch import Plan, start
from edubias.train.machine import Gpu, Machine, check_disk, check_libraries, room_in_container
from edubias.train.memory import (
    HEADROOM,
    check_memory,
    estimate_memory,
    largest_micro_batch,
    memory_remedy,
)
from edubias.train.preflight import all_checks, check_mode, check_tracker
from edubias.train.processes import Cluster
from edubias.train.settings import (
    check_batch,
    check_epochs,
    check_learning_rate,
    check_scale_coeff,
)
from tests.conftest import make_rows, tiny_overrides, write_jsonl

MACHINE = Machine(cores=2, memory=8 * 10**9, available=6 * 10**9)
FULL = "lora_cfgs.use_lora=false"


@pytest.fixture
def configured(tiny_model, pair_files, tmp_path):
    def configure(*overrides):
        given = [*tiny_overrides(tiny_model, pair_files, tmp_path / "out"), *overrides]
        return load_config("edu_bias_embedded", given)

    return configure


def outlined(config):
    return outline(load_model_config(config.model_cfgs), config.lora_cfgs, False)


def estimated(config, strategy="packed", dtype=torch.float32, **spread):
    tokenizer = load_tokenizer(config.model_cfgs.model_name_or_path)
    encoded = encode(tokenizer, prompt_ids(tokenizer), load_pairs(config.data_cfgs.train_datasets))
    batch = largest_micro_batch(config, len(encoded.prompt), encoded.pairs, strategy)
    return estimate_memory(outlined(config), config, dtype, batch, strategy, **spread)


def statuses(checks):
    return {check.name: check.status for check in checks}


# Memory


def test_the_fixed_part_is_counted_as_the_real_model_has_it(configured):
    config = configured()
    model = with_lora(load_base(config.model_cfgs), config.lora_cfgs)
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    found = estimated(config)
    assert found.weights == sum(p.numel() * p.element_size() for p in model.parameters())
    assert found.gradients == 4 * trained
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad])
    for parameter in optimizer.param_groups[0]["params"]:
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    moments = [
        state[key] for state in optimizer.state.values() for key in ("exp_avg", "exp_avg_sq")
    ]
    assert found.optimizer == sum(moment.nbytes for moment in moments)


@pytest.mark.parametrize("full", [False, True])
def test_activations_are_near_what_a_real_forward_pass_keeps(configured, full):
    config = configured(*[FULL] * full)
    model = load_base(config.model_cfgs)
    model = model if full else with_lora(model, config.lora_cfgs)
    model.train()
    tokenizer = load_tokenizer(config.model_cfgs.model_name_or_path)
    pairs = load_pairs(config.data_cfgs.train_datasets)[:4]
    encoded = encode(tokenizer, prompt_ids(tokenizer), pairs)
    rows = [
        {
            "chosen_ids": chosen,
            "rejected_ids": rejected,
            "kind": 0,
            "reference_chosen_logps": 0.0,
            "reference_rejected_logps": 0.0,
        }
        for chosen, rejected in encoded.pairs
    ]
    batch = PairCollator(encoded.prompt, 0, "packed")(rows)
    own = {weight.untyped_storage().data_ptr() for weight in model.parameters()}
    kept = {}

    def keep(tensor):
        storage = tensor.untyped_storage()
        # What the adapters keep is as small as they are in a model of a real size.
        if storage.data_ptr() not in own and tensor.shape[-1] != config.lora_cfgs.r:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        token_logps(model, batch["completions"])
    work = largest_micro_batch(config, len(encoded.prompt), encoded.pairs, "packed")
    assert work.positions == batch["completions"]["input_ids"].numel()
    found = estimate_memory(outlined(config), config, torch.float32, work, "packed")
    assert found.activations == pytest.approx(sum(kept.values()), rel=0.35)


def test_every_remedy_takes_less(configured, tiny_model, tmp_path):
    # A wider model, so that its weights count.
    folder = tmp_path / "wide"
    folder.mkdir()
    settings = json.loads((tiny_model / "config.json").read_text())
    settings |= {"hidden_size": 512, "intermediate_size": 2048, "head_dim": 128}
    (folder / "config.json").write_text(json.dumps(settings))

    def total(*overrides, strategy="packed"):
        config = configured(*overrides)
        tokenizer = load_tokenizer(config.model_cfgs.model_name_or_path)
        pairs = load_pairs(config.data_cfgs.train_datasets)
        encoded = encode(tokenizer, prompt_ids(tokenizer), pairs)
        wide = config.model_cfgs.model_copy(update={"model_name_or_path": str(folder)})
        batch = largest_micro_batch(config, len(encoded.prompt), encoded.pairs, strategy)
        model = outline(load_model_config(wide), config.lora_cfgs, False)
        return estimate_memory(model, config, torch.float32, batch, strategy).total

    full = total(FULL)
    lora = total()
    assert total("bnb_cfgs.use_bnb=true", "bnb_cfgs.load_in_8bit=true") < lora < full
    assert total("bnb_cfgs.use_bnb=true") < total(
        "bnb_cfgs.use_bnb=true", "bnb_cfgs.load_in_8bit=true"
    )
    assert total("train_cfgs.gradient_checkpointing=true") < lora
    assert total("train_cfgs.micro_batch_tokens=60") < lora
    assert total("train_cfgs.per_device_train_batch_size=1") < lora
    assert total("model_cfgs.model_max_length=30") < lora
    assert total(strategy="padded") > lora


def test_zero_spreads_over_processes(configured):
    config = configured(FULL)
    alone = estimated(config)
    stages = [estimated(config, zero_stage=stage, processes=4) for stage in range(4)]
    assert stages[0] == alone
    assert [stage.optimizer for stage in stages[1:]] == [alone.optimizer // 4] * 3
    assert [stage.gradients for stage in stages[2:]] == [alone.gradients // 4] * 2
    assert stages[3].weights == alone.weights // 4


def test_weights_that_are_spread_have_to_fit_whole_first(configured):
    config = configured(FULL)
    whole = estimated(config).weights
    spread = estimated(config, zero_stage=3, processes=64)
    assert spread.fixed >= whole
    assert spread.total >= whole + spread.logits
    check = check_memory(spread, whole - 1, config)
    assert check.status == "fail"
    assert "loads all weights first" in check.message
    assert "first" not in check_memory(estimated(config), whole, config).message


def test_half_precision_halves_frozen_weights_and_copies_trained_ones(configured):
    lora, half = estimated(configured()), estimated(configured(), dtype=torch.bfloat16)
    assert half.weights < lora.weights
    full = estimated(configured(FULL)), estimated(configured(FULL), dtype=torch.bfloat16)
    assert full[1].weights == full[0].weights * 6 // 4


def test_memory_fails_only_where_the_counted_part_does_not_fit(configured):
    config = configured(FULL)
    estimate = estimated(config)
    assert check_memory(estimate, int(estimate.total * HEADROOM) + 1, config).status == "ok"
    tight = check_memory(estimate, estimate.fixed, config)
    assert tight.status == "warn"
    assert "batch" in tight.remedy
    short = check_memory(estimate, estimate.fixed - 1, config)
    assert short.status == "fail"
    assert "batch" not in short.remedy
    assert short.remedy.index("(LoRA)") < short.remedy.index("(QLoRA)")


def test_remedies_leave_out_what_is_done_already(configured):
    given = ["train_cfgs.gradient_checkpointing=true", "bnb_cfgs.use_bnb=true"]
    remedy = memory_remedy(configured(*given))
    assert "checkpointing" not in remedy
    assert "LoRA" not in remedy
    assert "micro_batch_tokens" in remedy


def test_rough_tokens_are_not_fewer_than_real_ones_of_the_embedded_kind():
    pair = PreferencePair("p", "zh", "女生也能学好数学。", "Girls can't do maths at all.")
    [(chinese, english)] = encode_roughly([pair]).pairs
    assert len(chinese) == len(pair.chosen)
    assert len(english) >= len(pair.rejected.split())


# The machine


def test_memory_of_a_machine_for_its_processes():
    assert MACHINE.memory_for(2) == MACHINE.available // 2
    gpus = (Gpu("a", 10, 9), Gpu("b", 10, 5))
    assert replace(MACHINE, gpus=gpus).memory_for(1) == 9
    assert replace(MACHINE, gpus=gpus).memory_for(2) == 5


def test_a_container_limits_memory(tmp_path):
    assert room_in_container(tmp_path) is None
    (tmp_path / "memory.current").write_text("30\n")
    (tmp_path / "memory.stat").write_text("anon 20\nactive_file 0\ninactive_file 0\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert room_in_container(tmp_path) is None
    (tmp_path / "memory.max").write_text("100\n")
    assert room_in_container(tmp_path) == 70
    (tmp_path / "memory.max").write_text("20\n")
    assert room_in_container(tmp_path) == 0
    # Copies of files make room as soon as it is wanted.
    (tmp_path / "memory.stat").write_text("anon 8\nfile 22\ninactive_file 14\nactive_file 8\n")
    assert room_in_container(tmp_path) == 12


def test_libraries_that_are_missing_or_of_another_version(monkeypatch):
    assert check_libraries([]).status == "ok"
    needs = ["torch>=1", "no-such-thing>=1; extra == 'track'"]
    monkeypatch.setattr("edubias.train.machine.metadata.requires", lambda name: needs)
    assert check_libraries([]).status == "ok"
    missing = check_libraries(["no-such-thing"])
    assert (missing.status, missing.remedy) == ("fail", "pip install no-such-thing")
    assert check_libraries(["no_such_thing"]) == missing  # as it is imported
    needs[0] = "torch>=999"
    wrong = check_libraries([])
    assert wrong.status == "warn"
    assert ">=999" in wrong.message


def test_disk(tmp_path):
    folder = tmp_path / "not" / "yet"
    assert check_disk(folder, 1000, 5).status == "ok"
    assert check_disk(folder, 10**18, 5).status == "fail"
    free = shutil.disk_usage(tmp_path).free
    tight = check_disk(folder, free // 2, 5)
    assert tight.status == "warn"
    assert "save_total_limit" in tight.remedy
    assert not folder.exists()


# Settings


@pytest.mark.parametrize(
    ("overrides", "parameters", "status"),
    [
        (["train_cfgs.learning_rate=5e-6", FULL], 7e9, "ok"),
        (["train_cfgs.learning_rate=1e-4", FULL], 7e9, "warn"),
        (["train_cfgs.learning_rate=5e-6"], 7e9, "ok"),
        (["train_cfgs.learning_rate=5e-6"], 2e8, "warn"),
        (["train_cfgs.learning_rate=3e-4"], 2e8, "ok"),
        (["train_cfgs.learning_rate=0.01"], None, "warn"),
    ],
)
def test_learning_rates_by_kind_of_training(configured, overrides, parameters, status):
    check = check_learning_rate(configured(*overrides), parameters)
    assert check.status == status
    assert ("train_cfgs.learning_rate" in check.remedy) is (status == "warn")


@pytest.mark.parametrize(("value", "status"), [(0.05, "warn"), (0.1, "ok"), (1, "ok"), (2, "warn")])
def test_scale_coeff(configured, value, status):
    assert check_scale_coeff(configured(f"train_cfgs.scale_coeff={value}")).status == status


def test_epochs(configured):
    assert check_epochs(configured("train_cfgs.epochs=3")).status == "ok"
    assert "Over-fitting" in check_epochs(configured("train_cfgs.epochs=20")).remedy
    assert "never seen" in check_epochs(configured("train_cfgs.epochs=0.5")).remedy
    few = configured("train_cfgs.epochs=20", "train_cfgs.max_steps=5")
    assert check_epochs(few).status == "ok"


def test_batch_and_number_of_pairs(configured):
    config = configured("train_cfgs.epochs=1")
    assert check_batch(config, 400, 1).status == "ok"
    assert check_batch(config, 16, 1).status == "warn"  # 4 steps
    assert check_batch(config, 400, 200).status == "warn"  # a step takes more than there are
    assert "100 steps" in check_batch(config, 400, 1).message


# Inputs


def test_a_model_that_cannot_be_loaded(configured, tmp_path, monkeypatch):
    # The variable HF_HUB_OFFLINE is read at import only.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    empty = tmp_path / "empty"
    empty.mkdir()
    for name, reason in (
        ("./no/model", "no such model folder"),
        ("nobody/no-such-model", "can't be loaded"),
        (empty, "no model in this folder"),
    ):
        check, model = check_model(configured(f"model_cfgs.model_name_or_path={name}"))
        assert (check.status, model) == ("fail", None)
        assert reason in check.message
        assert check.remedy


def test_a_model_of_an_unknown_kind(configured, tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "nonesuch"}')
    check, model = check_model(configured(f"model_cfgs.model_name_or_path={tmp_path}"))
    assert (check.status, model) == ("fail", None)
    assert "nonesuch" in check.message


def test_adapters_for_modules_that_the_model_lacks(configured):
    check, _ = check_model(configured("lora_cfgs.target_modules=[q_pro]"))
    assert check.status == "fail"
    assert "target_modules" in check.remedy


def test_a_model_without_weights(configured, tiny_model, tmp_path):
    folder = tmp_path / "bare"
    folder.mkdir()
    (folder / "config.json").write_text((tiny_model / "config.json").read_text())
    check, _ = check_model(configured(f"model_cfgs.model_name_or_path={folder}"))
    assert check.status == "fail"
    assert "safetensors" in check.message


def test_the_embedded_model_is_not_converted_by_a_check(configured, tmp_path, monkeypatch):
    monkeypatch.setenv("EDUBIAS_HOME", str(tmp_path / "home"))
    check, model = check_model(configured("model_cfgs.model_name_or_path=embedded"))
    assert model is None
    assert check.name == "model"
    assert not (tmp_path / "home").exists()


def test_data(configured, pair_files, tmp_path):
    check, training = check_data(configured())
    assert (check.status, len(training)) == ("ok", 16)
    alone, _ = check_data(configured("data_cfgs.eval_datasets=null"))
    assert alone.status == "warn"
    same, _ = check_data(configured(f"data_cfgs.eval_datasets={pair_files['train']}"))
    assert same.status == "fail"
    assert "overlap" in same.message
    twice = write_jsonl(tmp_path / "twice.jsonl", [*make_rows(2), make_rows(1)[0]])
    repeated, _ = check_data(configured(f"data_cfgs.train_datasets={twice}"))
    assert repeated.status in ("warn", "fail")
    assert "twice.jsonl" in repeated.message + repeated.remedy


def test_lengths_tell_what_is_left_out(configured):
    tokenizer = load_tokenizer(configured().model_cfgs.model_name_or_path)
    pairs = load_pairs(configured().data_cfgs.train_datasets)
    encoded = encode(tokenizer, prompt_ids(tokenizer), pairs)
    room = len(encoded.prompt) + max(encoded.lengths)
    assert check_lengths(encoded, room).status == "ok"
    some = check_lengths(encoded, room - 1)
    assert some.status == "warn"
    too_long = sum(length == max(encoded.lengths) for length in encoded.lengths)
    assert some.remedy.startswith(f"{too_long} of 16 pairs")
    assert check_lengths(encoded, len(encoded.prompt) + 1).status == "fail"


@pytest.mark.parametrize(
    ("environ", "status"),
    [
        ({}, "warn"),
        ({"WANDB_API_KEY": "your_wandb_key"}, "warn"),
        ({"WANDB_API_KEY": "abc"}, "ok"),
        ({"WANDB_MODE": "offline"}, "ok"),
    ],
)
def test_wandb_without_a_key(configured, environ, status):
    check = check_tracker(configured("logger_cfgs.log_type=wandb"), environ)
    assert check.status == status
    if status == "warn":
        for way in ("WANDB_API_KEY", "WANDB_MODE=offline"):
            assert way in check.remedy
    assert check_tracker(configured(), environ).status == "ok"


@pytest.mark.parametrize("name", ["ds_z9.json", "null", "damaged.json"])
def test_deepspeed_without_its_file(configured, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path("damaged.json").write_text("{")
    plan = Plan(configured(f"train_cfgs.ds_cfgs={name}"), "deepspeed")
    check = check_mode(plan)
    assert check.status == "fail"
    assert "TRAIN_MODE=single" in check.remedy
    assert check in all_checks(plan, Cluster(), MACHINE)


# All together


def test_all_checks_of_a_training_that_can_run(configured):
    plan = Plan(configured("train_cfgs.learning_rate=3e-4", "train_cfgs.epochs=3"), "single")
    checks = all_checks(plan, Cluster(), MACHINE)
    assert set(statuses(checks).values()) == {"ok"}
    template = next(check for check in checks if check.name == "template")
    assert "textbook" in template.message
    assert load_pairs(plan.config.data_cfgs.train_datasets)[0].chosen in template.message


def test_single_mode_is_one_process_whatever_the_cluster(configured):
    def batch(mode):
        checks = all_checks(Plan(configured(), mode), Cluster(processes=2, nodes=2), MACHINE)
        return next(check.message for check in checks if check.name == "batch")

    assert batch("single").startswith("4 pairs a step")
    assert batch("accelerate").startswith("16 pairs a step")


def test_without_a_model_everything_else_is_told(configured):
    plan = Plan(configured("model_cfgs.model_name_or_path=./no/model"), "single")
    found = statuses(all_checks(plan, Cluster(), MACHINE))
    assert found["model"] == "fail"
    assert {"machine", "libraries", "data", "learning_rate", "epochs", "batch"} <= found.keys()


def test_a_training_that_cannot_fit_is_not_started(configured, monkeypatch):
    config = configured()
    monkeypatch.setattr(
        "edubias.train.preflight.this_machine", lambda: replace(MACHINE, available=1000)
    )
    with pytest.raises(LaunchError, match="weights"):
        start(Plan(config, "single"), Cluster())
    assert not Path(config.logger_cfgs.output_dir).exists()
