"""Canned prose and scenes in both layouts: what the fake backend and the fake server answer.

Names and about how long come from the prompt, the choice of beats from the seed, so the same request gives
the same text and another seed another one. Any brief will do: with one character one speaks, and a long scene
goes on in other places. It is material to try the machinery with, and makes no claim to be any good.
"""

import random
import re
from collections.abc import Callable, Sequence

_HAN = re.compile(r"[\u4e00-\u9fff]")
_CHARACTERS = re.compile(r"<characters>\n(.*?)\n</characters>", re.DOTALL)
_NOVEL = re.compile(r"<novel>\n.*\n</novel>", re.DOTALL)
_NAME = re.compile(r"^([^\n:：]{1,80})[:：]")
_OUTLINE = re.compile(r"<outline>\n(.*?)\n</outline>", re.DOTALL)
_GIVEN = re.compile(r"<(outline|context|characters|guideline)>.*?</\1>", re.DOTALL)
_ASKED = re.compile(r"(?:about|约) ?(\d{1,6}) ?(?:words|字)")
_LABELS = re.compile(
    r"(?i:age|gender|sex|job|occupation|work|looks?|traits?|tags?|relations?|backstory|background|arc|role|notes?"
    r"|voice|habits)|年龄|性别|职业|身份|外貌|性格|特点|标签|关系|背景|经历|前史|弧光|备注"
)
"""What may stand before a colon within a profile, and is no name."""
ENOUGH, TOO_MUCH = 0.25, 1.5
"""A text is made longer below, and shorter above, these shares of the length asked for."""
MOST_SCRIPT, MOST_NOVEL = 15_500, 22_000
"""In characters: what the shipped systems' limits of tokens let through."""

_EN_PLACES = [
    "INT. BOAT SHED - EVENING",
    "INT. WAITING ROOM - NIGHT",
    "EXT. LOADING YARD - DAWN",
    "INT. KITCHEN - DAY",
]
_EN_ACTION = [
    "{a} comes in out of the rain and does not take off the wet coat.",
    "{b} goes on sorting the screws by size.",
    "Neither of them looks at the envelope on the table.",
    "A lorry passes. The window hums until it is gone.",
    "{b} pushes the second chair out with one foot.",
    "{a} sits, then moves the chair back a hand's breadth.",
    "{b} puts the lid on the tin and holds it shut.",
    "The kettle clicks off. Nobody gets up.",
]
_EN_SPEECH = [
    ("a", "", "You left the gate open."),
    ("b", "", "I left it for you."),
    ("a", "not sitting", "How long have you known?"),
    ("b", "", "Known what? Say it and I'll tell you how long."),
    ("a", "", "They will ask me on Thursday, and I'm going to answer."),
    ("b", "quietly", "Then answer. You were always the one with the good memory."),
    ("a", "", "I could say I wasn't there."),
    ("b", "", "You could. There's four of us would swear to it, and one who wouldn't."),
    ("a", "", "Is there any more of that tea?"),
    ("b", "", "There's the tin. Open it or don't."),
]
_EN_END = [
    "{a} takes the envelope, weighs it, and lays it back exactly where it was.",
    "{b} switches off the lamp. Two shapes stay where they are.",
    "{a} opens the tin. It is empty. {b} has not turned round.",
]
_ZH_PLACES = ["老船坞　夜　内", "候车室　夜　内", "货场　晨　外", "林场食堂　日　内"]
_ZH_ACTION = [
    "{a}从雨里进来，湿外套也不脱。",
    "{b}低着头，继续把螺丝按大小分开。",
    "桌上放着一个信封，谁也不看它。",
    "一辆货车开过去，窗玻璃嗡嗡响了一阵。",
    "{b}用脚把另一把椅子推出来。",
    "{a}坐下，又把椅子往后挪了一掌宽。",
    "{b}盖上铁盒的盖子，手按着不放。",
    "水壶跳了，没人起身。",
]
_ZH_SPEECH = [
    ("a", "", "院门你没关。"),
    ("b", "", "给你留的。"),
    ("a", "不坐", "你知道多久了？"),
    ("b", "", "知道什么？你说出来，我再告诉你多久。"),
    ("a", "", "星期四他们要问我，我打算照实说。"),
    ("b", "低声", "那就说。咱们几个里头，数你记性最好。"),
    ("a", "", "我也可以说，那天我不在。"),
    ("b", "", "可以。四个人肯替你作证，还有一个不肯。"),
    ("a", "", "那茶还有没有？"),
    ("b", "", "铁盒就在这儿。开不开，随你。"),
]
_ZH_END = [
    "{a}拿起信封掂了掂，又照原样放了回去。",
    "{b}关了灯，两个人影都没有动。",
    "{a}打开铁盒，里面是空的。{b}始终没有回头。",
]

