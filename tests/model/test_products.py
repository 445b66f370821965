"""float32 products by the library that is faster here, if it is exact."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from edubias.config import ModelCfgs
from edubias.model import products
from edubias.model.load import load_base
from edubias.model.products import choose_products
from tests.model.families import random_model

choose_anew = choose_products.__wrapped__


@pytest.fixture(autouse=True)
def precision_as_before():
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    yield
    torch.set_float32_matmul_precision(before)


def test_products_stay_exact_whatever_is_chosen(monkeypatch):
    monkeypatch.setattr(products, "LEAST_GAIN", 0.0)  # speed does not matter, exactness does
    choose_anew()
    torch.manual_seed(0)
    for rows, inner, columns in [(1, 2048, 640), (7, 16, 640), (97, 640, 300), (500, 640, 1024)]:
        one, other = torch.randn(rows, inner), torch.randn(inner, columns)
        true = one.double() @ other.double()
        assert (one @ other - true).norm() < 2e-6 * true.norm()


def test_what_rounds_is_not_taken(monkeypatch):
    monkeypatch.setattr(products, "LEAST_GAIN", 0.0)
    monkeypatch.setattr(products, "MOST_ERROR", -1.0)  # as if it rounded
    assert not choose_anew()
    assert torch.get_float32_matmul_precision() == "highest"


def test_what_is_not_faster_is_not_taken(monkeypatch):
    monkeypatch.setattr(products, "LEAST_GAIN", 1e9)
    assert not choose_anew()
    assert torch.get_float32_matmul_precision() == "highest"


def test_a_choice_made_by_others_stays():
    torch.set_float32_matmul_precision("high")
    assert not choose_anew()
    assert torch.get_float32_matmul_precision() == "high"


def test_newer_switches_of_others_stay():
    switches = torch.backends.mkldnn.matmul
    if not hasattr(switches, "fp32_precision"):
        pytest.skip("this PyTorch has the older switch only")
    switches.fp32_precision = "bf16"
    try:
        assert not choose_anew()
        assert switches.fp32_precision == "bf16"
    finally:
        switches.fp32_precision = "ieee"


def test_loading_a_model_chooses():
    code = (
        "import torch\n"
        "from edubias.model import products\n"
        "from edubias.model.precision import bfloat16_gain\n"
        "products.LEAST_GAIN = 0.0\n"
        "products.MOST_ERROR = 1.0\n"
        "bfloat16_gain(torch.device('cpu'))\n"
        "print(torch.get_float32_matmul_precision())\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    chosen = torch.backends.mkldnn.is_available() and not torch.cuda.is_available()
    assert run.stdout.split()[-1] == ("medium" if chosen else "highest")


def test_a_head_is_given_whole_matrices(tmp_path):
    random_model("gemma3").save_pretrained(tmp_path)
    model = load_base(ModelCfgs(model_name_or_path=str(tmp_path)))
    seen = []
    model.get_output_embeddings().register_forward_pre_hook(
        lambda _, inputs: seen.append(inputs[0].is_contiguous())
    )
    model(input_ids=torch.ones(3, 9, dtype=torch.long), logits_to_keep=4)
    assert seen == [True]
