"""The head of a Chinese script: its name, and who wrote it. There is no layout for one, so it is known by its
words, and only above the first scene.
"""

import re
from collections.abc import Sequence

from generation.formats.rows import Paragraph
from generation.screenplay.chinese import is_heading

_CREDIT = re.compile(
    r"^(?:[0-9a-zA-Z一-龥]{0,6}(?:编剧|作者|撰稿|改编|原著|导演|监制|制片人?|出品人?|策划|联系人|联系方式|电话|邮箱|微信|"
    r"手机|版本|日期|完稿时间|剧名|片名|剧本名称?|题材|类型|集数|版权))\s*[：:].*$"
    r"|^《[^《》]{1,40}》(?:\s*(?:剧本|电视剧剧本|网剧|第.{1,4}集|分集剧本).*)?$"
    r"|^(?:文学剧本|电视剧剧本|电视连续剧剧本|剧本|网络剧剧本)$"
)
MOST = 40
"""Further down than this no title page goes."""


def title_lines(paragraphs: Sequence[Paragraph]) -> set[int]:
    """Positions of the lines of the head: down to the last that names the work or who worked on it."""
    last = -1
    for index, each in enumerate(paragraphs[:MOST]):
        text = each.text.strip(" \u3000\t")
        if is_heading(text):
            return set(range(last + 1))
        if _CREDIT.match(text):
            last = index
    return set()
