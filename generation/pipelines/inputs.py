"""What a system writes from, by the name of its type: which values a prompt may ask for, and how they read.

A brief is the one type so far. Another one (a finished screenplay, to work back from) is an entry more in
`INPUTS`; stages, prompts and checks stay as they are.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

NOVEL_SHARE = 1.5
"""Prose is asked for at this many times the scene's target length."""


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
    chinese = content["language"] == "zh"
    none, colon, comma = ("（无）", "：", "、") if chinese else ("(none)", ": ", ", ")
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
