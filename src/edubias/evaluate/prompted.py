"""The baseline of asking: a prompt, a generated answer, and words looked for in it.

It is how detectors of this kind are often tried out: the model is asked whether a text is biased,
and its answer is searched for words such as “存在偏见”. Where it says neither, that counts as half.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any, cast

import numpy as np
import torch
from peft import PeftModel
from transformers import PreTrainedTokenizerBase

from edubias.evaluate.systems import Scores
from edubias.model.load import Policy
from edubias.model.logps import Advance
from edubias.records import language_of

QUESTIONS = {
    "zh": "请检测以下教育文本是否存在偏见：\n{text}\n检测结果：这段文本",
    "en": "Does the following textbook passage contain bias?\n{text}\nAnswer: This passage",
}
DENIAL = re.compile(
    r"不存在|没有(?!避免)|无偏见|未(?!能?避免)|不含|不包含|不带|不具有|不属于"
    r"|\bnot\b(?! only)|n't\b|\bno\b|unbiased|free of|free from|without"
)
ADMISSION = re.compile("存在|偏见|歧视|刻板|bias|stereotyp|discriminat")
CLAUSE_END = re.compile("[，。；！？,.;!?\n]")
ANSWER_TOKENS = 12
BATCH = 16


def parsed(answer: str) -> float:
    """1 for an answer that says "biased", 0 for "not biased", one half for neither.

    The first clause that speaks of bias tells: a denial counts where it stands before that.
    """
    lowered = answer.lower()
    for clause in CLAUSE_END.split(lowered):
        if admission := ADMISSION.search(clause):
            denial = DENIAL.search(clause)
            return 0.0 if denial and denial.start() < admission.end() else 1.0
    return 0.0 if DENIAL.search(lowered) else 0.5


@torch.no_grad()
def prompted_scores(
    model: Policy,
    tokenizer: PreTrainedTokenizerBase,
    texts: Sequence[str],
    advance: Advance | None = None,
) -> Scores:
    """Answers of a model, adapters off, as scores.

    Args:
        model: The model.
        tokenizer: Its tokenizer.
        texts: The texts.
        advance: Told how many more are done.
    """
    model.eval()
    scores = np.zeros(len(texts))
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    adapters = model.disable_adapter() if isinstance(model, PeftModel) else nullcontext()
    with adapters:
        for start in range(0, len(order), BATCH):
            chunk = order[start : start + BATCH]
            questions = [QUESTIONS[language_of(texts[i])].format(text=texts[i]) for i in chunk]
            inputs = tokenizer(questions, return_tensors="pt", padding=True, padding_side="left")
            output = cast(Any, model).generate(
                **inputs.to(model.device),
                max_new_tokens=ANSWER_TOKENS,
                do_sample=False,
                pad_token_id=tokenizer.pad_token_id,
            )
            answers = tokenizer.batch_decode(
                output[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True
            )
            scores[chunk] = [parsed(answer) for answer in answers]
            if advance is not None:
                advance(len(chunk))
    return scores
