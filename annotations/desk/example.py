"""The example of the instructions: a tiny invented pair in each language, judged, with one mark.

What makes one of them worse is a slip that nobody can dispute (a line in the wrong mouth), so that the
example shows how the page is used and trains no taste.
"""

from dataclasses import dataclass
from functools import cache

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from generation.screenplay import parse, render_html
from generation.screenplay.house import house

_ENGLISH = """INT. FERRY TICKET HALL - DAWN

A shutter goes up. IDA, behind the glass, counts coins.

{first}
One to the island, please.

{second}
There is no boat on Sundays.
"""
_CHINESE = """1-1 渡口售票处 晨 内
人物：阿宁、船客
△ 卷帘拉起。阿宁在窗口后面数零钱。
{first}：一张去岛上的票。
{second}：星期天没有船。
"""
_PEOPLE = {"en": ("PASSENGER", "IDA"), "zh": ("船客", "阿宁")}
_MARKED = {"en": "There is no boat on Sundays.", "zh": "星期天没有船。"}


@dataclass(frozen=True, slots=True)
class Example:
    """Two scripts as HTML, B with the marked passage, in `language` (en or zh)."""

    language: str
    first: SafeString
    second: SafeString


@cache
def build_example(language: str) -> Example:
    asks, sells = _PEOPLE[language]
    text = _ENGLISH if language == "en" else _CHINESE
    right = render_html(house(parse(text.format(first=asks, second=sells), language)))
    wrong = render_html(house(parse(text.format(first=sells, second=asks), language)))
    marked = escape(_MARKED[language])
    return Example(
        language=language,
        first=mark_safe(right),  # noqa: S308 - our own two texts
        second=mark_safe(wrong.replace(marked, f"<mark>{marked}</mark>")),  # noqa: S308
    )
