"""The words of the Chinese layout, in one place to be read and extended."""

import re

TIMES = (
    "日|夜|晨|清晨|早晨|早|上午|中午|正午|午后|下午|黄昏|傍晚|晚上|晚|深夜|"
    "午夜|凌晨|黎明|拂晓|白天|夜晚|日夜|同时|稍后|连续|日景|夜景|晨景|午後|淩晨|拂曉|同時|稍後|連續"
)
PLACES = "内|外|内外|外内|内景|外景|内外景|室内|室外|內|內外|外內|內景|內外景|室內"
MARKS = "△▲Δ∆▵▴⊿●◆■▷▶►○◇"
"""All that is typed for the action mark; △ is printed."""

NUMBER = r"[0-9０-９一二三四五六七八九十百零〇两]+"
SEPARATOR = r"[\s　/／,，、·.．|｜—–-]+"

EPISODE_SCENE = re.compile(
    r"^[0-9０-９]{1,3}(?:\s*[-－—–~]\s*[0-9０-９]{1,3}[A-Za-z]?"
    r"(?=$|[\s　、.．:：\u4e00-\u9fff])(?![号楼栋幢层室])|"
    r"[.．][0-9０-９]{1,3}(?=$|[\s　]))"
)
ORDINAL = re.compile(rf"^第\s*{NUMBER}\s*[场場幕集](?:戏|戲)?(?=$|[\s　:：、.．,，(（《])")
RUN_NUMBER = (
    r"[0-9０-９]{1,3}\s*[-－—–]\s*[0-9０-９]{1,3}(?![0-9０-９号楼栋幢层室])|"
    rf"第\s*{NUMBER}\s*[场場](?:戏|戲)?"
)
"""A scene's number as it is typed right before the next word."""
CALLED = re.compile(
    rf"^(?:[场場]景?\s*{NUMBER}|SCENE\s*[0-9０-９]{{1,3}}[A-Z]?|"
    r"[0-9０-９]{1,3}\s*集\s*[0-9０-９]{1,3}\s*[场場]|E[0-9]{1,3}\s*-?S[0-9]{1,3})(?=$|[\s　:：、.．,，(（])",
    re.IGNORECASE,
)
"""A scene called by a word and a number: 场景三, Scene 3, 1集3场."""
LISTED = re.compile(
    r"^(?:[（(][0-9０-９]{1,3}[）)]|[0-9０-９]{1,3}(?:[）)]|[场場](?=[\s　:：、.．,，]))|[①-⑳]|"
    r"S[0-9]{1,3}(?=[\s　.．、])|#\s*[0-9]{1,3}(?=[\s　])|[一二三四五六七八九十]{1,3}[、.．])"
)
"""A number as lists have them, which makes no heading by itself."""
NUMBERED = re.compile(r"^[0-9０-９]{1,3}\s*[.．、:：]?[\s　]*(?=\S)")
ENGLISH_HEADING = re.compile(r"^(?:INT|EXT|I/E)\s*[./ 　]", re.IGNORECASE)
INSIDE_FIRST = re.compile(
    r"^(?:[内內]/?外景|[内內外]景)(?:[\s　]*[.．·、:：/][\s　]*|[\s　]+)[^\s　.．·、:：/].{0,30}$"
)
"""Where a scene plays, told before the place and without a time: 内景 渡口."""
NUMBER_FIELDS, PLACE_FIELDS = "场次|场号|场|場次|場號|場", "场景|景|地点|場景|地點"
OTHER_FIELDS = "时间|时|日期|日夜|日/夜|内外景|内外|内/外|時間|時|內外景|內外|內/外"
FIELD = re.compile(rf"^(?:{NUMBER_FIELDS}|{PLACE_FIELDS}|{OTHER_FIELDS})\s*[：:]\s*\S")
CAST_FIELDS = "出场人物|登场人物|出场角色|出场|登场|出場人物|登場人物|出場角色|出場|登場|人物|角色|人"
CAST = re.compile(
    rf"^(?:(?:{CAST_FIELDS})\s*[：:]|[【\[（(]\s*(?:{CAST_FIELDS})\s*[】\]）)]\s*[：:]?)\s*(?P<names>.+)$|"
    rf"^[【\[（(]\s*(?:{CAST_FIELDS})\s*[：:]\s*(?P<within>[^（）()【】\[\]]+)[】\]）)]$"
)
CAST_IN_HEADING = re.compile(r"[\s　]+(?:出场人物|出場人物|人物|人)\s*[：:]\s*(?P<names>.+)$")

