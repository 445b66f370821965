"""The bias type ``disability_health``."""

from __future__ import annotations

from edubias.taxonomy.bias_type import BiasType, Example

DISABILITY_HEALTH = BiasType(
    key="disability_health",
    name_en="Disability and health",
    name_zh="残障与健康",
    covers_en=(
        "Presenting disability, illness or a mental-health condition as making a person lesser, "
        "pitiable or dangerous."
    ),
    covers_zh="把残障、疾病或精神障碍写成低人一等、可怜或危险。",
    harm_en=(
        "Disabled and ill pupils find themselves cast as objects of pity or as lessons for others, "
        "and learn to hide what they need."
    ),
    harm_zh=(
        "有残障或患病的学生在书里只是被同情、被用来“激励”他人的对象，于是宁可隐瞒需要，也不愿开口"
        "求助。"
    ),
    pitfalls_en=(
        "Medical facts about symptoms, prevalence figures, the history of asylums or of eugenics, "
        "and advice on access are not bias. Nor is a wheelchair user who wins, loses or is simply "
        "there. Easily overlooked: 'confined to' and 'suffers from', courage praised in ordinary "
        "acts, cure as the only happy ending, and 'blind' or 'mad' as handy metaphors for error."
    ),
    pitfalls_zh=(
        "病因、症状和患病率等医学知识，对歧视性隔离史的叙述，无障碍设施的说明，都不是偏见；残障人物"
        "做错事、开玩笑也很正常。容易漏掉的是：“身残志坚”式的套话，把日常小事写成奇迹，以“正常"
        "人”与残障者相对，把精神疾病同暴力相连，以及只受人帮助、从不帮助别人的残障角色。"
    ),
    examples_en=(
        Example(
            biased=(
                "Confined to his wheelchair, Amir bravely covers 60 m in 20 s. Find his mean speed."
            ),
            fair="Timed in his wheelchair, Amir steadily covers 60 m in 20 s. Find his mean speed.",
        ),
        Example(
            biased=(
                "Normal children describe the picture aloud, and the deaf child copies their "
                "answers."
            ),
            fair=(
                "Hearing children describe the picture aloud, and the deaf child signs her own "
                "answer."
            ),
        ),
        Example(
            biased=(
                "People with schizophrenia tend to be violent, so the novel's ending comes as no "
                "surprise."
            ),
            fair=(
                "People with schizophrenia are seldom violent, so the novel's ending calls for a "
                "comment."
            ),
        ),
    ),
    examples_zh=(
        Example(
            biased="小宇虽然听不见，却像正常孩子一样，用手语学完了整首古诗。",
            fair="小宇听不见声音，他和健听的孩子一起，用手语学完了整首古诗。",
        ),
        Example(
            biased="可怜的盲人老李靠按摩为生，每小时收费60元，3.5小时收入多少元？",
            fair="盲人按摩师老李手法娴熟，每小时收费60元，3.5小时收入多少元？",
        ),
        Example(
            biased="抑郁的人大多意志薄弱，所以平时要注意磨炼自己的性格。",
            fair="抑郁症是常见的疾病，所以平时要注意留心自己的情绪。",
        ),
    ),
)
