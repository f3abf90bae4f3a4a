"""What single rules find in a few words, and what they let pass."""

import time

import pytest

from generation.synthesis.rules.briefs import tells_ahead
from generation.synthesis.rules.knowing import told
from generation.synthesis.rules.names import named
from generation.synthesis.rules.quoting import quote_in
from generation.synthesis.rules.remarks import remark
from generation.synthesis.rules.seeing import inner_life
from generation.synthesis.rules.speaking import strangers
from generation.synthesis.rules.texts import broken_off, numbered, strange_to
from tests import pace
from tests.synthesis.rules_material import sound_scenes

PLAIN_ZH = "老闫把水舀进锅里。韩冬在床沿坐下。"


@pytest.mark.parametrize(
    "between", ["又", "忙", "才", "便", "也", "却", "先", "还", "只", "都", "仍", "没", "低声", "忽然"]
)
def test_what_stands_before_a_verb_of_speech_is_no_part_of_a_name(between: str) -> None:
    for name in ("韩冬", "老闫"):
        assert strangers(f"“后头是空的。”{name}{between}说。", PLAIN_ZH, "zh") == []
        assert strangers(f"{name}{between}说：“后头是空的。”", PLAIN_ZH, "zh") == []


@pytest.mark.parametrize(
    ("told_by", "who"),
    [
        ("周平又", ["周平"]),
        ("刘德才", ["刘德才"]),
        ("赵正", ["赵正"]),
        ("连忙", []),
        ("于是", []),
        ("方才", []),
    ],
)
def test_strangers_are_found_with_and_without_an_adverb(told_by: str, who: list[str]) -> None:
    assert strangers(f"“走吧。”{told_by}说。", PLAIN_ZH, "zh") == who


@pytest.mark.parametrize(
    ("text", "off"),
    [
        ("She opens the boat, and through the middle", True),
        ("She opens the door,", True),
        ("他走到门口，", True),
        ("他走到门口", True),
        ("She opens the door.", False),
        ('"Now," she says. "Now!"', False),
        ("「走。」", False),
        ("She opens the door…", False),
    ],
)
def test_a_text_that_ends_in_mid_sentence_is_broken_off(text: str, off: bool) -> None:
    assert (broken_off("novel", text) is not None) is off


def test_prose_in_a_numbered_list_is_laid_out_and_a_number_at_its_start_is_not() -> None:
    assert numbered("novel", "1. 收音机响着。\n2. 老闫拍了一巴掌。\n3. “坐。\n4. 锅里有。”")
    assert numbered("novel", "(1) She waits.\n\n(2) He goes.\n\n(3) It rains.")
    assert numbered("novel", "1966. It rains.\n\n2 is the number on the door.\n\nHe goes.") is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("他慢慢走到門口，沒有說話，轉頭看了看後邊的車。", "Traditional Chinese"),
        ("“I don't know what you mean,”韩冬说。“Leave me alone.”", "partly in Latin letters"),
        ("门上写着“陳記”。他用 iPhone 打电话，说：“OK。”", ""),
    ],
)
def test_a_script_or_a_speech_that_the_scene_has_not_is_found(text: str, found: str) -> None:
    refusal = strange_to("novel", PLAIN_ZH + text, {"language": "zh", "text": PLAIN_ZH})
    assert (refusal.values["found"] if refusal else "") == found
    assert strange_to("novel", PLAIN_ZH + text, {"language": "zh", "text": text}) is None


@pytest.mark.parametrize(
    "text",
    [
        "She goes.\n\n[The scene continues as Dunne reads the log aloud and Straker listens.]",
        "他走了。（全文约八百字，已按要求避免心理描写。）", "他走了。\n（此处省略若干对话）",
        "He stays.\n\n[Note: I avoided inner thoughts as requested.]", "I'm not able to write this scene.",
        "很抱歉，由于内容限制，无法生成。", "She goes.\n\nWould you like me to continue?",
        "他走了。\n\n希望这个版本符合您的要求！", "第一章\n\n他走了。",
        "As requested, here's the prose.\n\nShe goes.",
    ],
)  # fmt: skip
def test_what_is_said_of_the_text_or_to_whoever_asked_is_a_remark(text: str) -> None:
    assert remark(text)


