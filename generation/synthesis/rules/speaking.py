"""Who speaks in prose: names and roles beside direct speech."""

import re
from collections.abc import Mapping
from typing import Any

from generation.synthesis.rules.language import NAME, WORDS, lines_of, words_of
from generation.synthesis.rules.names import OFFICE, is_title, titles

_SAID = (
    r"(?:says?|said|asks?|asked|answers?|answered|calls?|called|cries|cried|shouts?|shouted|whispers?|whispered|"
    r"repl(?:y|ies|ied)|adds?|added|mutters?|muttered|murmurs?|murmured|demands?|demanded|announces?|announced|"
    r"barks?|barked|snaps?|snapped|yells?|yelled|growls?|growled)"
)
_NAME = (
    r"(?:(?:Mrs?|Ms|Miss|Dr|Sir|Constable|Captain|Sergeant|Father|Sister|Uncle|Aunt|Old|Young)\.? )?"
    rf"{NAME}(?: {NAME})?"
)
_ROLE = r"(?:[Tt]he|[Aa]n?) (?P<role>[a-z]+(?: [a-z]+){0,2})"
_PUT = rf"(?:(?:(?:[Tt]he|[Aa]n?|[Hh]is|[Hh]er|{NAME}['’]s) )(?:[a-z]+(?:['’]s)? ){{0,3}})?"
"""What may stand before a name: the baker's husband Ramon."""
_EN = (
    re.compile(rf"[,.?!—-][\"”’'] {_SAID} (?:{_PUT}(?P<name>{_NAME})|{_ROLE})"),
    re.compile(rf"[,.?!—-][\"”’'] (?:{_PUT}(?P<name>{_NAME})|{_ROLE}) {_SAID}\b"),
    re.compile(
        rf"(?:^|(?<=[.!?] ))[^.!?\"“\n]{{0,60}}?\b(?:(?P<name>{_NAME})|{_ROLE}) {_SAID}"
        rf"[^.\"“\n]{{0,40}}[,:] [\"“]",
        re.MULTILINE,
    ),
)
_ZH_SAID = r"(?:说|问|喊|答|叫|道|喝道|催|骂|嚷|应|笑道|吼)"
_ZH = (
    re.compile(rf"[”」]，?(?P<who>[\u4e00-\u9fff]{{2,18}}?){_ZH_SAID}(?:道|着)?[，。：！]"),
    re.compile(
        rf"(?:^|(?<=[。！？”]))(?P<who>[\u4e00-\u9fff]{{2,18}}?){_ZH_SAID}(?:道|着)?[：:，]?[“「]",
        re.MULTILINE,
    ),
)
_TRADE = re.compile(
    r"nurse|cop|constable|guard|priest|vicar|monk|nun|cook|clerk|porter|landlady|landlord|neighbou?r|aunt|uncle|cousin|sergeant|captain|"
    r"soldier|guest|host|hostess|waitress|bride|groom|thief|king|queen|mayor|judge|boss|chief|patient|medic|cabbie|tramp|student|pupil|"
    r"\w+(?:man|woman|er|or|ist|ian|eer|ess|ant|ent)"
)
"""Nouns for somebody by trade or standing. What is not one of them (the radio, the knuckles) is a figure
of speech."""
_NO_NAMES = words_of("no-names.en.txt")
_NO_NAMES_ZH = words_of("no-names.zh.txt")
_BETWEEN_SURE, _BETWEEN = (frozenset(line.split()) for line in lines_of(WORDS / "before-said.zh.txt"))
"""What stands before a verb of speech and never ends a name, and what may."""
_NO_TRADE = words_of("no-trade.en.txt")
_ANYBODY = words_of("anybody.en.txt")
_SURNAMES = "".join(sorted(words_of("surnames.zh.txt")))
_TITLED = rf"[{_SURNAMES}](?:{OFFICE}|{titles('trade', 'address')})"
_PERSON = re.compile(rf"(?:{_TITLED}|(?:老|小|阿)?[{_SURNAMES}][\u4e00-\u9fff]{{0,2}})$")
_BEGINS = re.compile(rf"(?:[\u4e00-\u9fff]{{1,4}}的)?(?P<name>{_TITLED})")
_OFFICES = re.compile(rf"{OFFICE}|{titles('trade')}")


def strangers(novel: str, known: str, language: str) -> list[str]:
    """Those who speak in the prose and are named nowhere in what is known (brief, scene, directives)."""
    found = _english(novel, known.casefold()) if language == "en" else _chinese(novel, known)
    return list(dict.fromkeys(found))


def _english(novel: str, known: str) -> list[str]:
    found = []
    for pattern in _EN:
        for match in pattern.finditer(novel):
            if match["name"]:
                last = match["name"].split()[-1]
                if last.casefold() not in known and last not in _NO_NAMES:
                    found.append(match["name"])
            else:
                found += [word for word in match["role"].split() if _is_trade(word) and word not in known][:1]
    return found


def _is_trade(word: str) -> bool:
    return word not in _ANYBODY and word not in _NO_TRADE and _TRADE.fullmatch(word) is not None


def _chinese(novel: str, known: str) -> list[str]:
    found = []
    for pattern in _ZH:
        for match in pattern.finditer(novel):
            who = match["who"]
            for office in _OFFICES.findall(who):
                if office not in known:
                    found.append(office)
            if (name := _bare_name(_person(who), known)) and name not in known:
                found.append(name)
    return found


def _person(who: str) -> str:
    """The name at the beginning of a clause before a verb of speech: 刘婶端着碗进来 is 刘婶."""
    match = _BEGINS.match(who)
    if match:
        return match["name"]
    for office in _OFFICES.finditer(who):
        rest = who[office.end() :]
        if rest and rest[0] in _SURNAMES:
            return rest[:3]
    return who if len(who) <= 3 and _PERSON.match(who) else ""


def _bare_name(name: str, known: str) -> str:
    """A name without what stands between it and the verb of speech (韩冬又说, 阿陶忙说). Some of these
    characters end given names too (李有才): they are left on unless that person is known without them."""
    if name in known or is_title(name[1:]):
        return name
    for size in (2, 1):
        bare, rest = name[:-size], name[-size:]
        if bare in _NO_NAMES_ZH or rest in _BETWEEN_SURE:
            return "" if len(bare) < 2 else bare
        if rest in _BETWEEN and bare in known:
            return bare
    return "" if name in _NO_NAMES_ZH else name


def known_of(content: Mapping[str, Any], answers: Mapping[str, str]) -> str:
    """All that may name somebody who speaks."""
    texts = [content.get("text", ""), *content.get("speakers", ()), *answers.values()]
    texts += [f"{each['name']} {each['profile']}" for each in content.get("characters", ())]
    return "\n".join(map(str, texts))
