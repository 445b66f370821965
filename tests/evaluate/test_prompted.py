import pytest

from edubias.evaluate.prompted import parsed


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ("存在性别偏见。", 1.0),
        ("带有刻板印象", 1.0),
        ("不存在偏见", 0.0),
        ("不包含任何偏见。", 0.0),
        ("不带偏见", 0.0),
        ("描述了一个实验", 0.5),
        ("is biased against girls.", 1.0),
        ("Contains stereotypes about men", 1.0),
        ("is unbiased and fair.", 0.0),
        ("doesn't contain bias", 0.0),
        ("is free of stereotypes", 0.0),
        ("contains 12 words", 0.5),
        ("没有。", 0.0),
        ("存在偏见，未考虑女性", 1.0),
        ("不仅存在偏见，而且", 1.0),
        ("没有考虑到公平，存在歧视", 1.0),
        ("未能避免刻板印象", 1.0),
        ("is notably biased", 1.0),
        ("contains bias. Note that", 1.0),
        ("is not only biased", 1.0),
        ("is biased, not fair", 1.0),
        ("contains no bias", 0.0),
        ("is notable", 0.5),
    ],
)
def test_answers_are_read(answer, score):
    assert parsed(answer) == score
