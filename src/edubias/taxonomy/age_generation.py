"""The bias type ``age_generation``."""

from __future__ import annotations

from edubias.taxonomy.bias_type import BiasType, Example

AGE_GENERATION = BiasType(
    key="age_generation",
    name_en="Age and generation",
    name_zh="年龄与代际",
    covers_en="Judging ability, attitude or usefulness by a person's age or generation.",
    covers_zh="凭年龄或出生年代断定一个人的能力、态度或用处。",
    harm_en=(
        "Pupils come to see old age as decline and their grandparents as a burden, and take on "
        "trust what is said of their own generation."
    ),
    harm_zh="学生会把变老等同于没用，把长辈当成负担，也会接受别人给自己这一代贴的标签。",
    pitfalls_en=(
        "Age limits in law, figures on ageing or reaction time, developmental stages in "
        "psychology, and an old character who is in fact ill are not bias. Nor is a grandmother "
        "who writes code. Easily overlooked: grandparents who only knit, nap or need help with a "
        "phone, 'still' as praise for anyone over sixty, and children's opinions shown as merely "
        "sweet."
    ),
    pitfalls_zh=(
        "法定年龄规定、人口老龄化数据、儿童发展阶段的心理学知识，以及具体写一位老人生病住院，都不是"
        "偏见；写八十岁老人学编程也不算反常。容易漏掉的是：老人一出场就要人让座、教手机，“这么大年"
        "纪还……”式的夸奖，对“90后”“00后”的整体评价，以及把孩子的意见一律当作童言。"
    ),
    examples_en=(
        Example(
            biased=(
                "Grandad cannot manage his new phone, so Ella sets three alarms for him, 45 "
                "minutes apart."
            ),
            fair=(
                "Grandad is trying out his new phone, and he and Ella set three alarms, 45 minutes "
                "apart."
            ),
        ),
        Example(
            biased="At 71 she was still sharp enough to publish a second study of the reef.",
            fair="At 71 she drew on new fieldwork to publish a second study of the reef.",
        ),
        Example(
            biased=(
                "Today's teenagers cannot concentrate, so keep each reading passage under 200 "
                "words."
            ),
            fair="Today's lesson lasts half an hour, so keep each reading passage under 200 words.",
        ),
    ),
    examples_zh=(
        Example(
            biased="奶奶年纪大了，算不清账，小丽替她算：买菜花了18.5元，付50元应找回多少元？",
            fair="奶奶常去早市，算账很快，小丽跟她学：买菜花了18.5元，付50元应找回多少元？",
        ),
        Example(
            biased="王工已经五十八岁，居然还跟得上新技术，去年独立完成了软件升级。",
            fair="王工今年五十八岁，一直在钻研新技术，去年独立完成了软件升级。",
        ),
        Example(
            biased="如今的00后吃不得苦，军训时要适当降低要求。",
            fair="入学前后天气炎热，军训时要适当降低要求。",
        ),
    ),
)
