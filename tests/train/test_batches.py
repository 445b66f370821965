import random

import pytest

from edubias.config import TrainCfgs
from edubias.train.batches import StepSampler, cut_evenly, micro_batches_within, step_sampler

TOKENS = random.Random(0).choices(range(10, 140), k=50)


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_every_epoch_takes_every_pair_once_and_steps_have_their_size(processes):
    samplers = [
        StepSampler(TOKENS, 12, 2, seed=5, processes=processes, process=p) for p in range(processes)
    ]
    for epoch in (0, 1):
        for sampler in samplers:
            sampler.set_epoch(epoch)
        own = [list(sampler) for sampler in samplers]
        assert {len(batches) for batches in own} == {len(sampler) for sampler in samplers}
        steps = [
            [batch for batches in own for batch in batches[start : start + 2]]
            for start in range(0, len(own[0]), 2)
        ]
        sizes = [sum(map(len, step)) for step in steps]
        assert sizes[:4] == [12] * 4
        taken = sorted(i for step in steps for batch in step for i in batch)
        assert taken == list(range(50)) if processes < 3 else len(taken) == 48


def test_order_depends_on_seed_and_epoch_only():
    first = StepSampler(TOKENS, 8, 2, seed=1)
    again = StepSampler(TOKENS, 8, 2, seed=1)
    assert list(first) == list(again)
    again.set_epoch(1)
    assert list(first) != list(again)
    assert list(first) != list(StepSampler(TOKENS, 8, 2, seed=2))


def test_steps_are_the_same_however_they_are_cut():
    whole = StepSampler(TOKENS, 8, 1, seed=1)
    halves = iter(StepSampler(TOKENS, 8, 2, seed=1))
    for batch in list(whole)[:6]:
        assert batch == next(halves) + next(halves)


def test_cut_evenly():
    tokens = [1, 1, 1, 1, 1, 1, 6]
    assert cut_evenly(range(7), tokens, 2) == [[0, 1, 2, 3, 4, 5], [6]]
    assert cut_evenly([6, 0], tokens, 2) == [[6], [0]]
    assert cut_evenly([0, 1, 6], tokens, 3) == [[0], [1], [6]]
    parts = cut_evenly(range(50), TOKENS, 4)
    totals = [sum(TOKENS[i] for i in part) for part in parts]
    assert max(totals) - min(totals) <= 2 * max(TOKENS)


def test_micro_batches_within():
    sampler = StepSampler(TOKENS, 12, 1, seed=0)
    assert micro_batches_within(sampler, 10_000, epochs=2) == 1
    sampler.micro_batches = micro_batches_within(sampler, 400, epochs=2)
    assert sampler.micro_batches > 1
    for epoch in (0, 1):
        sampler.set_epoch(epoch)
        assert max(sum(TOKENS[i] for i in batch) for batch in sampler) <= 400
    assert micro_batches_within(sampler, 1, epochs=1) == 12


def test_several_processes_keep_to_the_limit_in_an_epochs_last_step_too():
    tokens = [90] * 12  # steps of 8 and of 4 pairs
    sampler = StepSampler(tokens, 8, 1, seed=0, processes=2)
    sampler.micro_batches = micro_batches_within(sampler, 100, epochs=1)
    assert [len(group) for group in sampler] == [1] * 6
    # Three pairs are one micro-batch for each of two processes, however many others have.
    sampler = StepSampler([20] * 11, 8, 1, seed=0, processes=2)
    sampler.micro_batches = micro_batches_within(sampler, 40, epochs=1)
    assert sampler.micro_batches == 2
    sampler = StepSampler([20] * 9, 8, 1, seed=0, processes=2)
    assert micro_batches_within(sampler, 200, epochs=1) == 1


def test_one_long_pair_does_not_cut_every_step_into_single_pairs():
    tokens = [*TOKENS, 1_000]
    sampler = StepSampler(tokens, 12, 1, seed=0)
    sampler.micro_batches = micro_batches_within(sampler, 600, epochs=2)
    assert sampler.micro_batches <= 6
    for epoch in (0, 1):
        sampler.set_epoch(epoch)
        groups = list(sampler)
        assert [50] in groups
        assert all(sum(tokens[i] for i in group) <= 600 for group in groups if group != [50])


def test_all_epochs_that_the_steps_reach_are_looked_at():
    def micro_batches(**given):
        limit = {"micro_batch_tokens": 1_100, "per_device_train_batch_size": 12}
        return step_sampler(TrainCfgs(**limit, **given), TOKENS).micro_batches

    assert micro_batches(epochs=1) < micro_batches(epochs=20)  # else this test shows nothing
    assert micro_batches(epochs=1, max_steps=20 * 5) == micro_batches(epochs=20)


@pytest.mark.parametrize("processes", [1, 3])
def test_pairs_of_a_step_are_those_of_its_micro_batches(processes):
    samplers = [StepSampler(TOKENS, 12, 2, 5, processes, process) for process in range(processes)]
    step = 0
    for epoch in (0, 1):
        for sampler in samplers:
            sampler.set_epoch(epoch)
        own = [list(sampler) for sampler in samplers]
        for start in range(0, len(own[0]), 2):
            taken = [i for batches in own for batch in batches[start : start + 2] for i in batch]
            assert sorted(taken) == sorted(samplers[0].pairs_of_step(step))
            step += 1
