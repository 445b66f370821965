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
    ],
)
def test_answers_are_read(answer, score):
    assert parsed(answer) == score
