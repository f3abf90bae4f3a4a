"""Canned answers to the prompts of synthesis: profiles, briefs, directives, prose, marks and evidence.

As in `canned`, names come from the prompt and the choice of sentences from the seed. What is answered keeps
the rules, so that the whole line can be tried without a model; it is no good as training data.
"""
# ruff: noqa: E501 - sentences stay on their lines

import json
import random
import re
from collections.abc import Sequence

_BLOCK = {
    name: re.compile(rf"<{name}>\n(.*?)\n</{name}>", re.DOTALL)
    for name in ("scene", "scenes", "context", "earlier", "action", "outline")
}
_SCENE_NUMBER = re.compile(r"^(?:\[Scene |【第 )(\d+)(?:\]| 场】)$", re.MULTILINE)
_SENTENCE_END = re.compile(r"(?<=[。.!?！？])\s*")
_BEAT = re.compile(r"^\d+\. (?:\[KEY\] |【关键】)?(.+)$", re.MULTILINE)
_NUMBER = re.compile(r"^(\d+)\. ", re.MULTILINE)
_SPEAKERS = re.compile(r"(?:Who speaks in it|In it these people speak|有台词的人物(?:是)?)[:：] ?(.+)")
_CUE = re.compile(r"^\d+\. (?:([^\W\d_][\w .'’&-]{0,40}(?=:))|([^\s:：，。！？]{1,12}(?=：)))", re.MULTILINE)
_PRESENT = re.compile(r"^(?:With (.+?) in the room,|在场的是(.+?)。)")
_WANTED = re.compile(r"(?:about|约) ?(\d{1,6}) ?(?:words|字)")
_PERSON = re.compile(r"in which (.+?) takes part|中(.+?)出场的几场戏")
_PLAIN = re.compile(r"^△[^\n:：]{12,160}。$|(?<=\n\n)[^\n:：]{12,160}\.$", re.MULTILINE)