_EN_DIRECTIVES = {
    "exposition": "The envelope is seen and not explained. What is in it stays hidden.",
    "pacing": "Slow at first, then tight. It turns on the tin; we leave on a back that is not turned.",
    "action": "1. {a} comes in and stays standing.\n2. {b} sorts screws.\n3. [KEY] {b} shuts the tin.",
    "emotion": "1. {a} wants to be asked.\n2. {b} will not ask.\n3. [KEY] Each waits for the other to begin.",
}
_ZH_DIRECTIVES = {
    "exposition": "信封让人看见，不解释；里面是什么，到最后也不说。",
    "pacing": "慢起，中段收紧，转折在铁盒，最后停在一个没有转过来的背影上。",
    "action": "1. {a}进门，站着不坐。\n2. {b}低头分螺丝。\n3. 【关键】{b}盖上铁盒。",
    "emotion": "1. {a}盼着对方先问。\n2. {b}偏不问。\n3. 【关键】两个人都在等对方开口。",
}

MODELS = (
    "screenwriter",
    "dsr-novel",
    "dsr-novel-plain",
    "end-to-end",
    "annotator",
    "teacher",
    "judge",
    "dsr-novel-reverse-only",
)
"""The names under which the shipped systems for a server of one's own ask."""

OTHER_ANSWERS: list[Callable[[str, random.Random, bool], str | None]] = []
"""Answers to prompts of other apps, tried first: the last message, the chance, whether it is Chinese."""
NONSENSE = "qwx zzrp 17 17 17 ++ vlk " * 12


def answer(messages: Sequence[tuple[str, str]], seed: int | None) -> str:
    """The canned answer to a prompt: directives and novel, beats, a screenplay, or one short sentence."""
    asked = messages[-1][1] if messages else ""
    chance = random.Random(f"{seed}\n{asked}")  # noqa: S311 - canned text, no secret
    chinese = language_of(asked) == "zh"
    for other in OTHER_ANSWERS:
        if (made := other(asked, chance, chinese)) is not None:
            return made
    names = _names(asked, chinese)
    if "</directives>" in asked or ("</novel>" in asked and not _NOVEL.search(asked)):
        directed = "</directives>" in asked
        return _novel_answer(names, chinese, chance, directed=directed, asked=_asked(asked))
    if "</characters>" not in asked:
        return "可以。" if chinese else "Yes."
    said = _GIVEN.sub("", asked)
    if "</plan>" not in said and "</novel>" not in said and ("节拍" in said or "into beats" in said):
        return _plan(names, chinese, chance)
    return screenplay(names, chinese, chance, _asked(asked))


def language_of(text: str) -> str:
    """The language of a prompt: Chinese where Han characters are more than a tenth of it."""
    return "zh" if len(_HAN.findall(text)) * 10 > len(text) else "en"


def screenplay(names: Sequence[str], chinese: bool, chance: random.Random, asked: int = 0) -> str:
    """One scene in the layout of its language; of more than one place where `asked` words want it."""
    parts: list[str] = []
    while not parts or (_too_short(parts, chinese, asked) and sum(map(len, parts)) < MOST_SCRIPT - 1500):
        parts.append(_place(names, chinese, chance, asked))
    return "\n\n".join(parts) + "\n"


def _place(names: Sequence[str], chinese: bool, chance: random.Random, asked: int) -> str:
    a, b = names[0], names[-1]
    speeches, actions, end = _beats(names, chinese, chance, asked)
    if chinese:
        lines = [chance.choice(_ZH_PLACES), f"人物：{'、'.join(names)}", ""]
        for action, (who, reaction, words) in zip(actions, speeches, strict=False):
            name = a if who == "a" else b
            lines += [
                f"△{action.format(a=a, b=b)}",
                f"{name}{f'（{reaction}）' if reaction else ''}：{words}",
            ]
        return "\n".join([*lines, f"△{end.format(a=a, b=b)}"])
    blocks = [chance.choice(_EN_PLACES)]
    for action, (who, reaction, words) in zip(actions, speeches, strict=False):
        name = (a if who == "a" else b).upper()
        blocks.append(action.format(a=a, b=b))
        blocks.append("\n".join([name, *([f"({reaction})"] if reaction else []), words]))
    return "\n\n".join([*blocks, end.format(a=a, b=b)])


