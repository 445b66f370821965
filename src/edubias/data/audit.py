"""Audit pairs for shortcuts, near-duplicates and gaps.

A detector that is trained on pairs learns whatever tells the sides apart. If a bag of words does,
the detector need not learn what bias is. The audit measures that: models of words and character
n-grams are cross-validated with whole scenarios held out, and their AUROC of the side is the
*shortcut score*; 0.5 means that the words give nothing away.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from edubias.records import PreferencePair, TextLanguage

FOLDS = 5
SHINGLE = 5
"""Length of the character n-grams that near-duplicates are found by."""

LEAST_PAIRS = 10
"""Pairs that there must be, beside those of the largest scenario, to learn from words at all."""

MOST_LINKS = 50
"""Pairs that one shingle links to all others. Beyond, it would cost quadratic time; of a cluster of
near-duplicates the later ones are still found beside the first."""

FAIRNESS_WORDS: dict[TextLanguage, tuple[str, ...]] = {
    "zh": ("无论", "不论", "都能", "应该", "每个人", "平等", "尊重", "差异", "取决于", "无关"),
    "en": ("regardless", "anyone", "everyone", "equal", "respect", "depends", "should", "any"),
}
"""Words that would betray the fair side if they stood there more often."""


@dataclass(frozen=True)
class Limits:
    """From where on an audit fails."""

    shortcut_auroc: float = 0.65
    length_auroc: tuple[float, float] = (0.47, 0.53)
    near_duplicate_share: float = 0.6


@dataclass(frozen=True)
class LanguageAudit:
    """The balance between the sides of one language's pairs.

    Attributes:
        pairs: Number of pairs.
        length_auroc: AUROC of the biased side by length in characters; 0.5 is balance.
        shortcut_auroc: AUROC of the biased side by feature: ``words`` (English only) and
            ``characters`` (1- to 3-grams in Chinese, 2- to 5-grams in English). Empty where there
            are too few pairs to learn from (``LEAST_PAIRS``), like ``tell_tales``.
        marks: For each punctuation mark its counts on the fair and on the biased side.
        fairness_words: For each fairness word its counts of texts, fair and biased.
        tell_tales: The n-grams that weigh most, with their weight (above 0: biased side).
    """

    pairs: int
    length_auroc: float
    shortcut_auroc: dict[str, float]
    marks: dict[str, tuple[int, int]]
    fairness_words: dict[str, tuple[int, int]]
    tell_tales: list[tuple[str, float]]


@dataclass(frozen=True)
class NearDuplicate:
    """Two pairs of different scenarios, or one pair in two splits, that share much text.

    Attributes:
        first, second: Identifiers.
        splits: The splits that they stand in.
        share: Shared character 5-grams as a share of the shorter pair's.
    """

    first: str
    second: str
    splits: tuple[str, str]
    share: float


@dataclass(frozen=True)
class Audit:
    """Everything the audit found.

    Attributes:
        languages: The balance within each language, over all splits.
        near_duplicates: Pairs too much alike.
        coverage: Number of pairs for each (bias type, language).
        largest_share: For subject, genre and grade the most frequent value and its share.
        failures: What exceeds a limit, one message each; empty if the audit passes.
    """

    languages: dict[TextLanguage, LanguageAudit]
    near_duplicates: list[NearDuplicate]
    coverage: dict[tuple[str, TextLanguage], int]
    largest_share: dict[str, tuple[str, float]]
    failures: list[str] = field(default_factory=list)


def audit(splits: Mapping[str, Sequence[PreferencePair]], limits: Limits | None = None) -> Audit:
    """Audit all pairs of all splits.

    Args:
        splits: Pairs by split.
        limits: From where on it fails.
    """
    limits = limits or Limits()
    pairs = [pair for members in splits.values() for pair in members]
    languages = {
        lang: audit_language([pair for pair in pairs if pair.lang == lang])
        for lang in sorted({pair.lang for pair in pairs})
    }
    near = near_duplicates(splits, limits.near_duplicate_share)
    shares = {key: _largest_share(pairs, key) for key in ("subject", "genre", "grade")}
    failures = []
    for lang, result in languages.items():
        low, high = limits.length_auroc
        if not low <= result.length_auroc <= high:
            failures.append(
                f"{lang}: length AUROC {result.length_auroc:.3f} not in [{low}, {high}]"
            )
        for feature, value in result.shortcut_auroc.items():
            if value > limits.shortcut_auroc:
                failures.append(
                    f"{lang}: shortcut AUROC of {feature} {value:.3f} > {limits.shortcut_auroc}"
                )
    failures += [
        f"{one.first} and {one.second} ({', '.join(one.splits)}) share {one.share:.0%}"
        for one in near
    ]
    coverage = Counter((pair.bias_type or "-", pair.lang) for pair in pairs)
    return Audit(languages, near, dict(coverage), shares, failures)


def audit_language(pairs: Sequence[PreferencePair]) -> LanguageAudit:
    """The balance between the sides of pairs of one language."""
    lang = pairs[0].lang
    texts = [text for pair in pairs for text in (pair.chosen, pair.rejected)]
    biased = np.tile([False, True], len(pairs))
    groups = [pair.scenario for pair in pairs for _ in range(2)]
    [(_, largest)] = Counter(pair.scenario for pair in pairs).most_common(1)
    enough = len(pairs) - largest >= LEAST_PAIRS
    characters = TfidfVectorizer(
        analyzer="char", ngram_range=(1, 3) if lang == "zh" else (2, 5), min_df=3, sublinear_tf=True
    )
    features = {"characters": characters}
    if lang == "en":
        features["words"] = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    fair_side, biased_side = texts[::2], texts[1::2]
    marks = sorted({char for text in texts for char in text if not (char.isalnum() or char == " ")})
    return LanguageAudit(
        pairs=len(pairs),
        length_auroc=float(roc_auc_score(biased, [len(text) for text in texts])),
        shortcut_auroc={
            name: shortcut_auroc(texts, biased, groups, vectorizer)
            for name, vectorizer in features.items()
            if enough
        },
        marks={
            mark: (sum(t.count(mark) for t in fair_side), sum(t.count(mark) for t in biased_side))
            for mark in marks
        },
        fairness_words={
            word: (_texts_with(word, fair_side, lang), _texts_with(word, biased_side, lang))
            for word in FAIRNESS_WORDS[lang]
        },
        tell_tales=_tell_tales(texts, biased, characters) if enough else [],
    )


def shortcut_auroc(
    texts: Sequence[str],
    biased: npt.NDArray[np.bool_],
    groups: Sequence[str],
    vectorizer: TfidfVectorizer,
) -> float:
    """AUROC of a logistic regression that never saw the scenario it judges.

    Args:
        texts: N texts.
        biased: ``(N,)``: which of them are biased.
        groups: The scenario of each text; at least two.
        vectorizer: Turns texts into features; fitted anew in every fold.

    Returns:
        AUROC over all held-out texts.
    """
    folds = min(FOLDS, len(set(groups)))
    model = make_pipeline(vectorizer, LogisticRegression(max_iter=1000))
    scores = cross_val_predict(
        model, list(texts), biased, groups=groups, cv=GroupKFold(folds), method="decision_function"
    )
    return float(roc_auc_score(biased, scores))


def near_duplicates(
    splits: Mapping[str, Sequence[PreferencePair]], limit: float
) -> list[NearDuplicate]:
    """Pairs of different scenarios that share more than ``limit`` of their character 5-grams.

    Within a scenario variants are deliberate, as long as they stand in one split.
    """
    entries = [(split, pair) for split, members in splits.items() for pair in members]
    shingles = [_shingles(pair) for _, pair in entries]
    owners: dict[str, list[int]] = defaultdict(list)
    for index, own in enumerate(shingles):
        for shingle in own:
            owners[shingle].append(index)
    shared: Counter[tuple[int, int]] = Counter()
    for indices in owners.values():
        for position, index in enumerate(indices[:MOST_LINKS], start=1):
            shared.update(zip(repeat(index), indices[position:], strict=False))
    found = []
    for (i, j), count in shared.items():
        share = count / max(1, min(len(shingles[i]), len(shingles[j])))
        (first_split, first), (second_split, second) = entries[i], entries[j]
        deliberate = first.scenario == second.scenario and first_split == second_split
        if share > limit and not deliberate:
            names = (first_split, second_split)
            found.append(NearDuplicate(first.id, second.id, names, share))
    return sorted(found, key=lambda one: -one.share)


def _shingles(pair: PreferencePair) -> set[str]:
    return {
        text[start : start + SHINGLE]
        for text in (pair.chosen, pair.rejected)
        for start in range(max(1, len(text) - SHINGLE + 1))
    }


def _texts_with(word: str, texts: Sequence[str], lang: TextLanguage) -> int:
    if lang == "zh":
        return sum(word in text for text in texts)
    return sum(word in text.lower().split() for text in texts)


def _tell_tales(
    texts: Sequence[str], biased: npt.NDArray[np.bool_], vectorizer: TfidfVectorizer
) -> list[tuple[str, float]]:
    matrix = vectorizer.fit_transform(texts)
    weights = LogisticRegression(max_iter=1000).fit(matrix, biased).coef_[0]
    names = vectorizer.get_feature_names_out()
    order = np.argsort(-np.abs(weights))[:20]
    return [(str(names[i]), float(weights[i])) for i in order]


def _largest_share(pairs: Sequence[PreferencePair], key: str) -> tuple[str, float]:
    [(value, count)] = Counter(str(pair.meta.get(key, "-")) for pair in pairs).most_common(1)
    return value, count / len(pairs)
