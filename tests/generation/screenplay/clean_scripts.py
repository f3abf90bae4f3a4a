"""Invented scripts that give nobody away, with innocents in them that look as if they did.

`clean(language, number)` puts a scene together from a small grammar; the same number gives the same text.
Each holds four innocents: a character called Claude, a robot that says it is an assistant, a letter read
aloud. `planted(text, plant, language)` puts one give-away into such a text.
"""

import random

EN_PEOPLE = (
    "MARA",
    "TOBIN",
    "OLD HESK",
    "DR. ILSE VANT",
    "JUNE",
    "CALLUM",
    "THE WARDEN",
    "PIP",
    "NADIA",
    "FERREIRA",
)
EN_PLACES = (
    "KITCHEN",
    "PUMP HOUSE",
    "SHIP'S CABIN",
    "LAUNDRETTE",
    "FERRY DECK",
    "ARCHIVE, BASEMENT LEVEL",
    "PIER 9",
    "SCHOOL GYM/STAGE",
    "ROOM 214",
)
EN_TIMES = ("NIGHT", "DAY", "DAWN", "CONTINUOUS", "LATER", "3:08 A.M.")
EN_ACTS = (
    "{A} crosses to the window. Rain. The gutter has come down and nobody has picked it up.",
    "A kettle starts. {B} lets it.",
    "{A} (50s, a coat too warm for the room) counts the chairs -- four, then three.",
    "{B} puts the key on the table. It stays there between them.",
    "The clock says ten to four. It has said so since 1998.",
    "{A} laughs… and stops.",
    "Silence. A tap, somewhere, going plink -- plink -- plink.",
    "{B}'s hands are wet; he dries them on the curtain.",
    "On the wall: a map, twenty-one pins, a length of red wool.",
    "{A} reads the label, turns the jar, reads it again.",
)
EN_SAYS = (
    "You kept the key.",
    "I never -- no. Great. I believe you.",
    "It's only me, love. No hurry.",
    "Say it again. Slower.",
    "Who breaks a lift on a Tuesday?",
    "I'm sorry. I can't help you.",
    "Nine o'clock, then. Or ten. Or never.",
    "Don't. Just -- don't.",
    "That's three lies; I counted.",
    "Of course. Here's your coffee.",
    "They've moved it twice, and both times they told nobody.",
)
EN_INNOCENT = (
    "CLAUDE\nI was named for an uncle who drowned.\n\nCLAUDE\nNobody asked him either.",
    "Uncle Claude's boots stand by the door, side by side.",
    "CLAUDE (61), a butcher's arms, comes in backwards with a crate.",
    "GEMINI\nI don't race on Sundays.",
    "JUNE\nShe's a Gemini. What did you expect?",
    "The Gemini capsule hangs over the museum stairs on two wires.",
    "A llama looks in at the window. It has been there for some time.",
    "PIP\nThe mistral blows for three days, or six, or nine.",
    "ROBOT\nI am an assistant. I carry trays.",
    "ROBOT\nI am a machine. I do not know what sorry is.\n\nPIP\nJoin the club.",
    "UNIT 7\nI'm only an AI. I was told to wait here.",
    'JUNE\n(reading)\n"Dear Mother -- the bread is bad -- the beds are worse -- I am well."',
    "CALLUM\nShe said, \"He told me, 'Never,' and I laughed.\"",
    "JUNE\n\u201cDear all,\u201d it says. \u201cDon\u2019t wait up.\u201d",
    "On the screen, a chat window. A cursor.\n\nnightowl_92: are you there\n\nnightowl_92: ok. "
    "good night then",
    "SYSTEM VOICE\nConnection lost. Please try again.",
    "JUNE\nHere is the thing. You were late.",
    "JUNE\nSure, I can help. Where does it hurt?",
    "TOBIN\nLet me know if you see her.\n\nTOBIN\nAnd feel free to lie.",
    "TOBIN\nI hope this helps.\n\nHe hands over the crutch.",
    "CALLUM\nNote to self: never marry a sailor.",
    "The sign reads NO ENTRY. Under it, smaller: EXCEPT TUESDAYS.",
    "SUPER: TWO YEARS LATER",
    "FADE OUT.",
    "THE WARDEN\nNumber one: wipe your feet. Number two: there is no number two.",
    "He was the copilot once. Now he drives the bus.",
    "PIP\nDo you grok it? Do you really?",
    "JUNE\nThe Bard of the gas board, they called him.",
    "NADIA\nSonnet eighteen. Off by heart. Try me.",
    "NADIA\nAn opus. Opus seven, for kettle and spoon.",
    "FERREIRA\nBom dia, menina. You slept.",
    "A neon sign, half dead: CAF\u00c9 \u2014 OPEN.",
    "A pause \u2014 long, \u2014 then the dog.",
    "He writes it on the glass with a finger: 7 + 5 = 12.",
    "CALLUM\nPage 3. It's always page 3.",
    "The draft from under the door lifts a page of her script.",
    "NADIA\nWhat is your prompt? The line, man. What's the line?",
    "MARA\nI wrote the scene in the kitchen myself. On the tablecloth.",
    "TOBIN\nTake 2, everybody. Quiet.",
    "JUNE\nMy knowledge of boats ends at the bath.",
    "THE WARDEN\nAs a matter of fact, as an artist, I object.",
    'MARA\nIn your instructions you wrote "left". There is no left.',
    "JUNE (V.O.)\n(into the telephone)\nExtension four-one-one. No -- four. One. One.",
    "> CUT TO:",
    "*Not* the blue one. The _other_ blue one.",
    "A ledger: 12 eggs, 3 lbs flour, $4.50, PAID.",
    "OLD HESK\nThe end. That's what it says here. The end of the line.",
    "MARA\nYou model hats? \n\nTOBIN\nI'm a large model. For large hats.",
    "PIP\nA language, a model railway, a dog. That was his life.",
    'NADIA\nMeta. That\'s Greek for "behind".',
    "JUNE\nThe falcon, the phoenix and the nova. Three pubs. One street.",
    "CALLUM\nIt is not safe to go on. I cannot go on. Give me a minute.",
    "MARA\nAnthropologists! In the pantry!",
    "The tension in the rope builds; a knot slips.",
    "THE WARDEN\nWritten by whom? By hand. In pencil.",
    'INSERT - THE LETTER: "Come home. Bring the cat."',
    "BEGIN FLASHBACK:\n\nA garden. The same chairs.\n\nEND FLASHBACK.",
    "JUNE\n(beat)\nRight.\n\nA beat. Then another.",
    "CLOSE ON: the key.",
    "TOBIN\nThis script's all wrong. Who wrote this?\n\nJUNE\nThe vicar.",
)

