import pytest
import torch

from edubias.config import ModelCfgs
from edubias.data.collate import pad_completions
from edubias.model.load import load_base
from edubias.model.logps import (
    PASS_LOGITS,
    PASS_TOKENS,
    logps_of_completions,
    passes,
    token_logps,
)


@pytest.fixture(scope="module")
def model(tiny_model):
    return load_base(ModelCfgs(model_name_or_path=str(tiny_model))).eval()


PROMPT = [1, 40, 41]
COMPLETIONS = [[50], [60, 61, 62, 63, 64], [70, 71]]


def by_hand(model, completion):
    ids = torch.tensor([PROMPT + completion])
    logps = model(input_ids=ids).logits.log_softmax(-1)[0]
    start = len(PROMPT)
    return torch.stack([logps[start + i - 1, token] for i, token in enumerate(completion)])


@torch.no_grad()
def test_equals_plain_log_softmax_without_padding(model):
    batch = pad_completions(PROMPT, COMPLETIONS, 0)
    values = token_logps(model, batch)
    assert values.shape == (3, 5)
    for row, completion in zip(values, COMPLETIONS, strict=True):
        torch.testing.assert_close(
            row[: len(completion)], by_hand(model, completion), rtol=1e-4, atol=1e-5
        )
        assert torch.all(row[len(completion) :] == 0)


@pytest.mark.parametrize("strategy", ["packed", "padded"])
def test_what_else_is_in_the_pass_does_not_matter(model, strategy):
    done = []

    def of(completions, advance=None):
        return logps_of_completions(model, PROMPT, completions, 0, strategy, advance)

    alone = [dict(of([completion]))[0] for completion in COMPLETIONS]
    together = dict(of(COMPLETIONS, advance=done.append))
    assert sum(done) == 3
    for first, (_, second), completion in zip(
        alone, sorted(together.items()), COMPLETIONS, strict=True
    ):
        assert len(first) == len(completion)
        torch.testing.assert_close(first, second, rtol=1e-4, atol=1e-5)


def test_a_large_vocabulary_makes_padded_passes_smaller():
    completions = [[1] * 9] * 4_000

    def sizes(strategy, vocabulary):
        found = passes(completions, 1, strategy, torch.device("cuda"), vocabulary)
        assert sorted(i for group in found for i in group) == list(range(4_000))
        return [len(group) for group in found]

    assert max(sizes("padded", 1_000)) * 10 == pytest.approx(PASS_TOKENS["cuda"], abs=10)
    assert max(sizes("padded", 256_000)) * 10 * 256_000 <= PASS_LOGITS
    assert sizes("packed", 256_000) == sizes("packed", 1_000)  # it keeps no logits
