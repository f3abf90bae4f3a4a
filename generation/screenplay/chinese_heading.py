"""The one form in which Chinese scene headings are printed: number, place, time, inside or outside.

What stands in them is the writer's; its order and its labels are typesetting, and would tell writers apart.
"""

import re

from generation.screenplay import chinese_words as words

LONGEST = 300
"""A longer line is no heading, whatever called it one."""

_BETWEEN = re.compile(r"[\s　/／,，]+")
_FIELDS = f"{words.NUMBER_FIELDS}|{words.PLACE_FIELDS}|{words.OTHER_FIELDS}"
_LABELLED = re.compile(
    rf"(?P<label>{_FIELDS})\s*[：:][\s：:]*(?P<value>.*?)(?=[\s　]+(?:{_FIELDS})\s*[：:]|$)"
)
_NUMBER = re.compile(
    # Figures that run on into a word belong to it: 1号楼, 302室.
    rf"{words.EPISODE_SCENE.pattern}|{words.ORDINAL.pattern}|{words.CALLED.pattern}|{words.LISTED.pattern}|"
    r"^[0-9０-９]{1,3}(?:\s*[.．、:：](?![0-9０-９])[\s　]*|[\s　]+)(?=\S)",
    re.IGNORECASE,
)
_NUMBER_LABELS, _PLACE_LABELS = words.NUMBER_FIELDS.split("|"), words.PLACE_FIELDS.split("|")
_TIME = re.compile(rf"^(?:{words.TIMES})$")
_INSIDE = re.compile(rf"^(?:{words.PLACES})$")
_BOTH = re.compile(r"^(?:(?P<time>[日夜晨])(?P<inside>[内內外])|(?P<inside_2>[内內外])(?P<time_2>[日夜晨]))$")
_BRACKETS = re.compile(r"[（(【\[]([^（）()【】\[\]]*)[）)】\]]")
_MARK, _END = r"[、.．。·•｜|：:—–\-]", r"(?=$|[\s　、.．。·•｜|：:—–\-/／,，（(【])"
_KNOWN = rf"(?:{words.TIMES}|{words.PLACES}|[日夜晨][内內外]|[内內外][日夜晨])"
_BEFORE = re.compile(rf"(?<=[^\s　])[\s　]{{0,3}}{_MARK}{{1,3}}[\s　]{{0,3}}(?={_KNOWN}{_END})")
_AFTER = re.compile(rf"(?:(?<=^)|(?<=[\s　/／,，]))({_KNOWN})[\s　]{{0,3}}{_MARK}{{1,3}}")
_SHORT = {
    "内景": "内", "外景": "外", "内外景": "内外", "室内": "内", "室外": "外",
    "內景": "內", "內外景": "內外", "室內": "內", "日景": "日", "夜景": "夜", "晨景": "晨",
}  # fmt: skip


_WHERE = r"[^\s　。！？!?，,；;：:、“”（）()]{2,14}?"
_WHEN = rf"(?:{'|'.join(sorted(words.TIMES.split('|'), key=len, reverse=True))})"
_SIDE = rf"(?:{'|'.join(sorted(words.PLACES.split('|'), key=len, reverse=True))})"
_RUN_TOGETHER = re.compile(
    rf"^(?P<number>(?:{words.RUN_NUMBER})|[0-9０-９]{{1,3}}(?P<sign>\s*[.．、]\s*)?)"
    rf"(?:(?P<where>{_WHERE})[（(]?"
    rf"(?:(?P<time>{_WHEN})(?P<side>{_SIDE})|(?P<side_2>{_SIDE})(?P<time_2>{_WHEN}))[）)]?"
    rf"|(?:(?P<time_3>{_WHEN})(?P<side_3>{_SIDE})|(?P<side_4>{_SIDE})(?P<time_4>{_WHEN}))"
    rf"(?P<where_2>{_WHERE})"
    rf"|(?P<side_5>{_SIDE})(?P<where_3>{_WHERE})(?P<time_5>{_WHEN}))$"
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
    if words.ENGLISH_HEADING.match(heading) or len(heading) > LONGEST:
        return heading
    heading = separated(heading) or heading
    number, rest = _labelled(heading) if words.FIELD.match(heading) else _numbered(heading)
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
    return house_heading(made) if made and words.FIELD.match(heading) and len(made) < len(heading) else made


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
        found = words.ORDINAL.match(heading)  # 第一集 第3场
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