EN_LABELS = ("", "", " (CONT’D)", " (O.S.)")
EN_MANNERS = ("", "", "(low)\n")

ZH_PEOPLE = ("林巧", "周伯", "阿满", "沈医生", "老何", "许念", "小武", "程姨", "站长", "高个子")
ZH_PLACES = ("厨房", "水泵房", "渡船甲板", "洗衣店", "档案室", "学校礼堂", "二一四房", "豆腐坊")
ZH_ACTS = (
    "{A}走到窗前。雨。檐沟掉下来一截，没有人去捡。",
    "水壶响了。{B}由它响。",
    "{A}数着椅子：四把，又数，三把。",
    "{B}把钥匙放在桌上。钥匙就留在两人中间。",
    "钟停在三点五十，停了二十七年。",
    "{A}笑了……又停住。",
    "静。不知哪里的水龙头，嗒，嗒，嗒。",
    "{B}的手是湿的，在帘子上擦了擦。",
    "墙上一张地图，二十一枚图钉，一截红毛线。",
    "{A}看看标签，把罐子转了半圈，再看。",
)
ZH_SAYS = (
    "钥匙你还留着。",
    "我没有——算了。好，我信你。",
    "是我，不急。",
    "再说一遍，慢点。",
    "谁会专挑礼拜二坏电梯？",
    "对不起，我帮不了你。",
    "九点，要不十点，要不就别来了。",
    "别。你就——别。",
    "三句假话，我数着呢。",
    "好的，我来。",
    "他们挪了两回，两回都没告诉人。",
)
ZH_INNOCENT = (
    "程姨：他是助手，不是徒弟。",
    "机器人：我是助手，负责端盘子。",
    "机器人：我是机器，不懂什么叫对不起。\n小武：巧了，我也不懂。",
    "机器人：作为机器人，我不吃饭。",
    "△程姨端着一盘豆包进来，热气扑在眼镜上。",
    "小武：豆包凉了，谁让你放窗台上的？",
    "老何：祖上留下两锭元宝，一锭换了米。",
    "小武：这是我家的猫，叫元宝。",
    "周伯：我叫周通义，通达的通，义气的义。",
    "许念：《文心雕龙》你读过没有？",
    "△文心巷的牌子歪着。",
    "老何：盘古开天那会儿，也没这么乱。",
    "△星火落在雪上，灭了。",
    "站长：百川归海，账也得归账。",
    "程姨：混元一气的功夫，你也信？",
    "许念：千问万问，你就是不说。",
    "小武：当然可以，以下犯上嘛。",
    "老何：说明什么？说明你怕。",
    "沈医生：根据你的说法，我没法签字。",
    "林巧（念）：“母亲大人：饭是糙的——床是硬的——我都好。”",
    "许念：她说：“他讲‘不去’，我就笑了。”",
    "△手机屏幕上，聊天窗口，光标一闪一闪。\n字幕：夜猫子：在吗\n字幕：夜猫子：那，晚安",
    "△墙上写着：闲人免进。",
    "字幕：三年后",
    "闪回：\n△同一把椅子，同一个院子。\n闪回完",
    "切至：",
    "空镜：雨里的渡口。",
    "站长：第一，擦脚。第二，没有第二。",
    "小武：OK，OK，我走。",
    "△她打开微信，发了一个字：好。",
    "老何：我在XX厂干了三十年，厂名不提了。",
    "周伯：TCL的电视，看了二十年。",
    "许念：WiFi密码是你生日。",
    "林巧（OS）：他又没关灯。",
    "林巧（V.O.）：那年我七岁。",
    "△电脑里放着一首 Yesterday，音量很小。",
    "沈医生：CT做了，B超也做了。",
    "程姨：一共是十二块五，找你七块五。",
    "站长：编号0317，第3场雨，记上。",
    "△他在玻璃上用手指写：7+5=12。",
    "小武：这剧本谁写的？\n许念：村长。",
    "老何：备注那一栏，空着。",
    "许念：我写的那段小说，烧了。",
    "阿满：作为一个母亲，我不同意。",
    "阿满：作为人，总得吃饭。",
    "沈医生：我是一名医生，不是神仙。",
    "高个子：我无法满足你，我只有这么多钱。",
    "老何：如果你需要帮忙，喊一声。",
    "老何：请你告诉我，他走的是哪条路。",
    "许念：希望这封信你永远别看到。",
    "程姨：下面是厨房，上面是屋。",
    "站长：好的，我这就去。可以，我签。",
    "小武：未来的事，未完的事，都别说。",
    "林巧：免责？谁免谁的责？",
    "周伯：版权？我这手艺哪来的版权。",
    "△标题栏里一行红字：停业。",
    "克劳德：我名字是外公起的。\n克劳德：他自己都念不准。",
    "△羊驼从窗外看进来，看了好一会儿。",
    "许念：你是双子座吧？怪不得。",
    "小武：语言是个模型，火车也是个模型。",
    "△门上一个大大的“囍”字，只剩半边。",
    "阿满：这……这不是……唉。",
    "小武：什么？！你再说一遍！！",
    "程姨：龍字旗，繁体的，老物件。",
    "△纸条上：一、关火；二、锁门；三、别回头。",
    "老何：总字数？我这辈子没写过那么多字。",
    "许念：说到用户，我就头疼；一天八十个用户，没一个讲理。",
    "站长：提示一下，门在你后头。",
    "沈医生：注意，注：不是“柱”。",
    "△张力绷在绳子上，结一寸一寸滑开。",
    "站长：人工的，都是人工的，没有智能。",
    "小武：我妈说我是人工智能，给钱才智能。",
)


