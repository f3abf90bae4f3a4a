"""Inner life in single sentences: what a narrator alone can know, and what only looks like it."""

import pytest

from generation.synthesis.rules.prose import is_inner
from generation.synthesis.rules.seeing import inner_life
from tests.synthesis.rules_material import CASES, read

FRAME = {
    "en": "She sits on the crate. He stands at the door and looks up.\n{}\nHe goes to the stove.",
    "zh": "她坐在箱子上。\n{}\n他站在门口。",
}
LONG = 40
"""So many sentences of sound prose stand beside each: what is found must be found in a long text."""


def refused(text: str, language: str) -> bool:
    return is_inner([*(weight for _, weight in inner_life(text, language)), *[0.0] * LONG])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_one_sentence_of_inner_life_is_found_in_a_long_text(language: str) -> None:
    listed = read(CASES / "inner" / f"{language}.yaml")["inner"]
    past = [each for each in listed if not refused(FRAME[language].format(each), language)]
    assert len(listed) >= 200
    assert len(past) <= 0.1 * len(listed), past


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_can_be_seen_and_heard_is_none(language: str) -> None:
    listed = read(CASES / "inner" / f"{language}.yaml")["seen"]
    found = [each for each in listed if refused(each, language)]
    assert len(listed) >= 200
    assert len(found) <= 0.05 * len(listed), found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("He takes the cup. The well had been dug by a soldier. It is full, and he sits down.", True),
        ("He took the cup. The well had been dug by a soldier. It was full, and he sat down.", False),
        ("She puts the cup back where it was. He takes it. She sits down.", False),
        ("He turns as if somebody had called. He looks at the door. It is shut.", False),
    ],
)
def test_the_past_is_not_before_the_camera_where_prose_is_told_in_the_present(text: str, found: bool) -> None:
    assert refused(text, "en") == found


def test_doubtful_words_count_together_alone() -> None:
    assert not is_inner([0.7, *[0.0] * LONG])
    assert is_inner([0.7, 0.6, *[0.0] * LONG])
    assert is_inner([0.7, 0.0, 0.7])
    assert not is_inner([])
