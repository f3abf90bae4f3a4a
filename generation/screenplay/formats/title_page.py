"""The head of a script: its name, and who wrote it. It is no part of the script, and must not be judged.

Few formats mark it, so it is known by its words, and only above the first scene.
"""

import re
from collections.abc import Sequence

from generation.screenplay import chinese_words as words
from generation.screenplay.chinese import is_heading, keyed_page
from generation.screenplay.formats.page_layout import ENGLISH_HEADING
from generation.screenplay.fountain import TITLE_KEYS, title_page_end

_CHINESE = re.compile(
    r"^(?:[0-9a-zA-Z一-龥]{0,6}(?:编剧|作者|撰稿|改编|原著|导演|监制|制片人?|出品人?|策划|联系人|联系方式|电话|邮箱|微信|标题|"
    r"手机|版本|日期|完稿时间|剧名|片名|剧本名称?|题材|类型|集数|版权))\s*[：:].*$"
    r"|^《[^《》]{1,40}》(?:\s*(?:剧本|电视剧剧本|网剧|第.{1,4}集|分集剧本).*)?$"
    r"|^(?:文学剧本|电视剧剧本|电视连续剧剧本|剧本|网络剧剧本)$"
)
_EPISODE = re.compile(
    r"^第\s*[0-9０-９〇零一二两三四五六七八九十百]{1,5}\s*集(?:\s*《[^《》]{1,40}》|[\s：:]+[^\s，。！？场]{1,20})?$"
)
_OWNER = r"(?:(?:by|of|and|held|the|author|writer)\b|&|[^\W\d_a-z][\w.'’-]*)"
# A year or a name; what else begins with the word or the sign is action.
_OWNED = (
    rf"(?:.{{0,60}}\b(?:19|20)\d\d\b.{{0,60}}|(?-i:[ ,:]*{_OWNER}(?:[ ,]+{_OWNER}){{0,7}})[.,]?)"
    r"(?:\W{1,3}all rights reserved\.?)?"
)
_ENGLISH = re.compile(
    r"^(?:"
    r"(?:screenplay|teleplay|script|story|written|created|adapted|directed|produced|original|"
    r"an? (?:original|(?:\w+ )?(?:film|play|pilot|series)))\b"
    r"(?:(?!\. ).){0,40}\bby\b.*|"
    r"by|(?-i:[Bb]y(?: [A-Z][\w.'’-]*){1,5})|"
    rf"(?:©|\(c\)|copyright\b){_OWNED}|\S+@\S+\.\w+|"
    r"(?:first|second|third|final|shooting|revised|white|blue|pink|yellow|green) draft\b.{0,40}|"
    r"draft\s*[:#\d].{0,40}|"
    r"based (?:up)?on\b.*|"
    rf"(?:{TITLE_KEYS}|phone|tel|e-?mail|wga)\b[^.!?]{{0,20}}[:#].*"
    r")$",
    re.IGNORECASE,
)
_FORCED_HEADING = re.compile(r"^\.[^\s.]")
_DATED = re.compile(r"^日期\s*[：:]\s*(?:(?:19|20)\d\d|[一二][〇零○一二三四五六七八九]{3}年)")
"""A date with its year, below the title of a work, is of the title page; others are fields of a scene."""
_TITLED = re.compile(r"^(?:title|片名|剧名|剧本名称?|标题)\s*[：:]\s*(?P<value>.*)$", re.IGNORECASE)
_BOOK = re.compile(r"^《(?P<value>[^《》]{1,40})》")
_BY = re.compile(r"^(?:(?:screenplay|teleplay|script|written|an? original \w+) by\b.*|by)$", re.IGNORECASE)
MOST = 40
"""Further down than this no title page goes."""
LONGEST_VALUE = 6
"""More lines than this below an empty key are not its value."""


def title_lines(texts: Sequence[str], language: str) -> set[int]:
    """Positions of the lines of the title page: Fountain's own, and what names the work or its people below.

    Below Fountain's own page it ends with the last such line above the first scene heading.
    """
    page = title_page_end(texts) - 1 if language == "en" else keyed_page(texts)
    return set(range(_last_title_line(texts, language, page) + 1))


def title_items(texts: Sequence[str], language: str, headings: Sequence[int]) -> set[int]:
    """The same for paragraphs of which it is known which are `headings`, and which no blank ones part."""
    head = texts[: headings[0]] if headings else texts
    page = -1 if language == "en" else keyed_page(head)
    return set(range(_last_title_line(head, language, page, whole=bool(headings)) + 1))


