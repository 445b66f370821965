import random

import pytest
import torch

from edubias.data.pack import ALIGNMENT, common_prefix, pack_completions

PROMPT = [1, 2]


def sequences_of(batch):
    """Each completion, read back from the tree: its edges' targets."""
    return [
        batch["edge_targets"][edges[: int(mask.sum())]].tolist()
        for edges, mask in zip(batch["completion_edges"], batch["completion_mask"], strict=True)
    ]


def ancestors_of(batch, row, node):
    return [k for k in range(node + 1) if node < batch["subtree_ends"][row, k]]


def test_shared_beginnings_are_one_node():
    batch = pack_completions(PROMPT, [[5, 6, 7, 9], [5, 6, 8], [5, 6, 7, 9]], 0)
    # 2 of the prompt, 5, 6, 7; the last tokens need no nodes
    assert batch["input_ids"][0, :5].tolist() == [1, 2, 5, 6, 7]
    assert batch["position_ids"][0, :5].tolist() == [0, 1, 2, 3, 4]
    assert batch["subtree_ends"][0, :5].tolist() == [5, 5, 5, 5, 5]
    assert sequences_of(batch) == [[5, 6, 7, 9], [5, 6, 8], [5, 6, 7, 9]]
    assert sorted(batch["edge_targets"].tolist()) == [5, 6, 7, 8, 9]
    assert sorted(batch["predictors"].tolist()) == [1, 2, 3, 4]


def test_siblings_do_not_see_each_other():
    batch = pack_completions(PROMPT, [[5, 6, 7, 1], [5, 6, 8, 8, 1]], 0)
    assert batch["input_ids"][0, :7].tolist() == [1, 2, 5, 6, 7, 8, 8]
    assert batch["position_ids"][0, :7].tolist() == [0, 1, 2, 3, 4, 4, 5]
    assert batch["subtree_ends"][0, :7].tolist() == [7, 7, 7, 7, 5, 7, 7]


@pytest.mark.parametrize("row_tokens", [8, 40, 1000])
def test_every_node_sees_its_own_sequence_and_nothing_else(row_tokens):
    rng = random.Random(row_tokens)
    completions = [[rng.randrange(3, 6) for _ in range(rng.randint(1, 20))] for _ in range(30)]
    batch = pack_completions(PROMPT, completions, 0, row_tokens=row_tokens)
    assert sequences_of(batch) == completions
    width = batch["input_ids"].shape[1]
    assert width % ALIGNMENT == 0
    predictors = batch["predictors"][batch["edge_predictors"]]
    for completion, edges in zip(completions, batch["completion_edges"], strict=True):
        for position in range(len(completion)):
            node = int(predictors[edges[position]])
            row, column = divmod(node, width)
            seen = batch["input_ids"][row, ancestors_of(batch, row, column)].tolist()
            assert seen == PROMPT + completion[:position]
            assert batch["position_ids"][row, column] == len(seen) - 1


def test_rows_are_few_and_even():
    completions = [[10 + i] * 30 for i in range(10)]
    batch = pack_completions(PROMPT, completions, 0, row_tokens=170)
    assert batch["input_ids"].shape == (2, 152)  # 2 + 5 x 29 in each
    together = pack_completions(PROMPT, [[9] * 50, [8] * 49], 0, row_tokens=60)
    assert together["input_ids"].shape == (2, 56)


def test_completions_with_a_common_beginning_stay_in_one_row():
    completions = [[10 + i] * 20 + [side] * 10 for i in range(6) for side in (1, 2)]
    batch = pack_completions(PROMPT, completions, 0, row_tokens=100)
    assert len(batch["edge_targets"]) == 6 * 40


def test_padding_sees_itself_only():
    batch = pack_completions(PROMPT, [[5, 6]], 0)
    for node in range(3, ALIGNMENT):
        assert ancestors_of(batch, 0, node) == [node]
    assert torch.all(batch["input_ids"][0, 3:] == 0)


def test_common_prefix():
    assert common_prefix([1, 2, 3], [1, 2, 4]) == 2
    assert common_prefix([], [1]) == 0
    assert common_prefix([1], [1, 2]) == 1
