"""A scene as a prompt shows it and as rules look at it: its elements numbered, each speech with its speaker.

`SCENE` and `PERSON` are what the stages of synthesis read. Pure: no database here.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

from generation.pipelines.inputs import NONE, NOVEL_SHARE, InputType
from generation.screenplay import Kind, bare_text, parse

_LABEL = re.compile(r"\s*[（(].*$")


class Line(TypedDict):
    """One numbered element; `kind` is heading, cast, action, speech or transition. Only a speech has a
    speaker; its reaction stands before the words, in parentheses."""

    number: int
    kind: str
    speaker: str
    text: str


def lines_of(text: str, language: str) -> list[Line]:
    """The printed elements of a scene, numbered from 1; a name, its reaction and its words are one."""
    lines: list[Line] = []
    speaker, said = "", list[str]()

    def close() -> None:
        if speaker or said:
            lines.append(_line(lines, "speech", " ".join(said), speaker))

    for element in parse(text, language).elements:
        if not element.printed:
            continue
        if element.kind is Kind.CHARACTER:
            close()
            speaker, said = _LABEL.sub("", element.text).strip(), []
        elif element.kind is Kind.PARENTHETICAL and speaker:
            said.append(f"（{element.text}）" if language == "zh" else f"({element.text})")
        elif element.kind is Kind.DIALOGUE and speaker:
            said.append(element.text)
        else:
            close()
            speaker, said = "", []
            kind = "action" if element.kind is Kind.DIALOGUE else element.kind.value
            lines.append(_line(lines, kind, element.text))
    close()
    return lines


def _line(before: Sequence[Line], kind: str, text: str, speaker: str = "") -> Line:
    return {"number": len(before) + 1, "kind": kind, "speaker": speaker, "text": text}


def numbered(lines: Sequence[Line], language: str) -> str:
    """The scene as a prompt shows it, an element on each line."""
    colon = "：" if language == "zh" else ": "
    shown = []
    for each in lines:
        who = f"{each['speaker']}{colon}" if each["speaker"] else ""
        shown.append(f"{each['number']}. {who}{' '.join(each['text'].split())}")
    return "\n".join(shown)


def named_in(name: str, text: str) -> bool:
    """Whether a text names a person: to the letter in Chinese, as whole words in any case in English."""
    if not name.isascii():
        return name in text
    if name.casefold() not in text.casefold():  # most are not, and a pattern for each takes long
        return False
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None


def scene_values(content: Mapping[str, Any]) -> dict[str, str]:
    """What a prompt may ask of a finished scene (see `scene_content`): nothing of later scenes."""
    language = content["language"]
    none = NONE[language]
    colon, comma = ("：", "、") if language == "zh" else (": ", ", ")
    characters = [f"{each['name']}{colon}{each['profile'].strip()}" for each in content["characters"]]
    return {
        "series_title": content["series"]["title"],
        "scene": numbered(content["elements"], language),
        "scene_text": bare_text(content["text"], language),
        "count": str(len(content["elements"])),
        "earlier": _texts(content["earlier"], language) or none,
        "earlier_numbered": _numbered_texts(content["earlier"], language) or none,
        "speakers": comma.join(content["speakers"]) or none,
        "characters": "\n\n".join(characters) or none,
        "target_length": str(content["target_length"]),
        "novel_length": str(max(100, int(round(content["target_length"] * NOVEL_SHARE, -1)))),
        "language": language,
    }


def _texts(scenes: Iterable[Mapping[str, Any]], language: str) -> str:
    """Scenes one after the other. Marks of force would teach a model to write them."""
    return "\n\n".join(bare_text(each["text"], language).strip() for each in scenes)


def _numbered_texts(scenes: Sequence[Mapping[str, Any]], language: str) -> str:
    label = "【第 {} 场】" if language == "zh" else "[Scene {}]"
    return "\n\n".join(
        f"{label.format(number)}\n{_texts([each], language)}" for number, each in enumerate(scenes, start=1)
    )


SCENE = InputType(
    name="scene",
    fields=frozenset(
        {
            "series_title",
            "scene",
            "scene_text",
            "count",
            "earlier",
            "earlier_numbered",
            "speakers",
            "characters",
            "target_length",
            "novel_length",
            "language",
        }
    ),
    values=scene_values,
)


def person_values(content: Mapping[str, Any]) -> dict[str, str]:
    """What a prompt may state about a speaking character of a series."""
    none, comma = NONE[content["language"]], "、" if content["language"] == "zh" else ", "
    return {
        "series_title": content["series"]["title"],
        "name": content["name"],
        "others": comma.join(content["others"]) or none,
        "scenes": _texts(content["scenes"], content["language"]) or none,
        "language": content["language"],
    }


PERSON = InputType(
    name="person",
    fields=frozenset({"series_title", "name", "others", "scenes", "language"}),
    values=person_values,
)
