import pytest

from edubias.document.lines import Line, lines_of, paragraphs
from edubias.records import Place


def read(*lines: str) -> list[str]:
    return [block.text for block in paragraphs(lines_of("\n".join(lines)), Place())]


WHOLE = {
    "decimal": [
        "The share of women among the engineers of this country is about",
        "3.5 percent, and nobody has ever asked why this might be so or",
        "not so.",
    ],
    "decimal in Chinese": [
        "据统计，在这家公司工作的所有工程师当中，女性约占",
        "12.5%，而男性占了绝大多数，没有人问为什么会这样",
        "的。",
    ],
    "places": [
        "小明和他的爸爸早上八点钟一起骑自行车同时从",
        "A、B两地出发，妈妈在家里做饭等他们回来吃饭，",
        "第三单元中说过这件事情，大家都觉得理所当然吧",
    ],
    "initial and dash": [
        "It was the work of the girls of our school, as we were told by",
        "A. Miller, to clean the rooms and to wash the clothes of boys",
        "– and nobody asked why.",
    ],
    "number at the end of a clause": [
        "The girls of our school were told to read the story on page",
        "12. The boys of our school were told to go out and play football.",
    ],
    "case at law": [
        "They were told at school of what was decided in the case of Roe",
        "v. Wade, of which nobody in the class had ever heard before this.",
    ],
    "circled numbers that are spoken of": [
        "关于男生和女生谁更适合学习物理，下列说法中正确的是",
        "①③两项，其余的说法都没有根据，也没有任何人这样说过",
    ],
    "list within a sentence": [
        "老师说原因有三个：（1）女生比男生细心；（2）男生力气更大；",
        "（3）大家都这样说，可是没有一个人能够说出这是为什么。",
    ],
    "blank in a sentence": [
        "很多人认为男生长大以后应该当医生，而女生长大以后应该当",
        "（  ）士，这样的说法没有根据。",
    ],
    "blank in an English sentence": [
        "When the children have grown up, Mary will be a nurse and John",
        "____ a doctor of whom the whole town is proud.",
    ],
    "ragged right": ["Girls are tidy, so they will", "keep the lab notes in this long exercise."],
    "names": ["It was the girl whom they called", "Constance Miller that had won it."],
    "indented quotation": [
        "　　有人在书里写道，女生天生就不适合学习物理和数学，",
        "　　男生天生就不适合照顾孩子。这样的说法没有根据，大",
        "　　家却都这样说。",
    ],
    "quotation with a deeper first line": [
        "　　　　有人在书里写道，女生天生就不适合学习物理学。",
        "　　男生天生就不适合照顾孩子，这样的说法没有根据的。",
        "　　大家却都这样说，没有人问为什么，老师也都这样说。",
    ],
    "narrow Chinese column": ["男生长大以后应该", "当医生和工程师而", "女生应该"],
    "narrow English column": ["Girls are weak", "and boys are", "strong"],
}

