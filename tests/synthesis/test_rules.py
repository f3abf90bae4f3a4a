"""The rules of synthesis one by one: names, quotes, the word for none, beats, hostile answers, time."""

import json
import subprocess
import sys
import time

import pytest

from generation.pipelines import RULES
from generation.synthesis.recipe import find_recipe
from generation.synthesis.rules import copying, faults_of, knowing, ordering, prose, seeing
from generation.synthesis.rules.names import is_nobody, named, one_by_one
from generation.synthesis.rules.quoting import quote_in
from generation.synthesis.rules.registry import SYNTHESIS_RULES
from generation.synthesis.rules.remarks import remark
from generation.synthesis.rules.speaking import strangers
from generation.synthesis.rules.texts import loop
from generation.synthesis.texts import Unreadable, beats_of
from tests.synthesis.rules_material import Sound, as_json, sound_scenes


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


def test_rules_need_no_database() -> None:
    code = "import sys; import generation.synthesis.rules.registry; assert 'django.db' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


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
        ("宋科长", "科长自知理亏。", [], False),
        ("宋科长", "宋科长自知理亏。", [], True),
        ("陈阿婆", "阿婆看她写字。", [], False),
        ("列车员", "车员剪票。", [], False),
        ("顾师傅", "一个师傅收下了钟。", [], False),
    ],
)
def test_names(name: str, text: str, others: list[str], found: bool) -> None:
    assert named(name, text, others) is found


def test_joint_speakers_are_single_ones_and_crowds_nobody() -> None:
    assert one_by_one(["SVEN AND MARA", "KESTREL (V.O.)", "ALL"]) == ["KESTREL", "SVEN", "MARA"]
    assert set(one_by_one(["甲、乙", "李和平", "众人"])) == {"甲", "乙", "李和平"}
    assert is_nobody("电子女声")
    assert not is_nobody("老秦")


@pytest.mark.parametrize(
    ("text", "speech", "language", "found"),
    [
        ("He says “you're wet through” to her.", "You're wet through.", "en", True),
        ("He says 'you’re wet through now' to her.", "You're wet through now.", "en", True),
        ("She was his father's boat.", "She was my father's boat.", "en", False),
        ("She was his father's boat, he says.", "She was my father's boat.", "en", True),
        ("He says that she was his father's boat.", "She was my father's boat.", "en", True),
        ("It has lain there for a year and a day.", "A year and a day.", "en", False),
        ("They call it “going down” here.", "We went up.", "en", False),
        ("Then, says Dot, they can wait a minute.", "Then they can wait a minute.", "en", True),
        ("Then, says Élodie, they can wait a minute.", "Then they can wait a minute.", "en", True),
        ("Piet protests: seals come up here.", "Seals come up here.", "en", True),
        ("Seals come up here, as everybody knows.", "A seal came up here.", "en", False),
        ("«Seals come up here», says Piet.", "Tide's out.", "en", True),
        ("„Seals come up here“, says Piet.", "Tide's out.", "en", True),
        ("It ends on *I have seen it*.", "I've seen it. I have seen it.", "en", True),
        ("She reads _The Salt Road to the Sea_ aloud.", "I've seen it.", "en", False),
        ('She asks, "With toes?"', "With toes?", "en", True),
        ("He hears by the note that the machine is humming.", "She's humming.", "en", False),
        ("She asks after the man with geese.", "The man with geese.", "en", False),
        ("他说：「改了，就认不出了。」", "改了，就认不出了。", "zh", True),
        ("他说改了就认不出了。", "改了，就认不出了。", "zh", True),
        ("信封上只写“内详”。", "寄信人呢？", "zh", False),
        ("俞立秋认出这条巷子根本没有十七号。", "柳条巷没有十七号。", "zh", False),
    ],
)
def test_quotes(text: str, speech: str, language: str, found: bool) -> None:
    assert bool(quote_in(text, [speech], {"language": language})) is found


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


def test_profiles_are_known_and_may_stand_in_a_context() -> None:
    content = scene("salt-ledger/2").content
    sentence = "Iris buried a brother who kept pigeons."
    assert knowing.told([sentence], content)[0].here == 0
    assert knowing.rests(sentence, content) == 0
    with_profile = {
        **content,
        "characters": [{"name": "IRIS", "profile": "Her brother kept pigeons; she buried him."}],
    }
    assert knowing.told([sentence], with_profile)[0].here == 3
    assert knowing.rests(sentence, with_profile) == 1


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
    began = time.process_time()
    seeing.inner_life_share(text[:100_000], "en")
    strangers(text[:100_000], "", "en")
    assert time.process_time() - began < 2


def test_all_rules_of_a_scene_take_less_than_thirty_milliseconds() -> None:
    """CPU time for a scene of ordinary length, the mean over a language's scenes."""
    scenes = [each for each in sound_scenes() if "novel" in each.outputs]
    for each in scenes:
        faults_of(each.content, each.outputs)
    began = time.process_time()
    for each in scenes:
        faults_of(each.content, each.outputs)
    assert (time.process_time() - began) / len(scenes) < 0.03


