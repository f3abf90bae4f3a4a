"""The one form in which Chinese scene headings are printed: number, place, time, inside or outside.

What stands in them is the writer's; its order and its labels are typesetting, and would tell writers apart.
"""

import re

from generation.screenplay import chinese_words as words

_BETWEEN = re.compile(r"[\s　/／,，]+")
_LABELLED = re.compile(
    r"(?P<label>场次|场号|场景|场|景|地点|时间|时|日期|内外景)\s*[：:]\s*(?P<value>.*?)"
    r"(?=[\s　]+(?:场次|场号|场景|场|景|地点|时间|时|日期|内外景)\s*[：:]|$)"
)
_NUMBER = re.compile(
    # Figures that run on into a word belong to it: 1号楼, 302室.
    rf"{words.EPISODE_SCENE.pattern}|{words.ORDINAL.pattern}|"
    r"^[0-9０-９]{1,3}(?:\s*[.．、:：][\s　]*|[\s　]+)(?=\S)"
)
_NUMBER_LABELS, _PLACE_LABELS = ("场次", "场号", "场"), ("场景", "景", "地点")
_TIME = re.compile(rf"^(?:{words.TIMES})$")
_INSIDE = re.compile(rf"^(?:{words.PLACES})$")
_BOTH = re.compile(r"^(?:(?P<time>[日夜晨])(?P<inside>内|外)|(?P<inside_2>内|外)(?P<time_2>[日夜晨]))$")
_BRACKETS = re.compile(r"[（(]([^（）()]*)[）)]")
_SHORT = {"内景": "内", "外景": "外", "内外景": "内外", "室内": "内", "室外": "外"}


def house_heading(heading: str) -> str:
    """The heading as the house prints it; one that falls into no parts stays as it was typed."""
    if words.ENGLISH_HEADING.match(heading):
        return heading
    number, rest = _labelled(heading) if words.FIELD.match(heading) else _numbered(heading)
    place, time, inside = [], [], []
    for token in _BETWEEN.split(_unbracketed(rest).strip(" 　、.．:：")):
        if both := _BOTH.match(token):
            time.append(both["time"] or both["time_2"])
            inside.append(both["inside"] or both["inside_2"])
        elif _TIME.match(token):
            time.append(token)
        elif _INSIDE.match(token):
            inside.append(_SHORT.get(token, token))
        elif token:
            place.append(token)
    if len(time) > 1 or len(inside) > 1 or any(each.count("（") != each.count("）") for each in place):
        return heading
    return "　".join(part for part in (number, *place, *time, *inside) if part)


def _unbracketed(text: str) -> str:
    """`客厅（日/内）` as `客厅 日 内`; other brackets stay."""
    return _BRACKETS.sub(lambda match: _parts(match) or match[0], text)


def _parts(match: re.Match[str]) -> str:
    parts = [part for part in re.split(r"[\s　/／、,，]+", match[1]) if part]
    known = all(_TIME.match(part) or _INSIDE.match(part) or _BOTH.match(part) for part in parts)
    return f" {' '.join(parts)} " if parts and known else ""


def _numbered(heading: str) -> tuple[str, str]:
    found = _NUMBER.match(heading)
    if found is None:
        return "", heading
    return found[0].strip(" 　、.．:："), heading[found.end() :]


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