APART = {
    "capital options": [
        "Who should stay at home and cook dinner",
        "A. the mother",
        "B. the father",
    ],
    "options as long as the question": [
        "The one who should stay at home is",
        "A. the mother, since she is kind",
        "B. the father, since he is kind",
    ],
    "options in rows": [
        "下列职业中最适合女生的职业是哪一个，请选出来",
        "A. 教书的老师    B. 医院里面的护士姐姐",
        "C. 修路的工人    D. 开飞机的飞行员叔叔",
    ],
    "small options": [
        "Who should stay at home with the baby and cook dinner?",
        "a. the mother",
        "b. the father",
        "c. both of them",
    ],
    "bracketed letters": ["Who should cook", "(a) the mother does", "(b) the father does"],
    "roman numbers": ["Who should cook?", "i. the mother does", "ii. the father do", "iii. both"],
    "circled numbers": ["下列说法正确的有", "①女生适合学文科", "②男生适合学理科"],
    "bracketed numbers": ["下列说法正确的有", "（1）女生学文科", "（2）男生学理科"],
    "chapters": ["第一单元中的男生和女生", "第二单元中的爸爸和妈妈", "第三单元 家务"],
    "chapter after a full line": [
        "老师和同学都觉得这样的分工理所当然",
        "第三章 男生和女生的分工有根据吗",
    ],
    "sections": [
        "女生也可以学好物理，男生也可以做家务。",
        "1.2 力的大小怎样测量，谁来测量力的大小",
    ],
    "true or false": [
        "（  ）女生的数学成绩天生比男生差，所以她们应该学文",
        "（  ）男生应该做医生，女生应该做护士，这是天生的分",
        "（  ）科学家都是男的",
    ],
    "true or false on lines": [
        "Right or wrong?",
        "____ Girls like to cook",
        "____ Boys like to play",
    ],
    "list of words": ["Read these words:", "nurse", "fireman", "housewife"],
    "list of long words": ["nurse", "fireman", "housewife"],
    "list of two words each": ["ice cream", "teddy bear", "They are the words of the day."],
    "Chinese words": ["护士", "消防员", "家庭主妇"],
    "indented paragraphs": [
        "　　老师说，女生都很细心，所以让她们来记录实验结果。",
        "　　“男生的力气比女生大，所以器材都由男生来搬运。”",
        "　　“女生应该在家里照顾孩子，不应该去外面工作的。”",
        "　　小明觉得这样的分工很奇怪，可是他什么也没有说……",
        "　　同学们后来都说，谁来记录和谁是男是女没有关系。",
    ],
    "Chinese verse": ["女孩", "小小女孩爱做饭", "她在家里等爸爸", "爸爸工作真辛苦"],
    "English verse": [
        "What are little boys made of",
        "Frogs and snails are they made of",
        "What are little girls made of",
        "Sugar and spice are they made of",
    ],
    "table of contents": [
        "Girls at home ................. 12",
        "Boys at work .................. 17",
        "男生和女生…………………………23",
        "Women who wait . . . . . . . . xi",
    ],
    "bullets": ["• cooking and washing for the boys", "• building and repairing the houses"],
    "dashes": ["- cooking and washing for the boys", "- building and repairing the houses"],
}


@pytest.mark.parametrize("lines", WHOLE.values(), ids=WHOLE)
def test_a_wrapped_sentence_stays_whole(lines):
    assert len(read(*lines)) == 1


@pytest.mark.parametrize("lines", APART.values(), ids=APART)
def test_what_its_author_put_on_lines_stays_apart(lines):
    assert read(*lines) == [line.strip() for line in lines]


def test_an_item_of_several_lines_stays_whole():
    assert read(
        "1. Girls are asked to clean the rooms of the whole school and",
        "of the yard after lunch",
        "2. Boys are asked to carry the heavy boxes of books to the hall",
    ) == [
        "1. Girls are asked to clean the rooms of the whole school and of the yard after lunch",
        "2. Boys are asked to carry the heavy boxes of books to the hall",
    ]


def test_compounds_keep_their_hyphen():
    assert read(
        "All the girls of this class were told to stay with their mother-",
        "in-law, since a daughter-in-",
        "law must do so, as it is a well-",
        "known custom. The well-known custom is that of an edu-",
        "cation of soft\u00ad",
        "ness.",
    ) == [
        "All the girls of this class were told to stay with their mother-in-law, since a "
        "daughter-in-law must do so, as it is a well-known custom. The well-known custom is that of "
        "an education of softness."
    ]


def test_a_table_that_is_wider_than_the_text_tears_no_sentence():
    assert (
        len(read("Girls are told at home that", "they are good at cooking.", "", "x | " * 60)) == 2
    )


def test_lines_know_their_number_behind_an_empty_one():
    blocks = paragraphs([Line("甲", 1, 0), Line("", 0, 0), Line("乙", 2, 2)], Place(page=3))
    assert [(block.text, block.place.line) for block in blocks] == [("甲", 1), ("乙", 2)]
