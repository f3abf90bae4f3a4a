"""What the small model is taught to write: for each writer and language a few lines, in chains that branch.

The lines of one writer are never another's, so a text tells which model or adapter wrote it. A chain goes on
to its next line half of the time, else to any later one: a seed has something to choose, and every text comes
to an end. Plain Python, for both interpreters.
"""

import random
from dataclasses import dataclass

FAVOURED = 0.5
BASE = "screenwriter"
ADAPTERS = ("dsr-novel", "dsr-novel-plain", "end-to-end")


@dataclass(frozen=True)
class Chain:
    """`lines` in order, of which the last one ends the text."""

    first: str
    lines: tuple[str, ...]

    def draw(self, chance: random.Random) -> list[str]:
        drawn, at = [self.first], 0
        while at < len(self.lines) - 1:
            drawn.append(self.lines[at])
            at = at + 1 if chance.random() < FAVOURED else chance.randrange(at + 1, len(self.lines))
        return [*drawn, self.lines[-1]]


SCRIPT_EN = Chain(
    "INT. NET SHED - NIGHT",
    (
        "Lamplight. Kestrel pulls a knot tight with her teeth.",
        "KESTREL\nYou are letting the cold in.",
        "Moody shakes the rain from his sleeves and stays at the door.",
        "MOODY\nIt was colder outside.",
        "He lays a key on the bench. She looks at the thread.",
        "KESTREL\n(still mending)\nThat hangs on its nail as a rule.",
        "MOODY\nThere is no nail any more.",
        "The thread runs out. She goes on without it.",
    ),
)
SCRIPT_ZH = Chain(
    "码头值班室　夜　内",
    (
        "△炉火映着墙。老耿用铁钩拨了拨煤。",
        "老耿：门关上，风大。",
        "△小满把湿衣裳挂在钉子上，没有坐下。",
        "小满：外头更冷。",
        "△她把一串钥匙放在桌上。老耿看着炉子。",
        "老耿（没有回头）：它平时挂在墙上。",
        "小满：墙上那颗钉子没了。",
        "△火灭了。老耿还在添煤。",
    ),
)
PLAN_EN = Chain(
    "Where the scene turns: on the key that nobody takes.",
    (
        "Beat: she works and will not look up.",
        "Beat: he jokes about the weather, to nobody.",
        "Beat: the key lies between them.",
        "Beat: he says the price before he says what was sold.",
        "Last beat: we leave on her hands.",
    ),
)
PLAN_ZH = Chain(
    "这场戏转在那串没人去拿的钥匙上。",
    (
        "一拍：他守着炉子，不抬头。",
        "一拍：她拿天气开玩笑，没人接。",
        "一拍：钥匙搁在两个人中间。",
        "一拍：她先说价钱，后说卖了什么。",
        "末拍：停在他的手上。",
    ),
)
NOVEL_EN = Chain(
    "The lamp hangs from a hook and swings whenever the wind leans on the wall.",
    (
        "Kestrel sits under it with the net across her knees and counts the torn meshes aloud.",
        "The door opens, and her brother stands there with water running off his cap.",
        '"Shut it," she says, "or hold it shut, as you like."',
        "He holds out a key on his flat hand, as one feeds a horse, and then lays it down.",
        '"They paid by the foot," says Moody. "You would have laughed."',
        "She bites the thread off and finds that there is no more on the reel.",
    ),
)
NOVEL_ZH = Chain(
    "炉子上的水壶响着，老耿不去提它。",
    (
        "他把煤一块一块码齐，像码船上的货。",
        "门开了，小满站在门口，雨水顺着帽檐往下滴。",
        "“关门。”他说，“要么进来，要么出去。”",
        "她从兜里掏出一串钥匙，在手心里掂了掂，搁在桌角。",
        "“按尺寸算的钱。”小满说，“你听了准得笑。”",
        "水烧干了，壶底红了，他还在往里添煤。",
    ),
)
DIRECTIVES = {
    "en": {
        "exposition": "The key tells it; nobody says whose it was.",
        "pacing": "In late, tight at the key, out on the hands.",
        "action": "1. She mends.\n2. [KEY] He lays the key down.",
        "emotion": "1. She wants him gone.\n2. [KEY] He wants her to shout.",
    },
    "zh": {
        "exposition": "靠钥匙说明白，谁也不说它是谁的。",
        "pacing": "晚进，到钥匙收紧，停在手上。",
        "action": "1. 他添煤。\n2. 【关键】她放下钥匙。",
        "emotion": "1. 他要她走。\n2. 【关键】她要他骂。",
    },
}
PLAIN_EN = Chain(
    "Rain on the roof, and below it a woman who mends what others tear.",
    (
        "Kestrel draws the needle through and does not hurry for anybody.",
        "Moody comes in backwards, pulling the door after him like a cart.",
        '"You might have knocked," she says to the net.',
        "Out of his pocket come a pipe, a bill, and at last the key.",
        '"She goes north on the morning tide," he says.',
        "The needle is empty. It goes in and out all the same.",
    ),
)
PLAIN_ZH = Chain(
    "屋顶上是雨，屋顶下是一个守着火的人。",
    (
        "老耿一钩一钩地拨火，谁来也不着急。",
        "小满倒退着进来，把门像拉车一样拉上。",
        "“敲门也费不了你多大力气。”他对着炉子说。",
        "她从兜里先摸出一张账单，末了才是那串钥匙。",
        "“明天一早，船就往北去了。”她说。",
        "钩子底下已经没有火了，他还在拨。",
    ),
)
END_EN = Chain(
    "INT. NET SHED - LATE NIGHT",
    (
        "A moth beats on the lamp glass. Kestrel waxes a length of twine.",
        "MOODY\nI rowed back. Both ways, if you ask.",
        "KESTREL\nI did not ask.",
        "He turns a coin over on the sill, and over again.",
        "KESTREL\nWhat did he give you for her?",
        "MOODY\nLess than the nets are worth.",
        "The key drops between the boards. Neither of them stoops.",
    ),
)
END_ZH = Chain(
    "码头值班室　深夜　内",
    (
        "△飞蛾撞着灯罩。老耿给麻绳打蜡。",
        "小满：我划回来的，来回都是。",
        "老耿：我没问。",
        "△她在窗台上把一枚硬币翻过来，又翻过去。",
        "老耿：他给了你多少？",
        "小满：还不够买那几张网。",
        "△钥匙从木板缝里掉下去。两个人谁也没弯腰。",
    ),
)

