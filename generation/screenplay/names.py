"""The name map of a series: the one change that texts for raters may undergo.

A known heroine, or the title of an aired series, would reveal which script is the aired one. The map replaces
names alike in the brief and in every script. It also replaces the parts of a name (a first name, a surname, a
cue in capitals) where a text clearly uses them as names; `part_places` says which places those are. Pure.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from generation.screenplay.chinese_words import ENGLISH_HEADING

NameMap = Sequence[Mapping[str, str]]
"""A list of {from, to}."""

_HAN = "\u3400-\u9fff\U00020000-\U000323af"
_LETTER = rf"[^\W_\u3040-\u30ff\uac00-\ud7af{_HAN}]"
_SPACE = r"[ \t\u00a0\u3000]{1,4}(?:\n[ \t]{0,8})?|\n[ \t]{0,8}"
_HAN_NAME = re.compile(f"[{_HAN}]{{3,4}}")
_LATIN_NAME = re.compile(r"[A-Z][\w.'’-]*")
_PART = re.compile(r"[A-Z][\w'’-]{2,}")
_SHORTEST_COMPOUND = 4
"""A Chinese name of four characters has a surname of two."""


@dataclass(frozen=True, slots=True, order=True)
class NamePlace:
    """One place where a map acts: offsets, the row of the map, and the name that is read instead."""

    start: int
    end: int
    row: int
    new: str


def rename_text(text: str, names: NameMap, people: Collection[str] = ()) -> str:
    """The text with every `from` as its `to`: the longest first, in one pass, so that a new name is never
    replaced in its turn.

    Names in Latin letters are whole words, in their own case or all in capitals, which the new name then has
    too; what follows them (`'s`) stays. Names in Han characters are found wherever they stand. A name may run
    over a line's end. Rows without `from` or `to` are ignored.
    """
    pieces, reached = [], 0
    for place in find_names(text, names, people):
        pieces += [text[reached : place.start], place.new]
        reached = place.end
    return "".join(pieces) + text[reached:]


def find_names(text: str, names: NameMap, people: Collection[str] = ()) -> list[NamePlace]:
    """Every place of a text that the map replaces, in order and without overlaps.

    A part in Latin letters of one of the `people` needs no further sign that the text uses it as a name.
    """
    pairs = tuple((row["from"].strip(), row["to"].strip()) for row in names)
    if not text or not any(old and new and old != new for old, new in pairs):
        return []
    pattern, known, parts = _compiled(pairs)
    found = []
    for match in pattern.finditer(text):
        row, new = known[" ".join(match[0].split())]
        if "\n" in match[0]:
            first, space, last = new.partition(" ")
            new = f"{first}\n{last}" if space else f"{new}\n"
        found.append(NamePlace(match.start(), match.end(), row, new))
    rest = pattern.sub(lambda match: "\0" * len(match[0]), text)
    for part, (row, new) in parts.items():
        is_known = not _is_han(part) and pairs[row][0] in people
        if _is_word_of(part, rest) or not (is_known or _is_name_in(part, rest)):
            continue
        for start, end in _written(part, rest):
            found.append(NamePlace(start, end, row, new.upper() if rest[start:end].isupper() else new))
    return sorted(found)


def name_parts(name: str) -> tuple[str, ...]:
    """The parts of a person's name that may stand for it: `Dora`, `Kemp`; the given name of 沈清荷."""
    if _HAN_NAME.fullmatch(name):
        return (name[2 if len(name) >= _SHORTEST_COMPOUND else 1 :],)
    words = re.split(r"[\s·•]+", name)
    if len(words) < 2 or words[0] in ("The", "A", "An") or not all(map(_LATIN_NAME.fullmatch, words)):
        return ()
    return tuple(words)


def part_places(part: str, text: str) -> Iterator[tuple[int, int]]:
    """Where a part of a name stands for a person, as far as that can be seen.

    A Han given name counts everywhere, but only once as a cue, and nowhere if the text counts people with it
    (一个姑娘, 姑娘们): then it is a word. A Latin part counts as a cue. If the text never has it as a word in
    small letters, it also counts in capitals outside scene headings (`INT. BUS - NIGHT` names no person), and
    everywhere if the text uses it as a name (a cue, with an age, behind a title, in capitals inside a
    sentence, `Dora's`).
    """
    if _is_han(part):
        again = {match.start(1) for match in islice(_cue(part).finditer(text), 1, None)}
        if not _is_word_of(part, text):
            yield from (place for place in _written(part, text) if place[0] not in again)
    elif _PART.fullmatch(part):
        if _is_word_of(part, text):
            yield from (match.span(1) for match in _cue(part).finditer(text))
        elif _is_name_in(part, text):
            yield from _written(part, text)
        else:
            yield from (place for place in _written(part.upper(), text) if not _in_heading(text, place[0]))


