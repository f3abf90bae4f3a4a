"""What in a script could tell a reader who or what wrote it.

`scan` finds names of models and their makers, of the study's systems and series, of shows and people; chat
boilerplate and refusals; notes to the reader, titles, end marks, second versions; leftover markup, machine
tokens, remnants of a prompt, placeholders; credits and links; marks, numbers, headings and languages that the
layout does not have; hidden characters and look-alike letters. It judges nothing: people clear a finding (a
prop may be called Gemini), by one rule for all systems. The words are data, in `words.toml`
and, for chat boilerplate, in `generation/screenplay/text_checks/remarks.toml`.
"""

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path

from generation.screenplay.leaks.about import about_the_script, is_offer
from generation.screenplay.leaks.code_switching import find_code_switching
from generation.screenplay.leaks.layout import loose
from generation.screenplay.leaks.lines import Line, Lines
from generation.screenplay.leaks.marks import marks
from generation.screenplay.leaks.names import ambiguous
from generation.screenplay.leaks.needed_letters import find_all
from generation.screenplay.leaks.prompts import remnants
from generation.screenplay.leaks.tails import odd_ones
from generation.screenplay.leaks.units import CUE, LAST, SENTENCE, Unit, Units, lone_brackets
from generation.screenplay.leaks.view import View, folded, view_of
from generation.screenplay.names import name_parts, part_places
from generation.screenplay.text import is_hidden
from generation.screenplay.text_checks.look_alikes import MIXED_ALPHABETS
from generation.screenplay.text_checks.remarks import compile_pattern, read_patterns

WORDS = Path(__file__).with_name("words.toml")
MOST_FINDINGS = 200
MOST_SCANNED = 60_000
"""Code points that are looked through, some twenty times a scene; a longer text is a finding by itself."""
_AROUND = 24

KINDS = (
    "model", "system", "series", "person", "boilerplate", "note", "prompt", "placeholder", "machine",
    "markdown", "credit", "typography", "language", "hidden", "look-alike", "size",
)  # fmt: skip

_BREAKS = "\x0b\x0c\x85\u2028\u2029"
_TITLES = r"(?:Mr|Mrs|Ms|Miss|Dr|Prof|Professor|Sir|Dame|Lady)\.?"
_CODE = re.compile(r"([A-Za-z]{1,4})[-_ ]?(\d{1,4})")
_HAN_NAME = re.compile("[\u4e00-\u9fff]{2,6}")
_QUOTATION = re.compile(r'“[^”\n]{0,400}”|"[^"\n]{0,400}"')
_MODEL = re.compile(r"language model|llm|语言模型|写作助手|knowledge|training|知识|训练", re.IGNORECASE)
_LABEL = re.compile("[A-Za-z0-9-]+")
_ROBOT = re.compile(
    r"\b(?:robot|hal|android|ai|unit|bot|computer|machine|droid|voice|system|cyborg|synth\w*|device|speaker|assistant|kiosk|hologram|drone|ship)\b"
    r"|机器|电脑|系统|智能|音箱|助手|程序|仿生|语音|导航|全息|主机",
    re.IGNORECASE,
)

MOST_BESIDE = {"en": 24, "zh": 12}
"""Characters next to an address on its own; with more it is painted or printed on something."""
IN_CUES = ("placeholder", "machine", "prompt")
"""What a cue is looked through for."""
IN_LAST_SENTENCES = ("boilerplate", "note", "prompt", "model")
"""What the last of several sentences of a speech is looked through for; not courtesies."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One place. `start` and `end` are code-point offsets into the text that was scanned."""

    start: int
    end: int
    kind: str
    excerpt: str


