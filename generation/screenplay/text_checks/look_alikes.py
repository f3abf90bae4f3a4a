"""Letters that look like plain Latin ones: of other alphabets, styled, full-width, with stacked accents."""

import re

_LATIN, _OTHER = "A-Za-z\u00c0-\u024f", "\u0370-\u052f\u0531-\u0587\u13a0-\u13f4ⅼⅰɑɡ"
MIXED_ALPHABETS = re.compile(f"[{_LATIN}][{_OTHER}]|[{_OTHER}][{_LATIN}]")
"""A Latin letter beside one of another alphabet."""
STYLED_LETTERS = re.compile(
    "[\u2e80-\u2fdf\U0001d400-\U0001d7ff\U0001f100-\U0001f1ff\u2102\u210a-\u2113\u2115\u2119-\u211d\u2124"
    "\u2128-\u2131\u24b6-\u24e9\u1d00-\u1d2b\ue000-\uf8ff\ufffd\u2800\u3164\u115f\u1160"
    "\U000e0000-\U000e01ef\u00ad\u034f]+"
)
FULL_WIDTH_LETTERS = re.compile("[\uff21-\uff3a\uff41-\uff5a]{2,}")
FULL_WIDTH_LOWER_CASE = re.compile("[\uff41-\uff5a]{2,}")
STACKED_ACCENTS = re.compile("[\u0300-\u036f]{2,}")


def latin_look_alike(letter: str) -> str:
    """Return the Latin letter that another letter is taken for, by Unicode's table of confusables."""
    from confusable_homoglyphs.confusables import confusables_data  # imported late: the table takes 10 MB

    if letter.isascii():
        return letter
    plain = [
        each["c"] for each in confusables_data.get(letter, ()) if len(each["c"]) == 1 and each["c"].isascii()
    ]
    if not plain:
        return letter
    return "I" if plain[0] == "l" and letter.isupper() else str(plain[0])
