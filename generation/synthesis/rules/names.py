"""Who is named in a text: by the name above the speeches, by a part of it that is nobody else's."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from generation.synthesis.rules.language import WORDS, lines_of, words_of
from generation.synthesis.scenes import named_in

_LABEL = re.compile(r"\s*[（(].*$")
_JOINED = re.compile(r"\s*(?:、|，|,|/|&|\bAND\b|\band\b)\s*")
_JOINED_ZH = re.compile(r"\s*(?:、|，|/|&|和|与)\s*")
_NOBODY = words_of("nobody.txt")
_STANDINGS = words_of("standings.en.txt")
"""Uncle Rollo is named by Rollo; who has nothing else for a name (Guard 2) is by what he is."""
_TITLES = words_of("titles.en.txt")
_NUMBERS = (("1", "one", "first"), ("2", "two", "second"), ("3", "three", "third"), ("4", "four", "fourth"))
_ALIKE = {word: each for each in _NUMBERS for word in each}
_NUMBERED = re.compile(rf"\b(?:{'|'.join(_ALIKE)})\b", re.IGNORECASE)
_COUNTED = re.compile(r"(?<=[\u4e00-\u9fff])(?:[甲乙丙丁戊]|[A-Da-d]|[一二三四1-9])$")


OFFICE = (
    r"副?(?:站|队|班|科|处|局|校|镇|村|县|市|厂|院|所|组|连|船|店|馆|部|社|乡|区|列车)长"
    r"|(?![人成职动])[\u4e00-\u9fff]{1,2}(?<!人)(?<!成)(?<!动)员"
)


@cache
def titles(*kinds: str) -> str:
    """Chinese words for a person, of these kinds (`trade`, `address`), as one pattern, the longest first."""
    listed = dict(line.split(": ", 1) for line in lines_of(WORDS / "titles.zh.txt"))
    words = [word for kind in kinds for word in listed[kind].split()]
    return "|".join(sorted(words, key=len, reverse=True))


def is_title(word: str) -> bool:
    """Whether it is a word for a person (师傅, 科长) and no given name."""
    return re.fullmatch(f"{OFFICE}|{titles('trade', 'address', 'rank')}", word) is not None


def one_by_one(speakers: Iterable[str]) -> list[str]:
    """Speakers, joint ones apart, crowds and machines left out: a line of `A AND B` is spoken by A and by
    B."""
    found: dict[str, None] = {}
    known = {_LABEL.sub("", each).strip() for each in speakers}
    for name in sorted(known):
        for each in _apart(name, known):
            if each and not is_nobody(each):
                found[each] = None
    return list(found)


def _apart(name: str, known: set[str]) -> list[str]:
    if name.isascii():
        return _JOINED.split(name)
    parts = _JOINED.split(name)
    joined = _JOINED_ZH.split(name)  # 李和平 is one person, 甲和乙 are two who speak elsewhere too
    return joined if len(joined) > len(parts) and all(each in known for each in joined) else parts


def is_nobody(name: str) -> bool:
    """A crowd, a machine, a voice from nowhere: an outline need not name it."""
    low = name.casefold()
    return low in _NOBODY or low.endswith(("声", "广播", "播音", " voice", "voices")) or "众" in name


def named(name: str, text: str, others: Sequence[str] = (), *, properly: bool = False) -> bool:
    """Whether a text names this person: in full, or by a part of the name that none of the others share;
    `properly`, by one that is more than what the person is (Rollo, not the uncle)."""
    rest = _blanked(text, name, others)
    if named_in(name, rest):
        return True
    if not name.isascii():
        return _named_in_chinese(name, rest, others)
    shared = {word for other in others if other != name for word in other.casefold().split()}
    words = [word.strip(".") for word in name.casefold().split()]
    own = [word for word in words if word not in _TITLES and word not in shared and len(word) > 1]
    if properly and (counted := _NUMBERED.search(name)) and len(words) > 1:  # the guard may be any
        either = "|".join(_ALIKE[counted[0].casefold()])
        role = "|".join(re.escape(word) for word in words if word not in _ALIKE)
        pattern = rf"\b(?:(?:{either}) (?:\w+ )?(?:{role})s?|(?:{role}) (?:{either}))\b"
        return re.search(pattern, rest, re.IGNORECASE) is not None
    if properly:
        own = [word for word in own if word not in _STANDINGS] or own
    if len(words) == 1:
        return named_in(words[0], rest)
    return any(named_in(word, rest) for word in own)


def _named_in_chinese(name: str, text: str, others: Sequence[str]) -> bool:
    base = _COUNTED.sub("", name)
    if (
        base != name
        and base not in others
        and not any(each != name and each.startswith(base) for each in others)
    ):
        return base in text
    given = name[-2:]
    return (
        len(name) == 3
        and "\u4e00" <= name[0] <= "\u9fff"
        and not is_title(given)
        and not is_title(name)
        and given in text
    )


def _blanked(text: str, name: str, others: Sequence[str]) -> str:
    """The text without longer names that hold this one: 老板娘 does not name 老板."""
    for other in sorted(others, key=len, reverse=True):
        if other != name and name in other and not name.isascii():
            text = text.replace(other, "□")
    return text


def all_names(content: Mapping[str, Any]) -> list[str]:
    """Everybody whom the content knows by name, and the single words of English names."""
    names = [*content.get("speakers", ()), *(each["name"] for each in content.get("characters", ()))]
    names += [*content.get("others", ()), *filter(None, [content.get("name")])]
    found = dict.fromkeys(one_by_one(map(str, names)))
    for name in list(found):
        if name.isascii():
            found.update(
                dict.fromkeys(
                    word for word in name.split() if word.casefold() not in _TITLES and len(word) > 1
                )
            )
    return list(found)