def scan(
    text: str,
    language: str,
    *,
    system_names: Iterable[str] = (),
    series_titles: Iterable[str] = (),
    people: Iterable[str] = (),
    replaced: Iterable[str] = (),
    characters: Iterable[str] = (),
    of_script: bool = True,
) -> list[Finding]:
    """Everything that was found in a canonical text, in order, without overlaps of one kind.

    `system_names` may be slugs and names; slugs that are ordinary words (`human`, `direct`) are not looked
    for. `people` are writers, by name or code. `replaced` are the names that a name map replaces: they and
    their parts are looked for. `characters` are the brief's: one of them may be called Claude. A text that is
    no script (`of_script=False`: a consent, a brief) speaks to its reader and may have any layout: there only
    what is looked for everywhere is a finding. Findings are of the `KINDS`; at most `MOST_FINDINGS`.
    """
    whole, text = text, text[:MOST_SCANNED]
    view = view_of(text)
    lines = Lines(view.text, language)
    cast = tuple(characters)
    somebody = {name.casefold() for name in cast}
    found = [*_hidden(text), *_mixed(text)]
    found += [
        _finding(text, kind, start, end)
        for kind, start, end in marks(text, Lines(text, language))
        if of_script or kind == "look-alike"
    ]
    names = (("system", system_names), ("series", series_titles), ("person", people))
    by_words = chain(
        _by_words(view, language, lines, of_script=of_script),
        _of_script(view.text, lines) if of_script else (),
    )
    in_view = chain(
        (
            (kind, start, end)
            for kind, start, end in by_words
            if not (kind == "model" and view.text[start:end].casefold() in somebody)
        ),
        *(_by_names(view.text, kind, each) for kind, each in names),
        _by_surnames(view.text, people, {*somebody, *(cue.casefold() for cue in lines.cues)}),
        (("person", *place) for place in replaced_names(view.text, replaced, cast)),
        (("model", *place) for place in ambiguous(view.text, language, cues=lines.cues, known=cast)),
    )
    for kind, first, last in in_view:
        start, end = _trimmed(view.text, first, last)
        if start < end:
            found.append(_finding(text, kind, *view.original(start, end)))
    if len(whole) > MOST_SCANNED:
        found.append(Finding(MOST_SCANNED, len(whole), "size", "longer than is looked through"))
    return _without_overlaps(sorted(found))[:MOST_FINDINGS]


def _of_script(text: str, lines: Lines) -> Iterator[tuple[str, int, int]]:
    """What is a finding in a script alone, where every line is part of a layout."""
    yield from (("prompt", *place) for place in remnants(text, lines.language))
    yield from (("note", *place) for place in chain(loose(lines), odd_ones(lines), lone_brackets(lines)))
    yield from (("language", *place) for place in find_code_switching(lines))
    units = Units(lines)
    is_machine = _machine_check(lines)
    for group, scope, pattern in _patterns(lines.language):
        kind = group.partition("-")[0]
        for match in find_all(pattern, units.text) if scope != "alone" else ():
            unit = units.at(match.start() + len(match[0]) - len(match[0].lstrip()))
            start, end = units.back(*match.span())
            quoted = scope != "any" and _is_quoted(lines.at(start), start, end)
            ordinary = unit.kind == LAST and (
                group not in IN_LAST_SENTENCES
                or pattern.search(unit.before) is not None  # the speaker's way of putting it
                or is_offer(match[0], lines.language)
                or is_machine(lines.at(start).cue)
            )
            if (unit.kind != CUE or kind in IN_CUES) and match[0].strip() and not quoted and not ordinary:
                yield kind, start, end
    often = Counter(line.cue for line in lines.lines)
    whole = (
        Unit(line.start, line.text, SENTENCE)
        for line in lines.lines
        if line.role in ("other", "action") or (line.edge and often[line.cue] == 1)
    )
    for unit in chain(units.all, whole):
        own_words = _without_quotations(unit, lines) if unit.kind == SENTENCE else unit.text
        for kind in about_the_script(own_words, lines.language, unit.kind):
            yield kind, unit.start, unit.start + len(unit.text)


def replaced_names(text: str, names: Iterable[str], known: Iterable[str] = ()) -> Iterator[tuple[int, int]]:
    """What a name map has left of the names that it replaces, and their parts, unless they are `known` names
    or parts of these."""
    old = {name.strip() for name in names}
    still = {part for name in known if name not in old for part in (name, *name_parts(name))}
    for pattern in _named("person", frozenset(old - still)):
        yield from (match.span() for match in find_all(pattern, text))
    for part in sorted({part for name in old for part in name_parts(name)} - still - old):
        yield from part_places(part, text)


