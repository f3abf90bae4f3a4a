"""Which part of an answer goes on: named parts by tags, by headings, or as the fields of a JSON object.

JSON counts only if it can be read in one way: no field stands twice, no number is NaN or infinite.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evalsite.core.reason_codes import Reason
from generation.pipelines.spec import StageSpec
from generation.screenplay import script_text

_THOUGHTS = ("think", "thinking")
_FENCE = re.compile(r"^```(?:json)?[ \t]*\n(.*)\n```\s*$", re.DOTALL)
_HEAD = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]*)?(?:[【\[]|\*\*)?[ \t]*(?:\d{1,2}[.、][ \t]*)?"
    r"(?P<word>[^\n#*【】\[\]:：]{1,60}?)[ \t]*(?:[】\]]|\*\*)?[ \t]*[:：]?[ \t]*(?:\*\*)?[ \t]*$"
)


@dataclass(frozen=True, slots=True)
class Split:
    """An answer in its parts. `text` is what goes on, in canonical form; `missing` names what is not there.

    `fault` says why the answer cannot be split at all; it is empty as a rule. `data` is the object of a JSON
    answer, as it came.
    """

    text: str = ""
    parts: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    fault: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def split(stage: StageSpec, answer: str) -> Split:
    """An answer in the parts that its stage names. Thoughts that a model put in front are left out.

    Raises `TextTooLarge`.
    """
    text = script_text(_without_thoughts(answer))
    if not stage.part_names:
        return Split(text)
    data: Mapping[str, Any] = {}
    fault = ""
    if stage.split == "json":
        data, fault = _object(text)
        given = [name for name in stage.part_names if data.get(name) not in (None, "", [], {})]
        found = {name: _as_text(data[name]) for name in given}
    elif stage.split == "headings":
        found = _by_headings(text, stage)
    else:
        found = _by_tags(text, stage.part_names)
    parts = {name: script_text(each) for name, each in found.items()}
    missing = tuple(name for name in stage.part_names if not parts.get(name) and name not in stage.optional)
    return Split(parts.get(stage.taken_part, ""), parts, missing, fault, data)


def _without_thoughts(answer: str) -> str:
    """What comes after the thoughts in front; their beginning may stand in the prompt of a chat template."""
    for tag in _THOUGHTS:
        before, shut, after = answer.partition(f"</{tag}>")
        if shut and (before.lstrip().startswith(f"<{tag}>") or f"<{tag}>" not in before):
            return after
    return answer


def extract_part(stage: StageSpec, answer: str) -> tuple[str, str]:
    """The part of an answer that goes on, in canonical form, and why there is none."""
    found = split(stage, answer)
    if not answer.strip() or (not stage.part_names and not found.text):
        return "", Reason("empty")
    if found.fault:
        return "", found.fault
    if stage.taken_part in found.missing:
        return "", Reason("no-part", shown=describe_part(stage, stage.taken_part))
    return found.text, ""


def describe_part(stage: StageSpec, part: str) -> str:
    """How a part is marked in an answer."""
    if stage.split == "json":
        return f'"{part}"'
    if stage.split == "headings":
        return f"# {_heads(stage, part)[0]}"
    return f"<{part}>...</{part}>"


def _by_tags(text: str, names: tuple[str, ...]) -> dict[str, str]:
    """The last of each: a model that thinks aloud names a tag before it fills it."""
    found = {}
    for name in names:
        opens, shuts = f"<{name}>", f"</{name}>"
        # Not by a pattern: it would look for an end anew at each of a hundred thousand beginnings.
        begin = text.find(opens)
        while begin >= 0 and (end := text.find(shuts, begin)) >= 0:
            found[name] = text[begin + len(opens) : end]
            begin = text.find(opens, end)
    return found


def _heads(stage: StageSpec, part: str) -> tuple[str, ...]:
    return next((each.heads for each in stage.parts if each.name == part and each.heads), (part,))


def _by_headings(text: str, stage: StageSpec) -> dict[str, str]:
    """What stands under each heading, up to the next one that the stage knows."""
    known = {head.casefold(): name for name in stage.part_names for head in _heads(stage, name)}
    found: dict[str, list[str]] = {}
    under = ""
    for line in text.split("\n"):
        head = _HEAD.match(line)
        if head and head["word"].casefold() in known:
            under = known[head["word"].casefold()]
            found[under] = []
        elif under:
            found[under].append(line)
    return {name: "\n".join(lines) for name, lines in found.items()}


def _object(text: str) -> tuple[dict[str, Any], str]:
    """The object that a text is, bare or in a fence, and why there is none."""
    fenced = _FENCE.match(text.strip())
    try:
        value = decode(fenced[1] if fenced else text)
        if not isinstance(value, dict):
            return {}, Reason("answer-not-object")
        json.dumps(value, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (NotJson, UnicodeEncodeError, RecursionError):
        return {}, Reason("answer-not-json")
    return value, ""


def _as_text(value: object) -> str:
    """A field as a later prompt shows it: text as it is, a list of texts as numbered lines."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return "\n".join(f"{number}. {each}" for number, each in enumerate(value, start=1))
    return json.dumps(value, ensure_ascii=False, indent=2)


class NotJson(ValueError):
    """What cannot be read. Its words say why where a laxer reader would have guessed; else it has none."""


def decode(text: str) -> Any:
    """What a JSON text says. Raises `NotJson`."""
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except NotJson:
        raise
    except (ValueError, RecursionError) as error:
        raise NotJson from error


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose fields stand once each: of two it could not be said which is meant."""
    if len({key for key, _ in pairs}) < len(pairs):
        raise NotJson(Reason("field-twice"))
    return dict(pairs)


def _no_number(word: str) -> float:
    raise NotJson(Reason("not-a-number", word=word))