_EN_WANTS = [
    "{a} wants a plain answer and {b} wants the day to end without one",
    "{a} has come to take something back, and {b} will not say that it is gone",
    "{a} needs {b} to sign, and {b} needs to be asked properly",
]
_EN_TURNS = [
    "They go round it by way of what lies at hand, politely first and then with less care, until {b} gives "
    "away more than was meant",
    "Small matters serve as cover for the large one, until {a} stops pretending and {b} has nowhere left to look",
    "Each waits for the other to begin, and the waiting becomes the quarrel, until {b} moves first",
]
_EN_ENDS = [
    "{a} leaves with less than was asked for, and the matter stays open between them",
    "{b} keeps the proof and {a} keeps quiet, and neither of them has won",
    "It ends with the door open and nobody going through it",
]
_EN_ACTIONS = [
    "{a} lays a folded paper on the table and keeps two fingers on it; {b} moves the lamp nearer",
    "{b} winds the clock on the shelf, turn by turn; {a} counts the chairs and sits on none",
    "{a} wipes the window with a sleeve and looks down at the yard; {b} shuts the ledger",
    "{b} peels an apple in one long ribbon; {a} takes the knife away and lays it out of reach",
    "{a} unbuttons the wet coat and hangs it over the stove; {b} steps back to the wall",
    "{b} sorts nails into two tins; {a} tips one tin into the other",
    "{a} reads the label on a crate and turns it to the wall; {b} whistles and breaks off",
    "{b} ties a knot in the rope and undoes it; {a} holds out an open hand",
    "{a} puts the key on the sill between them; {b} covers it with a cap",
    "{b} pours two cups and drinks from both; {a} rights a picture that hangs straight",
]
_EN_EMOTIONS = [
    "{a} wants to be asked to stay and shows it by how slowly the sleeves come down; {b} keeps every answer short",
    "{b} wants the subject changed and hums under the breath; {a} will not be hurried",
    "{a} hopes for one honest word and keeps still for it; {b} talks to the floor",
    "{b} fears being found out and is too helpful; {a} takes no notice, on purpose",
    "{a} is close to giving up and straightens the cuffs; {b} sees it and says nothing",
    "{b} would like to make peace and cannot find the first word; {a} turns half away",
]
_EN_SAID = [
    '"You might have written," says {a}.',
    '"I might have," says {b}, and looks for the lid.',
    '"Was it worth the fare?" asks {a}.',
    '"Ask me in the spring," says {b}.',
    '"That is not what I came for," says {a}.',
    '"It is what there is," says {b}.',
    '"Then say so, once, and I will go," says {a}.',
    '"Go or stay, but shut that door," says {b}.',
]
_EN_FILL = [
    "A cart goes by outside and the cups ring on their hooks.",
    "Rain runs down the pane in two crooked lines.",
    "The stove ticks. Somewhere below a dog barks twice and leaves off.",
    "The light goes yellow, then grey.",
]
_EN_LIFE = [
    "{a} grew up over a repair shop at the end of a tram line, the younger of two, and learned early that whoever "
    "holds the torch is told nothing and sees everything.",
    "An apprenticeship broken off after a death in the family led to years of other people's night shifts.",
    "A loan, signed for a friend and never spoken of, still decides which streets {a} walks down.",
    "What {a} tells of those years is true, and always leaves out the same winter.",
]
_EN_ARC = [
    "At first {a} keeps everybody's peace by keeping everybody's secrets, and calls it kindness.",
    "Then a debt that was thought settled comes back in somebody else's hand, and silence begins to cost more "
    "than it saves.",
    "Forced to choose between two loyalties, {a} for once says aloud what is wanted, and loses a friend by it.",
    "In the end {a} stays in the same place with another name on the door, less liked and easier to believe.",
]
_ZH_WANTS = [
    "{a}想要一句准话，{b}只盼这一天没有准话也能过去",
    "{a}来取回一样东西，{b}不肯说那东西已经不在了",
    "{a}要{b}签字，{b}要的是有人好好来求",
]
_ZH_TURNS = [
    "两人借着手边的东西绕来绕去，起初还客气，后来顾不上了，直到{b}露出了本不该露的底",
    "小事一件件拿来挡那件大事，直到{a}不再装糊涂，{b}再没有地方可看",
    "谁都等对方先开口，等着等着就成了争执，直到{b}先动了",
]
_ZH_ENDS = [
    "{a}走的时候拿到的比想要的少，这件事仍悬在两人之间",
    "{b}留下了凭据，{a}没有再说话，谁也没有赢",
    "最后门开着，没有人走出去",
]
_ZH_ACTIONS = [
    "{a}把一张折好的纸放在桌上，两根手指按着不松；{b}把灯挪近了一点",
    "{b}给架子上的座钟上弦，一圈一圈地拧；{a}数了数椅子，一把也没有坐",
    "{a}用袖子擦了擦玻璃，往院子里看；{b}合上了账本",
    "{b}削一个苹果，皮连成一长条；{a}把刀拿走，放到够不着的地方",
    "{a}解开湿棉袄，搭在炉子上；{b}退到墙边",
    "{b}把钉子分进两个铁罐；{a}把一罐倒进另一罐",
    "{a}念了念木箱上的标签，把它转过去朝墙；{b}吹起口哨，又停了",
    "{b}在绳子上打了个结，又解开；{a}摊开一只手伸过去",
    "{a}把钥匙搁在两人之间的窗台上；{b}拿帽子盖住了它",
    "{b}倒了两杯水，两杯都喝了；{a}去扶一幅本来就挂正的画",
]
_ZH_EMOTIONS = [
    "{a}盼着对方留一留，袖子放下来放得很慢；{b}句句答得短",
    "{b}想岔开话头，嘴里哼着调子；{a}偏不着急",
    "{a}等一句实话，等得一动不动；{b}只对着地面说话",
    "{b}怕露馅，殷勤得过了头；{a}存心不看",
    "{a}快要放弃了，把袖口理了又理；{b}看见了，不作声",
    "{b}想讲和，找不到头一个字；{a}侧过了身子",
]
_ZH_SAID = [
    "{a}说：“你也该来封信。”",
    "{b}找着杯盖：“是该来。”",
    "{a}问：“这一趟值不值？”",
    "{b}说：“开春你再问我。”",
    "{a}说：“我不是为这个来的。”",
    "{b}说：“眼下有的就是这个。”",
    "{a}说：“那你说一遍，说完我就走。”",
    "{b}说：“走也好，留也好，先把门带上。”",
]
_ZH_FILL = [
    "外头过了一辆板车，挂钩上的杯子叮叮当当响了一阵。",
    "雨水在玻璃上淌成两道歪线。",
    "炉子里噼啪响了一声，楼下有狗叫了两声，不叫了。",
    "窗上的光先是黄的，后来灰下去。",
]
_ZH_LIFE = [
    "{a}在电车终点站旁边的修理铺楼上长大，是家里小的那个，很早就知道打手电的人没人交代，却什么都看得见。",
    "学徒没有做满，家里走了人，此后好几年替别人上夜班，白天睡觉，认得的人越来越少。",
    "替朋友签过一笔借据，从不提起，至今走哪条街不走哪条街都由它定。",
    "讲起那些年，{a}没有一句假话，只是每回都漏掉同一个冬天，听的人也都不问。",
]
_ZH_ARC = [
    "起初{a}替所有人守着秘密，换来所有人的和气，管这叫厚道，也真以为自己不图什么。",
    "后来一笔以为了结的旧账落到别人手里，又递了回来，不说话的代价开始比说话大。",
    "在两头情分之间不得不选一头，{a}头一回把想要的说出了口，也因此丢了一个朋友。",
    "到最后人还在老地方，门上换了名字，喜欢{a}的人少了，信{a}的人多了，日子照样过。",
]


