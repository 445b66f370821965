"""Which tokens the verdict hangs on: its gradient with respect to their embeddings.

Simonyan et al. 2014 (arXiv:1312.6034) and Li et al. 2016 (arXiv:1506.01066): the longer the
gradient, the more a small change of the token changes the verdict. On the evaluation split its
phrases touch what makes a pair's side biased much more often than random ones; those of the tokens'
log-ratios did so less often (``docs/LOG.md``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch

from edubias.detect.score import Scorer


def verdict_saliency(scorer: Scorer, ids: Sequence[int]) -> npt.NDArray[np.float64]:
    """Length of the verdict's gradient at each token.

    Args:
        scorer: Reads the statement.
        ids: The statement's T token ids, without an end token.

    Returns:
        ``(T,)``, 0 or more.
    """
    model = cast(Any, scorer.policy)
    model.eval()
    tokens = torch.tensor([[*scorer.prompt, *ids]], device=model.device)
    embedded = model.get_input_embeddings()(tokens).detach().requires_grad_(True)
    with torch.enable_grad():
        logits = model(inputs_embeds=embedded, use_cache=False, logits_to_keep=1).logits[0, -1]
        verdict = logits[scorer.judgements.biased] - logits[scorer.judgements.fair]
        (gradient,) = torch.autograd.grad(verdict, embedded)
    norms = gradient[0, len(scorer.prompt) :].float().norm(dim=-1)
    return np.asarray(norms.tolist())
