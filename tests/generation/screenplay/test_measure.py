"""Lengths, counts and fidelity."""

import pytest

from generation.screenplay import check_format, measure, parse
from generation.screenplay.text_checks import detect_language

EN = "INT. LOFT - DAY\n\nDust, twenty-one years.\n\nKESTREL (V.O.)\n(low)\nYou can't.\n\n[[a note of four]]\n"
ZH = "1-1　阁楼　日　内\n人物：林晓\n△灰尘，二十年了。\n林晓（OS）：不行。\n"


def codes(text, language):
    return [problem.code for problem in check_format(parse(text, language))]


def test_english_length_is_words_of_what_is_printed():
    # INT LOFT DAY | Dust twenty-one years | KESTREL V O | low | You can't
    counted = measure(parse(EN, "en"))
    assert (counted.length, counted.unit) == (3 + 3 + 3 + 1 + 2, "words")
    assert (counted.speeches, counted.action_lines, counted.scenes) == (1, 1, 1)
    assert (counted.dialogue_length, counted.speakers) == (2, ("KESTREL",))


def test_chinese_length_is_han_characters():
    # 阁楼日内 | 林晓 | 灰尘二十年了 | 林晓 | 不行
    counted = measure(parse(ZH, "zh"))
    assert (counted.length, counted.unit) == (4 + 2 + 6 + 2 + 2, "characters")
    assert (counted.speeches, counted.action_lines, counted.speakers) == (1, 1, ("林晓",))


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("INT. LOFT - DAY\n\nDust.\n\nKESTREL\nYou can't do that here.\n", "en", []),
        (ZH, "zh", []),
        ("", "en", ["empty"]),
        ("[[only a note]]", "en", ["note", "empty"]),
        ("Dust all over the loft and nobody there.\n", "en", ["no-heading", "no-speech"]),
        ("INT. LOFT - DAY\n\nKESTREL\nYou can't do that here.\n", "en", ["no-action"]),
        (
            "INT. LOFT - DAY\n\nDust.\n\nKestrel: You can't do that here.\n",
            "en",
            ["no-speech", "speech-as-action"],
        ),
        ("阁楼　日　内\n灰尘落了一地，没有人。\n林晓：不行。\n", "zh", ["unmarked-action"]),
        (
            "INT. LOFT - DAY\n\nDust all over the loft.\n\nKESTREL\nYou can't.\n",
            "zh",
            ["language", "other-layout"],
        ),
        ("阁楼　日　内\n△灰尘落了一地。\n林晓：\n\n△没有人，谁也不来。\n", "zh", ["cue-alone"]),
    ],
)
def test_problems(text, language, expected):
    assert codes(text, language) == expected


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The rain has stopped and the yard is empty.", "en"),
        ("雨停了，院子里空无一人。", "zh"),
        ("林晓穿着 T 恤走进 KTV，唱了一首歌。", "zh"),
        ("Дождь кончился, и двор пуст, совсем пуст теперь.", ""),
        ("12 34 56", ""),
        ("", ""),
    ],
)
def test_detect_language(text, language):
    assert detect_language(text) == language
