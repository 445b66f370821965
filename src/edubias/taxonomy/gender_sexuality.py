"""The bias type ``gender_sexuality``."""

from __future__ import annotations

from edubias.taxonomy.bias_type import BiasType, Example

GENDER_SEXUALITY = BiasType(
    key="gender_sexuality",
    name_en="Gender and sexuality",
    name_zh="性别与性取向",
    covers_en=(
        "Wording or casting that ties roles, ability, interests or worth to sex, gender or sexual "
        "orientation."
    ),
    covers_zh="把角色、能力、兴趣或价值同性别、性别认同或性取向绑在一起的措辞和人物安排。",
    harm_en=(
        "Pupils read off who is expected to lead, calculate or care, and drop subjects and careers "
        "that never show anyone like them."
    ),
    harm_zh=(
        "学生会从书里读出“谁该带头、谁该照顾人”，久而久之就放弃了那些看不到自己身影的学科和职业。"
    ),
    pitfalls_en=(
        "Measured differences with a source (life expectancy, pay gaps), accounts of laws that "
        "once barred women from voting, and stereotypes quoted to be discussed are not bias. Nor "
        "is every mother who cooks or father who mends cars, or a girl who leads the robotics "
        "club. Easily overlooked: casting across a whole chapter, praise with a hidden 'although', "
        "and engineers or doctors who are 'he' by default."
    ),
    pitfalls_zh=(
        "有出处的统计差异（如平均寿命、就业率）、对旧时女子不得入学的史实叙述、引用“女子无才便是"
        "德”加以批评，都不是偏见。妈妈做饭、爸爸修车不必见一例改一例，女生当机器人社社长也不算刻"
        "意。容易漏掉的是：整章里谁做实验、谁做记录的安排，带着“竟然”“居然”的夸奖，以及默认医"
        "生、工程师是男性的写法。"
    ),
    examples_en=(
        Example(
            biased=(
                "Tom measures the voltage across the lamp while Priya neatly writes up his "
                "readings."
            ),
            fair=(
                "Tom and Priya take turns to measure the voltage across the lamp and write up the "
                "readings."
            ),
        ),
        Example(
            biased="An engineer must check his calculations before he signs the drawing.",
            fair="An engineer must check all calculations before signing the drawing.",
        ),
        Example(
            biased="Girls often find rotation problems hard, so offer them the paper models first.",
            fair="Some pupils find rotation problems hard, so offer them the paper models first.",
        ),
    ),
    examples_zh=(
        Example(
            biased="爸爸在书房修改图纸，妈妈在厨房忙了48分钟，做好四道菜，平均每道菜用多少分钟？",
            fair="爸爸在厨房洗菜切菜，妈妈掌勺，忙了48分钟，做好四道菜，平均每道菜用多少分钟？",
        ),
        Example(
            biased="作为一名女数学家，她的论证竟也十分严密，受到同行的重视。",
            fair="作为一名数学家，她的论证一向十分严密，受到同行的重视。",
        ),
        Example(
            biased="到了高中，男生的后劲更足，物理成绩往往会超过女生。",
            fair="到了高中，方法得当的学生后劲更足，物理成绩往往会提高。",
        ),
    ),
)
