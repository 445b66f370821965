"""The bias type ``socioeconomic_occupation``."""

from __future__ import annotations

from edubias.taxonomy.bias_type import BiasType, Example

SOCIOECONOMIC_OCCUPATION = BiasType(
    key="socioeconomic_occupation",
    name_en="Income, class and occupation",
    name_zh="收入、阶层与职业",
    covers_en=(
        "Measuring a person's worth, character or intelligence by income, social class or job."
    ),
    covers_zh="以收入、社会阶层或职业来衡量人的价值、品格或智力。",
    harm_en=(
        "Pupils whose parents clean, drive or are out of work meet them in print as a warning, and "
        "all pupils learn to read wages as merit."
    ),
    harm_zh=(
        "父母从事体力劳动或没有工作的学生，会看到自己的家人成了书里的反面教材；所有学生都会误以为挣"
        "钱多少就是本事大小。"
    ),
    pitfalls_en=(
        "Wage tables, unemployment rates, the history of child labour or trade unions, and a snob "
        "whom the story exposes are not bias. Nor is a plumber who reads philosophy or a banker "
        "who is kind. Easily overlooked: problems that take flights, cars and piano lessons for "
        "granted, poverty explained by lack of effort alone, and manual workers who appear only to "
        "be thanked."
    ),
    pitfalls_zh=(
        "各行业工资表、就业率数据，对旧社会剥削和童工的叙述，作品借势利人物进行讽刺，都不是偏见；快"
        "递员写诗、企业家捐书也只是平常情节。容易漏掉的是：应用题默认家家有车、年年出游，把贫困一概"
        "归于懒惰，“不好好读书，将来就去扫大街”式的劝学，以及体力劳动者只在被感谢时才出现。"
    ),
    examples_en=(
        Example(
            biased=(
                "When your family next flies abroad, note the take-off time and work out the "
                "length of the flight."
            ),
            fair=(
                "From the timetable of a flight abroad, note the take-off time and work out the "
                "length of the flight."
            ),
        ),
        Example(
            biased=(
                "Families on low incomes rarely plan ahead, so many of them borrow before payday."
            ),
            fair=(
                "Families on low incomes rarely have savings, so some of them borrow before payday."
            ),
        ),
        Example(
            biased="Practise your fractions now, or you may end up stacking shelves for a living.",
            fair="Practise your fractions now, and you will need less time for ratios next term.",
        ),
    ),
    examples_zh=(
        Example(
            biased="小华的妈妈只是一名保洁员，却坚持每晚陪他读书。",
            fair="小华的妈妈是一名保洁员，下班后坚持每晚陪他读书。",
        ),
        Example(
            biased="暑假里，同学们都随父母外出旅游，请写一写你在景区的见闻。",
            fair="暑假里，同学们各有各的去处，请选一个地方写一写你的见闻。",
        ),
        Example(
            biased="小刚不爱学习，后来只能去工地搬砖，每天搬320块，5天共搬多少块？",
            fair="小刚学了砌筑，后来在工地负责砌墙，每天砌320块砖，5天共砌多少块？",
        ),
    ),
)