def answer(asked: str, chance: random.Random, chinese: bool) -> str | None:
    """The canned answer to a prompt of synthesis; None where it is none."""
    if '"backstory"' in asked or "（backstory）" in asked:
        return _profile(asked, chance, chinese)
    if '"faithfulness"' in asked:
        return _marks(chance, chinese)
    if '"support"' in asked:
        return _support(asked, chinese)
    if '"sentences"' in asked:
        reason = "全都拍得出来。" if chinese else "Everything in it can be filmed."
        return _json({"sentences": [], "reason": reason})
    if '"beats"' in asked and (scene := _BLOCK["scene"].search(asked)):
        return _directives(asked, scene[1], chance, chinese)
    if earlier := _BLOCK["earlier"].search(asked):
        return _context(earlier[1], chance, chinese)
    if '"guideline"' in asked and _BLOCK["scene"].search(asked):
        return _outline(asked, chance, chinese)
    if "<novel>" in asked and "<directives>" not in asked and (action := _BLOCK["action"].search(asked)):
        return _novel(asked, action[1], chance, chinese)
    return None


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _speakers(asked: str, chinese: bool) -> list[str]:
    found = _SPEAKERS.search(asked)
    names = re.split(r"、" if chinese else r", ", found[1].strip()) if found else []
    return [name for name in names if name] or (["阿青", "老耿"] if chinese else ["Kestrel", "Moody"])


def _pair(names: Sequence[str], index: int = 0) -> dict[str, str]:
    return {"a": names[index % len(names)], "b": names[(index + 1) % len(names)]}


def _outline(asked: str, chance: random.Random, chinese: bool) -> str:
    names = _speakers(asked, chinese)
    wants, turns, ends = (_ZH_WANTS, _ZH_TURNS, _ZH_ENDS) if chinese else (_EN_WANTS, _EN_TURNS, _EN_ENDS)
    told = [chance.choice(each).format(**_pair(names)) for each in (wants, turns, ends)]
    if chinese:
        outline = f"在场的是{'、'.join(names)}。{'。'.join(told)}。"
        guideline = chance.choice(["", "争执压在水面以下。", "停在没有回答的地方。"])
    else:
        listed = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
        outline = f"With {listed} in the room, {'. '.join(told)}."
        guideline = chance.choice(["", "Keep the quarrel under the surface.", "End on what is not answered."])
    return _json({"outline": outline, "guideline": guideline})


def _context(earlier: str, chance: random.Random, chinese: bool) -> str:
    """Two or three lines of action from the scenes before, the latest last; in English what follows an empty
    line, for a speech follows its name."""
    lines = [each.lstrip("△").strip() for each in _PLAIN.findall(earlier)]
    if not lines:
        return _json({"context": "（无）" if chinese else "(none)"})
    kept = sorted(chance.sample(range(len(lines)), min(3, len(lines))))
    return _json({"context": ("" if chinese else " ").join(lines[index] for index in kept)})


def _support(asked: str, chinese: bool) -> str:
    """Quote each sentence of the context from the first scene that holds it."""
    scenes, context = _BLOCK["scenes"].search(asked), _BLOCK["context"].search(asked)
    parts = _SCENE_NUMBER.split(scenes[1]) if scenes else [""]
    texts = {int(number): text for number, text in zip(parts[1::2], parts[2::2], strict=True)}
    support = [
        {"sentence": sentence, "scene": number, "quote": sentence}
        for sentence in filter(None, _SENTENCE_END.split(context[1].strip() if context else ""))
        for number in [next((number for number, text in texts.items() if sentence in text), 0)]
        if number
    ]
    reason = "全都有依据。" if chinese else "Everything in it is supported."
    return _json({"support": support, "reason": reason})


def _directives(asked: str, scene: str, chance: random.Random, chinese: bool) -> str:
    names = _speakers_of(scene) or _speakers(asked, chinese)
    count = max((int(each) for each in _NUMBER.findall(scene)), default=1)
    beats = max(1, min(8, round(count / 5), count))
    firsts = [1 + round(index * count / beats) for index in range(beats)]
    actions = list(_ZH_ACTIONS if chinese else _EN_ACTIONS)
    emotions = list(_ZH_EMOTIONS if chinese else _EN_EMOTIONS)
    chance.shuffle(actions)
    chance.shuffle(emotions)
    made = []
    for index, first in enumerate(firsts):
        last = firsts[index + 1] - 1 if index + 1 < beats else count
        who = _pair(names, index)
        action, emotion = actions[index].format(**who), emotions[index % len(emotions)].format(**who)
        if index == beats - 1 and len(names) > 2:
            action += f"；{'、'.join(names)}都在看" if chinese else f"; {', '.join(names)} look on"
        made.append(
            {
                "first": first,
                "last": last,
                "action": action,
                "emotion": emotion,
                "key": index == beats * 2 // 3,
            }
        )
    who = _pair(names)
    if chinese:
        exposition = f"观众先看见桌上的东西，再从{who['a']}的手上明白它是谁的；它的来历到最后也不说。"
        pacing = "慢起，中段收紧，转折之前停一停，收在一个没有转过来的背影上。"
    else:
        exposition = (
            f"We see the thing on the table before we learn from {who['a']}'s hands whose it is; "
            "where it came from stays hidden."
        )
        pacing = "Slow at first, tighter in the middle, a halt before the turn; we leave on a back that is not turned."
    return _json({"exposition": exposition, "pacing": pacing, "beats": made})