def _is_han(part: str) -> bool:
    return re.fullmatch(f"[{_HAN}]+", part) is not None


def _in_heading(text: str, at: int) -> bool:
    return ENGLISH_HEADING.match(text[text.rfind("\n", 0, at) + 1 : at]) is not None


def _written(part: str, text: str) -> Iterator[tuple[int, int]]:
    yield from (match.span() for match in re.finditer(f"{_word(part)}|{_word(part.upper())}", text))


def _cue(part: str) -> re.Pattern[str]:
    if _is_han(part):
        speech = rf"({part})\s?(?:[（(][^）)\n]*[）)]\s?)?[：:]"
        return re.compile(
            rf"^[ \t　]*(?:{speech}|(?:出场)?人物[：:](?:[^\n]*[、，\s])?{part}(?![{_HAN}]))", re.M
        )
    return re.compile(rf"^[ \t]*@?({re.escape(part.upper())})(?: ?\([^)\n]*\))*[ \t]*\^?\n(?=.*\S)", re.M)


def _is_name_in(part: str, text: str) -> bool:
    if _cue(part).search(text):
        return True
    word, capitals = re.escape(part), re.escape(part.upper())
    return not _is_han(part) and bool(
        re.search(
            rf"(?<=[a-z,;] ){word}(?![\w-]| [A-Z][a-z])|(?<!\w){word}['’]s\b|(?<!\w){capitals},? \(|"
            rf"\b(?i:mr|mrs|ms|miss|dr|sir|lady|professor)\.? (?:{word}|{capitals})\b",
            text,
        )
    )


def _is_word_of(part: str, text: str) -> bool:
    counted = rf"[\d一二两三四五六七八九十几][个位名]{part}|{part}们"
    pattern = counted if _is_han(part) else rf"(?<!\w){re.escape(part.lower())}(?!\w)"
    return re.search(pattern, text) is not None


@lru_cache(maxsize=64)
def _compiled(
    pairs: tuple[tuple[str, str], ...],
) -> tuple[re.Pattern[str], dict[str, tuple[int, str]], dict[str, tuple[int, str]]]:
    known: dict[str, tuple[int, str]] = {}
    for row, (old, new) in enumerate(pairs):
        if old and new and old != new:
            known.setdefault(" ".join(old.split()), (row, new))
    for old, (row, new) in list(known.items()):
        known.setdefault(old.upper(), (row, new.upper()))
    ordered = sorted(known, key=lambda old: (-len(old), old))
    return re.compile("|".join(_word(old) for old in ordered)), known, _mapped_parts(pairs, known)


def _mapped_parts(
    pairs: tuple[tuple[str, str], ...], known: Mapping[str, tuple[int, str]]
) -> dict[str, tuple[int, str]]:
    """Each part of an old name with the part that replaces it; none where two rows or a new name claim it."""
    claims: dict[str, set[tuple[int, str]]] = {}
    taken = {part for _old, new in pairs for part in name_parts(new)} | known.keys()
    for row, (old, new) in enumerate(pairs):
        parts, others = name_parts(old), name_parts(new)
        if len(parts) == len(others) and all(map(_is_han, parts)) == all(map(_is_han, others)):
            for part, other in zip(parts, others, strict=True):
                if part not in taken and (_is_han(part) or _PART.fullmatch(part)):
                    claims.setdefault(part, set()).add((row, other))
    return {part: min(each) for part, each in claims.items() if len({new for _row, new in each}) == 1}


def _word(name: str) -> str:
    """A pattern for a name: no letter may stand before or after one that begins or ends in Latin letters."""
    parts = f"(?:{_SPACE})".join(re.escape(part) for part in name.split(" "))
    before = rf"(?<!{_LETTER})" if re.match(_LETTER, name[0]) else ""
    after = rf"(?!{_LETTER})" if re.match(_LETTER, name[-1]) else ""
    return f"{before}{parts}{after}"
