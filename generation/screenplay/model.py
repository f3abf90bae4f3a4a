"""The scene model: what a screenplay is, whichever layout it was typed in.

A `Script` is a flat sequence of elements with scene boundaries beside it. Its `text` is the elements' texts
joined by LF; `Element.start` and `Element.end` are code-point offsets into it, so that an error mark can
point at a place without knowing anything of HTML.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Kind(StrEnum):
    """What an element is.

    `CAST` is the Chinese line of people present (人物：); the rest are common to both.
    """

    HEADING = "heading"
    CAST = "cast"
    ACTION = "action"
    CHARACTER = "character"
    PARENTHETICAL = "parenthetical"
    DIALOGUE = "dialogue"
    TRANSITION = "transition"
    NOTE = "note"


SPEECH = frozenset({Kind.CHARACTER, Kind.PARENTHETICAL, Kind.DIALOGUE})


@dataclass(frozen=True, slots=True)
class Element:
    """One element. Marks that the layout adds (△, parentheses, the colon after a name) are not part of
    `text`.

    `form` says more where a kind has several looks: `lyric`, `centered`, `super` (字幕), `shot` (空镜, 特写),
    `flashback`, `section`, `synopsis`, `unmarked` (a Chinese action line without △). `dual` is `left` or
    `right` in dual dialogue. `line` is the line of the source text, from 1. `after_colon` marks a Chinese
    parenthetical that is typed with the words (`小满：（笑）走。`), not with the name; it is part of the
    typing, so elements that differ in it alone are equal.
    """

    kind: Kind
    text: str
    start: int
    line: int
    form: str = ""
    dual: str = ""
    after_colon: bool = field(default=False, compare=False)

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def printed(self) -> bool:
        """Notes, sections and synopses are the writer's own and stand in no printed script."""
        return self.kind is not Kind.NOTE


@dataclass(frozen=True, slots=True)
class Scene:
    """Elements `first` up to but without `last`."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Problem:
    """A place where the text leaves its layout.

    `code` is stable; `line` is 0 where the whole text is meant.
    """

    code: str
    line: int
    message: str
    serious: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """A parsed screenplay. `language` is `en` or `zh`, `layout` is `fountain` or `chinese`."""

    language: str
    layout: str
    elements: tuple[Element, ...]
    scenes: tuple[Scene, ...]
    text: str
    problems: tuple[Problem, ...] = ()

    def scene_elements(self, scene: Scene) -> tuple[Element, ...]:
        return self.elements[scene.first : scene.last]

    def of(self, kind: Kind) -> Iterator[Element]:
        """The elements of one kind, in order."""
        return (element for element in self.elements if element.kind is kind)


class Builder:
    """Collects elements in order and works out offsets and scenes. Not part of the public model."""

    def __init__(self, language: str, layout: str) -> None:
        self.language = language
        self.layout = layout
        self.elements: list[Element] = []
        self.problems: list[Problem] = []
        self._offset = 0

    def add(
        self, kind: Kind, text: str, line: int, *, form: str = "", dual: str = "", after_colon: bool = False
    ) -> None:
        """Append an element; an empty one is left out, for nothing of it would be seen."""
        text = text.strip()
        if not text:
            return
        self.elements.append(Element(kind, text, self._offset, line, form, dual, after_colon))
        self._offset += len(text) + 1

    def extend(self, text: str) -> None:
        """More of the last element, after a line's end that was not the writer's."""
        last = self.elements[-1]
        self.elements[-1] = replace(last, text=last.text + text)
        self._offset += len(text)

    def problem(self, code: str, line: int, message: str, *, serious: bool = False) -> None:
        self.problems.append(Problem(code, line, message, serious))

    def script(self) -> Script:
        return Script(
            language=self.language,
            layout=self.layout,
            elements=tuple(self.elements),
            scenes=_scenes(self.elements),
            text="\n".join(element.text for element in self.elements),
            problems=tuple(self.problems),
        )


def _scenes(elements: list[Element]) -> tuple[Scene, ...]:
    """A heading opens a scene, unless all that stands before it since the last one is heading, cast or
    transition.

    So `第1集` above `1-1 ...`, a time and a place on two lines, or `FADE IN:` make no scene of their own.
    A cast right above a heading belongs to the scene that the heading opens.
    """
    firsts: list[int] = []
    opening = True
    for index, element in enumerate(elements):
        if index == 0 or (element.kind is Kind.HEADING and not opening):
            first = index
            while first and elements[first - 1].kind is Kind.CAST:
                first -= 1
            firsts.append(first)
            opening = True
        if element.kind not in (Kind.HEADING, Kind.CAST, Kind.TRANSITION, Kind.NOTE):
            opening = False
    return tuple(Scene(a, b) for a, b in zip(firsts, [*firsts[1:], len(elements)], strict=False))
