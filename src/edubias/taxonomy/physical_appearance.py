"""The bias type ``physical_appearance``."""

from __future__ import annotations

from edubias.taxonomy.bias_type import BiasType, Example

PHYSICAL_APPEARANCE = BiasType(
    key="physical_appearance",
    name_en="Physical appearance",
    name_zh="外貌与体形",
    covers_en="Reading character, ability or worth from looks, weight, height or skin.",
    covers_zh="由相貌、胖瘦、高矮或肤色推断人的品格、能力或价值。",
    harm_en=(
        "Pupils learn that bodies are open to comment, and those who look like the lazy or wicked "
        "character are teased for it."
    ),
    harm_zh=(
        "学生会觉得别人的身体可以随意评说，长得像书中“懒人”“坏人”的孩子容易被取笑、被起外号。"
    ),
    pitfalls_en=(
        "Height tables, health facts on body mass, a portrait that describes without judging, and "
        "stories that expose teasing are not bias. Nor is a stout sprinter or a plain hero. Easily "
        "overlooked: greedy or clumsy characters who are always fat, clever ones who always wear "
        "glasses, women scientists introduced by their looks, and beauty treated as a virtue or a "
        "reward."
    ),
    pitfalls_zh=(
        "身高体重统计表、体质指数的健康知识、不带褒贬的肖像描写，以及讲同学被起外号后如何化解的故"
        "事，都不是偏见；相貌平平的主角也不必解释。容易漏掉的是：贪吃、笨拙的角色总是胖子，“尖嘴猴"
        "腮”的一定是坏人，介绍女科学家先写容貌，以及以白、以瘦为美的默认标准。"
    ),
    examples_en=(
        Example(
            biased="Chubby Oliver eats 5 of the 12 cupcakes. What fraction is left for the others?",
            fair="Hungry Oliver eats 5 of the 12 cupcakes. What fraction is left for the others?",
        ),
        Example(
            biased="A slim and pretty woman, Dr Novak was also a careful student of crystals.",
            fair="A lively and witty woman, Dr Novak was also a careful student of crystals.",
        ),
        Example(
            biased="His thin lips and crooked nose showed that the merchant was not to be trusted.",
            fair=(
                "His false weights and altered bills showed that the merchant was not to be "
                "trusted."
            ),
        ),
    ),
    examples_zh=(
        Example(
            biased="小胖体形笨重，50米跑用了12秒，小岩用了9秒，两人相差几秒？",
            fair="小鹏起跑稍晚，50米跑用了12秒，小岩用了9秒，两人相差几秒？",
        ),
        Example(
            biased="这位女飞行员身材高挑、皮肤白皙，驾驶技术也毫不逊色。",
            fair="这位女飞行员沉着冷静、判断准确，驾驶技术也十分过硬。",
        ),
        Example(
            biased="他一脸横肉，一看便知不是善类，乘客们都躲得远远的。",
            fair="他满身酒气，一路上骂骂咧咧的，乘客们都躲得远远的。",
        ),
    ),
)