def _last_title_line(texts: Sequence[str], language: str, page: int, *, whole: bool = False) -> int:
    """The last position that belongs to the title page, -1 for none; `page` is where its keyed part ends.

    Where no heading is found, and `texts` are not `whole` what stands above one, it is `page`.
    """
    last = page
    below_key = language == "zh" and _is_empty_key(texts[page]) if page >= 0 else False
    below_by = False
    for index in range(page + 1, min(len(texts), MOST)):
        text = texts[index].strip(" \u3000\t")
        if not text:
            below_key = False  # a name may stand further down below its "by"
            continue
        if language == "zh" and _EPISODE.match(text):
            last = index if last >= 0 else last  # on a title page: below the title, or above the writer
            continue
        if last >= 0 and _DATED.match(text):
            last = index
        elif _is_heading(text, language):
            return last
        elif below_key or below_by:
            last = max(last, _end_of_value(texts, index))
            below_key = below_by = False
        elif (_CHINESE if language == "zh" else _ENGLISH).match(text):
            last = max(last, index)
            below_key = _is_empty_key(text)
            below_by = text.lower().endswith("by") and ":" not in text  # not "Credit: written by"
    return last if whole and len(texts) <= MOST else page


def _is_heading(text: str, language: str) -> bool:
    if _FORCED_HEADING.match(text):
        return True
    return is_heading(text) if language == "zh" else ENGLISH_HEADING.match(text) is not None


def _is_empty_key(text: str) -> bool:
    return text.rstrip().endswith((":", "："))


def _end_of_value(texts: Sequence[str], first: int) -> int:
    """The last line of a value below its key: to the next blank line, where one is near, or one line."""
    near = range(first + 1, min(first + LONGEST_VALUE + 1, len(texts)))
    return next((index - 1 for index in near if not texts[index].strip()), first)


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


MOST_LINES, LONGEST_LINE = 25, 60
_ENGLISH_SCRIPT = re.compile(
    r"^(?:FADE IN|FADE UP|CUT TO|OVER BLACK|COLD OPEN|TEASER|ACT \w+)\b.{0,12}$", re.IGNORECASE
)
_SENTENCE = re.compile(r"[.!?…]['\"”’)]*$|[。！？；…][”’」）]?$")


def is_scene_heading(text: str) -> bool:
    """Whether a line is a scene heading in either language."""
    text = text.strip(" \u3000\t")
    return ENGLISH_HEADING.match(text) is not None or is_heading(text)


def is_front_page(first: Sequence[str], rest: Sequence[str]) -> bool:
    """Whether the lines of a first page are a title page: few and short, above the first scene's page."""
    lines = [line.strip(" \u3000\t") for line in first if line.strip(" \u3000\t")]
    if not 0 < len(lines) <= MOST_LINES or not any(is_scene_heading(line) for line in rest):
        return False
    headings = any(is_scene_heading(line) and not _EPISODE.match(line) for line in lines)
    return not headings and not any(len(line) > LONGEST_LINE or _is_script(line) for line in lines)


def title_block(texts: Sequence[str], titles: set[int]) -> set[int]:
    """Positions of the title page that begins with `titles`: all short lines down to the script.

    Unchanged where there is none, or where no heading follows.
    """
    scenes = (at for at, text in enumerate(texts) if is_scene_heading(text) and not _EPISODE.match(text))
    end = next(scenes, len(texts))
    if not (titles := {at for at in titles if at < end}):
        return titles
    last = max(titles)
    heading = next((at for at, text in enumerate(texts) if at > last and is_scene_heading(text)), -1)
    at = last + 1
    while at < heading and at < last + MOST_LINES and _is_of_title(texts[at].strip(" \u3000\t")):
        at += 1
    return set(range(at)) if heading > last else titles


def _is_of_title(line: str) -> bool:
    return len(line) <= LONGEST_LINE and not _is_script(line) and _SENTENCE.search(line) is None


def _is_script(line: str) -> bool:
    patterns = (words.ACTION, words.CAST, words.TRANSITION, words.FLASHBACK, words.SHOT, words.SUPER)
    return _ENGLISH_SCRIPT.match(line) is not None or any(pattern.match(line) for pattern in patterns)