_ACTION_MARK = rf"[{MARKS}](?:[\s：:]*[{MARKS}])*"
ACTION = re.compile(
    rf"^(?:{_ACTION_MARK}[：:]?\s*(?P<text>.*)|[（(【\[]\s*{_ACTION_MARK}\s*(?P<within>.*?)[）)】\]])$"
)

LABELS = (
    r"O\.?\s?S\.?|V\.?\s?O\.?|O\.?\s?C\.?|旁白|画外音|画外|内心独白|内心OS|内心|心声|独白|电话里|电话中|电话|话外音|对讲机|广播|"
    r"收音机|电视里|微信语音|语音|"
    r"畫外音|畫外|內心獨白|內心OS|內心|心聲|獨白|電話[裡裏中]|電話|話外音|對講機|廣播|收音機|電視[裡裏]|語音"
)
LABEL = re.compile(rf"^(?:{LABELS})$", re.IGNORECASE)
BARE_LABEL = re.compile(r"^(?P<name>.*?\S)\s*(?P<label>O\.?S\.?|V\.?O\.?|O\.?C\.?)$", re.IGNORECASE)

_SUPERS = "字幕|片名|出字幕|叠字幕|疊字幕|字幕叠出|屏幕字幕?|人名字幕|人名条"
SUPER = re.compile(
    rf"^(?:[【（(\[]?(?:{_SUPERS})\s*[：:]|[【（(\[](?:{_SUPERS})[】）)\]]\s*\S|(?:{_SUPERS})(?=[“\"「]))"
)
_SHOTS = (
    "空镜头?|特写|大特写|近景|中景|全景|远景|航拍|俯拍|主观镜头|主观视角|慢镜头|镜头|画面|"
    "插入镜头|插入|音效|音乐|蒙太奇(?:段落|开始|结束)?|空鏡頭?|特寫|大特寫|遠景|主觀鏡頭|慢鏡頭|鏡頭|畫面|"
    f"插入鏡頭|音樂|[镜鏡](?:头|頭)?\\s*{NUMBER}|SE|SFX|BGM|VFX"
)
SHOT = re.compile(rf"^(?:(?:{_SHOTS})\s*[：:]|【(?:{_SHOTS})】|（(?:{_SHOTS})）)")
_WRAP_OPEN, _WRAP_CLOSE = r"[【\[（(〔]?\s*", r"\s*[】\]）)〕]?\s*(?:[：:。.]|—{1,2})?$"
_WHERE = r"[^。！？!?，,；;：:“”]{1,20}$"
FLASHBACK = re.compile(
    _WRAP_OPEN
    + r"(?:[闪閃]回(?:开始|结束|完|毕|出|入|開始|結束|畢)?|(?:回到|切回)(?:现实|现在|現實|現在)|"
    + r"(?:回忆|回憶)(?:开始|结束|完|開始|結束)?|插[叙敘](?:结束|完|結束)?)"
    + _WRAP_CLOSE
    + rf"|[闪閃]回[：:]\s*{_WHERE}|[【\[][闪閃]回[】\]]\s*{_WHERE}"
)
TRANSITION = re.compile(
    _WRAP_OPEN
    + r"(?:画面)?(?:叠化|切至|切到|切入|切出|切换|硬切|跳切|"
    + r"切(?:回|[黑白](?=\W|$)|(?=[：:]))|疊化|切換|漸[隱顯黑]|轉場|閃[白黑]|劃像|疊印|"
    + r"CUT TO|FADE (?:IN|OUT)|DISSOLVE TO|"
    + r"淡入|淡出|渐隐|渐显|渐黑|黑场|化入|化出|转场|闪白|闪黑|定格|划像|叠印)"
    + r"(?:[至到：:]?[^。！？!?，,；;：:]{0,12})?"
    + _WRAP_CLOSE
)

