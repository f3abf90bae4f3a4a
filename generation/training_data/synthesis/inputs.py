"""What the stages of synthesis read: a scene to take apart, or a person whose profile is written."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from generation.pipelines.inputs import NONE, NOVEL_SHARE, InputType
from generation.screenplay import bare_text
from generation.training_data.synthesis.scenes import numbered


def scene_values(content: Mapping[str, Any]) -> dict[str, str]:
    """What a prompt may ask of a finished scene (see `synthesis.subjects`): nothing of later scenes."""
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
    """What a prompt may ask of somebody who speaks in a series."""
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
