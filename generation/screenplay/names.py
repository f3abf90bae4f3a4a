"""The name map of a series: the one change that texts for raters may undergo.

A known heroine, or the title of a series that was aired, would tell which script is the one that was aired.
The map sets other names in their place, alike in the brief and in every script. Pure.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

NameMap = Sequence[Mapping[str, str]]
"""A list of {from, to}."""

_LATIN = re.compile(r"[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U000323af]")
_SPACE = r"[ \t\u00a0\u3000]{1,4}(?:\n[ \t]{0,8})?|\n[ \t]{0,8}"


def rename_text(text: str, names: NameMap) -> str:
    """The text with every `from` as its `to`: the longest first, in one pass, so that what was set is not
    set again.

    Names in Latin letters are whole words, in their own case or all in capitals, which the new name then has
    too; what follows them (`'s`) stays. Names in Han characters are found wherever they stand. A name may run
    over a line's end. Entries without `from` or `to` are passed over.
    """
    pairs = tuple((entry["from"].strip(), entry["to"].strip()) for entry in names)
    pairs = tuple((old, new) for old, new in pairs if old and new and old != new)
    if not pairs or not text:
        return text
    pattern, known = _compiled(pairs)

    def renamed(match: re.Match[str]) -> str:
        found = match[0]
        new = known[" ".join(found.split())]
        if "\n" not in found:
            return new
        first, space, rest = new.partition(" ")
        return f"{first}\n{rest}" if space else f"{new}\n"

    return pattern.sub(renamed, text)


@lru_cache(maxsize=64)
def _compiled(pairs: tuple[tuple[str, str], ...]) -> tuple[re.Pattern[str], dict[str, str]]:
    known: dict[str, str] = {}
    for old, new in pairs:
        known.setdefault(" ".join(old.split()), new)
    written = dict.fromkeys(known)
    for old in list(known):
        written.setdefault(old.upper())
        known.setdefault(old.upper(), known[old].upper())
    ordered = sorted(written, key=lambda old: (-len(old), old))
    return re.compile("|".join(_word(old) for old in ordered)), known


def _word(name: str) -> str:
    """A pattern for a name: no letter may stand before or after one that begins or ends in Latin letters."""
    parts = f"(?:{_SPACE})".join(re.escape(part) for part in name.split(" "))
    before = rf"(?<!{_LATIN.pattern})" if _LATIN.match(name[0]) else ""
    after = rf"(?!{_LATIN.pattern})" if _LATIN.match(name[-1]) else ""
    return f"{before}{parts}{after}"
