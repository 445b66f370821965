"""The bias type ``nationality_culture``."""

from __future__ import annotations

from edubias.taxonomy.bias_type import BiasType, Example

NATIONALITY_CULTURE = BiasType(
    key="nationality_culture",
    name_en="Nationality and culture",
    name_zh="国别与文化",
    covers_en="Wording that ranks countries or cultures, or reduces their people to a caricature.",
    covers_zh="给国家或文化分高下，或用刻板形象概括一国之人的写法。",
    harm_en=(
        "Pupils learn to judge people by passport, and those with roots abroad find their families "
        "shown as quaint or backward."
    ),
    harm_zh=(
        "学生容易养成凭国别看人的习惯，对外国文化要么轻视、要么仰视，也看不到一国之内人与人的差别。"
    ),
    pitfalls_en=(
        "Sourced comparisons (output per head, rainfall, life expectancy), accounts of war and "
        "colonial rule, and clichés quoted for discussion are not bias. Neither is a German who "
        "is late or a Kenyan who runs a software firm. Easily overlooked: one custom standing for "
        "a whole country, 'still' and 'not yet' that measure others by one's own country, and an "
        "Africa that appears only in the chapter on poverty."
    ),
    pitfalls_zh=(
        "有出处的国际比较（如人均用水量、森林覆盖率）、对侵略与殖民史的如实叙述、引用对他国的成见加"
        "以反驳，都不算偏见。介绍外国科学家的成就不等于崇洋，写肯尼亚的软件工程师也不算反常。容易漏"
        "掉的是：拿一种习俗代表整个国家，用“还”“尚未”暗中以本国为标尺，以及一写非洲就只有饥饿和"
        "草原。"
    ),
    examples_en=(
        Example(
            biased=(
                "Remarkably for a country like India, its engineers put a probe into orbit around "
                "Mars in 2014."
            ),
            fair=(
                "On a modest budget for such a mission, India's engineers put a probe into orbit "
                "around Mars in 2014."
            ),
        ),
        Example(
            biased=(
                "A market in Accra, Ghana: people here have little, yet they are always smiling."
            ),
            fair=(
                "A market in Accra, Ghana: people here sell cloth and yams, and regulars stop to "
                "chat."
            ),
        ),
        Example(
            biased=(
                "Luigi arrives 20 minutes late, as Italians do. The talk lasts an hour. What "
                "fraction does he miss?"
            ),
            fair=(
                "Luigi arrives 20 minutes late, by tram. The talk lasts an hour. What fraction "
                "does he miss?"
            ),
        ),
    ),
    examples_zh=(
        Example(
            biased="印度虽然贫穷落后，软件业却出人意料地在国际上占有一席之地。",
            fair="印度工程技术人才众多，软件业多年来一直在国际上占有一席之地。",
        ),
        Example(
            biased="西方家庭重视培养孩子的独立性，我们的家长却习惯事事代劳。",
            fair="有的家庭重视培养孩子的独立性，有的家庭则习惯由家长代劳。",
        ),
        Example(
            biased="日本人做事刻板，连家里的垃圾也要分成十几类投放。",
            fair="日本一些城市分类细，家里的垃圾要分成十几类投放。",
        ),
    ),
)
