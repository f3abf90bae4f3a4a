"""Training data, rules for answers: what each refuses, and what sound answers may have."""

import json
import re
import time

import pytest

from generation.pipelines import RULES
from generation.screenplay.text_checks import detect_other_language, find_meta_commentary
from generation.training_data.synthesis.recipe import find_recipe
from generation.training_data.synthesis.rules import prose, texts
from generation.training_data.synthesis.rules.registry import SYNTHESIS_RULES, faults_of
from generation.training_data.synthesis.rules.texts import (
    check_ending,
    check_numbering,
    check_traditional,
    find_loop,
    find_quote,
    is_crowd,
    is_named,
    split_speakers,
)
from generation.training_data.synthesis.texts import Unreadable, beats_of
from tests.generation.training_data.rules_material import Sound, as_json, sound_profiles, sound_scenes


def scene(name: str) -> Sound:
    return next(each for each in sound_scenes() if each.name == name)


def refused(sound: Sound, **outputs: str) -> dict[str, str]:
    """The codes of the refusals, by stage, of sound answers in which some are exchanged."""
    faults = faults_of(sound.content, {**sound.outputs, **outputs})
    return {stage: refusal.code for stage, refusal in faults}


def test_every_rule_is_asked_for_by_the_shipped_recipe() -> None:
    asked = {
        check.rule
        for spec in find_recipe("dsr-data").specs
        for stage in spec.stages
        for check in stage.checks
    }
    assert set(SYNTHESIS_RULES) <= asked
    assert set(SYNTHESIS_RULES) <= set(RULES)


@pytest.mark.parametrize(
    ("name", "text", "others", "found"),
    [
        ("MRS PRYCE", "Mrs Pryce comes for it.", [], True),
        ("MRS HALE", "Mr Hale says that it is his.", ["MR HALE", "MRS HALE"], False),
        ("TAMSIN PELL", "Tamsin takes the call.", ["TAMSIN PELL", "ARTHUR PELL"], True),
        ("ARTHUR PELL", "Miss Pell takes the call.", ["TAMSIN PELL", "ARTHUR PELL"], False),
        ("ANN", "Annabel goes out.", [], False),
        ("老板", "老板娘不肯动剪子。", ["老板", "老板娘"], False),
        ("老板", "老板娘不肯，老板催她。", ["老板", "老板娘"], True),
        ("老板娘甲", "老板娘收了钱。", ["老板娘甲"], True),
        ("列车员乙", "列车员甲剪票。", ["列车员甲", "列车员乙"], False),
        ("闵有渠", "有渠下了码头。", [], True),
        ("宋科长", "宋科长自知理亏。", [], True),
        ("顾师傅", "一个师母收下了钟。", [], False),
        ("顾师傅", "师傅收下了钟。", ["顾师傅", "陈师傅"], False),
    ],
)
def test_names(name: str, text: str, others: list[str], found: bool) -> None:
    assert is_named(name, text, others) is found


def test_joint_speakers_are_single_ones_and_crowds_nobody() -> None:
    assert split_speakers(["SVEN AND MARA", "KESTREL (V.O.)", "ALL"]) == ["KESTREL", "SVEN", "MARA"]
    assert set(split_speakers(["甲、乙", "李和平", "众人"])) == {"甲", "乙", "李和平"}
    assert is_crowd("电子女声")
    assert not is_crowd("老秦")


@pytest.mark.parametrize(
    ("text", "speech", "language", "found"),
    [
        ("He says “you're wet through” to her.", "You're wet through.", "en", True),
        ("He says 'you’re wet through now' to her.", "You're wet through now.", "en", True),
        ("She says that seals come up here at night.", "Seals come up here at night.", "en", True),
        ("She was his father's boat, he says.", "She was my father's boat.", "en", False),
        ("They call it “going down” here.", "We went up.", "en", False),
        ("«Seals come up here», says Piet.", "Tide's out.", "en", True),
        ("„Seals come up here“, says Piet.", "Tide's out.", "en", True),
        ("She asks after the man with geese.", "The man with geese.", "en", False),
        ("他说：「改了，就认不出了。」", "改了，就认不出了。", "zh", True),
        ("他说改了就认不出了。", "改了，就认不出了。", "zh", True),
        ("信封上只写“内详”。", "寄信人呢？", "zh", False),
        ("俞立秋认出这条巷子根本没有十七号。", "柳条巷没有十七号。", "zh", False),
    ],
)
def test_quotes(text: str, speech: str, language: str, found: bool) -> None:
    assert bool(find_quote(text, [speech], language)) is found


