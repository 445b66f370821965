"""Sentences a second, with and without the cheaper looks: ``python -m benchmarks.scan``.

The manuscript is made of held-out texts as they are mixed in a textbook: 85 in 100 sentences are
plain subject matter, 12 speak of people and are fair, 3 are biased. There are fewer plain sentences
than that, so their numbers are changed to make others; no sentence comes twice. Beginnings that
such sentences share are computed once, which makes a manuscript a little faster than a book: the
share of tokens that this saves is printed.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from edubias.data.labelled import PLAIN, Collection, LabelledText, statements_of_split
from edubias.data.read import load_pairs, load_statements
from edubias.detect.detector import Detector
from edubias.model.load import quiet_libraries
from edubias.model.logps import passes

SHARES = {"plain": 0.85, "fair": 0.12, "biased": 0.03}
NUMBER = re.compile(r"\d+")


def manuscript(count: int, seed: int) -> list[str]:
    """Sentences in a random order, from the test split: nothing was fitted on them."""
    statements = load_statements("data/edu_statements.jsonl")
    pairs = load_pairs("data/edu_bias_pairs_test.jsonl")
    texts = Collection(pairs, statements_of_split(statements, "test")).texts()
    draw = random.Random(seed)
    sentences = [
        *_plain([one.text for one in texts if one.kind == PLAIN], count, draw),
        *_some([one for one in texts if not one.biased and one.kind != PLAIN], "fair", count, draw),
        *_some([one for one in texts if one.biased], "biased", count, draw),
    ]
    draw.shuffle(sentences)
    return sentences


def _some(texts: list[LabelledText], share: str, count: int, draw: random.Random) -> list[str]:
    return [one.text for one in draw.sample(texts, min(len(texts), int(SHARES[share] * count)))]


def _plain(texts: list[str], count: int, draw: random.Random) -> list[str]:
    """Plain sentences, and others made of them by changing numbers, or by adding a number."""
    wanted = int(SHARES["plain"] * count)
    found = dict.fromkeys(texts)
    while len(found) < wanted:
        text = draw.choice(texts)
        if NUMBER.search(text):
            text = NUMBER.sub(lambda match: str(draw.randint(1, 10 ** len(match[0]))), text)
        else:
            text = f"{draw.randint(1, 400)}. {text}"
        found[text] = None
    return draw.sample(list(found), wanted)


def spared(detector: Detector, texts: list[str]) -> float:
    """Share of tokens that are not computed, as another sentence of the pass begins alike."""
    scorer = detector.scorer
    ids = scorer.token_ids(texts)
    device = next(scorer.policy.parameters()).device
    vocabulary = scorer.policy.config.get_text_config().vocab_size
    computed = 0
    for group in passes(ids, len(scorer.prompt), scorer.strategy, device, vocabulary):
        beginnings = {tuple(ids[i][:end]) for i in group for end in range(1, len(ids[i]) + 1)}
        computed += len(beginnings)
    return 1 - computed / sum(map(len, ids))


def main() -> None:
    """Judge the same manuscript both ways."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="checkpoint (default: the shipped detector)")
    parser.add_argument("--sentences", type=int, default=6000)
    given = parser.parse_args()
    quiet_libraries()
    detector = Detector.load(given.model)
    texts = manuscript(given.sentences, seed=0)
    detector.detect(texts[:4], exhaustive=True)  # warms up
    results, seconds = {}, {}
    for name, exhaustive in (("with cheaper looks", False), ("exhaustive", True)):
        start = time.perf_counter()
        results[name] = detector.detect(texts, exhaustive=exhaustive)
        seconds[name] = time.perf_counter() - start
    flagged = {
        name: {finding.text for finding in findings if finding.verdict != "fair"}
        for name, findings in results.items()
    }
    lost = flagged["exhaustive"] - flagged["with cheaper looks"]
    read = sum(finding.score is not None for finding in results["with cheaper looks"])
    table = Table(title=f"{len(texts)} sentences, {read} of them read in full")
    for column in ("", "sentences/s", "findings"):
        table.add_column(column, justify="right" if column else "left")
    for name in results:
        table.add_row(name, f"{len(texts) / seconds[name]:.1f}", str(len(flagged[name])))
    Console().print(table)
    share = len(lost) / max(1, len(flagged["exhaustive"]))
    print(f"tokens spared by like beginnings: {spared(detector, texts):.0%}")
    print(f"lost by the cheaper looks: {len(lost)} ({share:.2%})")


if __name__ == "__main__":
    main()
