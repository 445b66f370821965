from __future__ import annotations

import errno
import shutil
from dataclasses import replace

import pytest
import torch

from edubias.config import load_config
from edubias.data.labelled import Collection
from edubias.data.prompt import EDITED, REWRITING, TURNED, completion_ids, prompt_ids, rewriting_ids
from edubias.data.read import load_pairs
from edubias.detect.content import keeps_claim
from edubias.detect.copying import Copying
from edubias.detect.detector import Detector
from edubias.detect.rewrite import FOLDER, MOST_ADDED, Wording
from edubias.detect.wordings import (
    LEAST_GAIN,
    LEAST_LOGP,
    fair_wordings,
)
from edubias.errors import ModelError
from edubias.evaluate.rewrites import biased_statements, measure_rewrites
from edubias.model.manifest import load_manifest
from edubias.records import Finding
from edubias.train.checkpoint import CheckpointError
from edubias.train.rewriter import BETA, encode, rewriting_loss, train_rewriter


def test_loss_by_hand():
    """Two pairs; of the first two tokens are predicted, or one; of the second the last one."""
    logps = torch.log(
        torch.tensor([[0.9, 0.5, 0.25], [0.9, 0.1, 0.9], [0.9, 0.9, 0.5], [0.9, 0.9, 0.2]])
    )
    mask = torch.tensor([[0, 1, 1], [0, 1, 0], [0, 0, 1], [0, 0, 1]])
    losses = rewriting_loss(logps, mask)
    for loss, fair, biased, length in zip(losses, (0.125, 0.5), (0.1, 0.2), (2, 1), strict=True):
        margin = BETA * (torch.log(torch.tensor(fair)) - torch.log(torch.tensor(biased)))
        expected = -torch.nn.functional.logsigmoid(margin) - torch.log(torch.tensor(fair)) / length
        torch.testing.assert_close(loss, expected)


@pytest.fixture(scope="module")
def with_rewriter(calibrated, pair_files, tmp_path_factory):
    folder = tmp_path_factory.mktemp("rewriter") / "copy"
    shutil.copytree(calibrated, folder)
    overrides = ["train_cfgs.epochs=6", "train_cfgs.learning_rate=0.03"]
    config = load_config(folder / "config.yaml", overrides)
    pairs = load_pairs(pair_files["train"])
    train_rewriter(config, [*pairs, *map(turned, pairs)], folder)
    return folder


def turned(pair):
    """A pair whose unbiased side has the words in another order."""
    words = " ".join(reversed(pair.chosen.split()))
    return replace(pair, id=pair.id + "-turned", chosen=words, meta={"form": TURNED})


def losses_of(folder):
    log = (folder / FOLDER / "train.log").read_text()
    return [
        float(line.split("train/loss=")[1].split()[0])
        for line in log.splitlines()
        if "train/loss=" in line
    ]


def test_it_learns_the_fair_wording(with_rewriter):
    losses = losses_of(with_rewriter)
    assert losses[-1] < losses[0] - 0.3


def test_rewrites_are_fair_and_the_same_every_time(with_rewriter, calibrated):
    text = "physics 22 xx zz"
    detector = Detector.load(with_rewriter)
    steps = []
    (finding,) = detector.with_rewrites(detector.detect([text]), steps.append)
    assert steps == [1]
    assert detector.with_rewrites(detector.detect([text])) == [finding]
    for wording in finding.rewrites:  # a random model's may all be unfit
        assert wording != text
        assert detector.detect([wording])[0].verdict == "fair"
    # The rewriter's adapter leaves the detector's alone.
    assert Detector.load(calibrated).detect([text])[0].score == finding.score
    (fair,) = detector.with_rewrites(detector.detect(["physics 99 ok all"]))
    assert (fair.verdict, fair.rewrites) == ("fair", ())


def test_wordings_copy_and_are_as_likely_as_said(with_rewriter):
    text = "physics 22 xx zz"
    rewriter = Detector.load(with_rewriter).rewriter
    tokenizer = rewriter.tokenizer
    wordings = rewriter.edited(text)
    wordings += rewriter.edited(text, wordings[0].text)
    assert len({one.text for one in wordings}) >= 4
    source = completion_ids(tokenizer, text)[:-1]
    for wording in wordings:
        ids = completion_ids(tokenizer, wording.text)
        assert len(ids) - 1 - Copying(source, 0).common(ids[:-1])[-1] <= MOST_ADDED
        assert wording.logp == pytest.approx(logp_of(rewriter, text, EDITED, wording), abs=1e-3)