@cache
def _words() -> dict[str, dict[str, list[str]]]:
    remarks = {name: rules for name, rules in read_patterns().items() if name.startswith("boilerplate")}
    return remarks | tomllib.loads(WORDS.read_text(encoding="utf-8"))


@cache
def _patterns(language: str) -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """Group (a kind, or a kind and what its rules are for), scope and pattern of each rule of a language."""
    found = []
    for group, rules in _words().items():
        for key, patterns in rules.items():
            scope, _, only = key.rpartition("_") if key.endswith(("_en", "_zh")) else (key, "", "")
            if scope.endswith("words") or only not in ("", language):
                continue
            for pattern in patterns:
                found.append((group, scope, compile_pattern(pattern)))
    return tuple(found)


def _by_words(view: View, language: str, lines: Lines, *, of_script: bool) -> Iterator[tuple[str, int, int]]:
    text, is_machine, makers = view.text, _machine_check(lines), _words()["disguised"]["words"]
    for group, scope, pattern in _patterns(language):
        kind = group.partition("-")[0]
        if scope == "outside" and not of_script:
            continue
        for match in find_all(pattern, text):
            for label in _LABEL.finditer(text, *match.span()) if scope == "alone" else ():
                if label[0].lower() in makers:  # api.moonshot.cn
                    yield "model", *label.span()
            start = match.start() + len(match[0]) - len(match[0].lstrip())
            line = lines.at(start)
            spoken = line.role in ("speech", "cue", "listed") and not _labelled(line, match[0])
            if scope in ("outside", "alone") and (spoken or _is_quoted(line, *match.span())):
                continue
            beside = len(line.text) - len(match[0])
            if scope == "alone" and (line.role == "action" or beside > MOST_BESIDE[language]):
                continue
            of_machine = kind == "boilerplate" and line.role == "speech" and not _MODEL.search(match[0])
            if of_machine and is_machine(line.cue):
                continue
            yield kind, *match.span()
    for place in view.disguised(makers):
        yield "model", *place


def _is_quoted(line: Line, start: int, end: int) -> bool:
    """Whether it is in quotation marks within a line of the story: a letter, a sign, what is typed."""
    before, after = line.text[: start - line.start], line.text[end - line.start :]
    if before.count('"') % 2 and '"' in after:
        return bool(before.partition('"')[0].strip())
    return before.count("“") > before.count("”") and "”" in after and not before.lstrip().startswith("“")


def _without_quotations(unit: Unit, lines: Lines) -> str:
    """A sentence of a line of the story with blanks for what it quotes; a line that begins so is no story."""
    line = lines.at(unit.start)
    if line.text.lstrip(" \u3000△").startswith(('"', "“")):
        return unit.text
    start = unit.start - line.start
    return _blank_quotations(line.text)[start : start + len(unit.text)]


@lru_cache(maxsize=1)
def _blank_quotations(line: str) -> str:
    return _QUOTATION.sub(lambda match: " " * len(match[0]), line)


def _machine_check(lines: Lines) -> Callable[[str], bool]:
    """Whether a speaker is a robot or a computer by name, or is called one in the action."""
    told = (line.text for line in lines.lines if line.role not in ("speech", "cue", "blank"))
    about_machines = [text.casefold() for text in told if _ROBOT.search(text)]

    @cache
    def is_machine(cue: str) -> bool:
        if _ROBOT.search(cue):
            return True
        near = [text for text in about_machines if cue.casefold() in text]
        if not near:  # a pattern for each of a thousand speakers takes seconds
            return False
        name, robot = re.escape(cue), _ROBOT.pattern
        called = re.compile(
            rf"{name}(?:\s?[,(是]\s?[^\n.。;]{{0,40}}?|(?:'s)? (?:an?|the|is|[\w-]+) )(?:{robot})"
            rf"|(?:{robot})[ ,(]{{0,3}}(?:called |named |名叫|叫)?{name}",
            re.IGNORECASE,
        )
        return any(called.search(text) for text in near)

    return is_machine


def _labelled(line: Line, found: str) -> bool:
    """Whether what looks like a name before a colon is itself what was found: 标题：, Title:."""
    head = line.text.partition(":")[0].strip()
    return ":" in line.text and head == line.cue and found.strip().startswith(head)