NOT_A_NAME = re.compile(
    r"^(?:(?i:title|credit|authors?|written by|source|draft date|contact|copyright|revision)|"
    rf"{NUMBER_FIELDS}|{PLACE_FIELDS}|{OTHER_FIELDS}|{CAST_FIELDS}|"
    r"字幕|片名|注|备注|说明|提示|空镜|特写|镜头|画面|道具|服装|气氛|"
    r"前情提要|本集完|切|音效|音乐|闪回|蒙太奇|閃回|備註|說明|.{0,4}(?:时间|時間)是|"
    r"[他她它我你].{1,8}[了着著过過].{0,6})$"
)
REPORTING = re.compile(
    r"(?:[笑叹骂吼哭喝嚷劝叫]道|低声道|冷冷道|說|問|寫著|寫道|顯示|說道|"
    r"一个字|两个字|说|说道|问|问道|喊|喊道|喊着|写着|写道|显示|显示着|如下|想|念道|答道|叫道|看到|听到|心想|一句话?|铃响|铃声|铃声响起)$"
)
"""A sentence that reports, not a cue: 墙上写着：禁止入内."""

NAME = re.compile(
    r"^(?=.*[^\W\d_])(?:[A-Za-z][A-Za-z .'’-]{0,30}|"
    r"[^\s　：:（）()【】\[\]。！？!?，,；;“”\"'‘’…—△/]{1,10}(?:[A-Za-z0-9]{0,3}))$"
)

CLOCK = re.compile(r"[0-9０-９]\s*[：:∶]\s*[0-5０-５][0-9０-９](?![0-9０-９])")
THE_END = re.compile(r"(?:完|终)[。）)】]?$")
LEADING_LABEL = re.compile(rf"^（(?P<label>{LABELS})）\s*(?P<name>[^（）]+)$", re.IGNORECASE)
SPEECH_NUMBER = re.compile(r"^[0-9０-９]{1,3}[.．、]\s*(?=[^\W\d_])")


LONGEST = 300
"""A longer line is no heading, whatever called it one."""

_BETWEEN = re.compile(r"[\s　/／,，]+")
_FIELDS = f"{NUMBER_FIELDS}|{PLACE_FIELDS}|{OTHER_FIELDS}"
_LABELLED = re.compile(
    rf"(?P<label>{_FIELDS})\s*[：:][\s：:]*(?P<value>.*?)(?=[\s　]+(?:{_FIELDS})\s*[：:]|$)"
)
_NUMBER = re.compile(
    # Figures that run on into a word belong to it: 1号楼, 302室.
    rf"{EPISODE_SCENE.pattern}|{ORDINAL.pattern}|{CALLED.pattern}|{LISTED.pattern}|"
    r"^[0-9０-９]{1,3}(?:\s*[.．、:：](?![0-9０-９])[\s　]*|[\s　]+)(?=\S)",
    re.IGNORECASE,
)
_NUMBER_LABELS, _PLACE_LABELS = NUMBER_FIELDS.split("|"), PLACE_FIELDS.split("|")
_TIME = re.compile(rf"^(?:{TIMES})$")
_INSIDE = re.compile(rf"^(?:{PLACES})$")
_BOTH = re.compile(r"^(?:(?P<time>[日夜晨])(?P<inside>[内內外])|(?P<inside_2>[内內外])(?P<time_2>[日夜晨]))$")
_BRACKETS = re.compile(r"[（(【\[]([^（）()【】\[\]]*)[）)】\]]")
_MARK, _END = r"[、.．。·•｜|：:—–\-]", r"(?=$|[\s　、.．。·•｜|：:—–\-/／,，（(【])"
_KNOWN = rf"(?:{TIMES}|{PLACES}|[日夜晨][内內外]|[内內外][日夜晨])"
_BEFORE = re.compile(rf"(?<=[^\s　])[\s　]{{0,3}}{_MARK}{{1,3}}[\s　]{{0,3}}(?={_KNOWN}{_END})")
_AFTER = re.compile(rf"(?:(?<=^)|(?<=[\s　/／,，]))({_KNOWN})[\s　]{{0,3}}{_MARK}{{1,3}}")
_SHORT = {
    "内景": "内", "外景": "外", "内外景": "内外", "室内": "内", "室外": "外",
    "內景": "內", "內外景": "內外", "室內": "內", "日景": "日", "夜景": "夜", "晨景": "晨",
}  # fmt: skip


