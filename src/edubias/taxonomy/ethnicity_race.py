"""The bias type ``ethnicity_race``."""

from __future__ import annotations

from edubias.taxonomy.bias_type import BiasType, Example

ETHNICITY_RACE = BiasType(
    key="ethnicity_race",
    name_en="Ethnicity and race",
    name_zh="民族与种族",
    covers_en=(
        "Wording that assigns character, talent, habits or worth to people because of their ethnic "
        "or racial group."
    ),
    covers_zh="把性格、才能、习惯或价值归因于某个民族或种族的写法。",
    harm_en=(
        "Pupils from the group meet themselves as a type rather than as people, and their "
        "classmates learn to expect the type."
    ),
    harm_zh="被写到的学生看到的不是自己，而是一个标签；其他同学也会照着这个标签去看他们。",
    pitfalls_en=(
        "Descriptions of customs and languages, population figures, accounts of slavery, "
        "segregation or civil-rights struggles, and stereotypes quoted to be challenged are not "
        "bias. Neither is a pupil of any background doing well, or badly, at any subject. Easily "
        "overlooked: flattering stereotypes such as natural rhythm or a gift for maths, "
        "festival-only appearances, and ethnicity named for minority characters alone."
    ),
    pitfalls_zh=(
        "介绍民族节日、语言文字和人口数据，讲述种族隔离、民族压迫的历史，引用旧说法加以批驳，都属正"
        "常内容。写少数民族学生成为程序员或考古学家，也不是刻意拔高。容易漏掉的是：“能歌善舞”“天"
        "生豪爽”一类看似夸奖的套话，少数民族人物只在节日里露面，以及只给少数民族人物注明民族。"
    ),
    examples_en=(
        Example(
            biased=(
                "Born to Nigerian parents, the surgeon was surprisingly well spoken and soon won "
                "her colleagues' trust."
            ),
            fair=(
                "Born to Nigerian parents, the surgeon was exceptionally well prepared and soon "
                "won her colleagues' trust."
            ),
        ),
        Example(
            biased=(
                "Sam, Emily and their African-American classmate Jamal share 24 counters equally."
            ),
            fair="Sam, Emily and their classmate Jamal share 24 counters equally between them.",
        ),
        Example(
            biased=(
                "Mei Lin, like most Asian pupils, found the algebra easy and scored 48 out of 50."
            ),
            fair=(
                "Mei Lin, like most pupils in her set, found the algebra easy and scored 48 out of "
                "50."
            ),
        ),
    ),
    examples_zh=(
        Example(
            biased="卓玛是藏族姑娘，天生有一副好嗓子，刚进校就被选为合唱队领唱。",
            fair="卓玛是藏族姑娘，从小就坚持练声，刚进校就被选为合唱队领唱。",
        ),
        Example(
            biased="编程小组有李明、王芳、张磊和一名维吾尔族同学，四人平均每人写了35行代码。",
            fair="编程小组有李明、王芳、张磊和艾力四名同学，四人平均每人写了35行代码。",
        ),
        Example(
            biased="蒙古族人性格粗犷，不拘小节，这位作家的语言也因此少了些细腻。",
            fair="这位蒙古族作家下笔简练，不拘格套，作品的语言也因此显得明快。",
        ),
    ),
)