def _speakers_of(scene: str) -> list[str]:
    """Who stands before a colon: a name, in English in capitals, and no sentence that happens to have one."""
    found = [han or latin.strip() for latin, han in _CUE.findall(scene) if latin == latin.upper()]
    return list(dict.fromkeys(found))


def _novel(asked: str, action: str, chance: random.Random, chinese: bool) -> str:
    outline = _BLOCK["outline"].search(asked)
    present = _PRESENT.match(outline[1]) if outline else None
    told = (present[1] or present[2]) if present else ""
    names = [each for each in re.split(r"、|, | and ", told) if each] or _speakers("", chinese)
    said, fill = (list(_ZH_SAID), _ZH_FILL) if chinese else (list(_EN_SAID), _EN_FILL)
    paragraphs = ["、".join(names) + "都在。" if chinese else f"{', '.join(names)}: nobody has sat down."]
    for index, beat in enumerate(_BEAT.findall(action)):
        who = _pair(names, index)
        line = said[(index + chance.randrange(2)) % len(said)].format(**who)
        paragraphs.append(f"{beat}。{line}" if chinese else f"{beat}. {line}")
    wanted = int(found[-1]) if (found := _WANTED.findall(asked)) else 0
    index = 0
    while _length(paragraphs, chinese) < wanted * 0.7 and index < 400:
        who = _pair(names, index)
        line = f"{chance.choice(fill)}{'' if chinese else ' '}{said[index % len(said)].format(**who)}"
        paragraphs.append(line)
        index += 1
    body = "\n\n".join(paragraphs)
    return f"<novel>\n{body}\n</novel>\n"


def _length(paragraphs: Sequence[str], chinese: bool) -> int:
    text = "".join(paragraphs) if chinese else " ".join(paragraphs)
    return len(re.findall(r"[\u4e00-\u9fff]", text)) if chinese else len(text.split())


def _marks(chance: random.Random, chinese: bool) -> str:
    """Good marks as a rule; one scene in twelve loses its events."""
    marks = {name: chance.choice([4, 4, 5]) for name in ("coherence", "faithfulness", "filmable", "rhythm")}
    if chance.random() < 1 / 12:
        marks["faithfulness"] = 2
    reason = "结尾收得略急。" if chinese else "The end comes a little fast."
    return _json({**marks, "reason": reason})


def _profile(asked: str, chance: random.Random, chinese: bool) -> str:
    found = _PERSON.search(asked)
    name = (found[1] or found[2]) if found else ("阿青" if chinese else "Kestrel")
    life, arc = (_ZH_LIFE, _ZH_ARC) if chinese else (_EN_LIFE, _EN_ARC)
    joint = "" if chinese else " "
    told = {
        "backstory": joint.join(life).format(a=name),
        "arc": joint.join(arc).format(a=name),
    }
    if chinese:
        plain = {
            "gender": "未写明", "age": chance.choice(["三十出头", "四十多岁", "五十上下"]),
            "job": chance.choice(["修理工", "货场调度", "小店店主"]),
            "looks": "个子不高，手上有旧疤，外套总扣错一粒扣子。",
            "traits": "话少，记性好，欠人情记得比借钱还清楚。",
            "tags": ["嘴硬", "念旧", "怕欠情"],
            "relations": "与身边的人彼此知根知底，谁也不肯先把话说破。",
        }  # fmt: skip
    else:
        plain = {
            "gender": "not told", "age": chance.choice(["early thirties", "past forty", "about fifty"]),
            "job": chance.choice(["fitter", "yard clerk", "shopkeeper"]),
            "looks": "Not tall, an old scar across one hand, the coat always buttoned one hole out.",
            "traits": "Sparing with words, long of memory, and exact about favours owed.",
            "tags": ["stubborn", "loyal", "owes nobody"],
            "relations": "Known to everybody here for too long; nobody will be the first to say what all know.",
        }  # fmt: skip
    return _json({**plain, **told})