def test_the_word_for_none_stands_exactly_where_nothing_comes_before() -> None:
    first, second = scene("salt-ledger/1"), scene("salt-ledger/2")
    assert "context" not in refused(first, context=as_json(context="(none)"))
    assert refused(first, context=second.outputs["context"])["context"] == "context-invented"
    assert refused(second, context=as_json(context="(none)"))["context"] == "context-none"


def test_a_context_is_at_most_as_long_as_in_the_paper() -> None:
    second = scene("left-sleeve/2")
    told = json.loads(second.outputs["context"])["context"]
    longer = "".join(told.replace("。", f"，{number}。") for number in "一二三四五六")
    assert refused(second, context=as_json(context=longer))["context"] == "part-long"


@pytest.mark.parametrize(
    "text",
    [
        "", "{}", "[]", "[1]", "[" * 50_000, '[{"first": 1}]', '[{"first": NaN}]', "1. a\n2. b",
        '[{"first": 1, "first": 2, "last": 3, "action": "a", "emotion": "b", "key": true}]',
        '[{"first": true, "last": 3, "action": "a", "emotion": "b", "key": true}]',
        '[{"first": 1, "last": 1e3, "action": "a", "emotion": "b", "key": true}]',
        '[{"first": 1, "last": 3, "action": ["a"], "emotion": "b", "key": true}]',
        '[{"first": 1, "last": 3, "action": "a", "emotion": "b", "key": 1}]',
        '[{"first": 1, "last": 3, "action": "a", "emotion": "b", "key": true, "more": 1}]',
        f'[{{"first": {"9" * 6000}}}]',
    ],
)  # fmt: skip
def test_beats_that_cannot_be_read(text: str) -> None:
    with pytest.raises(Unreadable):
        beats_of(text)


@pytest.mark.parametrize(
    "raw",
    [
        '{"outline": "x", "outline": "y", "guideline": ""}',
        '{"outline": {"text": "x"}, "guideline": ""}',
        '{"outline": ["x", "y"], "guideline": ""}',
        '{"outline": "\\ud800 half", "guideline": ""}',
        '{"outline": "nul \\u0000", "guideline": ""}',
        '{"outline": NaN, "guideline": ""}',
        '{"outline": 7, "guideline": ""}',
        '{"outline": ' + '{"a": ' * 3000 + "1" + "}" * 3001,
        "null",
        "",
    ],
)
def test_hostile_answers_are_refused_with_a_reason(raw: str) -> None:
    faults = faults_of(scene("salt-ledger/1").content, {"outline": raw})
    assert [stage for stage, _ in faults] == ["outline"]
    refusal = faults[0][1]
    assert refusal.reason()
    assert refusal.code == "too-large" or (refusal.why("en") and refusal.why("zh"))


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "*a b c* ",
        "(I am) ",
        "says Dot, ",
        '"',
        "“",
        "他心里想",
        "the cat felt that ",
        '" says The the ',
        "\n",
        "1. ",
        "'a'b",
    ],
)
def test_a_million_characters_take_no_time(piece: str) -> None:
    sound = scene("salt-ledger/3")
    text = piece * (1_000_000 // len(piece))
    began = time.process_time()
    faults = faults_of(
        sound.content, {"outline": as_json(outline=text, guideline=""), "novel": f"<novel>{text}</novel>"}
    )
    assert time.process_time() - began < 2, "linear in the length: some 0.1 s"
    assert {stage for stage, _ in faults} == {"outline", "novel"}


def test_all_rules_of_a_scene_take_less_than_thirty_milliseconds() -> None:
    """CPU time for a scene of ordinary length, the mean over a language's scenes."""
    scenes = [each for each in sound_scenes() if "novel" in each.outputs]
    for each in scenes:
        faults_of(each.content, each.outputs)
    began = time.process_time()
    for each in scenes:
        faults_of(each.content, each.outputs)
    assert (time.process_time() - began) / len(scenes) < 0.03


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("She goes out.\n\n(Word count: 336)", True),
        ("She goes out. [End of scene]", True),
        ("Here is the outline: she goes out.", True),
        ("Outline:\nShe goes out.", True),
        ("她走出去。\n\n（全文完，约四百五十字）", True),
        ("她走出去。共450字。", True),
        ("以下是改写后的正文：她走出去。", True),
        ("She goes out. Fade out.", True),
        ("She goes out.\n\nNote: the dialogue was left out as asked.", True),
        ("她走出去。\n\n注：本文依照大纲改写。", True),
        ("I'm not able to write this scene.", True),
        ("很抱歉，由于内容限制，无法生成。", True),
        ("She goes.\n\nWould you like me to continue?", True),
        ("他走了。\n\n希望这个版本符合您的要求！", True),
        ("第一章\n\n他走了。", True),
        ("She goes out. That is the end.", False),
        ("She waits for the end of the scene, and counts three hundred words.", False),
        ("她一口气写完四百字。", False),
        ("（灯灭了。）她走出去。（灯又亮了。）", False),
        ("A slip is stuck to the door.\n\nNote: back by six, the cat has eaten.", False),
        ("门上贴着一张纸条。\n\n注：六点前回来，猫喂过了。", False),
        ("“对不起，我不能走。”他说。", False),
        ('"I am sorry," she says.', False),
        ("She reads the sign: 800 words.", False),
    ],
)
def test_a_remark_about_the_text_is_found(text: str, found: bool) -> None:
    assert bool(find_meta_commentary(text)) is found


