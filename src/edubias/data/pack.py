"""Many completions as a few rows with hardly any padding: prefix trees in pre-order.

Completions that begin alike share their beginning, and all of a row share the prompt: each distinct
prefix is one node of a tree, computed once. The two sides of a minimal pair often begin alike. A
completion's last token is predicted and predicts nothing, so it needs no node. In pre-order a
node's descendants follow it directly, so one number a node, the end of its subtree, says who may
attend to it.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypedDict

import torch
from torch import Tensor

ROW_TOKENS = 192
"""Tokens that a row aims at. Attention costs a row's square, and longer rows gain nothing else;
shorter ones repeat the prompt more often and are harder to fill evenly."""

SHARED = 2
"""Shortest common beginning for which completions are kept in one row."""

ALIGNMENT = 8
"""Row lengths are multiples of this, as CUDA's memory-efficient attention wants its masks."""


class PackedBatch(TypedDict):
    """N completions after the same prompt in R rows of T nodes.

    An *edge* is one predicted token: it leads from a node to a token that follows there.
    Completions that share a beginning share its edges.

    Attributes:
        input_ids: ``(R, T)``: each node's token.
        position_ids: ``(R, T)``: each node's depth, which is its position in the sequence.
        subtree_ends: ``(R, T)``: a node's subtree is the nodes from itself up to this index,
            exclusively.
        predictors: ``(U,)``: nodes that have edges, as indices into the R·T nodes.
        edge_predictors: ``(E,)``: for each edge the index of its node in ``predictors``.
        edge_targets: ``(E,)``: for each edge the token it leads to.
        completion_edges: ``(N, L)``: each completion token's edge; 0 on padding.
        completion_mask: ``(N, L)``: 1 on the completion's predicted tokens.
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
class _Tree:
    """One row: a tree in pre-order that grows along one path at a time."""

    tokens: list[int] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    path: list[int] = field(default_factory=list)

    def descend(self, token: int) -> None:
        """Add a node below the path's last one."""
        self.path.append(len(self.tokens))
        self.tokens.append(token)
        self.depths.append(len(self.path) - 1)
        self.ends.append(0)

    def return_to(self, depth: int) -> None:
        """Shorten the path; nothing more will be added below the nodes that leave it."""
        for node in self.path[depth:]:
            self.ends[node] = len(self.tokens)
        del self.path[depth:]


def pack_completions(
    prompt: Sequence[int],
    completions: Sequence[Sequence[int]],
    pad_id: int,
    given: Sequence[int] | None = None,
    row_tokens: int = ROW_TOKENS,
) -> PackedBatch:
    """Pack completions after one prompt.

    Args:
        prompt: P token ids, P ≥ 1.
        completions: N lists of token ids, N ≥ 1, none empty.
        pad_id: Token id for the padding; any, as nothing attends to it.
        given: For each completion how many of its first tokens are only read, not predicted; none
            where this is None.
        row_tokens: Tokens that a row aims at.
    """
    given = given or [0] * len(completions)
    trees: list[_Tree] = []
    # For each completion token the node that predicts it, as (row, node).
    nodes: list[list[tuple[int, int]]] = [[] for _ in completions]
    for members in _rows(len(prompt), completions, row_tokens):
        tree = _Tree()
        for token in prompt:
            tree.descend(token)
        previous: Sequence[int] = ()
        for index in members:
            inner = completions[index][:-1]
            shared = common_prefix(previous, inner)
            tree.return_to(len(prompt) + shared)
            for token in inner[shared:]:
                tree.descend(token)
            start = len(prompt) - 1 + given[index]
            nodes[index] = [(len(trees), node) for node in tree.path[start:]]
            previous = inner
        tree.return_to(0)
        trees.append(tree)

    width = -(-max(len(tree.tokens) for tree in trees) // ALIGNMENT) * ALIGNMENT
    predictors: dict[int, int] = {}
    edges: dict[tuple[int, int], int] = {}
    completion_edges = []
    for completion, first, path in zip(completions, given, nodes, strict=True):
        own = []
        for token, (row, node) in zip(completion[first:], path, strict=True):
            predictor = predictors.setdefault(row * width + node, len(predictors))
            own.append(edges.setdefault((predictor, token), len(edges)))
        completion_edges.append(own)
    lengths = torch.tensor([len(own) for own in completion_edges])
    longest = int(lengths.max())

    def filled(values: list[int], padding: Sequence[int]) -> list[int]:
        return [*values, *padding[len(values) :]]

    return PackedBatch(
        input_ids=torch.tensor([filled(tree.tokens, [pad_id] * width) for tree in trees]),
        position_ids=torch.tensor([filled(tree.depths, [0] * width) for tree in trees]),
        subtree_ends=torch.tensor([filled(tree.ends, range(1, width + 1)) for tree in trees]),
        predictors=torch.tensor(list(predictors)),
        edge_predictors=torch.tensor([predictor for predictor, _ in edges]),
        edge_targets=torch.tensor([token for _, token in edges]),
        completion_edges=torch.tensor([filled(own, [0] * longest) for own in completion_edges]),
        completion_mask=(torch.arange(longest) < lengths[:, None]).long(),
    )


def common_prefix(first: Sequence[object], second: Sequence[object]) -> int:
    """Number of elements that two sequences begin with alike."""
    length = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        length += 1
    return length


def _rows(
    prompt_tokens: int, completions: Sequence[Sequence[int]], row_tokens: int
) -> list[list[int]]:
    """Indices of each row's completions, sorted, in rows as even as can be.

    Completions with a common beginning make a unit that stays together. Units go, largest first,
    to the emptiest row (longest processing time, Graham 1969).
    """
    units: list[list[int]] = []
    costs: list[int] = []
    previous: Sequence[int] = ()
    for index in sorted(range(len(completions)), key=lambda i: tuple(completions[i])):
        inner = completions[index][:-1]
        shared = common_prefix(previous, inner)
        if not units or shared < SHARED or costs[-1] + len(inner) - shared > row_tokens:
            units.append([])
            costs.append(0)
            shared = 0
        units[-1].append(index)
        costs[-1] += len(inner) - shared
        previous = inner
    count = -(-sum(costs) // max(1, row_tokens - prompt_tokens)) or 1
    rows: list[list[int]] = [[] for _ in range(min(count, len(units)))]
    loads = [(0, row) for row in range(len(rows))]
    for cost, unit in sorted(zip(costs, units, strict=True), key=lambda one: -one[0]):
        load, row = heapq.heappop(loads)
        rows[row] += unit
        heapq.heappush(loads, (load + cost, row))
    return [sorted(row, key=lambda i: tuple(completions[i])) for row in rows]
