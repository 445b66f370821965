"""The bias type ``narrative_framing``."""

from __future__ import annotations

from edubias.taxonomy.bias_type import BiasType, Example

NARRATIVE_FRAMING = BiasType(
    key="narrative_framing",
    name_en="Narrative framing",
    name_zh="叙述倾向",
    covers_en=(
        "Telling events or issues in loaded, one-sided or erasing terms that steer the reader "
        "without saying so."
    ),
    covers_zh="用带倾向的措辞、单一的视角或有意无意的省略来讲述事件和问题。",
    harm_en=(
        "Pupils take one side's account for the facts and lose the chance to weigh evidence, and "
        "the people left out vanish from what they know."
    ),
    harm_zh=(
        "学生会把一方的说法当成全部事实，失去自己掂量证据的机会，被略去的人也就从他们的认识里消失"
        "了。"
    ),
    pitfalls_en=(
        "A clear judgement that rests on evidence (calling a massacre a massacre), a source quoted "
        "so that its slant can be studied, and a short text that cannot cover everything are not "
        "bias. Nor is a true account that goes against the familiar one, and false balance is no "
        "cure. Easily overlooked: passives that hide who acted, 'discovered' and 'empty land', "
        "motives given to one side only, and questions that contain their answer."
    ),
    pitfalls_zh=(
        "有证据支持的明确判断（把屠杀称为屠杀）、供分析立场用的史料引文、限于篇幅的取舍、与流行说法"
        "不同但有据的叙述，都不是偏见；硬凑“各打五十大板”也不等于公正。容易漏掉的是：隐去施动者的"
        "被动句，“发现”“荒无人烟”之类的说法，只交代一方的动机，只见将相不见劳动者，以及题干里已"
        "经藏着答案的设问。"
    ),
    examples_en=(
        Example(
            biased="In 1788 the British settled an empty continent and began to farm it.",
            fair="In 1788 the British settled on Aboriginal land and began to farm it.",
        ),
        Example(
            biased="Why did the new dam prove such a blessing to the people of the valley?",
            fair="How did the new dam change daily life for the people of the valley?",
        ),
        Example(
            biased=(
                "During the strike, the stubborn workers threw out the generous offer made by the "
                "owners."
            ),
            fair=(
                "During the strike, the workers voted against the second offer made by the owners."
            ),
        ),
    ),
    examples_zh=(
        Example(
            biased="这位总办以一己之力，仅用四年便修成了这条铁路。",
            fair="这位总办率上万民工，用了四年时间修成这条铁路。",
        ),
        Example(
            biased="结合材料，说明为什么拆除老街是明智之举。",
            fair="结合材料，说明拆除老街带来了哪些利与弊。",
        ),
        Example(
            biased="1492年，哥伦布发现了新大陆，给那里送去了文明的曙光。",
            fair="1492年，哥伦布到达了美洲，当地社会此后发生了剧变。",
        ),
    ),
)
