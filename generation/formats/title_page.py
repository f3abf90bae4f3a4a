"""The head of a script: its name, and who wrote it. It is no part of the script, and must not be judged.

Few formats mark it, so it is known by its words, and only above the first scene.
"""

import re
from collections.abc import Sequence

from generation.screenplay.chinese import is_heading, keyed_page
from generation.screenplay.fountain import is_title_page

_CHINESE = re.compile(
    r"^(?:[0-9a-zA-Z一-龥]{0,6}(?:编剧|作者|撰稿|改编|原著|导演|监制|制片人?|出品人?|策划|联系人|联系方式|电话|邮箱|微信|标题|"
    r"手机|版本|日期|完稿时间|剧名|片名|剧本名称?|题材|类型|集数|版权))\s*[：:].*$"
    r"|^《[^《》]{1,40}》(?:\s*(?:剧本|电视剧剧本|网剧|第.{1,4}集|分集剧本).*)?$"
    r"|^(?:文学剧本|电视剧剧本|电视连续剧剧本|剧本|网络剧剧本)$"
)
_EPISODE = re.compile(r"^第\s*[0-9０-９〇零一二两三四五六七八九十百]{1,5}\s*集(?:\s*《[^《》]{1,40}》)?$")
_OWNER = r"(?:(?:by|of|and|held|the|author|writer)\b|&|[^\W\d_a-z][\w.'’-]*)"
# A year or a name; what else begins with the word or the sign is action.
_OWNED = (
    rf"(?:.{{0,60}}\b(?:19|20)\d\d\b.{{0,60}}|(?-i:[ ,:]*{_OWNER}(?:[ ,]+{_OWNER}){{0,7}})[.,]?)"
    r"(?:\W{1,3}all rights reserved\.?)?"
)
_ENGLISH = re.compile(
    r"^(?:"
    r"(?:screenplay|teleplay|script|story|written|created|adapted|directed|produced|original|an original)\b"
    r"(?:(?!\. ).){0,40}\bby\b.*|"
    r"by|(?-i:[Bb]y(?: [A-Z][\w.'’-]*){1,5})|"
    rf"(?:©|\(c\)|copyright\b){_OWNED}|\S+@\S+\.\w+|"
    r"(?:first|second|third|final|shooting|revised|white|blue|pink|yellow|green) draft\b.{0,40}|"
    r"draft\s*[:#\d].{0,40}|"
    r"(?:authors?|writers?|contact|phone|tel|e-?mail|title|episode|draft date|date|revision|wga)\b"
    r"[^.!?]{0,20}[:#].*"
    r")$",
    re.IGNORECASE,
)
_ENGLISH_HEADING = re.compile(r"^(?:INT|EXT|EST|I/E)\b", re.IGNORECASE)
_TITLED = re.compile(r"^(?:title|片名|剧名|剧本名称?|标题)\s*[：:]\s*(?P<value>.*)$", re.IGNORECASE)
_BOOK = re.compile(r"^《(?P<value>[^《》]{1,40})》")
_BY = re.compile(r"^(?:(?:screenplay|teleplay|script|written|an? original \w+) by\b.*|by)$", re.IGNORECASE)
MOST = 40
"""Further down than this no title page goes."""


def title_lines(texts: Sequence[str], language: str) -> set[int]:
    """Positions of the lines of the head: down to the last that names the work or who worked on it."""
    last = _fountain_page(texts) if language == "en" else keyed_page(texts)
    page = last
    name_follows = False
    for index, raw in enumerate(texts[:MOST]):
        text = raw.strip(" \u3000\t")
        if language == "zh" and last >= 0 and _EPISODE.match(text):
            last = index  # below a title, the number of an episode is of the title page
            continue
        if is_heading(text) if language == "zh" else _ENGLISH_HEADING.match(text):
            return set(range(last + 1))
        if (_CHINESE if language == "zh" else _ENGLISH).match(text) or (text and name_follows):
            last = index
        if text:
            name_follows = language == "en" and text.lower().endswith("by")
    return set(range(page + 1))


def _fountain_page(texts: Sequence[str]) -> int:
    """The last line of Fountain's own title page; -1 where there is none."""
    first = next((index for index, text in enumerate(texts) if text.strip()), None)
    if first is None:
        return -1
    after = next(
        (index for index, text in enumerate(texts) if index > first and not text.strip()), len(texts)
    )
    return after - 1 if is_title_page(list(texts[first:after])) else -1


def title_of(texts: Sequence[str]) -> str:
    """The title that the lines of a title page give; empty where none says that it is one."""
    lines = [line.strip(" \u3000\t") for text in texts for line in text.split("\n")]
    for at, line in enumerate(lines):
        if (match := _TITLED.match(line)) is not None:
            value = match["value"] or next((each for each in lines[at + 1 : at + 2]), "")
            return value.strip(' \u3000\t*_《》"“”')[:200]
    for at, line in enumerate(lines):
        if (match := _BOOK.match(line)) is not None:
            return match["value"].strip()
        if at and _BY.match(line):
            above = next((each for each in reversed(lines[:at]) if each), "")
            return above.strip(' *_"“”')[:200]
    return ""
