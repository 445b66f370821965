"""Verdicts and states: the same from both strategies, and the same as by hand."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from edubias.data.collate import batch_completions
from edubias.data.prompt import JudgementIds
from edubias.model.logps import completion_outputs, token_logps
from edubias.model.readings import judgements_of_completions, readings_of_completions
from tests.model.families import CONFIGS, random_model
from tests.model.test_packed import PROMPT, assert_close, with_adapters

COMPLETIONS = [[5, 6, 7, 8], [5, 6, 9], [11], [5, 6, 7, 12, 13, 14]]
JUDGEMENTS = JudgementIds(fair=21, biased=20, kinds=(22, 23, 24))


def by_hand(model, ids):
    """At the position that predicts the last token, verdict and logits; mean of the states."""
    output = model(input_ids=torch.tensor([[*PROMPT, *ids]]), output_hidden_states=True)
    end = len(PROMPT) + len(ids) - 2
    logits = output.logits[0, end]
    states = output.hidden_states[-1][0, len(PROMPT) - 1 : end + 1]
    kinds = logits[[22, 23, 24]] - logits[21]
    return float(logits[20] - logits[21]), torch.cat([states.mean(dim=0), kinds])


@torch.no_grad()
@pytest.mark.parametrize("strategy", ["packed", "padded"])
@pytest.mark.parametrize("family", CONFIGS)
def test_readings_are_those_of_a_plain_pass(family, strategy):
    model = random_model(family).eval()
    found = dict(readings_of_completions(model, PROMPT, COMPLETIONS, 0, strategy, JUDGEMENTS))
    glances = dict(judgements_of_completions(model, PROMPT, COMPLETIONS, 0, strategy, JUDGEMENTS))
    for index, ids in enumerate(COMPLETIONS):
        verdict, expected = by_hand(model, ids)
        assert found[index].verdict == pytest.approx(verdict, abs=1e-4)
        assert_close(found[index].kind_evidence, expected)
        assert_close(glances[index].kind_evidence, expected)
        assert glances[index].verdict == pytest.approx(verdict, abs=1e-4)
        assert len(found[index].logps) == len(ids)


@pytest.mark.parametrize("targets", [["q_proj", "v_proj"], ["q_proj", "lm_head"]])
def test_gradients_of_judgements_are_equal(targets):
    """With a frozen head the verdict's rows are taken alone; with an adapted one they are not."""
    model = with_adapters(random_model("llama"), targets)
    results = []
    for strategy in ("packed", "padded"):
        batch = batch_completions(strategy, PROMPT, COMPLETIONS, 0)
        outputs = completion_outputs(model, batch, JUDGEMENTS)
        model.zero_grad()
        kinds = F.cross_entropy(outputs.kinds, torch.tensor([0, 1, 2, 0]))
        (outputs.verdicts.square().sum() + kinds + outputs.logps.sum()).backward()
        results.append([p.grad.clone() for p in model.parameters() if p.grad is not None])
        assert_close(outputs.logps, token_logps(model, batch))
    for one, other in zip(*results, strict=True):
        assert_close(one, other)
