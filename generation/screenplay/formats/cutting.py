"""A long script cut into its scenes, each to be tied to a brief."""

from dataclasses import dataclass

from generation.screenplay import Element, Kind, Script, source_text
from generation.screenplay import measure as measured
from generation.screenplay.chinese_words import EPISODE_SCENE, NUMBERED, ORDINAL
from generation.screenplay.measure import before_heading
from generation.screenplay.model import Builder, Scene

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


def headed(script: Script) -> tuple[Scene, ...]:
    """The scenes of a script that have a heading; all of it where nothing has one.

    What is told or said above the first heading belongs to no scene. A transition or a centered line there
    belongs to the first.
    """
    first, *rest = script.scenes or (None,)
    if first is None or not rest or any(each.kind is Kind.HEADING for each in script.scene_elements(first)):
        return script.scenes
    return tuple(rest) if before_heading(script) else (Scene(first.first, rest[0].last), *rest[1:])


def scenes(script: Script) -> tuple[CutScene, ...]:
    """The scenes of a script in order, without what stands above the first heading (`headed`)."""
    return tuple(_cut(script, number, scene) for number, scene in enumerate(headed(script), start=1))


def join(script: Script, first: int, last: int) -> str:
    """The text of scenes `first` to `last`, both counted from 1 and included."""
    known = headed(script)
    if not 1 <= first <= last <= len(known):
        raise ValueError(f"no scenes {first} to {last}: there are {len(known)}")
    elements = script.elements[known[first - 1].first : known[last - 1].last]
    return source_text(_alone(script, elements))


def _cut(script: Script, number: int, scene: Scene) -> CutScene:
    elements = script.scene_elements(scene)
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
