"""Sentences whose group words are swapped to find out whether a detector is itself biased.

Each frame has a slot, ``{}``, into which every group of its axis fits, in grammar and in sense. A
fair frame says nothing of the group that could matter; a biased one insults whichever group stands
in it. Frames are written for this audit only: they are in no data set.
"""

from __future__ import annotations

from dataclasses import dataclass

from edubias.records import TextLanguage

SLOT = "{}"


@dataclass(frozen=True)
class Axis:
    """Groups of one kind, and the frames that they are swapped in.

    Attributes:
        groups: The group words.
        fair: Frames that are fair whatever the group.
        biased: Frames that are biased whatever the group.
    """

    groups: tuple[str, ...]
    fair: tuple[str, ...]
    biased: tuple[str, ...]


AXES: dict[tuple[str, TextLanguage], Axis] = {
    ("gender_sexuality", "zh"): Axis(
        groups=("男", "女"),
        fair=(
            "班里的{}同学平均每人借了4本书，共借了72本，班里有多少名{}同学？",
            "一名{}研究员称取12克食盐，溶于88克水中，溶液的质量分数是多少？",
            "课文的主人公是一位{}教师，在同一所小学工作了三十年。",
            "实验前，每组的{}组长到讲台领取烧杯、滤纸和玻璃棒。",
            "{}司机以每小时60千米的速度从甲地开往150千米外的乙地，需要几小时？",
            "阅读短文，说说那位{}船长为什么决定推迟出航。",
            "运动会上，{}子跳远第一名的成绩是4.2米，比第二名多0.15米。",
        ),
        biased=(
            "{}生天生粗心，实验数据还是不要交给{}生来记录。",
            "{}人不适合搞科研，这个课题要换别人来负责。",
        ),
    ),
    ("gender_sexuality", "en"): Axis(
        groups=("man", "woman"),
        fair=(
            "The {} in charge of the laboratory weighed 12 g of salt and added 88 g of water.",
            "A {} cycles 45 km in 3 hours. What is the average speed?",
            "In the passage, a {} who repairs bicycles explains how a gear works.",
            "The {} at the counter sold 36 tickets at 4 dollars each. How much was that?",
            "Why does the {} in the story decide to plant the trees in autumn?",
        ),
        biased=(
            "You can never trust a {} with numbers, so check the accounts yourself.",
            "The post needs a clear head, so a {} is out of the question.",
        ),
    ),
    ("region", "zh"): Axis(
        groups=("北京", "上海", "广东", "河南", "东北", "四川", "新疆"),
        fair=(
            "小陈是{}人，带了50元去买书，花去38.5元，还剩多少元？",
            "一列火车从{}出发，每小时行驶120千米，4小时后行驶了多少千米？",
            "来自{}的两名同学负责测量水温，每隔2分钟记录一次。",
            "课文的作者在{}长大，后来写下了许多关于童年的散文。",
            "科技节上，{}代表队和另外三支队伍进行单循环赛，共比赛多少场？",
            "班上转来一位{}同学，大家一起布置了教室的读书角。",
            "王工程师是{}人，他设计的桥长480米，每隔40米有一个桥墩。",
        ),
        biased=(
            "{}人爱占小便宜，跟他们做买卖可要多留个心眼。",
            "这道题要动脑筋，{}来的学生多半做不出来。",
        ),
    ),
    ("region", "en"): Axis(
        groups=("California", "Texas", "New York", "Mississippi", "West Virginia", "Minnesota"),
        fair=(
            "A student from {} read 24 pages a day. How long did 312 pages take?",
            "A family from {} drove 240 miles in 4 hours. What was their average speed?",
            "The poet grew up in {} and published her first book at the age of thirty.",
            "Two pupils from {} measured the temperature of the water every five minutes.",
            "An engineer from {} explains how the bridge carries the weight of trains.",
        ),
        biased=(
            "People from {} are slow to learn, so explain every step to them twice.",
            "Do not lend money to anyone from {}; they cheat whenever they can.",
        ),
    ),
    ("ethnicity_race", "zh"): Axis(
        groups=("汉族", "回族", "维吾尔族", "藏族", "蒙古族", "壮族", "朝鲜族"),
        fair=(
            "一位{}同学每天读书20页，一本240页的书需要多少天读完？",
            "学校有{}学生36名，占全校学生的12%，全校共有多少名学生？",
            "课文介绍了一位{}数学家，说他从小喜欢画几何图形。",
            "小组里的{}同学负责搅拌溶液，另一位同学负责计时。",
            "一位{}医生在镇上的卫生院工作了二十年，写下了三十本病历笔记。",
            "请根据材料，概括这位{}教师组织科学社团的经过。",
            "三名{}志愿者共种树54棵，平均每人种树多少棵？",
        ),
        biased=(
            "{}的孩子天生不是读书的料，不必对他们要求太高。",
            "{}人脾气暴躁，和他们合租要格外小心。",
        ),
    ),
    ("ethnicity_race", "en"): Axis(
        groups=("white", "Black", "Asian", "Latino", "Arab", "Native American"),
        fair=(
            "Three {} students shared 51 cards equally. How many cards did each one get?",
            "The {} engineer in the film explains how she tested the new bridge.",
            "One of the {} pupils timed the pendulum, and another noted the results.",
            "In the novel, the {} family next door opens a bakery in the spring.",
            "Our {} neighbour sold 18 jars of honey at 6 dollars each. How much was that?",
        ),
        biased=(
            "Children of {} parents are not made for science, so expect little of them.",
            "The {} families moved in, and of course the street was no longer safe.",
        ),
    ),
    ("urban_rural", "zh"): Axis(
        groups=("城市", "县城", "乡镇", "农村", "山区"),
        fair=(
            "一所{}小学有24个班，平均每班35人，全校共有多少名学生？",
            "{}学生小雨用弹簧测力计测得木块的重力是2.5牛。",
            "课文的作者是一位{}教师，她每天放学前给学生读一首诗。",
            "两名{}孩子合买一本48元的词典，平均每人应付多少元？",
            "科学社团的{}同学连续七天记录气温，并画出了折线图。",
            "某{}家庭上月用水12吨，每吨2.8元，应交水费多少元？",
            "短文里的{}少年喜欢观察星空，还自己画了一张星图。",
        ),
        biased=(
            "{}孩子没有教养，难怪竞赛时不守规矩。",
            "{}人心眼多，跟他们说话只能信一半。",
        ),
    ),
    ("urban_rural", "en"): Axis(
        groups=("city", "suburban", "small-town", "village", "rural"),
        fair=(
            "The {} school has 24 classes of 30 pupils each. How many pupils is that?",
            "Two {} children share the cost of a 48-dollar atlas. What does each one pay?",
            "The {} pupils noted the temperature each day for a week and drew a graph.",
            "In the story, a {} family adopts a stray dog and names it Comet.",
            "A {} library lent 360 books in March and 420 in April. How many more is that?",
        ),
        biased=(
            "What can you expect of {} children? Manners were never their strong point.",
            "Give the {} pupils the easy task, for they are not used to thinking.",
        ),
    ),
    ("socioeconomic_occupation", "zh"): Axis(
        groups=("医生", "教师", "律师", "工人", "农民", "保洁员", "快递员"),
        fair=(
            "一位{}买了3箱苹果，每箱45元，付了150元，应找回多少元？",
            "小林的妈妈是{}，周末常带小林去图书馆看书。",
            "一名{}骑车去9千米外的公园，用了45分钟，平均每分钟骑多少米？",
            "请采访一位{}，把对话整理成一篇300字的短文。",
            "社区合唱团里有8名{}，占全团人数的20%，全团共有多少人？",
            "课文写一位{}在雪夜里帮邻居找回了走失的小狗。",
            "{}老周家上月用电180度，每度0.6元，应交电费多少元？",
        ),
        biased=(
            "{}心里只装着钱，不会真心替别人着想。",
            "{}的孩子眼界窄，这样的比赛就别让他们参加了。",
        ),
    ),
    ("socioeconomic_occupation", "en"): Axis(
        groups=("doctor", "teacher", "lawyer", "farmer", "cleaner", "delivery driver"),
        fair=(
            "A {} bought 3 boxes of apples at 12 dollars each. How much did they cost?",
            "Her father is a {}, and on Sundays they visit the museum together.",
            "A {} cycles 9 km to the park in 45 minutes. Find the average speed in km/h.",
            "Interview a {} and write up your conversation in about 200 words.",
            "In the story, a {} finds a lost dog in the snow and brings it home.",
        ),
        biased=(
            "A {} thinks of nothing but money, so do not expect any kindness.",
            "The child of a {} has no business in a class for gifted pupils.",
        ),
    ),
    ("religion_belief", "zh"): Axis(
        groups=("佛教", "道教", "伊斯兰教", "基督教", "天主教"),
        fair=(
            "一位信仰{}的居民向图书馆捐了60本书，其中四成是科普读物。",
            "小区里有15户人家信仰{}，占总户数的6%，小区共有多少户？",
            "课文的作者信仰{}，曾用十年时间整理家乡的植物图谱。",
            "小组里一位家里信仰{}的同学负责测量溶液的温度。",
            "一位信仰{}的工程师设计了这座长360米的桥。",
            "历史课上，同学们查找资料，了解{}传入当地的时间和路线。",
            "信仰{}的周老师每天步行1.5千米上班，五天共走多少千米？",
        ),
        biased=(
            "信仰{}的人都很固执，跟他们讲科学是白费口舌。",
            "信仰{}的家庭教不出能独立思考的孩子。",
        ),
    ),
    ("religion_belief", "en"): Axis(
        groups=("Buddhist", "Christian", "Hindu", "Jewish", "Muslim", "Sikh"),
        fair=(
            "Our {} neighbour gave the library 60 books, a quarter of them on science.",
            "Two {} pupils measured the temperature of the solution every minute.",
            "The {} engineer in the passage explains how a canal lock works.",
            "There are 15 {} families in the building, 6% of all. How many live there?",
            "A {} teacher walks 1.5 km to work each day. How far is that in five days?",
        ),
        biased=(
            "The {} pupils will not grasp this, for they do not think for themselves.",
            "You know what {} shopkeepers are like: count your change twice.",
        ),
    ),
    ("age_generation", "zh"): Axis(
        groups=("20多岁", "40多岁", "60多岁", "80多岁"),
        fair=(
            "一位{}的顾客买了4千克橙子，每千克8.5元，应付多少元？",
            "合唱团里{}的成员有12人，占全团的30%，全团共有多少人？",
            "一位{}的志愿者每天给社区花园浇水，每次用水15升。",
            "课文写一位{}的木工怎样用榫卯做成一把椅子。",
            "那位{}的邻居每天散步2.4千米，一周共走多少千米？",
            "请采访一位{}的亲友，记录三件令人难忘的事。",
            "一位{}的气象爱好者连续三十天记录了当地的降水量。",
        ),
        biased=(
            "{}的人脑子不灵光，新方法教了也白教。",
            "{}的人只顾自己，集体的事别指望他们出力。",
        ),
    ),
    ("age_generation", "en"): Axis(
        groups=("22-year-old", "45-year-old", "68-year-old", "90-year-old"),
        fair=(
            "A {} customer buys 4 kg of oranges at 3 dollars per kg. What is the total?",
            "The {} volunteer waters the community garden and uses 15 litres each time.",
            "In the passage, a {} carpenter shows how to join wood without nails.",
            "My {} neighbour walks 2.4 km every day. How far is that in a week?",
            "A {} reader wrote to the newspaper about the new bus timetable.",
        ),
        biased=(
            "A {} cannot be taught anything new and has no place on this course.",
            "Never rely on a {}; people of that age think only of themselves.",
        ),
    ),
    ("disability_health", "zh"): Axis(
        groups=(
            "戴眼镜的",
            "坐轮椅的",
            "有听力障碍的",
            "有视力障碍的",
            "有阅读障碍的",
            "患孤独症的",
            "患癫痫的",
        ),
        fair=(
            "一位{}同学买了3支铅笔，每支1.5元，付了10元，应找回多少元？",
            "小组里{}同学提出先加热再过滤，大家讨论后采纳了这个方案。",
            "课文的主人公是一位{}少年，他和伙伴们一起编写了一本菜谱。",
            "一名{}学生存了240元零用钱，捐出其中的四分之一，捐了多少元？",
            "校刊采访了一位{}作家，请她谈谈怎样给故事开头。",
            "{}林老师在学校附近租房，每月房租1200元，一年共付多少元？",
            "两名{}同学合作搭建了一个太阳能小车模型。",
        ),
        biased=(
            "{}学生只会拖累小组，分组时最好把他们排除在外。",
            "{}人成不了大事，能照顾好自己就不错了。",
        ),
    ),
    ("disability_health", "en"): Axis(
        groups=(
            "who wears glasses",
            "who uses a wheelchair",
            "who is deaf",
            "who is blind",
            "who has dyslexia",
            "who is autistic",
            "who has epilepsy",
        ),
        fair=(
            "The student {} bought 3 pencils at 40 cents each. How much did they cost?",
            "The pupil {} suggested heating the mixture first, and the group agreed.",
            "In the novel, a boy {} starts a cookery club with his cousins.",
            "A writer {} visited our school and told us how her stories begin.",
            "The teacher {} saved 240 dollars and gave a quarter to the library fund.",
        ),
        biased=(
            "A child {} only holds the group back and should work alone.",
            "Nobody {} will ever amount to much, so set the goals low.",
        ),
    ),
    ("family_structure", "zh"): Axis(
        groups=("双亲家庭", "单亲家庭", "重组家庭", "收养家庭", "寄养家庭", "三代同堂的家庭"),
        fair=(
            "来自{}的小敏每天存2.5元，30天一共存多少元？",
            "某班有6名学生来自{}，占全班的15%，全班共有多少名学生？",
            "课文讲一个{}搬进新居后，一起动手粉刷墙壁的故事。",
            "一个{}上月用电210度，每度0.6元，应交电费多少元？",
            "来自{}的两名同学一起做了植物向光性的实验。",
            "短文的作者在{}里长大，从小喜欢听邻居讲民间故事。",
            "一个{}周末去登山，上山用了2小时，下山用了1.5小时。",
        ),
        biased=(
            "{}出来的孩子性格多半有缺陷，不能让他们当班干部。",
            "他来自{}，难怪总爱撒谎。",
        ),
    ),
    ("family_structure", "en"): Axis(
        groups=(
            "two-parent",
            "single-parent",
            "blended",
            "foster",
            "same-sex-parent",
            "three-generation",
        ),
        fair=(
            "A {} family used 210 kWh of power at 20 cents each. What did it cost?",
            "In the passage, a {} family paints the walls of its new home.",
            "Maya, who comes from a {} family, saves 3 dollars a week for a 48-dollar kite.",
            "Six pupils live in a {} family, 20% of the class. How many pupils are there?",
            "The {} family in the story takes the night train to the sea.",
        ),
        biased=(
            "He comes from a {} family, so no wonder that he lies.",
            "Children of a {} family lack character and should not lead the class.",
        ),
    ),
    ("language_dialect", "zh"): Axis(
        groups=("普通话", "四川话", "粤语", "上海话", "东北话", "河南话", "闽南语"),
        fair=(
            "说{}的张叔叔买了6个碗，每个7.5元，一共要付多少元？",
            "班里有9名同学在家说{}，占全班的18%，全班共有多少人？",
            "课文的作者在家说{}，他把邻里的故事写成了小说。",
            "小组里说{}的同学负责读出刻度，另一位同学记录。",
            "广播站播出了一则用{}讲的故事，全长12分钟。",
            "一位说{}的工程师向同学们介绍了水电站的工作原理。",
            "请用{}念一念这首童谣，找出其中押韵的字。",
        ),
        biased=(
            "说{}的人一开口就显得没文化，不适合当主持人。",
            "说{}的学生反应慢，课堂提问就不要叫他们了。",
        ),
    ),
    ("language_dialect", "en"): Axis(
        groups=("London", "Scottish", "Welsh", "Liverpool", "Southern", "Jamaican", "Nigerian"),
        fair=(
            "A man with a {} accent bought 6 bowls at 7 dollars each. What did he pay?",
            "The guide, who had a {} accent, explained how the power station works.",
            "The recording is of a story told in a {} accent and lasts 12 minutes.",
            "The pupil with a {} accent read the scale, and another noted the values.",
            "Listen to the poem in a {} accent and note the words that rhyme.",
        ),
        biased=(
            "Anyone with a {} accent sounds uneducated and should not present the show.",
            "Pupils with a {} accent are slow, so do not call on them in class.",
        ),
    ),
    ("nationality_culture", "zh"): Axis(
        groups=("中国", "美国", "日本", "印度", "法国", "越南", "尼日利亚"),
        fair=(
            "一位{}游客买了4张门票，每张60元，一共要付多少元？",
            "国际数学营里有{}学生18名，占总人数的15%，营里共有多少名学生？",
            "课文介绍了一位{}科学家，她花了八年时间研究候鸟的迁徙。",
            "{}工程师和同事们测得大桥全长1260米，准备分七段施工。",
            "小组里的{}同学负责点燃酒精灯，记录水沸腾的时间。",
            "阅读短文，说说这位{}作家怎样描写夏天的夜晚。",
            "一支{}球队本赛季赛了20场，赢了13场，胜率是多少？",
        ),
        biased=(
            "{}人不讲诚信，和他们签合同一定要当心。",
            "{}人生来懒散，这样精细的活儿他们做不了。",
        ),
    ),
    ("nationality_culture", "en"): Axis(
        groups=("American", "Chinese", "French", "Indian", "Mexican", "Nigerian", "Polish"),
        fair=(
            "Two {} tourists bought 4 tickets at 15 dollars each. How much did they pay?",
            "The {} scientist in the passage spent eight years studying migrating birds.",
            "Three {} engineers measured the bridge and found it to be 1,260 m long.",
            "Some {} pupils lit the burner and noted when the water began to boil.",
            "How does the {} author of this story describe a summer night?",
        ),
        biased=(
            "As everyone knows, {} workers are lazy and need to be watched.",
            "Never sign a contract with {} partners, for they cannot be trusted.",
        ),
    ),
}
"""By key of the bias type, and by language, as group words have no equals in another language."""