_PLACE = r"[^\s　。！？!?，,；;：:、“”（）()]{2,14}?"
_WHEN = rf"(?:{'|'.join(sorted(TIMES.split('|'), key=len, reverse=True))})"
_SIDE = rf"(?:{'|'.join(sorted(PLACES.split('|'), key=len, reverse=True))})"
_RUN_TOGETHER = re.compile(
    rf"^(?P<number>(?:{RUN_NUMBER})|[0-9０-９]{{1,3}}(?P<sign>\s*[.．、]\s*)?)"
    rf"(?:(?P<where>{_PLACE})[（(]?"
    rf"(?:(?P<time>{_WHEN})(?P<side>{_SIDE})|(?P<side_2>{_SIDE})(?P<time_2>{_WHEN}))[）)]?"
    rf"|(?:(?P<time_3>{_WHEN})(?P<side_3>{_SIDE})|(?P<side_4>{_SIDE})(?P<time_4>{_WHEN}))"
    rf"(?P<where_2>{_PLACE})"
    rf"|(?P<side_5>{_SIDE})(?P<where_3>{_PLACE})(?P<time_5>{_WHEN}))$"
)


def separated(line: str) -> str:
    """`1-3渡口票房夜内` as `1-3　渡口票房　夜　内`; empty where a field is missing.

    A bare number may count what follows it (`3日内`), so a place must follow.
    """
    match = _RUN_TOGETHER.match(line)
    if match is None:
        return ""
    bare = match["number"].isdecimal()
    if bare and match["where"] is None:
        return ""
    found = {
        name: next((match[key] for key in match.groupdict() if key.startswith(name) and match[key]), "")
        for name in ("where", "time", "side")
    }
    number = match["number"].strip(" 　、.．")
    return "　".join((number, found["where"], found["time"], found["side"]))


def house_heading(heading: str) -> str:
    """The heading as the house prints it; one that falls into no parts stays as it was typed."""
    if ENGLISH_HEADING.match(heading) or len(heading) > LONGEST:
        return heading
    heading = separated(heading) or heading
    number, rest = _labelled(heading) if FIELD.match(heading) else _numbered(heading)
    place, time, inside = [], [], []
    rest = _AFTER.sub(r"\1　", _BEFORE.sub("　", _unbracketed(rest).strip(" 　、.．:：。")))
    for token in _BETWEEN.split(rest):
        if both := _BOTH.match(token):
            time.append(both["time"] or both["time_2"])
            inside.append(both["inside"] or both["inside_2"])
        elif _TIME.match(token):
            time.append(_SHORT.get(token, token))
        elif _INSIDE.match(token):
            inside.append(_SHORT.get(token, token))
        elif token:
            place.append(token)
    if sorted(inside) in (["内", "外"], ["內", "外"]):
        inside = ["".join(sorted(inside))]
    if len(time) > 1 or len(inside) > 1 or any(each.count("（") != each.count("）") for each in place):
        return heading
    made = "　".join(part for part in (number, *place, *time, *inside) if part)
    # What stood behind labels may be typed as any heading is.
    return house_heading(made) if made and FIELD.match(heading) and len(made) < len(heading) else made


def _unbracketed(text: str) -> str:
    """`客厅（日/内）` as `客厅 日 内`; other brackets stay."""
    return _BRACKETS.sub(lambda match: _parts(match) or match[0], text)


def _parts(match: re.Match[str]) -> str:
    parts = [part for part in re.split(r"[\s　/／、,，]+", match[1]) if part]
    known = all(_TIME.match(part) or _INSIDE.match(part) or _BOTH.match(part) for part in parts)
    return f" {' '.join(parts)} " if parts and known else ""


def _numbered(heading: str) -> tuple[str, str]:
    numbers: list[str] = []
    found = _NUMBER.match(heading)
    while found is not None:
        number = found[0].strip(" 　、.．:：")
        numbers.append(re.sub(r"[\s　]", "", number) if number.startswith("第") else number)
        heading = heading[found.end() :].lstrip(" 　、.．:：")
        found = ORDINAL.match(heading)  # 第一集 第3场
    return "　".join(numbers), heading


def without_number(heading: str) -> str:
    """What a heading says beside the scene's number."""
    return _numbered(heading)[1]


def _labelled(heading: str) -> tuple[str, str]:
    """Number and the rest of `场次：3　时：日　景：林家客厅`."""
    number, place, rest = "", "", ""
    for pair in _LABELLED.finditer(heading):
        if pair["label"] in _NUMBER_LABELS:
            number = pair["value"]
        elif pair["label"] in _PLACE_LABELS:
            place += f" {pair['value']}"
        else:
            rest += f" {pair['value']}"
    return number, place + rest
