"""What a system writes from, by the name of its type: which values a prompt may ask for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

NONE = {"en": "(none)", "zh": "（无）"}
"""The word for none, as prompts show it and ask for it."""
_NOTHING = frozenset({"none", "nothing", "n/a", "not applicable", "无", "没有", "暂无", "无前情"})
_AROUND = " \t\r\n　()（）[]【】<>《》\"'“”‘’.。!！*_`-—"
NOVEL_SHARE = 1.5
"""Prose is asked for at this many times the scene's target length."""


def is_none(text: str) -> bool:
    """Whether a text is the word for none, in whatever spelling and language."""
    return text.strip(_AROUND).casefold() in _NOTHING


@dataclass(frozen=True, slots=True)
class InputType:
    """One type of input. `values` turns a stored one into the texts of `fields`; `ends_in` is the form of the
    last stage, empty where any will do."""

    name: str
    fields: frozenset[str]
    values: Callable[[Mapping[str, Any]], dict[str, str]]
    ends_in: str = ""


def brief_values(content: Mapping[str, Any]) -> dict[str, str]:
    """What a prompt may ask of a brief, from `Brief.content()`."""
    none = NONE[content["language"]]
    colon, comma = ("：", "、") if content["language"] == "zh" else (": ", ", ")
    characters = [f"{each['name']}{colon}{each['profile'].strip()}" for each in content["characters"]]
    return {
        "series_title": content["series"]["title"],
        "outline": content["outline"].strip(),
        "previous_context": content["previous_context"].strip() or none,
        "characters": "\n\n".join(characters),
        "names": comma.join(each["name"] for each in content["characters"]),
        "guideline": content["guideline"].strip() or none,
        "target_length": str(content["target_length"]),
        "novel_length": str(int(round(content["target_length"] * NOVEL_SHARE, -1))),
        "language": content["language"],
        "order": str(content.get("order", "")),
    }


BRIEF = InputType(
    name="brief",
    fields=frozenset(
        {
            "series_title",
            "outline",
            "previous_context",
            "characters",
            "names",
            "guideline",
            "target_length",
            "novel_length",
            "language",
            "order",
        }
    ),
    values=brief_values,
    ends_in="screenplay",
)


INPUTS: dict[str, InputType] = {BRIEF.name: BRIEF}
"""Types of input by name; other apps add theirs."""
