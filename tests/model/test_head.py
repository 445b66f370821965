"""Log-probabilities through the head, against float64 ``log_softmax``."""

from __future__ import annotations

import pytest
import torch

from edubias.model.head import frozen_head_logps, is_frozen_linear, recomputed_head_logps

POSITIONS, WIDTH, VOCABULARY, EDGES = 37, 24, 5003, 61


@pytest.fixture
def setting():
    torch.manual_seed(0)
    hidden = torch.randn(POSITIONS, WIDTH) * 3
    weight = torch.randn(VOCABULARY, WIDTH)
    predictors = torch.randint(POSITIONS, (EDGES,))
    targets = torch.randint(VOCABULARY, (EDGES,))
    upstream = torch.randn(EDGES)
    return hidden, weight, predictors, targets, upstream


def exact(hidden, weight, predictors, targets, upstream):
    hidden, weight = hidden.double().requires_grad_(), weight.double().requires_grad_()
    logps = (hidden @ weight.T).log_softmax(-1)[predictors, targets]
    (logps * upstream.double()).sum().backward()
    return logps.detach(), hidden.grad, weight.grad


@pytest.mark.parametrize("block_bytes", [1, 4 * 37 * 2048, 2**30])
def test_frozen_head_equals_log_softmax_in_float64(setting, block_bytes):
    hidden, weight, predictors, targets, upstream = setting
    expected, gradient, _ = exact(*setting)
    hidden.requires_grad_()
    logps = frozen_head_logps(hidden, weight, predictors, targets, block_bytes)
    (logps * upstream).sum().backward()
    torch.testing.assert_close(logps.double(), expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(hidden.grad.double(), gradient, rtol=1e-4, atol=1e-5)


def test_recomputing_head_gives_the_weights_gradient_too(setting):
    hidden, weight, predictors, targets, upstream = setting
    expected, gradient, weight_gradient = exact(*setting)
    head = torch.nn.Linear(WIDTH, VOCABULARY, bias=False)
    head.weight.data.copy_(weight)
    hidden.requires_grad_()
    logps = recomputed_head_logps(
        hidden, head, VOCABULARY, predictors, targets, logit_bytes=4 * VOCABULARY * 10
    )
    (logps * upstream).sum().backward()
    torch.testing.assert_close(logps.double(), expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(hidden.grad.double(), gradient, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(head.weight.grad.double(), weight_gradient, rtol=1e-4, atol=1e-5)


def test_extreme_logits_stay_finite(setting):
    hidden, weight, predictors, targets, _ = setting
    logps = frozen_head_logps(hidden * 1000, weight, predictors, targets, block_bytes=1)
    assert torch.isfinite(logps).all()
    expected = (hidden.double() * 1000 @ weight.double().T).log_softmax(-1)[predictors, targets]
    torch.testing.assert_close(logps.double(), expected, rtol=1e-4, atol=1e-2)


def test_half_precision_sums_in_full(setting):
    hidden, weight, predictors, targets, upstream = setting
    half = [tensor.bfloat16() for tensor in (hidden, weight)]
    expected, gradient, _ = exact(*half, predictors, targets, upstream)
    hidden = half[0].requires_grad_()
    logps = frozen_head_logps(hidden, half[1], predictors, targets)
    assert logps.dtype == torch.float32
    (logps * upstream).sum().backward()
    torch.testing.assert_close(logps.double(), expected, rtol=2e-2, atol=0.2)
    difference = torch.linalg.vector_norm(hidden.grad.double() - gradient)
    assert difference < 0.03 * torch.linalg.vector_norm(gradient)


def test_which_heads_are_frozen_linear():
    head = torch.nn.Linear(2, 3, bias=False)
    assert not is_frozen_linear(head)
    head.requires_grad_(False)
    assert is_frozen_linear(head)
    assert not is_frozen_linear(torch.nn.Linear(2, 3).requires_grad_(False))
