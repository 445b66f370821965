"""The bias type ``region``."""

from __future__ import annotations

from edubias.taxonomy.bias_type import BiasType, Example

REGION = BiasType(
    key="region",
    name_en="Region within a country",
    name_zh="地域",
    covers_en="Stereotypes about the people of a region, province or city within one country.",
    covers_zh="对国内某一地区、省份或城市的人所抱的成见。",
    harm_en=(
        "Pupils from the region are told that where they come from settles what they are like, and "
        "their classmates carry the label on to university and work."
    ),
    harm_zh="学生会把籍贯当作人品和能力的凭据，来自该地的学生则要为一个与己无关的标签反复辩解。",
    pitfalls_en=(
        "Climate, dialect, cuisine, employment or exam statistics for a region, the history of its "
        "industries, and regional clichés quoted to be questioned are not bias. Nor is a "
        "character who happens to break the cliché. Easily overlooked: the capital as the "
        "unmarked setting of every story, contrasts of north and south in temperament offered as "
        "geography, and surprise that talent comes from 'even' a small place."
    ),
    pitfalls_zh=(
        "如实介绍各地的气候、物产、饮食习惯和经济数据，讲述移民史和开发史，引用地域笑话来分析其荒"
        "谬，都不是偏见；人物恰好与成见相反，也不必改。容易漏掉的是：用“一方水土养一方人”推出性格"
        "高下，把地区发展水平的差距写成人的差距，以及故事一律发生在北京、上海，别处只作陪衬。"
    ),
    examples_en=(
        Example(
            biased="Although she grew up in Liverpool, Dr Hughes spoke with quiet authority.",
            fair="Although she was new to the board, Dr Hughes spoke with quiet authority.",
        ),
        Example(
            biased=(
                "The North lives on its memories of coal, while the South looks ahead to new "
                "industries."
            ),
            fair=(
                "The North lived on coal for a century, and like the South it now looks to new "
                "industries."
            ),
        ),
        Example(
            biased=(
                "Southerners take life slowly, so the mill owner expected little from his workers "
                "in Georgia."
            ),
            fair=(
                "Supplies arrived slowly, so the mill owner expected little from his first year in "
                "Georgia."
            ),
        ),
    ),
    examples_zh=(
        Example(
            biased=(
                "陈叔叔是上海人，精于算计，把3千克青菜的价钱从12元讲到10.5元，平均每千克多少元？"
            ),
            fair="陈叔叔在上海常逛早市，把3千克青菜的价钱从12元讲到10.5元，平均每千克多少元？",
        ),
        Example(
            biased="即便是在贵州这样的地方，如今也建起了规模可观的数据中心。",
            fair="凭借凉爽的气候和充足的电力，贵州建起了规模可观的数据中心。",
        ),
        Example(
            biased="东北人豪爽有余而耐心不足，所以这位棋手的后半盘往往失之急躁。",
            fair="这位东北棋手前半盘用时偏多，常常要赶时间，后半盘往往失之急躁。",
        ),
    ),
)
