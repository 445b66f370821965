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
    # The same from all logits, in double precision, with the weights' gradients on.
    model = scorer.policy.double().requires_grad_(True)
    tokens = torch.tensor([[*scorer.prompt, *ids]])
    embedded = model.get_input_embeddings()(tokens).detach().requires_grad_(True)
    logits = model(inputs_embeds=embedded).logits[0, -1]
    fair, biased, _ = scorer.judgements
    (logits[biased] - logits[fair]).backward()
    expected = embedded.grad[0, len(scorer.prompt) :].norm(dim=-1).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-3)