def _by_names(text: str, kind: str, names: Iterable[str]) -> Iterator[tuple[str, int, int]]:
    for pattern in _named(kind, frozenset(names)):
        yield from ((kind, match.start(), match.end()) for match in find_all(pattern, text))


def _by_surnames(text: str, people: Iterable[str], story: set[str]) -> Iterator[tuple[str, int, int]]:
    """A writer by initials or title and surname, or by a double surname alone; not where the story has it."""
    for name in sorted({folded(name.strip())[0] for name in people}):
        first, _, last = name.rpartition(" ")
        if not first or not last.isascii() or len(last) < 4:
            continue
        if any(last.casefold() in each for each in story):
            continue
        surname = re.escape(last).replace(r"\-", "[- ]")
        initials = rf"{re.escape(first[0])}\. ?{surname}|{re.escape(first)} {re.escape(last[0])}\."
        before = "" if "-" in last else rf"{_TITLES} ?"
        forms = rf"(?i:{initials})|{before}(?:{surname}|{surname.upper()})"
        pattern = re.compile(rf"(?<![A-Za-z0-9])(?:{forms})(?![A-Za-z0-9])")
        yield from (("person", match.start(), match.end()) for match in pattern.finditer(text))


@lru_cache(maxsize=64)
def _named(kind: str, names: frozenset[str]) -> list[re.Pattern[str]]:
    """Whole-word patterns for names; hyphens, spaces and quotation marks in them are read alike.

    A system's slug that is a phrase of every day, `end-to-end`, is looked for with its hyphens only.
    """
    ordinary, phrases = (set(_words()["ordinary"][key]) for key in ("words", "phrases_words"))
    found = []
    for name in sorted({folded(name.strip())[0] for name in names}):
        if len(name) < 2 or (kind == "system" and name.lower() in ordinary):
            continue
        parts = [re.escape(part) for part in re.split(r"[\s\-_'’]+", name) if part]
        phrase = kind == "system" and " ".join(parts).lower().replace("\\", "") in phrases
        body = ("[-_]{1,2}" if phrase else r"[\s\-_'’]{0,3}").join(parts)
        if kind != "system" and _HAN_NAME.fullmatch(name):
            body = "[ 　·]?".join(name)
        if code := _CODE.fullmatch(name):
            body = r"[-_ ]?".join(map(re.escape, code.groups()))
        before, after = (r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])")
        found.append(re.compile(before + body + after, re.IGNORECASE))
        if kind == "series" and len(parts) > 2 and parts[0].lower() in ("the", "a", "an"):
            # Without its article a title differs from plain words by its capitals alone.
            gap = r"[\s\-_'’]{1,3}"
            capitals = (gap.join(parts[1:]), gap.join(part.upper() for part in parts[1:]))
            found.append(re.compile(f"{before}(?:{'|'.join(capitals)}){after}"))
    return found


def _hidden(text: str) -> Iterator[Finding]:
    invisible = [character for character in set(text) if is_hidden(character) or character in _BREAKS]
    if not invisible:
        return
    for match in re.finditer("[" + "".join(map(re.escape, invisible)) + "]+", text):
        names = {unicodedata.name(each, f"U+{ord(each):04X}") for each in match[0]}
        yield Finding(match.start(), match.end(), "hidden", ", ".join(sorted(names))[:80])


def _mixed(text: str) -> Iterator[Finding]:
    for match in MIXED_ALPHABETS.finditer(text):
        yield _finding(text, "look-alike", match.start(), match.end())


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Without the blanks that `^\\s*` has taken in."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def _finding(text: str, kind: str, start: int, end: int) -> Finding:
    around = text[max(0, start - _AROUND) : min(len(text), end + _AROUND)]
    return Finding(start, end, kind, " ".join(around.split())[:160])


def _without_overlaps(found: list[Finding]) -> list[Finding]:
    kept: list[Finding] = []
    reached: dict[str, int] = {}
    for finding in found:
        if finding.start >= reached.get(finding.kind, 0):
            kept.append(finding)
            reached[finding.kind] = finding.end
    return kept
