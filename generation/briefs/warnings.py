"""What a writer of briefs should look at before it is sent to anybody. Nothing here forbids. No database.

for warning in warnings_of(brief.content(), known):     # known: names of the series' other characters
    warning.field, warning.text                         # a field of a brief, and a sentence about it
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from generation.screenplay import Kind, parse

CONTEXT_GUIDE = {"zh": 400, "en": 250}
PROFILE_GUIDE = {"zh": 800, "en": 500}
"""Characters of Chinese, and about as much in words of English."""

MOST_NAMES = 6

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_CAPITALS = re.compile(r"[A-Z][a-zà-ÿ]+(?: [A-Z][a-zà-ÿ]+)*")
_ACTS = (
    "says|said|asks|answers|tells|calls|shouts|whispers|replies|enters|leaves|arrives|comes|goes|waits|looks"
)
_ACTING = re.compile(rf"({_CAPITALS.pattern}) (?:{_ACTS})\b")
_NOBODY = frozenset(["He", "She", "It", "They", "We", "You", "I", "The", "A", "An", "One", "Nobody", "Both"])
# The commonest family names; with one or two signs and a verb of speech after them they are somebody.
_FAMILY = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛"
    "叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔"
    "贺赖龚文闵"
)
_SPEAKING = re.compile(rf"([{_FAMILY}][\u4e00-\u9fff]{{1,2}}?)(?:说|问|答|喊|叫住|告诉|走进|推门|赶来|笑道)")


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing to look at: the field it is about, and what is to be said of it."""

    field: str
    text: str | Promise


def warnings_of(content: Mapping[str, Any], known: Collection[str] = ()) -> list[Hint]:
    """What to look at in `Brief.content()`; `known` are names of characters in the series' other briefs."""
    return [
        *_of_outline(content),
        *_of_names(content, known),
        *_of_context(content),
        *_of_profiles(content),
    ]


def guide_length(text: str, language: str) -> int:
    """How long a text is by its guide: words of English; signs of Chinese, punctuation included."""
    return len(text.split()) if language == "en" else len("".join(text.split()))


def _of_outline(content: Mapping[str, Any]) -> Iterator[Hint]:
    elements = parse(content["outline"], content["language"]).elements
    heading = next((each for each in elements if each.kind is Kind.HEADING), None)
    if heading is not None:
        yield Hint(
            "outline",
            _(
                "“%(line)s” looks like a scene heading. An outline describes what happens; leave "
                "headings and character cues to the script."
            )
            % {"line": heading.text.split("\n")[0][:60]},
        )


def _of_names(content: Mapping[str, Any], known: Collection[str]) -> Iterator[Hint]:
    missing = missing_names(content, known)[:MOST_NAMES]
    if missing:
        joined = ("、" if content["language"] == "zh" else ", ").join(missing)
        yield Hint(
            "characters",
            _("In the outline but not among the characters: %(names)s. Add everyone who speaks.")
            % {"names": joined},
        )


def missing_names(content: Mapping[str, Any], known: Collection[str]) -> list[str]:
    """Names in the outline of people who are not among the characters, in the order they come.

    Found are the `known` ones, and names that say or do something there; a place is not told from a person by
    any rule, so what only stands there is let be.
    """
    outline, here = content["outline"], [person["name"] for person in content["characters"]]
    pattern = _ACTING if content["language"] == "en" else _SPEAKING
    found = [(match.start(), match.group(1)) for match in pattern.finditer(outline)]
    found += [(outline.find(name), name) for name in known if name in outline]
    parts = {part for name in here for part in (name, *_WORD.findall(name))}
    missing = [name for _at, name in sorted(found) if not _is_here(name, parts, here)]
    return list(dict.fromkeys(missing))


def _is_here(name: str, parts: Collection[str], here: Collection[str]) -> bool:
    words = _WORD.findall(name)
    return (
        any(word in parts or word in _NOBODY for word in words)
        or any(name in each or each in name for each in here)
        or not words
    )


def _of_context(content: Mapping[str, Any]) -> Iterator[Hint]:
    language = content["language"]
    length, guide = guide_length(content["previous_context"], language), CONTEXT_GUIDE[language]
    if length > guide:
        text = (
            _("The previous context has %(n)d characters; %(guide)d or fewer are recommended.")
            if language == "zh"
            else _("The previous context has %(n)d words; %(guide)d or fewer are recommended.")
        )
        yield Hint("previous_context", text % {"n": length, "guide": guide})


def _of_profiles(content: Mapping[str, Any]) -> Iterator[Hint]:
    language = content["language"]
    guide = PROFILE_GUIDE[language]
    text = (
        _("The profile of %(name)s has %(n)d characters; about %(guide)d are recommended.")
        if language == "zh"
        else _("The profile of %(name)s has %(n)d words; about %(guide)d are recommended.")
    )
    for person in content["characters"]:
        length = guide_length(person["profile"], language)
        if length > guide:
            yield Hint("characters", text % {"name": person["name"], "n": length, "guide": guide})
