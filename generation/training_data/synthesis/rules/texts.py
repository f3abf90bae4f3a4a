"""What all parts of an answer must keep: plain text, the right language, a length, an ending."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from generation.pipelines.inputs import is_none
from generation.pipelines.refusals import Refusal
from generation.screenplay.measure import count_han, count_words
from generation.screenplay.text import END_TOKEN
from generation.screenplay.text_checks import (
    detect_language,
    detect_other_language,
    find_meta_commentary,
    is_traditional,
)
from generation.training_data.synthesis.scenes import lines_of, named_in

_ACCENTED = [chr(code) for code in range(0xC0, 0x250)]
NAME = f"[A-Z{''.join(filter(str.isupper, _ACCENTED))}][a-z{''.join(filter(str.islower, _ACCENTED))}]+"
"""A capitalised word, of which names are made: Élodie, Tomás."""
_TOKEN = re.compile(r"[A-Za-z\u00c0-\u024f]+(?:['’][A-Za-z]+)*|\d+")
_HAN = re.compile(r"[〇\u3400-\u4dbf\u4e00-\u9fff]")
_SENTENCE = {
    "en": re.compile(r"(?<=[.!?…])(?<!\bMr\.)(?<!\bMrs\.)(?<!\bMs\.)(?<!\bDr\.)(?<!\bSt\.)[\"”’')]*\s+|\n+"),
    "zh": re.compile(r"(?<=[。！？…!?])[”」』’\"]*|\n+"),
}
_DOUBLE = re.compile(
    r"“[^”\n]*(?:”|$)|「[^」\n]*(?:」|$)|『[^』\n]*(?:』|$)|\"[^\"\n]*(?:\"|$)"
    r"|„[^“”\n]*(?:[“”]|$)|«[^»\n]*(?:»|$)|»[^«\n]*(?:«|$)|‹[^›\n]*(?:›|$)",
    re.MULTILINE,
)
_SINGLE = re.compile(
    r"‘[^\n]{2,400}?’(?![A-Za-z])|(?<![\w'])'[^'\n]{1,400}(?:'[A-Za-z][^'\n]{0,400}){0,40}'(?![A-Za-z])"
)
_MARKS = "“”„「」『』«»‹›\"‘’'"
_ENDINGS = (("ing", 5), ("ied", 4), ("ies", 4), ("ed", 4), ("es", 4), ("s", 3), ("ly", 5))


def tokens(text: str, language: str) -> list[str]:
    """Return words in lower case, or Han characters one by one."""
    if language == "zh":
        return _HAN.findall(text)
    return [word.replace("’", "'") for word in _TOKEN.findall(text.lower())]


def stem(word: str) -> str:
    """Return an English word (lower case) without its ending, to find it in another form."""
    word = word.split("'")[0]
    for ending, least in _ENDINGS:
        if word.endswith(ending) and len(word) > least and not word.endswith(("ss", "us", "eed")):
            word = word[: -len(ending)] + ("y" if ending in ("ied", "ies") else "")
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word[-1] == "e" else word


def sentences(text: str, language: str) -> list[str]:
    return [each.strip() for each in _SENTENCE[language].split(text) if each and each.strip()]


def quoted(text: str) -> list[str]:
    """Return what stands in quotation marks of any kind, without them."""
    return [
        each[1:].rstrip(_MARKS) for each in [*_DOUBLE.findall(text), *_SINGLE.findall(_DOUBLE.sub(" ", text))]
    ]


def without_speech(text: str) -> str:
    """Return a text without direct speech. Single quotation marks count where there are no double ones."""
    told, found = _DOUBLE.subn(" ", text)
    return told if found else _SINGLE.sub(" ", text)


def speech_of(text: str) -> str:
    """Return direct speech alone."""
    found = _DOUBLE.findall(text) or _SINGLE.findall(text)
    return "\n".join(each.strip(_MARKS) for each in found)


def grams(items: Sequence[str], size: int) -> list[tuple[str, ...]]:
    """Return all runs of so many neighbouring items."""
    return list(zip(*(items[at:] for at in range(size)), strict=False))


LOOP_LENGTH, LOOP_SENTENCES, LOOP_TIMES = 8, 5, 3
"""A loop: at most so many sentences of at least so many words together, so many times in a row."""
LOOP_LONG = 24
"""Words of a shorter loop in all: yes, it is, yes, it is."""
LONGEST = 200_000
"""Characters; a longer text is refused unread. No stage may give as long an answer."""
NUMBERED = 3
"""As many lines with numbers in a row, from 1, are a list."""
_LATIN = re.compile(r"[A-Za-z]{2,}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffd-\uffff]")
_MARKUP = re.compile(
    r"\*\*|```|^#{1,6} |</?[a-z]{1,20}>|\\n|[\[【][^\[\]【】\n]{0,10}(?:name|名)[\]】]", re.MULTILINE
)
"""Marks of Markdown or of tags, a line break that was escaped twice, a gap for a name."""
_LIST = re.compile(
    r"^[ \t　]*(?:[-*•·]|\d{1,2}[.、)）]|[一二三四五六七八九十]{1,2}、|[（(]\d{1,2}[)）])[ \t　]*\S",
    re.MULTILINE,
)
_NUMBER = re.compile(r"[ \t　]*[(（\[]?(\d{1,3})[.、)）\]:：．]")
_HEADING = re.compile(
    r"^[ \t　]*(?:(?:INT|EXT|EST|I/E)[./ ]|\d+[-－]\d+[ \t　]|场景[:：]|第.{1,8}场)"
    r"|[ 　](?:日|夜|晨|昏|傍晚|清晨|深夜|黄昏)[ 　](?:内|外)(?:\s|$)",
    re.MULTILINE,
)
_LAYOUT = re.compile(r"^[ \t　]*[△▲Δ∆▵▴]", re.MULTILINE)


def text_length(text: str, language: str) -> int:
    return count_han(text) if language == "zh" else count_words(text)


def check_text(part: str, text: str, language: str) -> Refusal | None:
    """Refuse what is not plain text in the right language: markup, control characters, another language."""
    if len(text) > LONGEST:
        return Refusal("part-long", {"part": part, "length": len(text), "least": 1, "most": LONGEST})
    bare = text.strip()
    if (
        _CONTROL.search(text)
        or _MARKUP.search(bare)
        or END_TOKEN.search(bare)
        or (bare[:1] in "{[" and bare[-1:] in "}]")
        or not re.search(r"\w", bare)
    ):
        return Refusal("not-text", {"part": part})
    if is_none(bare):
        return None
    other = "a mixture" if is_mixed(bare, language) else detect_other_language(bare, language)
    found = other or detect_language(bare) or _language_of_few_words(bare)
    if found != language:
        found = found or "too short or too mixed to tell a language by"
        return Refusal("part-language", {"part": part, "found": found, "language": language})
    line = find_loop(bare, language)
    return Refusal("loop", {"part": part, "line": line[:60]}) if line else None


def is_mixed(text: str, language: str) -> bool:
    """Return whether much of a text is in the other language: more than names and loan words."""
    han, latin = count_han(text), len(_LATIN.findall(text))
    return han > 12 + latin // 50 if language == "en" else latin > 12 + han // 20


def _language_of_few_words(text: str) -> str:
    """The language of a text that is too short for anything else: Chinese if it has one Han character."""
    if count_han(text):
        return "zh"
    return "en" if text.isascii() or not re.search(r"[^\W\d_a-zA-Z\u00c0-\u024f]", text) else ""


def check_traditional(part: str, text: str, content: Mapping[str, Any]) -> Refusal | None:
    """Refuse Traditional characters where the scene has none."""
    if content["language"] != "zh" or not is_traditional(text) or is_traditional(content.get("text", "")):
        return None
    return Refusal("part-language", {"part": part, "found": "Traditional Chinese", "language": "zh"})


def check_remarks(text: str) -> Refusal | None:
    """Refuse a remark about the text before or after it."""
    line = find_meta_commentary(text)
    return Refusal("remarks", {"line": line[:60]}) if line else None


def check_ending(part: str, text: str) -> Refusal | None:
    """Refuse a text that ends in the middle of a sentence."""
    last = text.rstrip("*_ \t\n")[-1:]
    if last.isalnum() or last in ",;:，；：、-":
        return Refusal("cut-off", {"part": part, "line": text.strip()[-40:]})
    return None


def check_numbering(part: str, text: str) -> Refusal | None:
    """Refuse prose that is a list: lines that begin with the numbers in a row."""
    count = 0
    for line in text.split("\n"):
        found = _NUMBER.match(line)
        if found and int(found[1]) == count + 1:
            count += 1
            if count == NUMBERED:
                return Refusal("laid-out", {"part": part, "line": line.strip()[:60]})
    return None


def find_loop(text: str, language: str) -> str:
    """Return the first sentence of what a text repeats three times in a row; empty if there is nothing."""
    listed = sentences(text, language)
    for size in range(1, LOOP_SENTENCES + 1):
        same = 0
        for at in range(len(listed) - size):
            same = same + 1 if listed[at] == listed[at + size] else 0
            if same and same % size == 0 and same >= size * (LOOP_TIMES - 1):
                again = listed[at - size + 1 : at + 1]
                length = len(tokens(" ".join(again), language))
                if length >= LOOP_LENGTH or (length > 1 and length * (same // size + 1) >= LOOP_LONG):
                    return again[0]
    return ""


def check_length(
    part: str, text: str, language: str, bounds: Mapping[str, tuple[int, int]]
) -> Refusal | None:
    """Refuse a text with fewer or more words, or Han characters, than the bounds of its language."""
    least, most = bounds[language]
    length = text_length(text, language)
    if least <= length <= most:
        return None
    code = "part-short" if length < least else "part-long"
    return Refusal(code, {"part": part, "length": length, "least": least, "most": most})


def check_paragraph(part: str, text: str) -> Refusal | None:
    """Refuse what is not one paragraph: a scene heading, a list, screenplay layout."""
    bare = text.strip()
    for pattern in (_HEADING, _LAYOUT):
        if match := pattern.search(bare):
            line = bare[match.start() :].strip().split("\n", 1)[0][:60]
            return Refusal("laid-out", {"part": part, "line": line})
    if (
        len(_LIST.findall(bare)) > 1
        or _LIST.match(bare)
        or len([line for line in bare.split("\n") if line.strip()]) > 1
    ):
        return Refusal("not-one-paragraph", {"part": part})
    return None


def first_refusal(found: Iterable[Refusal | None]) -> Refusal | None:
    """Return the first refusal of lazily computed checks, or None."""
    return next((each for each in found if each is not None), None)


LONG_RUN = {"en": 8, "zh": 13}
"""Words, Han characters: longer than what two writers have in common by chance."""
SHORT_RUN = {"en": 3, "zh": 4}
WINDOW = 60
"""Number of neighbouring short runs that are looked at together, about four sentences."""
_NAME = re.compile(rf"(?<=[a-z,;:] ){NAME}(?:['’]s)?")


def overlap(text: str, source: str, language: str) -> float:
    """Return the share of a text's long runs that the source holds; 0 where the text is too short for one."""
    size = LONG_RUN[language]
    runs = grams(tokens(text, language), size)
    if not runs:
        return 0.0
    source_runs = set(grams(tokens(source, language), size))
    return sum(run in source_runs for run in runs) / len(runs)