def test_measures_stand_alone() -> None:
    sound = scene("fish-basket")
    novel = sound.outputs["novel"].removeprefix("<novel>").removesuffix("</novel>")
    beats = json.loads(sound.outputs["directives"])["beats"]
    assert copying.overlap(sound.content["text"], sound.content["text"], "zh") == 1.0
    assert copying.overlap(novel, sound.content["text"], "zh") < 0.02
    assert seeing.inner_life_share("他心里很难过。他关上门。", "zh") == 0.5
    assert seeing.inner_life_share("“我心里难过，”他说。他关上门。", "zh") == 0.0
    assert seeing.inner_life_share('"I felt sad," he says. He felt for the key in his pocket.', "en") == 0.0
    assert seeing.inner_life_share("It hurt to look at her. He shut the door.", "en") == 0.5
    assert ordering.order(novel, beats, sound.content).agreement > 0.6
    turned = "\n".join(reversed(novel.split("\n")))
    assert ordering.order(turned, beats, sound.content).agreement < -0.6


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
        ("She goes out. That is the end.", False),
        ("She waits for the end of the scene, and counts three hundred words.", False),
        ("她一口气写完四百字。", False),
        ("（灯灭了。）她走出去。（灯又亮了。）", False),
        ("她走出去。门在身后合上了。全文完。", True),
        ("她走出去。约三百字。", True),
        ("她写了三个字。全文完。", True),
        ("She reads the sign and goes out. End of scene.", True),
        ("她走出去。\n\n完", True),
        ("Word count: 300. She goes out.\n\nShe comes back.", True),
        ("The slip says so. Note: I have fed the cat.", False),
        ("他在纸上写了又涂。三个字。", False),
        ("三个字。他写了又涂，涂了又写。", False),
        ("银幕上只剩两个字。剧终。", False),
        ("She counts them on her fingers. 12 words.", False),
        ("She goes out. Fade out.", True),
        ("She goes out.\n\nFADE OUT.", True),
        ("She goes out. About 300 words.", True),
        ("He turns to the last page of the script, and two words stand on it. Fade out.", False),
        ("He chalks two words on the board:\n\nFade out.", False),
        ("Fade out. That is what the cue card says, and the lamps die one by one.", False),
        ("She goes out.\n\nNote: the dialogue was left out as asked.", True),
        ("Note: I have kept to the order of the scene.\n\nShe goes out.", True),
        ("A slip is stuck to the door.\n\nNote: back by six, the cat has eaten.", False),
        ("Note: the key is under the mat. She reads it twice and bends down.", False),
        ("她走出去。\n\n注：本文依照大纲改写。", True),
        ("门上贴着一张纸条。\n\n注：六点前回来，猫喂过了。", False),
    ],
)
def test_a_note_about_the_text_is_none_of_it(text: str, found: bool) -> None:
    assert (remark(text) is not None) is found


@pytest.mark.parametrize(
    ("text", "language", "thoughts"),
    [
        ("*She despises me*, he thinks. *She always has.* He sits.", "en", 2),
        ("He sits. (She can't hear me, I'm sure of it.) He gets up.", "en", 1),
        ("He sits. Now I am done for. He gets up. She waits. The clock ticks on.", "en", 1),
        ("I sit on the step. I get up. She waits by the door.", "en", 0),
        ('"I\'ve seen it." He sits. (The clock is slow.) She waits.', "en", 0),
        ('"Go on," she says. *He will never go.* He goes.', "en", 1),
        ("He hates this. He is in pencil: *kept on the top shelf of it*. He goes.", "en", 1),
        ("The sign reads *do not lean out of the window*. He leans out.", "en", 0),
        ("There is fog, and a bell somewhere inside it. He is sure of his feet.", "en", 0),
        ("他坐下。（千万别抖。四针，这是我来的第一天。）他站起来。", "zh", 3),
        ("他坐下。“我来缝。”（灯闪了一下。）他站起来。", "zh", 0),
    ],
)
def test_thoughts_are_known_by_how_they_are_set_off(text: str, language: str, thoughts: int) -> None:
    assert sum(weight >= 1 for _, weight in seeing.inner_life(text, language)) == thoughts


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
    assert copying.densest("\n".join(own), [source, before], sound.language) < least
    assert copying.densest("\n".join([*own, *action]), [source], sound.language) > least
    assert copying.densest("\n".join(changed), [source], sound.language) > least
    assert copying.densest("\n".join([*own, before[: len(before) // 2]]), [before], sound.language) > least


def test_speech_of_people_whom_nobody_knows() -> None:
    assert strangers('"Stop," said the nurse after a moment.', "a ward", "en") == ["nurse"]
    assert strangers('"Stop," said the boy after a moment.', "", "en") == []
    assert strangers('"Stop," says Odette.', "ODETTE looks up.", "en") == []
    assert strangers('"Stop," says Élodie. "No," Tomás says.', "ODETTE", "en") == ["Élodie", "Tomás"]
    assert strangers('"Stop," says Élodie.', "ÉLODIE looks up.", "en") == []
    assert strangers("“别动！”王巡警从雾里走出来喝道。", "老板、阿荣", "zh")
    assert strangers("“别动。”老板伸长脖子说。", "老板、阿荣", "zh") == []


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
    assert bool(loop(text, language)) is found
