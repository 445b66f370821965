"""The prompts: one before every statement that is judged, one before every text that is reworded.

Nothing else in edubias renders prompts.

DPO's implicit reward ``r(x, y) = β·[log π(y|x) − log π_ref(y|x)]`` equals the true reward up to
``β·log Z(x)`` (Rafailov et al. 2023, arXiv:2305.18290, eq. 5). With a constant prompt ``x`` that
offset is one constant, so rewards are comparable across statements and can be thresholded.
"""

from __future__ import annotations

from typing import NamedTuple, cast

from transformers import PreTrainedTokenizerBase

from edubias.errors import ConfigError
from edubias.lang import tr

TEMPLATES: dict[str, str] = {
    "TextbookBiasDetection": "教材 textbook:\n",
    "TextbookRewriting": "改写 rewrite:\n",
}
"""Prompt text by template name."""

DEFAULT_TEMPLATE = "TextbookBiasDetection"

REWRITING = "TextbookRewriting"
"""Template before a text that is to be reworded."""

EDITED, TURNED = "edited", "turned"
"""Forms of a rewording: the text's own words with some left out and few added; or its claim turned
round, in a sentence of a set form."""

ARROWS = {EDITED: "\n→ ", TURNED: "\n↔ "}
"""Stands between a text and its rewording, by form."""

VERDICTS = ("no", "yes")
"""Words for "fair" and "biased"; their first tokens must differ."""

KINDS = {
    "gender_sexuality": "gender",
    "ethnicity_race": "ethnicity",
    "nationality_culture": "nation",
    "region": "region",
    "urban_rural": "village",
    "socioeconomic_occupation": "work",
    "religion_belief": "belief",
    "age_generation": "age",
    "disability_health": "health",
    "physical_appearance": "looks",
    "academic_credential": "school",
    "family_structure": "family",
    "language_dialect": "dialect",
    "narrative_framing": "plot",
}
"""A word for each bias type. They begin with different letters, so that their first tokens differ
whatever the tokenizer."""

LAYOUT_TEMPLATES = frozenset({"PKUSafeRLHF"})
"""Align-Anything's templates that stand for a layout of records, not for a prompt: layouts are
recognised by their keys, and the prompt is the default one."""


def template_of(name: str | None) -> str:
    """Key of ``TEMPLATES`` that a configured template stands for."""
    return DEFAULT_TEMPLATE if name is None or name in LAYOUT_TEMPLATES else name


def require_template(template: str) -> None:
    """Refuse a template that is none.

    Args:
        template: What should be a key of ``TEMPLATES``.

    Raises:
        ConfigError: There is no such template.
    """
    if template not in TEMPLATES:
        raise ConfigError(
            tr(f"unknown template '{template}'", f"未知的模板“{template}”"),
            tr(f"Known: {', '.join(TEMPLATES)}.", f"可用模板：{'、'.join(TEMPLATES)}。"),
        )


def prompt_ids(tokenizer: PreTrainedTokenizerBase, template: str = DEFAULT_TEMPLATE) -> list[int]:
    """Token ids of the prompt.

    A model with a chat template gets the prompt as the user's turn; any other gets it as plain
    text after the begin-of-sequence token, where it has one.

    Args:
        tokenizer: The policy's tokenizer.
        template: A key of ``TEMPLATES``.

    Returns:
        At least one token id; the last one's position predicts a statement's first token.

    Raises:
        ConfigError: There is no such template.
    """
    require_template(template)
    text = TEMPLATES[template]
    if tokenizer.chat_template:
        rendered = tokenizer.apply_chat_template(
            [{"role": "user", "content": text.strip()}],
            tokenize=False,
            add_generation_prompt=True,
        )
        return _ids(tokenizer, cast(str, rendered))
    bos = [] if tokenizer.bos_token_id is None else [cast(int, tokenizer.bos_token_id)]
    return bos + _ids(tokenizer, text)


def completion_ids(tokenizer: PreTrainedTokenizerBase, text: str) -> list[int]:
    """Token ids of a statement, with the end-of-sequence token.

    The statement is tokenised apart from the prompt: tokenised together, a token could reach over
    the boundary. The end token lets the model judge the statement as a whole.

    Args:
        tokenizer: The policy's tokenizer.
        text: The statement.

    Returns:
        Token ids; never empty where the tokenizer has an end token.
    """
    ids = _ids(tokenizer, text)
    if tokenizer.eos_token_id is not None:
        ids = [*ids, cast(int, tokenizer.eos_token_id)]
    return ids


def rewriting_ids(tokenizer: PreTrainedTokenizerBase, text: str, form: str = EDITED) -> list[int]:
    """Token ids of a text that is to be reworded and of the arrow after it; no end token."""
    return [*_ids(tokenizer, text), *_ids(tokenizer, ARROWS[form])]


class JudgementIds(NamedTuple):
    """Tokens whose logits at a statement's end are the policy's judgement of it.

    They are the first tokens of words; training gives them their meaning.

    Attributes:
        fair, biased: The verdict: by how much the logit of ``biased`` is above that of ``fair``.
        kinds: Bias types, in the order of ``KINDS``.
    """

    fair: int
    biased: int
    kinds: tuple[int, ...]


def judgement_ids(tokenizer: PreTrainedTokenizerBase) -> JudgementIds:
    """The tokens of judgements.

    Raises:
        ConfigError: The tokenizer begins two of the words with the same token.
    """
    words = [*VERDICTS, *KINDS.values()]
    fair, biased, *kinds = (_first_id(tokenizer, word) for word in words)
    if len({fair, biased}) < 2 or len(set(kinds)) < len(kinds):
        raise ConfigError(
            tr(
                f"this tokenizer does not tell these words apart: {' '.join(words)}",
                f"该分词器无法区分这些词：{' '.join(words)}",
            )
        )
    return JudgementIds(fair, biased, tuple(kinds))


def _first_id(tokenizer: PreTrainedTokenizerBase, word: str) -> int:
    """A word's first token that is not merely the mark of a word's beginning."""
    ids = _ids(tokenizer, word)
    return next((one for one in ids if cast(str, tokenizer.decode([one])).strip()), ids[0])


def _ids(tokenizer: PreTrainedTokenizerBase, text: str) -> list[int]:
    return cast(list[int], tokenizer(text, add_special_tokens=False)["input_ids"])
