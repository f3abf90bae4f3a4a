"""What is made of the parts of answers, as `pipelines.split` gives them: a profile as text, directives in the
form in which stage one of `dsr` is asked for them, the brief of a scene. Pure.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from evalsite.core.reason_codes import Reason
from generation.pipelines.answer_parts import NotJson, decode
from generation.pipelines.inputs import is_none
from generation.pipelines.spec import Derivation, Underivable

PROFILE = {
    "en": {
        "gender": "Gender", "age": "Age", "job": "Work", "looks": "Looks", "traits": "Traits",
        "tags": "In short", "relations": "Relations", "backstory": "Before", "arc": "Arc",
    },
    "zh": {
        "gender": "性别", "age": "年龄", "job": "职业", "looks": "外貌", "traits": "性格",
        "tags": "标签", "relations": "人物关系", "backstory": "前史", "arc": "人物弧光",
    },
}  # fmt: skip
"""The fields of a profile, as texts name them."""
KEY = {"en": "[KEY] ", "zh": "【关键】"}
BEAT = {"first": int, "last": int, "action": str, "emotion": str, "key": bool}
"""The fields of a beat."""
MOST_BEATS = 24
"""Twelve as a rule; long scenes may have more."""
_LISTED = re.compile(r"^\d+\. (.*)$", re.MULTILINE)


class Unreadable(Underivable):
    """Parts of which nothing can be made; says what is wrong."""


def listed(text: str) -> list[str]:
    """The items of a list that a part shows as numbered lines."""
    return [each.strip() for each in _LISTED.findall(text.strip())]


def profile_text(parts: Mapping[str, str], language: str) -> str:
    """A profile: a line for each field that has something."""
    colon, comma = ("：", "、") if language == "zh" else (": ", ", ")
    lines = []
    for field, label in PROFILE[language].items():
        value = parts.get(field, "").strip()
        if field == "tags":
            value = comma.join(listed(value)) or value
        if value:
            lines.append(f"{label}{colon}{value}")
    return "\n".join(lines)


def directives_text(parts: Mapping[str, str], language: str) -> str:
    """Directives in the very form that stage one of `dsr` is asked to write. Raises `Unreadable`."""
    told = {
        "exposition": _part(parts, "exposition"),
        "pacing": _part(parts, "pacing"),
        **beat_lists(beats_of(_part(parts, "beats")), language),
    }
    inner = "\n".join(f"<{name}>\n{text}\n</{name}>" for name, text in told.items())
    return f"<directives>\n{inner}\n</directives>"


def beats_of(text: str) -> list[dict[str, Any]]:
    """The beats from their JSON text. Raises `Unreadable`."""
    if len(text) > 100_000:
        raise Unreadable(Reason("beats-long"))
    try:
        beats = decode(text)
    except NotJson as error:
        raise Unreadable(str(error) or Reason("no-beats")) from error
    if not isinstance(beats, list) or not beats:
        raise Unreadable(Reason("no-beats"))
    if len(beats) > MOST_BEATS * 4:
        raise Unreadable(Reason("beats-many"))
    for number, beat in enumerate(beats, start=1):
        _check(beat, number)
    return beats


def _check(beat: Any, number: int) -> None:
    if not isinstance(beat, dict):
        raise Unreadable(Reason("beat-no-object", number=number))
    for field, kind in BEAT.items():
        if field not in beat:
            raise Unreadable(Reason("beat-lacks", number=number, field=field))
        if type(beat[field]) is not kind:
            raise Unreadable(Reason("beat-type", number=number, field=field))
    if extra := set(beat) - {*BEAT, "number"}:
        raise Unreadable(Reason("beat-extra", number=number, field=min(extra)[:40]))


def beat_lists(beats: Sequence[Mapping[str, Any]], language: str) -> dict[str, str]:
    """Beats as two numbered lists, of what is done and of what is felt, the key beat marked in both."""
    return {kind: _beats(beats, kind, language) for kind in ("action", "emotion")}


def _beats(beats: Sequence[Mapping[str, Any]], kind: str, language: str) -> str:
    return "\n".join(
        f"{number}. {KEY[language] if each['key'] else ''}{each[kind].strip()}"
        for number, each in enumerate(beats, start=1)
    )


def brief_of(
    content: Mapping[str, Any], outline: Mapping[str, str], context: Mapping[str, str]
) -> dict[str, Any]:
    """The brief of a scene, in the form of `Brief.content()`, from the scene's content and the parts that the
    stages gave that took it apart. Raises `Unreadable`."""
    guideline, before = outline.get("guideline", "").strip(), context.get("context", "").strip()
    return {
        "language": content["language"],
        "series": content["series"],
        "order": content["number"],
        "outline": _part(outline, "outline"),
        "previous_context": "" if is_none(before) else before,
        "characters": content["characters"],
        "guideline": "" if is_none(guideline) else guideline,
        "target_length": content["target_length"],
    }


def _part(parts: Mapping[str, str], name: str) -> str:
    if not (text := parts.get(name, "").strip()):
        raise Unreadable(Reason("part-lacking", shown=f'"{name}"'))
    return text


BEATS = Derivation(
    names=("action", "emotion"),
    make=lambda text, language: beat_lists(beats_of(text), language),
    refusal="beats-form",
)
"""Two numbered lists under the same numbers."""
