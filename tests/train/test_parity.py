"""Both strategies against TRL's DPOTrainer: same batch, same loss, same gradients."""

from __future__ import annotations

import pytest
import torch
from datasets import Dataset
from peft import PeftModel
from transformers import TrainingArguments
from trl import DPOConfig, DPOTrainer

from edubias.config import LoraCfgs, ModelCfgs
from edubias.data.collate import PairCollator
from edubias.data.prompt import completion_ids, judgement_ids, prompt_ids
from edubias.model.load import load_base, load_tokenizer, with_lora
from edubias.model.manifest import RunManifest
from edubias.records import PreferencePair
from edubias.train.batches import StepSampler
from edubias.train.encode import encode_pairs
from edubias.train.trainer import DpoTrainer

TEXTS = [
    ("女生和男生都做了实验。", "男生做了实验，女生负责记录。"),
    ("Anna fixed the tap.", "Anna held the torch while her brother fixed the tap for her."),
    ("x", "yz"),
]


@pytest.fixture(scope="module")
def setting(tiny_model):
    tokenizer = load_tokenizer(str(tiny_model))
    model = with_lora(load_base(ModelCfgs(model_name_or_path=str(tiny_model))), LoraCfgs())
    torch.manual_seed(1)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:  # away from the identity, where all log-ratios are 0
            torch.nn.init.normal_(parameter, std=0.2)
    prompt = prompt_ids(tokenizer)
    pairs = [PreferencePair(str(i), "en", *texts) for i, texts in enumerate(TEXTS)]
    encoded = encode_pairs(pairs, tokenizer, model, prompt, "padded")
    # A completion of one token, such as a peer that skips the first one would not score.
    one = {**encoded[2], "chosen_ids": encoded[2]["chosen_ids"][:1]}
    [short] = reencode(model, prompt, [one])
    return tokenizer, model, prompt, [*encoded, short]


def reencode(model, prompt, rows):
    from edubias.model.logps import logps_of_completions

    with model.disable_adapter():
        for row in rows:
            ids = [row["chosen_ids"], row["rejected_ids"]]
            logps = dict(logps_of_completions(model, prompt, ids, 0, "padded"))
            chosen, rejected = logps[0], logps[1]
            row["reference_chosen_logps"] = float(chosen.sum())
            row["reference_rejected_logps"] = float(rejected.sum())
    return rows


def ours(setting, tmp_path, beta, loss_type, strategy):
    tokenizer, model, prompt, encoded = setting
    trainer = DpoTrainer(
        beta=beta,
        loss_type=loss_type,
        label_smoothing=0.0,
        verdict_coeff=0.0,
        kind_coeff=0.0,
        judgements=judgement_ids(tokenizer),
        sampler=StepSampler([1] * 4, 4, 1, seed=0),
        manifest=RunManifest("", "", "", beta, {}, {}, 0),
        model=model,
        args=TrainingArguments(output_dir=str(tmp_path / "ours"), use_cpu=True),
    )
    batch = PairCollator(prompt, tokenizer.pad_token_id, strategy)(encoded)
    return trainer.compute_loss(model, batch), model


def trls(setting, tmp_path, beta, loss_type, strategy):
    tokenizer, model, prompt, encoded = setting
    rows = Dataset.from_list([{"prompt": "p", "chosen": "a", "rejected": "b"}])
    trainer = DPOTrainer(
        model=model,
        args=DPOConfig(
            output_dir=str(tmp_path / "trl"),
            beta=beta,
            loss_type=[loss_type],
            use_cpu=True,
            bf16=False,
            report_to=[],
            gradient_checkpointing=False,
        ),
        train_dataset=rows,
        processing_class=tokenizer,
    )
    # TRL takes adapters that a model comes with for trained ones, and a copy of them for the
    # reference. Here the reference is the model without adapters.
    trainer.model.delete_adapter("ref")
    examples = [
        {"prompt_ids": prompt, "chosen_ids": p["chosen_ids"], "rejected_ids": p["rejected_ids"]}
        for p in encoded
    ]
    return trainer.compute_loss(trainer.model, trainer.data_collator(examples)), trainer.model


def gradients(model: PeftModel) -> dict[str, torch.Tensor]:
    found = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    return found


@pytest.mark.parametrize("strategy", ["packed", "padded"])
@pytest.mark.parametrize("loss_type", ["sigmoid", "sigmoid_norm", "ipo"])
def test_loss_and_gradients_equal_trls(setting, tmp_path, loss_type, strategy):
    results = []
    for side in (ours, trls):
        loss, model = side(setting, tmp_path, 0.5, loss_type, strategy)
        loss.backward()
        results.append((loss.item(), gradients(model)))
    (our_loss, our_gradients), (their_loss, their_gradients) = results
    assert our_loss == pytest.approx(their_loss, rel=1e-4)
    assert our_gradients.keys() == their_gradients.keys()
    assert any("lora_A" in name for name in our_gradients)
    for name, gradient in our_gradients.items():
        torch.testing.assert_close(gradient, their_gradients[name], rtol=1e-4, atol=1e-6)


def test_same_tokens_as_trl(setting, tmp_path):
    """Tokenised by TRL, prompt and completions are the ones that we use."""
    tokenizer, model, prompt, _ = setting
    prompt_text = tokenizer.decode(prompt)
    rows = [{"prompt": prompt_text, "chosen": a, "rejected": b} for a, b in TEXTS]
    trainer = DPOTrainer(
        model=model,
        args=DPOConfig(output_dir=str(tmp_path), use_cpu=True, bf16=False, report_to=[]),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
    )
    for row, (chosen, rejected) in zip(trainer.train_dataset, TEXTS, strict=True):
        assert row["prompt_ids"] == prompt
        assert row["chosen_ids"] == completion_ids(tokenizer, chosen)
        assert row["rejected_ids"] == completion_ids(tokenizer, rejected)
