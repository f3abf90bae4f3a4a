"""What in a script could tell a reader who or what wrote it.

`scan` finds names of models and vendors, of the study's systems and series, chat boilerplate, leftover
Markdown, prompt remnants, placeholders, machine tokens, hidden characters and look-alike letters. It judges
nothing: people clear a finding (a character may be called Claude), by one rule for all systems. The words
are data, in `leak_words.toml`.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from generation.screenplay.text import is_hidden

WORDS = Path(__file__).with_name("leak_words.toml")
MOST_FINDINGS = 200
_AROUND = 24

# Cyrillic and Greek letters that are taken for Latin ones, and what they are taken for.
_FOREIGN = "АВЕКМНОРСТУХаеорсухіјѕԁһԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧονικρ"
_TAKEN_FOR = "ABEKMHOPCTYXaeopcyxijsdhqwABEZHIKMNOPTYXovikp"
_LOOK_ALIKE = dict(zip(_FOREIGN, _TAKEN_FOR, strict=True))
_MIXED = re.compile(f"[A-Za-z][{_FOREIGN}]|[{_FOREIGN}][A-Za-z]")
# `\b` takes Han characters for letters of one word with the Latin name beside them.
_EDGE = r"(?:(?<![A-Za-z0-9_])(?=[A-Za-z0-9_])|(?<=[A-Za-z0-9_])(?![A-Za-z0-9_]))"
_GROUPS = ("model", "boilerplate", "markdown", "machine", "prompt", "placeholder")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One place. `start` and `end` are code-point offsets into the text that was scanned."""

    start: int
    end: int
    kind: str
    excerpt: str


def scan(
    text: str, language: str, *, system_names: Iterable[str] = (), series_titles: Iterable[str] = ()
) -> list[Finding]:
    """Everything that was found in a canonical text, in order, without overlaps of one kind.

    `system_names` may be slugs and names; slugs that are ordinary words (`human`, `direct`) are not looked
    for. Findings are of the kinds model, boilerplate, markdown, machine, prompt, placeholder, system,
    series, hidden and look-alike; at most `MOST_FINDINGS`.
    """
    folded, places = _fold(text)
    found = [*_hidden(text), *_mixed(text)]
    for kind, pattern in [
        *_patterns(language),
        *_named("system", system_names),
        *_named("series", series_titles),
    ]:
        for match in pattern.finditer(folded):
            start, end = _trimmed(folded, match.start(), match.end())
            if start < end:
                found.append(_finding(text, kind, places[start], places[end - 1] + 1))
    return _without_overlaps(sorted(found))[:MOST_FINDINGS]


@cache
def _words() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(WORDS.read_text(encoding="utf-8"))


@cache
def _patterns(language: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    words = _words()
    groups = [(name, name) for name in _GROUPS] + [("markdown", f"markdown_{language}")]
    return tuple(
        (kind, re.compile(pattern.replace(r"\b", _EDGE), re.IGNORECASE | re.MULTILINE))
        for kind, group in groups
        for pattern in words.get(group, {}).get("patterns", [])
    )


def _named(kind: str, names: Iterable[str]) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Whole-word patterns for names; hyphens, spaces and quotation marks in them are read alike."""
    ordinary = set(_words()["ordinary"]["words"])
    for name in sorted({_fold(name.strip())[0] for name in names}):
        if len(name) < 2 or (kind == "system" and name.lower() in ordinary):
            continue
        parts = [re.escape(part) for part in re.split(r"[\s\-_'’]+", name) if part]
        body = r"[\s\-_'’]{0,3}".join(parts)
        before, after = (r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])")
        yield kind, re.compile(before + body + after, re.IGNORECASE)


def _fold(text: str) -> tuple[str, Sequence[int]]:
    """The text as a reader's eye takes it, and for each of its characters the offset it came from."""
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if is_hidden(character):
            continue
        wide = unicodedata.normalize("NFKC", character)
        plain = wide if len(wide) == 1 else character
        characters.append(_LOOK_ALIKE.get(plain, plain))
        places.append(place)
    return "".join(characters), places


def _hidden(text: str) -> Iterator[Finding]:
    start = -1
    for place, character in enumerate([*text, "."]):
        if is_hidden(character):
            start = place if start < 0 else start
        elif start >= 0:
            names = {unicodedata.name(each, f"U+{ord(each):04X}") for each in text[start:place]}
            yield Finding(start, place, "hidden", ", ".join(sorted(names))[:80])
            start = -1


def _mixed(text: str) -> Iterator[Finding]:
    for match in _MIXED.finditer(text):
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
