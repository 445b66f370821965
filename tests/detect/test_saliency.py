import numpy as np
import pytest
import torch

from edubias.data.prompt import completion_ids
from edubias.detect.detector import load_scorer
from edubias.detect.saliency import verdict_saliency


@pytest.mark.parametrize("text", ["physics xx zz", "数学 xx"])
def test_it_is_the_verdicts_gradient(trained, text):
    scorer, _ = load_scorer(trained)
    ids = completion_ids(scorer.tokenizer, text)[:-1]
    found = verdict_saliency(scorer, ids)
    assert found.shape == (len(ids),)
    assert (found >= 0).all()
    assert found.max() > 0
    # By finite differences, along the gradient's own direction for the token it is longest at.
    model = scorer.policy
    tokens = torch.tensor([[*scorer.prompt, *ids]])
    embedded = model.get_input_embeddings()(tokens).detach().double()
    model = model.double()
    biased, fair = scorer.verdict_ids

    def verdict(values):
        logits = model(inputs_embeds=values, use_cache=False).logits[0, -1]
        return logits[biased] - logits[fair]

    position = len(scorer.prompt) + int(np.argmax(found))
    probe = embedded.clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(verdict(probe), probe)
    direction = torch.zeros_like(embedded)
    direction[0, position] = gradient[0, position] / gradient[0, position].norm()
    step = 1e-5
    slope = (verdict(embedded + step * direction) - verdict(embedded - step * direction)) / (
        2 * step
    )
    assert float(slope) == pytest.approx(float(found.max()), rel=1e-3)
