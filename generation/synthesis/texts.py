"""What is made of structured answers: a profile as text, directives in the form in which stage one of `dsr`
is asked for them, the brief of a scene. Pure.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

_PROFILE = {
    "en": {
        "gender": "Gender", "age": "Age", "job": "Work", "looks": "Looks", "traits": "Traits",
        "tags": "In short", "relations": "Relations", "backstory": "Before", "arc": "Arc",
    },
    "zh": {
        "gender": "性别", "age": "年龄", "job": "职业", "looks": "外貌", "traits": "性格",
        "tags": "标签", "relations": "人物关系", "backstory": "前史", "arc": "人物弧光",
    },
}  # fmt: skip
KEY = {"en": "[KEY] ", "zh": "【关键】"}


def profile_text(answer: str, language: str) -> str:
    """A profile, from the answer of the stage that writes it: a line for each field that has something."""
    data = json_of(answer)
    colon, comma = ("：", "、") if language == "zh" else (": ", ", ")
    lines = []
    for field, label in _PROFILE[language].items():
        value = data.get(field) or ""
        value = comma.join(map(str, value)) if isinstance(value, list) else str(value).strip()
        if value:
            lines.append(f"{label}{colon}{value}")
    return "\n".join(lines)


def directives_text(answer: str, language: str) -> str:
    """Directives in the very form that stage one of `dsr` is asked to write, from the structured answer."""
    data = json_of(answer)
    parts = {
        "exposition": str(data["exposition"]).strip(),
        "pacing": str(data["pacing"]).strip(),
        **beat_lists(data["beats"], language),
    }
    inner = "\n".join(f"<{name}>\n{text}\n</{name}>" for name, text in parts.items())
    return f"<directives>\n{inner}\n</directives>"


def beat_lists(beats: Sequence[Mapping[str, Any]], language: str) -> dict[str, str]:
    """Beats as two numbered lists, of what is done and of what is felt, the key beat marked in both."""
    return {kind: _beats(beats, kind, language) for kind in ("action", "emotion")}


def _beats(beats: Sequence[Mapping[str, Any]], kind: str, language: str) -> str:
    return "\n".join(
        f"{number}. {KEY[language] if each.get('key') else ''}{str(each[kind]).strip()}"
        for number, each in enumerate(beats, start=1)
    )


def brief_of(content: Mapping[str, Any], outline: str, context: str) -> dict[str, Any]:
    """The brief of a scene, in the form of `Brief.content()`, from the scene's content and the answers of the
    stages that took it apart."""
    told = json_of(outline)
    before = str(json_of(context).get("context", "")).strip()
    return {
        "language": content["language"],
        "series": content["series"],
        "order": content["number"],
        "outline": str(told["outline"]).strip(),
        "previous_context": "" if before.casefold() in ("(none)", "none", "（无）", "无") else before,
        "characters": content["characters"],
        "guideline": str(told.get("guideline") or "").strip(),
        "target_length": content["target_length"],
    }


def json_of(answer: str) -> dict[str, Any]:
    """The object of an answer that was kept: it stood the check of its form. Raises `ValueError`."""
    text = answer.strip()
    if text.startswith("```"):
        text = text.split("\n", 1)[-1].rsplit("```", 1)[0]
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("no JSON object")
    return value