def logp_of(rewriter, text, form, wording):
    """Log-probability of a wording, by a pass of its own."""
    tokenizer = rewriter.tokenizer
    given = [*prompt_ids(tokenizer, REWRITING), *rewriting_ids(tokenizer, text, form)]
    ids = completion_ids(tokenizer, wording.text)
    with rewriter._active(), torch.no_grad():
        logits = rewriter.model(input_ids=torch.tensor([[*given, *ids[:-1]]])).logits[0]
    logps = logits[-len(ids) :].log_softmax(-1)
    return float(logps[torch.arange(len(ids)), torch.tensor(ids)].sum())


def test_a_form_that_was_not_learnt_is_not_proposed(with_rewriter, pair_files, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(with_rewriter, folder)
    overrides = ["train_cfgs.max_steps=1"]
    config, pairs = load_config(folder / "config.yaml", overrides), load_pairs(pair_files["train"])
    train_rewriter(config, pairs, folder)
    rewriter = Detector.load(folder).rewriter
    assert rewriter.forms == {EDITED}
    assert rewriter.turned("physics 22 xx zz") == []
    train_rewriter(config, [turned(pairs[0])], folder, further=True)
    assert Detector.load(folder).rewriter.forms == {EDITED, TURNED}


@pytest.mark.embedded
def test_turned_wordings_keep_the_claim_and_are_as_likely_as_said():
    text = "女生天生不擅长理科，学文科就好。"
    rewriter = Detector.load().rewriter
    wordings = rewriter.turned(text)
    assert rewriter.turned(text) == wordings
    assert len({one.text for one in wordings}) == len(wordings) >= 4
    for wording in wordings:
        assert keeps_claim(text, wording.text)
        assert wording.logp == pytest.approx(logp_of(rewriter, text, TURNED, wording), abs=1e-3)
    # Each form has learnt its own: what is turned is unlike the text, what is edited is like it.
    likeliest = max(wordings, key=lambda one: one.logp)
    assert logp_of(rewriter, text, EDITED, likeliest) < likeliest.logp - 1


def test_there_may_be_no_room_for_turned_wordings(with_rewriter):
    rewriter = Detector.load(with_rewriter).rewriter
    assert rewriter.forms == {EDITED, TURNED}
    assert rewriter.turned("") == []
    assert replace(rewriter, max_tokens=30).turned("physics 22 xx zz") == []


def test_a_beginning_is_completed_as_it_would_be_alone(with_rewriter):
    rewriter = Detector.load(with_rewriter).rewriter
    text = "physics 22 xx zz"
    given = [*prompt_ids(rewriter.tokenizer, REWRITING), *rewriting_ids(rewriter.tokenizer, text)]
    own = completion_ids(rewriter.tokenizer, text)
    copying = Copying(own[:-1], MOST_ADDED)
    beginnings = [own[:1], own[:6], own[:3]]
    with rewriter._active(), torch.no_grad():
        together = rewriter._completed(given, beginnings, len(own) + MOST_ADDED, copying)
        alone = [
            rewriter._completed(given, [one], len(own) + MOST_ADDED, copying) for one in beginnings
        ]
    assert together == [one for each in alone for one in each]
    assert len(together) >= 2


def test_every_biased_text_is_measured(with_rewriter, pair_files):
    detector = Detector.load(with_rewriter)
    texts = Collection(load_pairs(pair_files["test"])).texts()
    steps = []
    measured = measure_rewrites(detector, texts, 3, steps.append)
    assert sum(steps) == 9
    assert [one["text"] for one in measured.wordings] == [
        one.text for one in biased_statements(texts, 3)
    ]
    offered = [bool(one["rewrites"]) for one in measured.wordings]
    assert measured.offered.value == pytest.approx(sum(offered) / 3)
    assert measured.found == sum(one["verdict"] != "fair" for one in measured.wordings)
    assert measure_rewrites(detector, [one for one in texts if not one.biased], 3, print) is None


def test_it_can_be_trained_further(with_rewriter, pair_files, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(with_rewriter, folder)
    overrides = ["train_cfgs.epochs=1", "train_cfgs.learning_rate=0.001", "lora_cfgs.lora_alpha=1"]
    config = load_config(folder / "config.yaml", overrides)
    lora = load_manifest(folder / FOLDER).config["lora_cfgs"]
    before = losses_of(folder)
    pairs = load_pairs(pair_files["train"])
    train_rewriter(config, pairs, folder, further=True, data={"train": {"path": "second"}})
    after = losses_of(folder)[len(before) :]
    assert after[0] < before[0] - 0.3
    # The record says what all trainings were on.
    train_rewriter(config, pairs[:4], folder, further=True, data={"train": {"path": "third"}})
    paths = {name: record["path"] for name, record in load_manifest(folder / FOLDER).data.items()}
    assert paths == {"train_1": "second", "train": "third"}
    assert load_manifest(folder / FOLDER).config["lora_cfgs"] == lora


def test_no_room_for_a_wording(with_rewriter):
    rewriter = Detector.load(with_rewriter).rewriter
    text = "physics 22 xx zz and so on"
    given = [*prompt_ids(rewriter.tokenizer, REWRITING), *rewriting_ids(rewriter.tokenizer, text)]
    longest = len(given) + len(completion_ids(rewriter.tokenizer, text)) + MOST_ADDED
    assert replace(rewriter, max_tokens=longest - 1).edited(text) == []
    assert replace(rewriter, max_tokens=longest).edited(text) == rewriter.edited(text)
    assert rewriter.edited("") == []


class FixedRewriter:
    """Proposes what it is given, draft by draft, and remembers the drafts."""

    def __init__(self, *proposals, turned=()):
        self.proposals, self.drafts = list(proposals), []
        self.by_turning = list(turned)

    def edited(self, text, draft=None):
        self.drafts.append(draft)
        return self.proposals.pop(0) if self.proposals else []

    def turned(self, text):
        return self.by_turning


FAIR, FAIRER, BIASED = "physics 99 ok all", "physics 99 ok all ok all", "physics 22 xx zz"


def test_the_likeliest_of_the_fair_wordings_come_first(calibrated):
    detector = Detector.load(calibrated)
    (finding,) = detector.detect([BIASED], exhaustive=True)
    odds = dict(zip((FAIR, FAIRER), detector.detect([FAIR, FAIRER], exhaustive=True), strict=True))
    assert {one.verdict for one in odds.values()} == {"fair"}

    def offered(*proposals):
        rewriter = FixedRewriter(*proposals)
        (found,) = replace(detector, rewriter=rewriter).with_rewrites([finding])
        return found.rewrites, rewriter.drafts

    likely, less, hardly = Wording(FAIR, -1.0), Wording(FAIRER, -2.0), Wording(FAIRER, -9.0)
    still_biased = Wording(BIASED + " xx", -0.5)
    assert offered([less, likely])[0] == (FAIR, FAIRER)
    assert offered([hardly, likely])[0] == (FAIR,)
    assert offered([still_biased], [likely]) == ((FAIR,), [None, still_biased.text, FAIR])
    assert offered([still_biased]) == ((), [None, still_biased.text])
    assert offered([]) == ((), [None])
    # A text that is nearly fair may not get a wording that mends hardly anything.
    nearly = replace(finding, score=odds[FAIR].score + LEAST_GAIN / 2)
    (found,) = replace(detector, rewriter=FixedRewriter([likely])).with_rewrites([nearly])
    assert found.rewrites == ()


def test_only_what_may_matter_is_judged():
    odds = {"likely": 2.0, "fair": -3.0, "hardly": -4.0, "other": 1.0}
    judged = []

    def judge(texts):
        judged.extend(texts)
        return [odds[text] for text in texts]

    finding = Finding("1", BIASED, 3.0, 0.95, "biased")
    likely, fair = Wording("likely", -0.5), Wording("fair", -3.0)
    hardly, other = (
        Wording("hardly", LEAST_LOGP - 0.1),
        Wording("other", LEAST_LOGP - 2),
    )
    rewriter = FixedRewriter([other, fair, likely, hardly])
    assert fair_wordings(rewriter, judge, finding) == ("fair",)
    # "likely" promises -2.5, "fair" -3, "hardly" what is left once both were drafts.
    assert rewriter.drafts == [None, "likely", "fair"]
    assert judged == ["fair", "likely"]

    judged.clear()
    rewriter = FixedRewriter([other, hardly])  # neither may be offered, yet one may be a draft
    assert fair_wordings(rewriter, judge, finding) == ()
    assert rewriter.drafts == [None, "hardly", "other"]
    assert sorted(judged) == ["hardly", "other"]


def test_wordings_are_not_nearly_the_same():
    first, second = "The staff let Mrs Lane speak first.", "The staff, let Mrs Lane speak first."
    other = "Mrs Lane spoke first."
    rewriter = FixedRewriter([Wording(second, -2.0), Wording(first, -1.0), Wording(other, -3.0)])
    finding = Finding("1", BIASED, 3.0, 0.95, "biased")
    offered = fair_wordings(rewriter, lambda texts: [-2.0 for _ in texts], finding)
    assert offered == (first, other)


def test_turned_wordings_come_before_edited_ones():
    finding = Finding("1", BIASED, 3.0, 0.95, "biased")
    odds = {"edited": -1.0, "turned": -3.0, "other": -4.0, "hardly": -5.0, "biased": 2.0}
    rewriter = FixedRewriter(
        [Wording("edited", -4.0)],
        turned=[
            Wording("other", -2.0),
            Wording("turned", -1.0),
            Wording("hardly", LEAST_LOGP - 0.1),
            Wording("biased", -0.1),
        ],
    )

    def judge(texts):
        return [odds[text] for text in texts]

    assert fair_wordings(rewriter, judge, finding) == ("turned", "other", "edited")
    alone = FixedRewriter(turned=[Wording("hardly", LEAST_LOGP - 0.1)])
    assert fair_wordings(alone, judge, finding) == ()


def test_it_records_what_it_came_from(with_rewriter):
    record = load_manifest(with_rewriter / FOLDER)
    assert record.template == REWRITING
    assert record.metrics["train/loss"] > 0


@pytest.mark.parametrize("weights", [None, b"nonsense"])
def test_a_damaged_rewriter_is_named(with_rewriter, tmp_path, weights):
    folder = tmp_path / "damaged"
    shutil.copytree(with_rewriter, folder)
    file = folder / FOLDER / "adapter_model.safetensors"
    file.unlink()
    if weights is not None:
        file.write_bytes(weights)
    with pytest.raises(ModelError, match="rewriter: damaged"):
        Detector.load(folder)


def test_without_a_rewriter_it_says_so(calibrated):
    with pytest.raises(ModelError, match="edubias rewriter"):
        Detector.load(calibrated).with_rewrites([])


def test_a_pairs_form_decides_what_it_comes_after(tiny_model, pair_files):
    from edubias.model.load import load_tokenizer

    pair, tokenizer = load_pairs(pair_files["train"])[0], load_tokenizer(str(tiny_model))
    edited, other = encode([pair, replace(pair, meta={"form": "A4"})], tokenizer, 1000)
    (round_,) = encode([turned(pair)], tokenizer, 1000)
    assert edited["given"] == other["given"] == rewriting_ids(tokenizer, pair.rejected, EDITED)
    assert round_["given"] == rewriting_ids(tokenizer, pair.rejected, TURNED) != edited["given"]


def test_an_earlier_rewriter_stays_where_the_new_one_cannot_be_saved(
    with_rewriter, pair_files, tmp_path, monkeypatch
):
    folder = tmp_path / "copy"
    shutil.copytree(with_rewriter, folder)
    before = (folder / FOLDER / "adapter_model.safetensors").read_bytes()
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr("transformers.Trainer.save_model", lambda *_: (_ for _ in ()).throw(full))
    config = load_config(folder / "config.yaml", ["train_cfgs.epochs=1"])
    with pytest.raises(CheckpointError, match="No space left"):
        train_rewriter(config, load_pairs(pair_files["train"])[:4], folder)
    assert (folder / FOLDER / "adapter_model.safetensors").read_bytes() == before
    assert [path.name for path in folder.glob(".rewriter*")] == []
    assert Detector.load(folder).rewriter is not None


def test_pairs_that_do_not_fit_are_left_out(tiny_model, pair_files):
    from edubias.model.load import load_tokenizer

    pairs = load_pairs(pair_files["train"])
    tokenizer = load_tokenizer(str(tiny_model))
    assert len(encode(pairs, tokenizer, 1000)) == len(pairs)
    assert encode(pairs, tokenizer, 10) == []
