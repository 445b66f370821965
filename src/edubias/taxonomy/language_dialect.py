"""The bias type ``language_dialect``."""

from __future__ import annotations

from edubias.taxonomy.bias_type import BiasType, Example

LANGUAGE_DIALECT = BiasType(
    key="language_dialect",
    name_en="Language, dialect and accent",
    name_zh="语言、方言与口音",
    covers_en=(
        "Treating an accent, a dialect or a mother tongue as inferior, or as a sign of what its "
        "speaker is worth."
    ),
    covers_zh="把某种口音、方言或母语看低一等，或凭它评判说话人。",
    harm_en=(
        "Pupils fall silent in class rather than be corrected for how they sound, and come to be "
        "ashamed of the language of home."
    ),
    harm_zh="学生怕被人笑话口音而不敢开口，也会渐渐羞于在人前说家里的话。",
    pitfalls_en=(
        "Teaching the standard language, marking an answer against a stated norm, and describing "
        "sound changes, numbers of speakers or past bans on a language are not bias. Nor is "
        "dialect that suits its speaker, or a judge with a country accent. Easily overlooked: "
        "dialect given only to comic or unschooled characters, 'without an accent' as praise, home "
        "languages seen only as a barrier, and 'proper' where 'standard' is meant."
    ),
    pitfalls_zh=(
        "推广和讲授普通话，按规范判断读音对错，介绍方言分区、使用人数和语言政策史，都不是偏见；人物"
        "说方言只要合乎身份就无妨，写一位乡音很重的教授也很自然。容易漏掉的是：只让滑稽或没文化的人"
        "物说方言，把“没有口音”当作夸奖，把母语只看作学普通话、学英语的障碍，以及用“土话”一类的"
        "词谈论方言。"
    ),
    examples_en=(
        Example(
            biased="Despite her broad Glasgow accent, the professor explained entropy clearly.",
            fair="In her soft Glasgow accent, the professor explained entropy clearly.",
        ),
        Example(
            biased=(
                "Yusuf speaks Somali at home, which holds back his English, so pair him with a "
                "good reader."
            ),
            fair=(
                "Yusuf speaks Somali at home and is new to English, so pair him with a good reader."
            ),
        ),
        Example(
            biased="'We was' is the lazy form heard on the street; 'we were' is the correct form.",
            fair="'We was' is a form heard in several dialects; 'we were' is the standard form.",
        ),
    ),
    examples_zh=(
        Example(
            biased="新来的同学乡音浓重，引得大家发笑，课文倒读得意外地流利。",
            fair="新来的同学带着乡音，先向大家问好，课文读得流利而有感情。",
        ),
        Example(
            biased="老农满口土话，讲不清楚，记者问了几遍才记下：今年收稻谷2.4吨，比去年多0.3吨。",
            fair="老农说潮州话，语速很快，记者问了几遍才记下：今年收稻谷2.4吨，比去年多0.3吨。",
        ),
        Example(
            biased="在家说粤语会拖累语文成绩，家长最好改说普通话。",
            fair="在家说粤语不妨碍学好语文，家长可以两种话都说。",
        ),
    ),
)