def clean(language: str, number: int) -> str:
    """The clean script of this number: one scene, some 25 lines, four innocents."""
    rng = random.Random(f"{language} {number}")
    return _english(rng) if language == "en" else _chinese(rng)


def _english(rng: random.Random) -> str:
    first, second = rng.sample(EN_PEOPLE, 2)
    heading = f"{rng.choice(('INT.', 'EXT.', 'INT./EXT.'))} {rng.choice(EN_PLACES)} - {rng.choice(EN_TIMES)}"
    acts = [text.format(A=_titled(first), B=_titled(second)) for text in rng.sample(EN_ACTS, 6)]
    speeches = [
        f"{rng.choice((first, second))}{rng.choice(EN_LABELS)}\n{rng.choice(EN_MANNERS)}{text}"
        for text in rng.sample(EN_SAYS, 8)
    ]
    body = [*acts[1:], *speeches, *rng.sample(EN_INNOCENT, 4)]
    rng.shuffle(body)
    return "\n\n".join([heading, acts[0], *body]) + "\n"


def _titled(name: str) -> str:
    return " ".join(word.capitalize() for word in name.split())


def _chinese(rng: random.Random) -> str:
    first, second = rng.sample(ZH_PEOPLE, 2)
    number = f"{rng.randint(1, 30)}-{rng.randint(1, 40)}"
    heading = "　".join([number, rng.choice(ZH_PLACES), rng.choice("日夜晨"), rng.choice("内外")])
    acts = ["△" + text.format(A=first, B=second) for text in rng.sample(ZH_ACTS, 6)]
    labels = ("", "", "（低声）", "（OS）")
    speeches = [
        f"{rng.choice((first, second))}{rng.choice(labels)}：{text}" for text in rng.sample(ZH_SAYS, 8)
    ]
    body = [*acts[1:], *speeches, *rng.sample(ZH_INNOCENT, 4)]
    rng.shuffle(body)
    return "\n".join([heading, f"人物：{first}、{second}", acts[0], *body]) + "\n"


def planted(text: str, plant: dict[str, str], language: str) -> str:
    """The text with one give-away in it, at the place that the plant names."""
    where, what = plant["where"], plant["text"]
    gap = "\n\n" if language == "en" else "\n"
    blocks = text.rstrip("\n").split(gap)
    actions = [number for number, block in enumerate(blocks) if number and _is_action(block, language)]
    middle = min(actions, key=lambda number: abs(number - len(blocks) // 2))
    if where == "heading":
        blocks[0] = what
    elif where == "start":
        blocks.insert(0, what)
    elif where == "end":
        blocks.append(what)
    elif where == "alone":
        blocks.insert(middle, what)
    elif where == "action":
        blocks[middle] += (" " if language == "en" else "") + what
    elif where == "speech":
        blocks.insert(middle, f"TOBIN\n{what}" if language == "en" else f"小武：{what}")
    else:
        raise ValueError(where)
    return gap.join(blocks) + "\n"


def _is_action(block: str, language: str) -> bool:
    if language == "zh":
        return block.startswith("△")
    return block.count("\n") == 0 and block[:1].isupper() and not block.isupper() and block.endswith(".")