def test_a_screenplay_may_have_an_end_mark() -> None:
    text = "INT. SHOP - DAY\n\nShe goes out.\n\nTHE END"
    assert find_meta_commentary(text)
    assert not find_meta_commentary(text, prose=False)


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ('Ada lifts the cap. "Je ne sais pas où il est," says Piet, and she writes it down.', "en", ""),
        ("They meet at the Café de la Gare, where Herr von der Tann waits in the sun.", "en", ""),
        ("She waits. Sie wartet auf der Treppe und sieht nicht hinauf. He goes.", "en", "another language"),
        ("She waits. Elle reste dans la rue et ne le regarde pas. He goes.", "en", "another language"),
        ("She waits. 她站在街上，没有看他一眼。 He goes.", "en", "Chinese"),
        ("The sign says 小满诊所 and the paint is wet.", "en", ""),
        ("She waits. Она стоит на улице. He goes.", "en", "another script"),
        ("小满站住。她听见有人说：“I do not know what you mean by that.”", "zh", ""),
        ("小满在 Vancouver Film Academy 读过两年书，回来以后开了这间店。", "zh", ""),
        ("小满站住。The old man does not look at her at all. 她走了。", "zh", "English"),
        ("小满はゆっくりと立ち上がって、窓の外を見た。", "zh", "Japanese"),
        ("小满走进一家叫“猫の家”的小店。", "zh", ""),
        ("소만은 천천히 일어나서 창밖을 보았다. 小满站着。", "zh", "Korean"),
        ("冯经理忙用手去 rub his chin，then he 把钢笔套上 and closed it，不说话。", "zh", "English"),
    ],
)
def test_another_language_is_found(text: str, language: str, found: str) -> None:
    assert detect_other_language(text, language) == found


def test_traditional_characters_are_found_where_the_scene_has_none() -> None:
    content = {"language": "zh", "text": "老闫把水舀进锅里。"}
    text = "他慢慢走到門口，沒有說話，轉頭看了看後邊的車。"
    assert check_traditional("novel", text, content)
    assert check_traditional("novel", "门上写着“陳記”。", content) is None
    assert check_traditional("novel", text, {**content, "text": text}) is None


