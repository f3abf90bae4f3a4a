"""Signs that only look like what was written, as a PDF gives them, or a text that was copied from one.

Where a font draws two code points with one shape, a PDF may name the wrong one: Kangxi radicals and the CJK
Radicals Supplement in place of Chinese characters, ligatures in place of letters. To the eye all is right; to
a count of characters, to a name that is looked for and to a model it is another text.
"""

import re
import unicodedata

_LIKE = re.compile("[\u2e80-\u2fdf\ufb00-\ufb06]")
_SUPPLEMENT = (
    "⺁⺂⺃⺄⺅⺆⺇⺈⺉⺊⺋⺌⺍⺎⺏⺐⺑⺒⺓⺔⺕⺖⺗⺘⺙⺛⺜⺝⺞⺟⺠⺡⺢⺣⺤⺥⺦⺧"
    "⺨⺩⺪⺫⺬⺭⺮⺯⺰⺱⺲⺳⺴⺵⺶⺷⺸⺹⺺⺻⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍"
    "⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳"
)
_MEANT = (
    "厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑𫜹忄心扌攵旡日月歺母民氵氺灬爫爫丬牛"
    "犭王𤴔目示礻𥫗糹纟罓罒㓁冗𦉫羊𦍌𦍋耂肀聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶"
    "辶邑钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟"
)
"""What the supplement's signs stand for, by Unicode's table of equivalent ideographs; only two decompose."""
_TABLE = {**dict(zip(_SUPPLEMENT, _MEANT, strict=True)), "\u2f3e": "户"}
"""The radical decomposes into the traditional character; what is drawn by its shape is the simplified one."""


def as_meant(text: str) -> str:
    """The text with the characters and letters that stand for others by their shape; all else as it was."""
    return _LIKE.sub(_meant, text)


def _meant(found: re.Match[str]) -> str:
    return _TABLE.get(found[0]) or unicodedata.normalize("NFKC", found[0])
