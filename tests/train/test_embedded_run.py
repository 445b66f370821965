"""A short training of the real embedded model, from pairs to findings."""

from __future__ import annotations

import pytest

from edubias.config import load_config
from edubias.data.read import load_pairs, record_of
from edubias.detect.detector import Detector
from edubias.model.manifest import load_manifest
from edubias.train.run import train
from tests.conftest import ROOT, write_jsonl


@pytest.mark.embedded
def test_the_embedded_model_learns_from_a_few_pairs(tmp_path):
    files = {}
    for split, suffix, count in (("train", "", 8), ("eval", "_eval", 4)):
        pairs = load_pairs(ROOT / "data" / f"edu_bias_pairs{suffix}.jsonl")
        shortest = sorted(pairs, key=lambda pair: len(pair.chosen))[:count]
        files[split] = write_jsonl(
            tmp_path / f"{split}.jsonl", [record_of(pair) for pair in shortest]
        )
    overrides = [
        f"data_cfgs.train_datasets={files['train']}",
        f"data_cfgs.eval_datasets={files['eval']}",
        "data_cfgs.train_statements=null",
        "data_cfgs.train_size=null",
        "data_cfgs.eval_size=null",
        f"logger_cfgs.output_dir={tmp_path / 'out'}",
        "train_cfgs.epochs=4",
        "train_cfgs.learning_rate=1e-3",
    ]
    folder = train(load_config("edu_bias_embedded", overrides)).folder
    metrics = load_manifest(folder).metrics
    assert metrics["train/reward_margin"] > 1.0
    texts = [pair.chosen for pair in load_pairs(files["train"])]
    texts += [pair.rejected for pair in load_pairs(files["train"])]
    scores = [finding.score for finding in Detector.load(folder).detect(texts)]
    assert sum(scores[8:]) / 8 > sum(scores[:8]) / 8
