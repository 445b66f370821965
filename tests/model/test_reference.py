import sqlite3

import pytest
import torch

from edubias.config import LoraCfgs, ModelCfgs
from edubias.model.load import load_base, with_lora
from edubias.model.logps import PASS_TOKENS
from edubias.model.logps import token_logps as original
from edubias.model.reference import ReferenceCache, fingerprint, reference_logps

PROMPT = [1, 40, 41]
COMPLETIONS = [[50 + i, 60, 61 + i] for i in range(20)]


def base(tiny_model):
    return load_base(ModelCfgs(model_name_or_path=str(tiny_model)))


def compute(model, completions, **options):
    return reference_logps(model, PROMPT, completions, 0, "packed", **options)


def test_what_is_known_is_not_computed_again(tiny_model, monkeypatch, tmp_path):
    monkeypatch.setattr("edubias.model.reference.cache_home", lambda: tmp_path)
    model = base(tiny_model)
    first = compute(model, COMPLETIONS[:12])
    calls = []
    monkeypatch.setattr(
        "edubias.model.logps.token_logps",
        lambda model, batch: calls.append(len(batch["completion_mask"])) or original(model, batch),
    )

    done = []
    again = compute(model, COMPLETIONS, advance=done.append)
    assert sum(calls) == 8
    assert sum(done) == 20
    for one, other in zip(first, again[:12], strict=True):
        assert torch.equal(one, other)
    compute(with_lora(base(tiny_model), LoraCfgs()), COMPLETIONS)
    assert sum(calls) == 8, "a policy with adapters has the same reference"


def test_an_interrupted_computation_goes_on_where_it_was(tiny_model, monkeypatch, tmp_path):
    monkeypatch.setattr("edubias.model.reference.cache_home", lambda: tmp_path)
    monkeypatch.setattr("edubias.model.reference.ENTRIES_AT_ONCE", 4)
    monkeypatch.setitem(PASS_TOKENS, "cpu", 20)
    model = base(tiny_model)
    seen = 0

    def stop_later(count):
        nonlocal seen
        seen += count
        if seen > 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compute(model, COMPLETIONS, advance=stop_later)
    with ReferenceCache.of(model, PROMPT) as cache:
        kept = sum(cache.get(ids) is not None for ids in COMPLETIONS)
    assert 4 <= kept < 20
    fresh = compute(model, COMPLETIONS, keep=False)
    for one, other in zip(compute(model, COMPLETIONS), fresh, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_nothing_is_kept_unless_wanted(tiny_model, monkeypatch, tmp_path):
    monkeypatch.setattr("edubias.model.reference.cache_home", lambda: tmp_path)
    compute(base(tiny_model), COMPLETIONS, keep=False)
    assert not list(tmp_path.rglob("*.sqlite"))


def test_the_fingerprint_follows_weights_and_prompt_and_not_adapters(tiny_model):
    model = base(tiny_model)
    plain = fingerprint(model, PROMPT)
    assert fingerprint(with_lora(base(tiny_model), LoraCfgs()), PROMPT) == plain
    assert fingerprint(model, [1]) != plain
    with torch.no_grad():
        model.model.layers[1].mlp.up_proj.weight[3, 5] += 0.001
    assert fingerprint(model, PROMPT) != plain


def damaged(file):
    file.write_bytes(b"garbage" * 100)


def no_folder(file):
    file.parent.rename(file.parent.with_name("elsewhere"))
    file.parent.write_text("")


def without_its_table(file):
    with sqlite3.connect(file) as connection:
        connection.execute("DROP TABLE logps")
        connection.execute("CREATE TABLE logps (other BLOB)")


@pytest.mark.parametrize("harm", [damaged, no_folder, without_its_table])
def test_a_cache_that_fails_is_done_without(tiny_model, monkeypatch, tmp_path, capsys, harm):
    monkeypatch.setattr("edubias.model.reference.cache_home", lambda: tmp_path)
    model = base(tiny_model)
    first = compute(model, COMPLETIONS)
    [file] = tmp_path.rglob("*.sqlite")
    harm(file)
    for _ in range(2):
        for one, other in zip(compute(model, COMPLETIONS), first, strict=True):
            assert torch.equal(one, other)
    assert capsys.readouterr().err.count("computed again") == 1
