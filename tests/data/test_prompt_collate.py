import pytest
import torch
from tokenizers import Regex
from tokenizers.normalizers import Prepend, Replace

from edubias.data.collate import PairCollator, pad_completions
from edubias.data.prompt import KINDS, completion_ids, judgement_ids, prompt_ids
from edubias.errors import ConfigError
from edubias.taxonomy import BIAS_TYPES
from tests.conftest import byte_tokenizer


def test_prompt_starts_with_bos_and_is_constant():
    tokenizer = byte_tokenizer()
    ids = prompt_ids(tokenizer)
    assert ids[0] == tokenizer.bos_token_id
    assert tokenizer.decode(ids[1:]).endswith("\n")


def test_a_chat_model_gets_the_prompt_as_the_users_turn():
    tokenizer = byte_tokenizer()
    tokenizer.chat_template = (
        "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}[answer]"
    )
    text = tokenizer.decode(prompt_ids(tokenizer))
    assert text.startswith("[user]")
    assert text.endswith("[answer]")


def test_unknown_template():
    with pytest.raises(ConfigError, match="TextbookBiasDetection"):
        prompt_ids(byte_tokenizer(), "Nothing")


def test_completion_ends_with_eos_and_may_be_cut():
    tokenizer = byte_tokenizer()
    ids = completion_ids(tokenizer, "abc")
    assert ids[-1] == tokenizer.eos_token_id
    assert tokenizer.decode(ids[:-1]) == "abc"


def test_judgements_are_told_apart_whatever_marks_the_beginning_of_a_word():
    assert set(KINDS) == set(BIAS_TYPES)
    tokenizer = byte_tokenizer()
    plain = judgement_ids(tokenizer)
    assert len({plain.fair, plain.biased}) == 2
    assert len(set(plain.kinds)) == len(KINDS)
    tokenizer.backend_tokenizer.normalizer = Prepend(" ")
    assert judgement_ids(tokenizer) == plain
    tokenizer.backend_tokenizer.normalizer = Replace(Regex(".+"), "x")
    with pytest.raises(ConfigError, match="tell these words apart"):
        judgement_ids(tokenizer)


def test_padding():
    batch = pad_completions([1, 2], [[5], [6, 7, 8]], pad_id=0)
    assert batch["input_ids"].tolist() == [[1, 2, 5, 0, 0], [1, 2, 6, 7, 8]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]
    assert batch["completion_mask"].tolist() == [[1, 0, 0], [1, 1, 1]]


def test_pairs_keep_their_order():
    pairs = [
        {
            "chosen_ids": [5],
            "rejected_ids": [6, 7],
            "kind": 0,
            "reference_chosen_logps": -1.0,
            "reference_rejected_logps": -2.0,
        },
        {
            "chosen_ids": [8, 9],
            "rejected_ids": [3],
            "kind": 0,
            "reference_chosen_logps": -3.0,
            "reference_rejected_logps": -4.0,
        },
    ]
    batch = PairCollator([1], 0, "padded")(pairs)
    assert batch["reference_logps"].tolist() == [[-1, -2], [-3, -4]]
    flat = batch["completions"]
    assert flat["input_ids"].tolist() == [[1, 5, 0], [1, 6, 7], [1, 8, 9], [1, 3, 0]]
    assert torch.equal(flat["completion_mask"].sum(1), torch.tensor([1, 2, 2, 1]))
    packed = PairCollator([1], 0, "packed")(pairs)
    assert next(iter(packed)) == "reference_logps"
    assert torch.equal(packed["completions"]["completion_mask"], flat["completion_mask"])
