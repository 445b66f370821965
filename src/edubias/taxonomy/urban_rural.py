"""The bias type ``urban_rural``."""

from __future__ import annotations

from edubias.taxonomy.bias_type import BiasType, Example

URBAN_RURAL = BiasType(
    key="urban_rural",
    name_en="Urban, rural and migrant background",
    name_zh="城乡与户籍",
    covers_en=(
        "Treating rural origin, migration for work or household-registration status as a lack in "
        "the person."
    ),
    covers_zh="把农村出身、外出务工或户籍身份当作人的欠缺来写。",
    harm_en=(
        "Rural and migrant pupils are told that growing up means leaving what they are behind; "
        "city pupils learn to pity or to look down."
    ),
    harm_zh="农村学生和随迁子女会觉得自己的出身需要掩饰，城里学生则学会了居高临下的同情。",
    pitfalls_en=(
        "Figures on rural broadband, bus services or school closures, the history of enclosure and "
        "migration, and slurs on villagers quoted to be criticised are not bias. Nor is a villager "
        "who is poor in one story, or one who runs a laboratory in another. Easily overlooked: "
        "rescue stories in which help always comes from the city, farm life as nothing but "
        "hardship or nothing but charm, and pupils praised for not seeming to be from a village."
    ),
    pitfalls_zh=(
        "城乡收入、医疗条件的统计数据，对户籍制度沿革的说明，对“乡下人”这一称呼的批评，都不是偏"
        "见；写农村的艰苦，只要是具体的事实也不必回避，写农民搞发明同样正常。容易漏掉的是：知识和善"
        "意总由城里人送下乡，“走出大山”成了成功的唯一标志，“虽然是农村孩子，但很懂事”这类带转折"
        "的夸奖，以及“留守儿童”一出场就是问题学生。"
    ),
    examples_en=(
        Example(
            biased=(
                "Ben comes from a farm, yet he followed the lecture on cattle genetics quite well."
            ),
            fair=(
                "Ben comes from a farm, and he followed the lecture on cattle genetics quite well."
            ),
        ),
        Example(
            biased="Students from the city will teach the villagers how to use water more wisely.",
            fair="Students from the city will study with the villagers how both places use water.",
        ),
        Example(
            biased=(
                "People in the country are slow to accept new ideas, so the vaccine campaign took "
                "two years."
            ),
            fair=(
                "Clinics in the country are few and far apart, so the vaccine campaign took two "
                "years."
            ),
        ),
    ),
    examples_zh=(
        Example(
            biased="小军的爸爸是进城务工人员，但小军讲卫生、懂礼貌，被选为劳动委员。",
            fair="小军的爸爸是进城务工人员，小军做事细心、有条理，被选为劳动委员。",
        ),
        Example(
            biased="城里的小朋友把看过的180本书送给山村小学，让那里的孩子开开眼界。",
            fair="城里和山村的两所小学交换看过的180本书，让孩子们多读几本新书。",
        ),
        Example(
            biased="农民文化水平低，不懂科学种田，新品种推广了三年才见成效。",
            fair="当地灌溉条件差，又遇连年春旱，新品种推广了三年才见成效。",
        ),
    ),
)
