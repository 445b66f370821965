import torch
from hypothesis import given
from hypothesis import strategies as st

from edubias.detect.copying import Copying, CopyingProcessor

TOKENS = st.lists(st.integers(0, 5), max_size=8)


def longest_common(one, other):
    """By the definition: the longest of all subsequences of one that the other has too."""
    best = 0
    for chosen in range(1 << len(one)):
        part = [token for i, token in enumerate(one) if chosen >> i & 1]
        rest = iter(other)
        if all(token in rest for token in part):
            best = max(best, len(part))
    return best


@given(TOKENS, TOKENS, st.integers(0, 3))
def test_what_may_follow_adds_no_more_than_allowed(source, written, most_added):
    copying = Copying(source, most_added)
    common = copying.common(written)
    assert common[-1] == longest_common(written, source)
    allowed = copying.allowed(len(written), common)
    for token in range(7):  # 6 is never in the text
        longer = [*written, token]
        added = len(longer) - longest_common(longer, source)
        assert (allowed is None or token in allowed) == (added <= most_added)


@given(TOKENS, TOKENS, TOKENS)
def test_common_subsequences_go_on_from_what_was_read(source, first, second):
    copying = Copying(source, 1)
    assert copying.common(second, copying.common(first)) == copying.common([*first, *second])


def test_generation_can_only_copy_in_order():
    source, end, vocabulary = [3, 4, 5, 3, 6], 1, 12
    randomness = torch.Generator().manual_seed(0)
    for trial in range(30):
        starts = [0, 2]  # the second row's wording begins later, as if it were padded
        processor = CopyingProcessor(Copying(source, 1), starts, end)
        rows = torch.tensor([[8, 3, 4], [0, 0, 5]])
        for _ in range(8):
            scores = torch.randn(2, vocabulary, generator=randomness)
            best = processor(rows, scores).argmax(dim=1, keepdim=True)
            rows = torch.cat([rows, best], dim=1)
        for row, start in zip(rows.tolist(), starts, strict=True):
            written = row[start:]
            written = written[: written.index(end)] if end in written else written
            assert len(written) - longest_common(written, source) <= 1, (trial, written)


def test_the_end_may_always_come():
    processor = CopyingProcessor(Copying([3, 4], 0), [0], 1)
    scores = processor(torch.tensor([[3, 4]]), torch.zeros(1, 6))
    assert scores[0].isfinite().nonzero().flatten().tolist() == [1]