def densest_overlap(text: str, sources: Iterable[str], language: str) -> float:
    """Return the largest share of short runs that the sources hold, over all windows of a text.

    Names and endings are left out. Narration, direct speech and both together are looked at, so that a few
    copied lines among a writer's own are found.
    """
    source_runs = frozenset[tuple[str, ...]]().union(*(_short_runs(each, language) for each in sources))
    parts = (text, without_speech(text), speech_of(text))
    return max(_densest_window([run in source_runs for run in _grams(each, language)]) for each in parts)


def _densest_window(hits: Sequence[bool]) -> float:
    most = total = sum(hits[:WINDOW])
    for at in range(WINDOW, len(hits)):
        total += hits[at] - hits[at - WINDOW]
        most = max(most, total)
    return most / WINDOW


@lru_cache(maxsize=256)
def _short_runs(source: str, language: str) -> frozenset[tuple[str, ...]]:
    return frozenset(_grams(source, language))


def _grams(text: str, language: str) -> list[tuple[str, ...]]:
    words = tokens(text, "zh") if language == "zh" else _plain_words(text)
    return grams(words, SHORT_RUN[language])


def _plain_words(text: str) -> list[str]:
    return [stem(word) for word in tokens(_NAME.sub(" ", text), "en") if word not in ("the", "a", "an")]


