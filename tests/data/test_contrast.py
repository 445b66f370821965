from edubias.data.contrast import contrast_pairs
from edubias.data.labelled import statements_of_split
from edubias.records import Statement


def statement(i, lang, label, split="train"):
    return Statement(f"{lang}{i}", f"text {lang} {i}", lang, label, meta={"split": split})


STATEMENTS = [statement(i, "zh", "fair") for i in range(5)]
STATEMENTS += [statement(i, "zh", "biased") for i in range(5, 7)]
STATEMENTS += [statement(i, "en", "biased") for i in range(3)]
STATEMENTS += [statement(9, "en", "fair")]


def test_every_statement_stands_beside_one_of_the_other_label():
    pairs = contrast_pairs(STATEMENTS, seed=1)
    assert len(pairs) == 5 + 3
    labels = {one.text: one.label for one in STATEMENTS}
    assert all(labels[p.chosen] == "fair" and labels[p.rejected] == "biased" for p in pairs)
    assert {t for p in pairs for t in (p.chosen, p.rejected)} == set(labels)
    assert len({p.id for p in pairs}) == len(pairs)
    assert all(p.lang in p.chosen and p.lang in p.rejected for p in pairs)


def test_statements_of_one_scenario_stand_beside_one_another():
    def twin(label, scenario):
        meta = {"split": "train", "scenario": scenario}
        return Statement(f"{scenario}-{label}", f"{scenario} {label}", "zh", label, meta=meta)

    twins = [twin(label, name) for name in ("a", "b") for label in ("fair", "biased")]
    found = [(p.chosen, p.rejected) for p in contrast_pairs(twins, seed=1)]
    assert found == [("a fair", "a biased"), ("b fair", "b biased")]
    mixed = contrast_pairs([*STATEMENTS, *twins], seed=1)
    assert len(mixed) == 2 + 5 + 3
    assert {(p.chosen, p.rejected) for p in mixed} > set(found)
    # One that has no twin stands beside any.
    lonely = contrast_pairs([*twins, twin("fair", "c")], seed=1)
    assert [p.chosen for p in lonely] == ["a fair", "b fair", "c fair"]


def test_plain_subject_matter_does_not_crowd_out_the_rest():
    def of_kind(i, label, kind):
        return Statement(f"{kind}{i}", f"{kind} {i}", "en", label, kind=kind)

    many = [of_kind(i, "fair", "neutral_subject") for i in range(20)]
    some = [of_kind(i, "fair", "mention_not_endorse") for i in range(4)]
    biased = [of_kind(i, "biased", "biased_subtle") for i in range(3)]
    chosen = [pair.chosen for pair in contrast_pairs([*many, *some, *biased], seed=1)]
    assert len(chosen) == 8
    assert sum("neutral" in text for text in chosen) == 4
    assert len(contrast_pairs([*many, *biased], seed=1)) == 20


def test_the_seed_decides():
    assert contrast_pairs(STATEMENTS, 1) == contrast_pairs(STATEMENTS, 1)
    assert any(contrast_pairs(STATEMENTS, 1) != contrast_pairs(STATEMENTS, s) for s in range(2, 6))


def test_one_label_alone_makes_no_pairs():
    assert contrast_pairs([one for one in STATEMENTS if one.label == "fair"], 1) == []


def test_only_labelled_statements_of_the_training_split():
    others = [statement(20, "zh", "fair", "test"), statement(21, "zh", None)]
    unsplit = Statement("u", "text", "zh", "fair")
    found = statements_of_split([*STATEMENTS, *others, unsplit], "train")
    assert found == [*STATEMENTS, unsplit]