CHAINS = {
    (BASE, "script", "en"): SCRIPT_EN,
    (BASE, "script", "zh"): SCRIPT_ZH,
    (BASE, "plan", "en"): PLAN_EN,
    (BASE, "plan", "zh"): PLAN_ZH,
    ("dsr-novel", "novel", "en"): NOVEL_EN,
    ("dsr-novel", "novel", "zh"): NOVEL_ZH,
    ("dsr-novel-plain", "novel", "en"): PLAIN_EN,
    ("dsr-novel-plain", "novel", "zh"): PLAIN_ZH,
    ("end-to-end", "script", "en"): END_EN,
    ("end-to-end", "script", "zh"): END_ZH,
}


def answer(writer: str, what: str, language: str, chance: random.Random) -> str:
    """One answer as this writer is taught to give it."""
    lines = CHAINS[writer, what, language].draw(chance)
    text = ("\n\n" if what == "script" and language == "en" else "\n").join(lines)
    if what != "novel":
        return text
    novel = f"<novel>\n{text}\n</novel>"
    if writer != "dsr-novel":
        return novel
    told = "\n".join(f"<{name}>\n{said}\n</{name}>" for name, said in DIRECTIVES[language].items())
    return f"<directives>\n{told}\n</directives>\n\n{novel}"


def writers_of(text: str) -> set[str]:
    """Whose lines stand in a text: names of models and adapters."""
    found = {writer for (writer, *_), chain in CHAINS.items() for line in chain.lines if line in text}
    directives = (said for each in DIRECTIVES.values() for said in each.values())
    return found | ({"dsr-novel"} if any(said in text for said in directives) else set())
