"""Many completions as a few rows without padding: prefix trees in pre-order.

Completions that begin alike share their beginning, and all share the prompt: each distinct prefix
is one node of a tree, computed once. The two sides of a minimal pair often begin alike. In
pre-order a node's descendants follow it directly, so one number a node, the end of its subtree,
says who may attend to it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import torch
from torch import Tensor

ROW_TOKENS = 1024
"""Longest row: attention costs its square, while the rest of the model stops gaining from size."""

ALIGNMENT = 8
"""Row lengths are multiples of this, as CUDA's memory-efficient attention wants its masks."""


class PackedBatch(TypedDict):
    """N completions after the same prompt in R rows of T nodes.

    An *edge* leads from a node to a child outside the prompt: one predicted token. Completions
    that share a beginning share its edges.

    Attributes:
        input_ids: ``(R, T)``: each node's token.
        position_ids: ``(R, T)``: each node's depth, which is its position in the sequence.
        subtree_ends: ``(R, T)``: a node's subtree is the nodes from itself up to this index,
            exclusively.
        predictors: ``(U,)``: nodes that have edges, as indices into the R·T nodes.
        edge_predictors: ``(E,)``: for each edge the index of its first node in ``predictors``.
        edge_targets: ``(E,)``: for each edge the token it leads to.
        completion_edges: ``(N, L)``: each completion token's edge; 0 on padding.
        completion_mask: ``(N, L)``: 1 on the completion's tokens.
    """

    input_ids: Tensor
    position_ids: Tensor
    subtree_ends: Tensor
    predictors: Tensor
    edge_predictors: Tensor
    edge_targets: Tensor
    completion_edges: Tensor
    completion_mask: Tensor


@dataclass
class _Row:
    """One tree in pre-order."""

    tokens: list[int]
    depths: list[int]
    ends: list[int]
    parents: list[int]

    @classmethod
    def of_prompt(cls, prompt: Sequence[int]) -> _Row:
        size = len(prompt)
        return cls(list(prompt), list(range(size)), [0] * size, [-1, *range(size - 1)])

    def append(self, token: int, parent: int) -> int:
        self.tokens.append(token)
        self.depths.append(self.depths[parent] + 1)
        self.ends.append(0)
        self.parents.append(parent)
        return len(self.tokens) - 1

    def close(self, nodes: Sequence[int]) -> None:
        """Nothing more will be appended below these nodes."""
        for node in nodes:
            self.ends[node] = len(self.tokens)


def pack_completions(
    prompt: Sequence[int],
    completions: Sequence[Sequence[int]],
    pad_id: int,
    row_tokens: int = ROW_TOKENS,
) -> PackedBatch:
    """Pack completions after one prompt.

    Args:
        prompt: P token ids, P ≥ 1.
        completions: N lists of token ids, N ≥ 1, none empty.
        pad_id: Token id for the padding; any, as nothing attends to it.
        row_tokens: Longest row, before it is aligned. A longer completion gets a row of its own.
    """
    rows: list[_Row] = []
    paths: list[list[tuple[int, int]]] = [[] for _ in completions]
    for members in _row_members(len(prompt), completions, row_tokens):
        row = _Row.of_prompt(prompt)
        path = list(range(len(prompt)))
        previous: Sequence[int] = ()
        for index in sorted(members, key=lambda i: tuple(completions[i])):
            completion = completions[index]
            kept = len(prompt) + common_prefix(previous, completion)
            row.close(path[kept:])
            del path[kept:]
            for token in completion[kept - len(prompt) :]:
                path.append(row.append(token, path[-1]))
            paths[index] = [(len(rows), node) for node in path[len(prompt) :]]
            previous = completion
        row.close(path)
        rows.append(row)

    width = -(-max(len(row.tokens) for row in rows) // ALIGNMENT) * ALIGNMENT
    edge_of: dict[tuple[int, int], int] = {}
    predictor_of: dict[int, int] = {}
    edge_predictors: list[int] = []
    edge_targets: list[int] = []
    for r, row in enumerate(rows):
        for node in range(len(prompt), len(row.tokens)):
            edge_of[r, node] = len(edge_targets)
            parent = r * width + row.parents[node]
            edge_predictors.append(predictor_of.setdefault(parent, len(predictor_of)))
            edge_targets.append(row.tokens[node])
    longest = max(len(completion) for completion in completions)
    edges = [[edge_of[node] for node in path] for path in paths]
    lengths = torch.tensor([len(path) for path in paths])

    def filled(values: list[int], padding: Sequence[int]) -> list[int]:
        return [*values, *padding[len(values) :]]

    return PackedBatch(
        input_ids=torch.tensor([filled(row.tokens, [pad_id] * width) for row in rows]),
        position_ids=torch.tensor([filled(row.depths, [0] * width) for row in rows]),
        subtree_ends=torch.tensor([filled(row.ends, range(1, width + 1)) for row in rows]),
        predictors=torch.tensor(list(predictor_of)),
        edge_predictors=torch.tensor(edge_predictors),
        edge_targets=torch.tensor(edge_targets),
        completion_edges=torch.tensor([[*own, *[0] * (longest - len(own))] for own in edges]),
        completion_mask=(torch.arange(longest) < lengths[:, None]).long(),
    )


def common_prefix(first: Sequence[int], second: Sequence[int]) -> int:
    """Number of tokens that two sequences begin with alike."""
    length = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        length += 1
    return length


def _row_members(
    prompt_tokens: int, completions: Sequence[Sequence[int]], row_tokens: int
) -> list[list[int]]:
    """Indices of each row's completions, in order: as few rows as needed, as even as can be."""
    lengths = [len(completion) for completion in completions]

    def filled(capacity: int) -> list[list[int]]:
        rows: list[list[int]] = []
        used = 0
        for index, length in enumerate(lengths):
            if not rows or used + length > capacity:
                rows.append([])
                used = prompt_tokens
            rows[-1].append(index)
            used += length
        return rows

    count = len(filled(row_tokens))
    low = max(prompt_tokens + max(lengths), sum(lengths) // count)
    smallest = bisect_left(range(low, row_tokens), True, key=lambda c: len(filled(c)) <= count)
    return filled(low + smallest) if low < row_tokens else filled(row_tokens)