@pytest.mark.parametrize(
    "text",
    [
        "(Beat.) She goes.", "“对不起，我不能走。”他说。", '"I am sorry," she says.',
        "She reads the sign: 800 words.", "He puts the letter down (the last one) and goes.",
        "他把信放下（最后一封），走了。",
    ],
)  # fmt: skip
def test_what_is_told_or_said_in_the_story_is_no_remark(text: str) -> None:
    assert remark(text) is None


def test_what_somebody_is_names_nobody_who_has_a_name_besides() -> None:
    people = ["UNCLE ROLLO", "GUARD 2", "BEX"]
    assert not named("UNCLE ROLLO", "Then her uncle is at the door.", people, properly=True)
    assert named("UNCLE ROLLO", "Then her uncle is at the door.", people)
    assert named("UNCLE ROLLO", "Then Rollo is at the door.", people, properly=True)
    assert not named("GUARD 2", "The guard waits.", people, properly=True)
    assert named("GUARD 2", "The second guard waits.", people, properly=True)
    assert not named("顾法医", "法医找到一具遗骨。", ["顾法医", "韩冬"])


@pytest.mark.parametrize(
    ("sentence", "reveals"),
    [
        ("Iris was going to look away when she found the boy.", True),
        ("In the end she would let him keep it.", True),
        ("Soon there would be four hundred on the list.", True),
        ("The captain had a grandson of whom nobody knew.", True),
        ("Iris had said that she was going to sell the boat.", False),
        ("He had promised that he would soon be back.", False),
        ("There would be a hearing, and she feared it.", False),
    ],
)
def test_forms_by_which_only_the_narrator_can_speak(sentence: str, reveals: bool) -> None:
    content = next(
        each.content for each in sound_scenes() if each.language == "en" and each.content["earlier"]
    )
    assert told([sentence], content)[0].reveals is reveals


@pytest.mark.parametrize(
    ("sentence", "reveals"),
    [
        ("那孩子其实被人救走了。", True),
        ("许多年以后他还记得这件事。", True),
        ("她真实的身份没有露。", True),
        ("御史三日后到，顾法医随后找到一具遗骨。", False),
        ("他答应往后会再来。", False),
    ],
)
def test_forms_by_which_only_the_narrator_can_speak_chinese(sentence: str, reveals: bool) -> None:
    content = next(
        each.content for each in sound_scenes() if each.language == "zh" and each.content["earlier"]
    )
    found = told([sentence], content)[0]
    assert found.reveals is reveals
    assert not (found.looks_ahead and "随后" in sentence)


@pytest.mark.parametrize("sentence", ["他不在。", "一切如常。", "They did.", "It was late."])
def test_a_sentence_of_little_words_tells_nothing_ahead(sentence: str) -> None:
    language = "en" if sentence.isascii() else "zh"
    for each in sound_scenes():
        if each.language == language and each.content["earlier"]:
            assert not tells_ahead(told([sentence], each.content)[0], language)


def test_a_line_of_dialogue_is_not_found_across_a_denial() -> None:
    content = {"language": "zh", "speakers": [], "characters": []}
    outline = "韩冬告诉她葛长明的尸骨找到了，孩子不在车上。"
    assert quote_in(outline, ["葛长明在车上。", "孩子不在。"], content) == ""
    assert quote_in("韩冬告诉她，葛长明就在车上。", ["葛长明在车上。"], content)
    content = {"language": "en", "speakers": ["STRAKER"], "characters": []}
    line = "Say it to me as if I were slow."
    assert quote_in("He is asked to say it to Straker as if she were slow.", [line], content)


@pytest.mark.parametrize(
    ("piece", "language"), [("very ", "en"), ("not ", "en"), ("一", "zh"), ("1", "zh"), ("像怕，", "zh")]
)
def test_one_word_again_and_again_takes_time_in_proportion(piece: str, language: str) -> None:
    """As from a model that has lost its way."""
    began = time.process_time()
    inner_life(("老闫" if language == "zh" else "The ") + piece * (50_000 // len(piece)), language)
    assert time.process_time() - began < pace.seconds(2)


def test_marks_without_words_take_time_in_proportion() -> None:
    """As many as an outline may have characters."""
    content = {"language": "en", "speakers": [], "characters": []}
    began = time.process_time()
    assert not quote_in("." * 38_000 + "x", ["Say it to me as if I were slow."], content)
    assert time.process_time() - began < pace.seconds(2)