MARKED = {"en": 4, "zh": 6}
"""As many words or Han characters in quotation marks are speech; fewer may be a term."""
SENTENCE = {"en": 5, "zh": 6}
"""A whole sentence of a speech with as many words is a quote."""
RETOLD_SENTENCE = {"en": 7, "zh": 11}
"""The same in a text that retells scenes and so repeats short facts: a context, a profile."""
RUN = {"en": 8, "zh": 12}
"""As many words of one speech in a row are a quote, a whole sentence or not."""


def speeches_of(content: Mapping[str, Any]) -> list[str]:
    """Return all that is said in a scene, or in the scenes that show a person."""
    elements = content.get("elements")
    if elements is None:
        language = content["language"]
        elements = [each for scene in content.get("scenes", ()) for each in lines_of(scene["text"], language)]
    return [each["text"] for each in elements if each["speaker"]]


def find_quote(text: str, speeches: Sequence[str], language: str, *, retold: bool = False) -> str:
    """Return the first line of dialogue found in a text; the empty string if there is none.

    `retold`: the text retells scenes, so only longer sentences count.
    """
    least = (RETOLD_SENTENCE if retold else SENTENCE)[language]
    said = ["".join(tokens(each, language)) for each in speeches]
    for each in quoted(text):
        words = tokens(each, language)
        joined = "".join(words)
        if len(words) >= MARKED[language] or (len(words) >= 3 and any(joined in speech for speech in said)):
            return each
    words = tokens(text, language)
    sizes = {RUN[language]: set(grams(words, RUN[language]))}
    for speech in speeches:
        for sentence in sentences(_without_reaction(speech), language):
            parts = tokens(sentence, language)
            size = min(len(parts), RUN[language])
            if size < least:
                continue
            if size not in sizes:
                sizes[size] = set(grams(words, size))
            if not sizes[size].isdisjoint(grams(parts, size)):
                return sentence
    return ""


def _without_reaction(speech: str) -> str:
    """A speech without the reaction that stands in parentheses before its words."""
    for opening, closing in ("()", "（）"):
        if speech.startswith(opening):
            speech = speech.split(closing, 1)[-1]
    return speech


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
