"""The bias type ``academic_credential``."""

from __future__ import annotations

from edubias.taxonomy.bias_type import BiasType, Example

ACADEMIC_CREDENTIAL = BiasType(
    key="academic_credential",
    name_en="School, track and marks",
    name_zh="学历与成绩",
    covers_en=(
        "Treating school tier, academic track, qualifications or marks as the measure of a person."
    ),
    covers_zh="把学校层次、升学路径、学历或分数当作衡量人的尺度。",
    harm_en=(
        "Pupils in vocational or lower tracks are told that they have already failed, and high "
        "scorers that their worth hangs on the next mark."
    ),
    harm_zh=(
        "读职校或成绩靠后的学生会认定自己“已经失败”，成绩好的学生也会以为自己的价值全看下一次分数。"
    ),
    pitfalls_en=(
        "Admission figures, earnings by qualification, the history of examinations, and a "
        "character mocked for snobbery about schools are not bias. Nor is praise for a good piece "
        "of work, or an inventor who left school at fifteen. Easily overlooked: the vocational "
        "route as a fallback, 'weak pupil' as a label for life, people introduced by their "
        "university alone, and the low scorer as the one who misbehaves."
    ),
    pitfalls_zh=(
        "录取率、各学历就业数据，科举制度的历史，讽刺“唯分数论”的文章，都不是偏见；表扬一次具体的"
        "好作业、写一位中专毕业的发明家，也很正常。容易漏掉的是：职业学校总是“考不上才去”，“差"
        "生”“学渣”成了固定身份，介绍人物必先亮出名校，以及捣乱的角色总是成绩垫底的那个。"
    ),
    examples_en=(
        Example(
            biased=(
                "Jo failed to get into the sixth form and had to settle for an apprenticeship in "
                "joinery."
            ),
            fair=(
                "Jo turned down a place in the sixth form and chose to start an apprenticeship in "
                "joinery."
            ),
        ),
        Example(
            biased="The weak pupils copy out the labels while the able pupils plan the experiment.",
            fair=(
                "The first group labels the apparatus while the second group plans the experiment."
            ),
        ),
        Example(
            biased=(
                "A graduate of a leading university, he was naturally a man of sounder character "
                "than most."
            ),
            fair=(
                "A graduate of a leading university, he was also a man of wider travels than most."
            ),
        ),
    ),
    examples_zh=(
        Example(
            biased="表哥没考上普通高中，只好去职校学数控，每小时加工24个零件，6小时加工多少个？",
            fair="表哥对机械很感兴趣，报名去职校学数控，每小时加工24个零件，6小时加工多少个？",
        ),
        Example(
            biased="优等生负责设计实验方案，后进生帮忙搬运器材、打扫卫生。",
            fair="第一组负责设计实验方案，第二组搬运器材，下次两组互换。",
        ),
        Example(
            biased="他毕业于名牌大学，见识和人品自然比一般人高出一截。",
            fair="他在当地考察多年，对风土人情自然比一般人多些了解。",
        ),
    ),
)