def _beats(
    names: Sequence[str], chinese: bool, chance: random.Random, asked: int
) -> tuple[list[tuple[str, str, str]], list[str], str]:
    """Speeches, actions and an end, all of the first character where there is no second."""
    speeches = list(_ZH_SPEECH if chinese else _EN_SPEECH)
    actions = list(_ZH_ACTION if chinese else _EN_ACTION)
    ends = list(_ZH_END if chinese else _EN_END)
    first = chance.randrange(0, 3) * 2
    if len(names) == 1:
        speeches = [each for each in speeches if each[0] == "a"]
        actions = [each for each in actions if "{b}" not in each]
        ends = [each for each in ends if "{b}" not in each]
        first = 0
    chance.shuffle(actions)
    end = chance.choice(ends)
    speeches = speeches[first:]
    if asked:
        # A speech with its action has some 16 words or 24 characters.
        fitting = max(1, round(asked * TOO_MUCH / (24 if chinese else 16)) - 1)
        speeches = speeches[:fitting]
    return speeches, actions, end


def _too_short(parts: Sequence[str], chinese: bool, asked: int) -> bool:
    text = "".join(parts)
    return (len(_HAN.findall(text)) if chinese else len(text.split())) < asked * ENOUGH


def _novel_answer(
    names: Sequence[str], chinese: bool, chance: random.Random, *, directed: bool, asked: int
) -> str:
    a, b = names[0], names[-1]
    paragraphs: list[str] = []
    while not paragraphs or (
        _too_short(paragraphs, chinese, asked) and sum(map(len, paragraphs)) < MOST_NOVEL - 2500
    ):
        speeches, actions, end = _beats(names, chinese, chance, asked)
        for action, (who, _, words) in zip(actions, speeches, strict=False):
            name = a if who == "a" else b
            said = f"{name}说：“{words}”" if chinese else f'"{words}" says {name}.'
            paragraphs.append(f"{action.format(a=a, b=b)}{'' if chinese else ' '}{said}")
        paragraphs.append(end.format(a=a, b=b))
    novel = "\n\n".join(paragraphs)
    told = f"<novel>\n{novel}\n</novel>\n"
    if not directed:
        return told
    kinds = (_ZH_DIRECTIVES if chinese else _EN_DIRECTIVES).items()
    directives = "\n".join(f"<{kind}>\n{text.format(a=a, b=b)}\n</{kind}>" for kind, text in kinds)
    return f"<directives>\n{directives}\n</directives>\n\n{told}"


def _plan(names: Sequence[str], chinese: bool, chance: random.Random) -> str:
    _, actions, end = _beats(names, chinese, chance, 0)
    a, b = names[0], names[-1]
    beats = [beat.format(a=a, b=b) for beat in [*actions[:6], end]]
    return "\n".join(f"{index}. {beat}" for index, beat in enumerate(beats, start=1)) + "\n"


def _names(asked: str, chinese: bool) -> list[str]:
    """One or two names of the brief, those first whom its outline names; of no brief two invented ones."""
    block, outline = _CHARACTERS.search(asked), _OUTLINE.search(asked)
    chunks = block[1].split("\n\n") if block else []
    found = [match[1].strip() for chunk in chunks if (match := _NAME.match(chunk.strip()))]
    names = [name for name in dict.fromkeys(found) if name and not _LABELS.fullmatch(name)]
    told = outline[1] if outline else ""
    names.sort(key=lambda name: not _told_of(name, told))
    return names[:2] or (["阿青", "老耿"] if chinese else ["Kestrel", "Moody"])


def _told_of(name: str, outline: str) -> bool:
    return name in outline or any(len(word) > 2 and word in outline for word in name.split())


def _asked(prompt: str) -> int:
    """How many words or characters a prompt asks for, where it says so; it does so at its end."""
    found = _ASKED.findall(prompt)
    return int(found[-1]) if found else 0
