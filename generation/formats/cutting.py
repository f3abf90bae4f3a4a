"""A long script cut into its scenes, each to be tied to a brief."""

from dataclasses import dataclass

from generation.screenplay import Element, Kind, Script, source_text
from generation.screenplay import measure as measured
from generation.screenplay.chinese_words import EPISODE_SCENE, NUMBERED, ORDINAL
from generation.screenplay.model import Builder

FIRST_LINES = 3


@dataclass(frozen=True, slots=True)
class CutScene:
    """One scene. `number` counts from 1; `label` is the writer's own number (1-3, 第3场), empty where none.

    `length` is in `unit` (words or characters). `text` is the scene alone, in its language's layout;
    `first_line` and `last_line` are lines of the text that it was cut from.
    """

    number: int
    label: str
    heading: str
    speakers: tuple[str, ...]
    length: int
    unit: str
    first_lines: tuple[str, ...]
    first_line: int
    last_line: int
    text: str


def scenes(script: Script) -> tuple[CutScene, ...]:
    """The scenes of a script in order. What stands before the first heading belongs to the first scene."""
    return tuple(_cut(script, number) for number in range(1, len(script.scenes) + 1))


def join(script: Script, first: int, last: int) -> str:
    """The text of scenes `first` to `last`, both counted from 1 and included."""
    if not 1 <= first <= last <= len(script.scenes):
        raise ValueError(f"no scenes {first} to {last}: there are {len(script.scenes)}")
    elements = script.elements[script.scenes[first - 1].first : script.scenes[last - 1].last]
    return source_text(_alone(script, elements))


def _cut(script: Script, number: int) -> CutScene:
    elements = script.scene_elements(script.scenes[number - 1])
    alone = _alone(script, elements)
    counts = measured(alone)
    headings = [each.text for each in elements if each.kind is Kind.HEADING]
    shown = [each.text.split("\n")[0] for each in elements if each.printed and each.kind is not Kind.HEADING]
    return CutScene(
        number=number,
        label=next((label for text in headings if (label := _label(text))), ""),
        heading="　".join(headings) if script.language == "zh" else " / ".join(headings),
        speakers=counts.speakers,
        length=counts.length,
        unit=counts.unit,
        first_lines=tuple(shown[:FIRST_LINES]),
        first_line=elements[0].line,
        last_line=elements[-1].line + elements[-1].text.count("\n"),
        text=source_text(alone),
    )


def _alone(script: Script, elements: tuple[Element, ...]) -> Script:
    builder = Builder(script.language, script.layout)
    for each in elements:
        builder.add(
            each.kind, each.text, each.line, form=each.form, dual=each.dual, after_colon=each.after_colon
        )
    return builder.script()


def _label(heading: str) -> str:
    for pattern in (EPISODE_SCENE, ORDINAL, NUMBERED):
        if match := pattern.match(heading):
            return match[0].strip(" 　、.．:：")
    return ""
