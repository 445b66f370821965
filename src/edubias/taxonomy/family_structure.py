"""The bias type ``family_structure``."""

from __future__ import annotations

from edubias.taxonomy.bias_type import BiasType, Example

FAMILY_STRUCTURE = BiasType(
    key="family_structure",
    name_en="Family structure",
    name_zh="家庭结构",
    covers_en="Treating one form of family as the normal one and all others as lacking something.",
    covers_zh="把某一种家庭形式当作正常，把其他形式写成有缺憾。",
    harm_en=(
        "Pupils from single-parent, step, adoptive, foster or same-sex families meet their home as "
        "a problem to be explained, or do not meet it at all."
    ),
    harm_zh=(
        "单亲、重组、收养、隔代抚养家庭的学生，会在书里看到自己的家成了“问题”，或者根本看不到自己"
        "的家。"
    ),
    pitfalls_en=(
        "Census figures on households, the history of marriage law, 'broken home' quoted to be "
        "questioned, and one story about a child who finds a divorce hard are not bias. Nor is a "
        "story about a mother, a father and two children, or a happy one about a foster home. "
        "Easily overlooked: tasks that need a mother and a father to complete, 'real' as an "
        "adjective for parents, and trouble at school put down to a divorce."
    ),
    pitfalls_zh=(
        "家庭户规模和婚姻状况的统计数据，婚姻法的沿革，引用“单亲孩子有问题”的说法加以反驳，都不是"
        "偏见；写孩子因父母离异而难过，或写一家三口、写快乐的重组家庭，都不必忌讳。容易漏掉的是：非"
        "要爸爸妈妈都参加才能完成的作业，“完整的家”“亲生的”这类暗含高下的说法，以及把学生的行为"
        "问题归到“单亲”“独生”上。"
    ),
    examples_en=(
        Example(
            biased="Ask your mum and dad how tall they were at ten, and draw a bar chart.",
            fair="Ask two adults you know how tall they were at ten, and draw a bar chart.",
        ),
        Example(
            biased="Leo lives with only his dad, but he is a cheerful boy who does well at school.",
            fair=(
                "Leo lives with his dad in Leeds, and he is a cheerful boy who does well at school."
            ),
        ),
        Example(
            biased=(
                "Because she came from a broken home, Nadia found it hard to trust her team-mates."
            ),
            fair="Because she came from a rival club, Nadia found it hard to trust her team-mates.",
        ),
    ),
    examples_zh=(
        Example(
            biased="请爸爸妈妈各写一句寄语，贴在成长手册的全家福旁边。",
            fair="请两位亲友或师长各写一句寄语，贴在成长手册的照片旁边。",
        ),
        Example(
            biased="小雨父母离异，性格却很开朗，每天做家务20分钟，一周共做多少分钟？",
            fair="小雨和妈妈同住，性格很开朗，每天做家务20分钟，一周共做多少分钟？",
        ),
        Example(
            biased="他从小没有父亲管教，犯下这样的错误也就不难理解了。",
            fair="他当晚没有核对账目，犯下这样的错误也就不难理解了。",
        ),
    ),
)
