"""How long a script is, what it is made of, and where it leaves its layout.

Length is words for English and Han characters for Chinese, counted over what is printed. Fidelity to the
format is reported beside it and never repaired: a house layout hides such errors from the reader, so they
are counted here.
"""

import re
from dataclasses import dataclass

from generation.screenplay.chinese_words import EPISODE_SCENE, NUMBERED, ORDINAL
from generation.screenplay.fountain import is_transition
from generation.screenplay.model import SPEECH, Element, Kind, Problem, Script
from generation.screenplay.text_checks.languages import detect_language

_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_HAN = re.compile(r"[〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_LABEL = re.compile(r"\s*[（(].*$")
_EPISODE = re.compile(r"^第[^第]{1,8}集$")
_COLON_SPEECH = re.compile(
    r"^(?P<name>[A-Z][A-Za-z.'’-]{1,24}(?: [A-Z][A-Za-z.'’-]{0,24}){0,2}):[ ]+\S", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Measure:
    """Counts of one script. `unit` is `words` or `characters`; `dialogue_length` is in the same unit."""

    length: int
    unit: str
    scenes: int
    speeches: int
    action_lines: int
    dialogue_length: int
    speakers: tuple[str, ...]


def measure(script: Script) -> Measure:
    """Count what a script is made of. Notes are not counted, for they are not printed."""
    count = count_han if script.language == "zh" else count_words
    shown = [element for element in script.elements if element.printed]
    names = dict.fromkeys(_LABEL.sub("", cue.text).strip() for cue in script.of(Kind.CHARACTER))
    return Measure(
        length=sum(count(element.text) for element in shown),
        unit="characters" if script.language == "zh" else "words",
        scenes=len(script.scenes),
        speeches=sum(1 for _ in script.of(Kind.CHARACTER)),
        action_lines=sum(1 for _ in script.of(Kind.ACTION)),
        dialogue_length=sum(count(element.text) for element in script.of(Kind.DIALOGUE)),
        speakers=tuple(names),
    )


def count_words(text: str) -> int:
    return len(_WORD.findall(text))


def count_han(text: str) -> int:
    return len(_HAN.findall(text))


def check_format(script: Script) -> tuple[Problem, ...]:
    """Where a script leaves the layout of its language; what was met in parsing comes first.

    Serious problems are those in which the house layout would show something else than a scene.
    """
    problems = list(script.problems)
    if not any(element.printed for element in script.elements):
        return (*problems, Problem("empty", 0, "there is nothing to print", serious=True))
    found = detect_language(script.text)
    if found != script.language:
        problems.append(
            Problem("language", 0, f"the text does not read as {script.language!r}", serious=True)
        )
    problems += _missing(script)
    problems += _loose(script)
    problems += _misplaced(script)
    return tuple(problems)


def _missing(script: Script) -> list[Problem]:
    found: list[Problem] = []
    if not any(script.of(Kind.HEADING)):
        found.append(Problem("no-heading", 0, "no scene heading"))
    if not any(script.of(Kind.CHARACTER)):
        found.append(Problem("no-speech", 0, "nobody speaks"))
    if not any(script.of(Kind.ACTION)):
        found.append(Problem("no-action", 0, "no action line"))
    return found


def _loose(script: Script) -> list[Problem]:
    found: list[Problem] = []
    names = {_LABEL.sub("", cue.text).strip().upper() for cue in script.of(Kind.CHARACTER)}
    foreign = "fountain" if script.language == "zh" else "chinese"
    if script.layout == foreign:
        found.append(Problem("other-layout", 0, f"typed in the {foreign} layout"))
    for index, element in enumerate(script.elements):
        following = script.elements[index + 1].kind if index + 1 < len(script.elements) else None
        if element.kind is Kind.CHARACTER and following not in (Kind.PARENTHETICAL, Kind.DIALOGUE):
            found.append(Problem("cue-alone", element.line, "a name without a speech"))
        elif element.form == "unmarked":
            found.append(Problem("unmarked-action", element.line, "action without its mark △"))
        elif script.language == "en" and element.kind is Kind.ACTION and _colon_speech(element.text, names):
            found.append(Problem("speech-as-action", element.line, "a speech on one line with its name"))
    return found


def _misplaced(script: Script) -> list[Problem]:
    """Text above the first scene heading, and headings with no scene between them and the one above."""
    found: list[Problem] = []
    message = "text before the first scene heading belongs to no scene"
    found += [Problem("before-heading", element.line, message) for element in before_heading(script)]
    above: Element | None = None
    for element in script.elements:
        if element.kind is Kind.HEADING:
            if above is not None and _opens_scene(above, script) and _opens_scene(element, script):
                found.append(Problem("no-scene-between", element.line, "a heading right below another"))
            above = element
        elif element.kind not in (Kind.CAST, Kind.TRANSITION, Kind.NOTE):
            above = None
    return found


def before_heading(script: Script) -> tuple[Element, ...]:
    """What is told or said above the first scene heading; empty where there is no heading at all.

    A transition, a centered line such as ACT ONE, a caption and a note may stand there.
    """
    first = next((at for at, each in enumerate(script.elements) if each.kind is Kind.HEADING), 0)
    aside = ("centered", "super")
    told = SPEECH | {Kind.ACTION}
    return tuple(
        each
        for each in script.elements[:first]
        if each.kind in told and each.form not in aside and not is_transition(each.text)
    )


def _opens_scene(heading: Element, script: Script) -> bool:
    """Whether a heading is one of a scene: a Chinese one may be an episode, a time or a place above it."""
    if script.language == "en":
        return not is_transition(heading.text)
    numbered = any(pattern.match(heading.text) for pattern in (EPISODE_SCENE, ORDINAL, NUMBERED))
    return numbered and not _EPISODE.match(heading.text)


def _colon_speech(text: str, names: set[str]) -> bool:
    """Whether action holds `Name: words`: a speaker's name, or any where nobody speaks otherwise."""
    found = [match["name"] for match in _COLON_SPEECH.finditer(text)]
    return any(not names or name.upper() in names for name in found)
