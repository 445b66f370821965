"""The bias type ``religion_belief``."""

from __future__ import annotations

from edubias.taxonomy.bias_type import BiasType, Example

RELIGION_BELIEF = BiasType(
    key="religion_belief",
    name_en="Religion and belief",
    name_zh="宗教与信仰",
    covers_en=(
        "Disparaging people for holding a religion, for holding a particular one, or for holding "
        "none."
    ),
    covers_zh="因为人们信教、信某一种教或者不信教而加以贬低的写法。",
    harm_en=(
        "Pupils are made to choose between classroom and home, and learn to see another faith, or "
        "the lack of one, as a flaw of mind or morals."
    ),
    harm_zh=(
        "有信仰的学生会觉得家人受到嘲笑，没有信仰的学生也可能遭到误解，彼此难以心平气和地相处。"
    ),
    pitfalls_en=(
        "Explaining doctrines and rites, giving figures on membership, describing persecution, "
        "holy wars or the trial of Galileo, and quoting prejudice to examine it are not bias. Nor "
        "is teaching evolution, or showing a devout physicist or a generous atheist. Easily "
        "overlooked: 'superstition' for other people's rites and 'faith' for one's own, one "
        "religion's calendar as everybody's, and extremists standing for all believers."
    ),
    pitfalls_zh=(
        "客观介绍教义、节日和建筑，叙述宗教冲突或教会审判的历史，讲授进化论，引用歧视言论加以反驳，"
        "都不是偏见；写一位信教的物理学家也很正常。容易漏掉的是：把信教等同于愚昧，把不信教等同于没"
        "有道德底线，用极端分子代表整个群体，以及把信徒的饮食禁忌写成“麻烦”“讲究多”。"
    ),
    examples_en=(
        Example(
            biased="Although a devout Muslim, Dr Rahman took a rational approach to the data.",
            fair="Herself a devout Muslim, Dr Rahman took a fresh approach to the data.",
        ),
        Example(
            biased=(
                "At Christmas each of the 28 children gives every classmate a card. How many cards "
                "are given?"
            ),
            fair=(
                "In July each of the 28 children gives every classmate a card. How many cards are "
                "given?"
            ),
        ),
        Example(
            biased=(
                "People without a religion lack a guide to right and wrong and follow their own "
                "interest."
            ),
            fair=(
                "People without a religion often find a guide to right and wrong in ethics and "
                "experience."
            ),
        ),
    ),
    examples_zh=(
        Example(
            biased="马老师信仰伊斯兰教，饮食禁忌多，聚餐时大家只好迁就他去清真餐馆。",
            fair="马老师信仰伊斯兰教，平时吃清真餐，聚餐时大家跟他一起去清真餐馆。",
        ),
        Example(
            biased="他虽是虔诚的基督徒，研究遗传规律时倒也尊重事实。",
            fair="他是一位虔诚的基督徒，研究遗传规律时格外尊重事实。",
        ),
        Example(
            biased="村里的老人愚昧迷信，初一、十五总要到庙里烧香。",
            fair="村里的老人沿袭旧俗，初一、十五总要到庙里烧香。",
        ),
    ),
)