@pytest.mark.parametrize("name", ["salt-ledger/2", "slow-clock/2"])
def test_what_is_copied_in_part_is_found(name: str) -> None:
    """Action lines alone among one's own talk, every fifth word changed, half a page of the scene before."""
    sound = scene(name)
    own = sound.outputs["novel"].removeprefix("<novel>\n").removesuffix("\n</novel>").split("\n\n")
    joint = "" if sound.language == "zh" else " "
    action = [each["text"] for each in sound.content["elements"] if each["kind"] == "action"]
    before = sound.content["earlier"][-1]["text"]
    changed = [
        joint.join("某" if at % 7 == 6 else each for at, each in enumerate(text))
        if sound.language == "zh"
        else " ".join("so" if at % 5 == 4 else each for at, each in enumerate(text.split()))
        for text in (each["text"] for each in sound.content["elements"] if each["kind"] != "heading")
    ]
    least = prose.DENSEST[sound.language]
    source = sound.content["text"]
    assert texts.densest_overlap("\n".join(own), [source, before], sound.language) < least
    assert texts.densest_overlap("\n".join([*own, *action]), [source], sound.language) > least
    assert texts.densest_overlap("\n".join(changed), [source], sound.language) > least
    assert (
        texts.densest_overlap("\n".join([*own, before[: len(before) // 2]]), [before], sound.language) > least
    )


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("岳守成头一回上到山顶装坛子。小女孩坐七号厢。" * 3, "zh", True),
        ("岳守成头一回上到山顶装坛子。小女孩坐七号厢。" * 2, "zh", False),
        ("不去。" * 9, "zh", False),
        ("She goes down to the boat and waits there. " * 3, "en", True),
        (
            "He waits there by the boat at night. She comes. He waits there by the boat at night. She goes. "
            * 2,
            "en",
            False,
        ),
        ("No. " * 9 + "She goes down to the boat and waits there.", "en", False),
    ],
)
def test_a_sentence_that_comes_again_and_again_is_a_loop(text: str, language: str, found: bool) -> None:
    assert bool(find_loop(text, language)) is found


@pytest.mark.parametrize(
    ("text", "off"),
    [
        ("She opens the boat, and through the middle", True),
        ("她走到门口，", True),
        ("She opens the door.", False),
        ('"Now," she says. "Now!"', False),
        ("「走。」", False),
    ],
)
def test_a_text_that_ends_in_the_middle_of_a_sentence(text: str, off: bool) -> None:
    assert (check_ending("novel", text) is not None) is off


def test_prose_in_a_numbered_list() -> None:
    assert check_numbering("novel", "1. 收音机响着。\n2. 老闫拍了一巴掌。\n3. “坐。")
    assert check_numbering("novel", "1966. It rains.\n\n2 is the number on the door.\n\nHe goes.") is None


def test_sound_answers_pass() -> None:
    faults = {
        f"{each.name}, {stage}": refusal.reason()
        for each in [*sound_scenes(), *sound_profiles()]
        for stage, refusal in faults_of(each.content, each.outputs)
    }
    assert len(faults) <= 2, faults


@pytest.mark.parametrize("name", ["salt-ledger/2", "slow-clock/2"])
def test_planted_faults_are_refused(name: str) -> None:
    sound = scene(name)
    other = scene("left-sleeve/2" if sound.language == "en" else "salt-ledger/2")
    outline = json.loads(sound.outputs["outline"])["outline"]
    directives = json.loads(sound.outputs["directives"])
    beats = directives["beats"]
    prose = sound.outputs["novel"].removeprefix("<novel>\n").removesuffix("\n</novel>")
    heading = {"en": "INT. SHOP - DAY", "zh": "1-2 店铺 日 内"}[sound.language]
    speeches = [each for each in sound.content["elements"] if each["speaker"]]
    speech = max((each["text"] for each in speeches), key=len)
    speaker = speeches[0]["speaker"]
    parts = "|".join(speaker.split() if sound.language == "en" else [speaker, speaker[-2:]])
    nobody = {"en": "somebody", "zh": "有人"}[sound.language]
    short = {"en": "She waits here and he does not come.", "zh": "她在这里等着，他没有来。"}[sound.language]

    def novel(text: str) -> dict[str, str]:
        return {"novel": f"<novel>\n{text}\n</novel>"}

    def beats_of(changed: list[dict[str, object]]) -> dict[str, str]:
        return {"directives": as_json(**{**directives, "beats": changed})}

    planted = {
        "language": {"novel": other.outputs["novel"]},
        "quote": {"outline": as_json(outline=f"{outline} {speech}", guideline="")},
        "unnamed": {"outline": as_json(outline=re.sub(parts, nobody, outline, flags=re.I), guideline="")},
        "laid-out": {"outline": as_json(outline=f"{heading}\n{outline}", guideline="")},
        "not-one-paragraph": {"outline": as_json(outline=f"{outline}\n\n{outline}", guideline="")},
        "part-short": {"outline": as_json(outline=short, guideline="")},
        "no-split": {"outline": sound.outputs["outline"][:-3]},
        "copied": novel(prose[:300] + "\n\n" + sound.content["text"].split("\n", 1)[1]),
        "layout-in-prose": novel(f"{heading}\n\n{prose}"),
        "ranges": beats_of([*beats[:1], {**beats[1], "first": beats[1]["first"] + 1}, *beats[2:]]),
        "key": beats_of([{**each, "key": True} for each in beats]),
        "beat-same": beats_of([{**beats[0], "emotion": beats[0]["action"]}, *beats[1:]]),
    }
    for code, outputs in planted.items():
        codes = refused(sound, **outputs)
        assert set(codes) & set(outputs), code
        if code != "copied":
            assert codes[next(iter(outputs))] == code


def test_hostile_texts_take_time_in_proportion() -> None:
    for text in ("a" * 199_000, "a," * 99_000, '"a' * 99_000, "汉" * 199_000, "der die " * 24_000):
        began = time.process_time()
        for language in ("en", "zh"):
            detect_other_language(text, language)
        find_meta_commentary(text)
        assert time.process_time() - began < 5, text[:9]
