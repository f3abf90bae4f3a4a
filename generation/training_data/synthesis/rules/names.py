"""Who is named in a text: by the full name, or by a part of it that is nobody else's."""

import re
from collections.abc import Iterable, Sequence

from generation.training_data.synthesis.scenes import named_in

_LABEL = re.compile(r"\s*[（(].*$")
_JOINED = re.compile(r"\s*(?:、|，|,|/|&|\bAND\b|\band\b)\s*")
_JOINED_ZH = re.compile(r"\s*(?:、|，|/|&|和|与)\s*")
_COUNTED = re.compile(r"(?<=[\u4e00-\u9fff])(?:[甲乙丙丁戊]|[A-Da-d]|[一二三四1-9])$")
_CROWDS = frozenset(
    {
        "all", "announcer", "both", "crowd", "everybody", "everyone", "loudspeaker", "narrator", "others",
        "radio", "recording", "tv", "voice", "voices", "三人", "两人", "二人", "人群", "众人", "全体", "合",
        "大家", "字幕", "广播", "所有人", "旁白", "电视", "画外音", "群众", "话外音", "齐声",
    }
)  # fmt: skip
_TITLES = frozenset(
    {"a", "an", "dr", "lady", "madam", "miss", "mr", "mrs", "ms", "old", "sir", "the", "young"}
)


def split_speakers(speakers: Iterable[str]) -> list[str]:
    """Return single speakers: joint ones apart (`A AND B`), without crowds and machines."""
    known = {_LABEL.sub("", each).strip() for each in speakers}
    found = dict.fromkeys(each for name in sorted(known) for each in _split_joint(name, known))
    return [each for each in found if each and not is_crowd(each)]


def _split_joint(name: str, known: set[str]) -> list[str]:
    if name.isascii():
        return _JOINED.split(name)
    parts = _JOINED.split(name)
    joined = _JOINED_ZH.split(name)  # 李和平 is one person, 甲和乙 are two who speak elsewhere too
    return joined if len(joined) > len(parts) and all(each in known for each in joined) else parts


def is_crowd(name: str) -> bool:
    """Return whether a speaker is a crowd, a machine or an unseen voice, which need not be named."""
    low = name.casefold()
    return low in _CROWDS or low.endswith(("声", "广播", "播音", " voice", "voices")) or "众" in name


def is_named(name: str, text: str, others: Sequence[str] = ()) -> bool:
    """Return whether a text names a person: in full, or by a part of the name that no other has."""
    rest = _without_longer_names(text, name, others)
    if named_in(name, rest):
        return True
    others = [other for other in others if other != name]
    if not name.isascii():
        return _is_named_in_chinese(name, rest, others)
    shared = {word for other in others for word in other.casefold().split()}
    words = [word.strip(".") for word in name.casefold().split()]
    own = [word for word in words if word not in _TITLES and word not in shared and len(word) > 1]
    return any(named_in(word, rest) for word in own)


def _is_named_in_chinese(name: str, text: str, others: Sequence[str]) -> bool:
    base = _COUNTED.sub("", name)
    if base != name:
        return base in text and not any(other.startswith(base) for other in others)
    given = name[-2:]
    return len(name) == 3 and given in text and not any(given in other for other in others)


def _without_longer_names(text: str, name: str, others: Sequence[str]) -> str:
    """The text without longer names that hold this one: 老板娘 does not name 老板."""
    for other in sorted(others, key=len, reverse=True):
        if other != name and name in other and not name.isascii():
            text = text.replace(other, "□")
    return text


def find_missing(speakers: Iterable[str], text: str) -> list[str]:
    """Return the speakers whom a text does not name."""
    names = split_speakers(speakers)
    return [each for each in names if not is_named(each, text, names)]
