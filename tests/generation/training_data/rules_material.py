"""Sound answers about invented scenes, as contents and whole answers: what rules must let pass."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from generation.screenplay import measure, parse
from generation.training_data.synthesis.scenes import lines_of, named_in

CASES = Path(__file__).parent / "cases"
EXAMPLES = Path(__file__).parents[3] / "examples"
STAGES = ("outline", "context", "directives", "novel", "marks")


def read(path: Path) -> Any:
    """A data file; by libyaml, for the time of the tests."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


@dataclass
class Sound:
    """One scene with its content and its answers by stage, as a model gives them."""

    name: str
    language: str
    content: dict[str, Any]
    outputs: dict[str, str] = field(default_factory=dict)


@cache
def sound_scenes() -> list[Sound]:
    found = [each for path in sorted(CASES.glob("sound/*.yaml")) for each in _series(path)]
    full = {each.name for each in found}
    return [*found, *(each for each in _examples() if each.name not in full)]


def _series(path: Path) -> Iterator[Sound]:
    data = read(path)
    texts = [each.get("text", "") for each in data["scenes"]]
    for number, item in enumerate(data["scenes"], start=1):
        series = data["series"]
        content = scene_content(texts, number, data["language"], series, {})
        sound = Sound(f"{series['slug']}/{number}", data["language"], content)
        yield _answered(sound, item)


def _answered(sound: Sound, item: Mapping[str, Any]) -> Sound:
    if item["outline"]:
        sound.outputs["outline"] = as_json(outline=item["outline"], guideline=item.get("guideline", ""))
        sound.outputs["context"] = as_json(context=item["context"])
    beats = dealt(item["beats"], len(sound.content["elements"]))
    sound.outputs["directives"] = as_json(exposition=item["exposition"], pacing=item["pacing"], beats=beats)
    sound.outputs["novel"] = f"<novel>\n{item['novel'].strip()}\n</novel>"
    reason = {"en": "The middle loses a little speed.", "zh": "中段略松，个别对话可以再短。"}[sound.language]
    sound.outputs["marks"] = as_json(coherence=4, faithfulness=5, filmable=4, rhythm=3, reason=reason)
    return sound


def dealt(beats: Sequence[Sequence[Any]], count: int) -> list[dict[str, Any]]:
    """Beats with the elements of the scene dealt out to them, evenly."""
    ends = [round(count * (at + 1) / len(beats)) for at in range(len(beats))]
    return [
        {"first": first + 1, "last": last, "action": action, "emotion": emotion, "key": key}
        for (action, emotion, key), first, last in zip(beats, [0, *ends], ends, strict=False)
    ]


def as_json(**fields: Any) -> str:
    return json.dumps(fields, ensure_ascii=False)


def scene_content(
    texts: Sequence[str], number: int, language: str, series: Mapping[str, str], profiles: Mapping[str, str]
) -> dict[str, Any]:
    """What `job_contents.scene_content` makes of the same scenes."""
    beside = [{"work": series["slug"], "number": at, "text": text} for at, text in enumerate(texts, start=1)]
    text = texts[number - 1]
    counted = measure(parse(text, language))
    return {
        "kind": "scene", "language": language, "series": dict(series), "work": series["slug"], "order": 1,
        "number": number, "heading": text.strip().split("\n")[0], "text": text,
        "elements": lines_of(text, language),
        "speakers": list(counted.speakers), "earlier": beside[: number - 1], "later": beside[number:],
        "characters": [
            {"name": name, "profile": profile}
            for name, profile in profiles.items()
            if name in counted.speakers or named_in(name, text)
        ],
        "target_length": counted.length, "genre": "",
    }  # fmt: skip


@cache
def briefs() -> list[dict[str, Any]]:
    paths = sorted([*EXAMPLES.glob("briefs/*/*.yaml"), *EXAMPLES.glob("outside/*/*.yaml")])
    return [read(path) for path in paths]


def script_of(slug: str) -> str:
    text = next((EXAMPLES / "scripts" / slug).glob("human.*")).read_text(encoding="utf-8")
    return "\n".join(line for line in text.split("\n") if not line.startswith("//!")).strip() + "\n"


@cache
def _examples() -> tuple[Sound, ...]:
    return tuple(_made_of_briefs())


def _made_of_briefs() -> Iterator[Sound]:
    """The briefs of the examples with their human scripts; the first of a series has no context to give."""
    listed = briefs()
    for brief in listed:
        own = sorted(
            (each for each in listed if each["series"] == brief["series"]), key=lambda each: each["order"]
        )
        texts = [script_of(each["slug"]) for each in own]
        profiles = {each["name"]: each["profile"] for one in own for each in one["characters"]}
        content = scene_content(texts, own.index(brief) + 1, brief["language"], brief["series"], profiles)
        sound = Sound(brief["slug"], brief["language"], content)
        sound.outputs["outline"] = as_json(outline=brief["outline"], guideline=brief["guideline"])
        if content["earlier"]:
            sound.outputs["context"] = as_json(context=brief["previous_context"])
        yield sound


def sound_profiles() -> list[Sound]:
    """The profiles of the examples in the fields that are asked for, each person once a series."""
    found: dict[str, Sound] = {}
    listed = briefs()
    for brief in listed:
        own = [each for each in listed if each["series"] == brief["series"]]
        everybody = list(dict.fromkeys(each["name"] for one in own for each in one["characters"]))
        for each in brief["characters"]:
            name = f"{brief['series']['slug']}/{each['name']}"
            content = {
                "kind": "person", "language": brief["language"], "series": brief["series"],
                "name": each["name"],
                "scenes": [
                    {"work": "w", "number": one["order"], "text": script_of(one["slug"])} for one in own
                ],
                "others": [other for other in everybody if other != each["name"]],
            }  # fmt: skip
            fields = _fields(each["profile"].strip(), brief["language"])
            found[name] = Sound(name, brief["language"], content, {"profile": as_json(**fields)})
    return list(found.values())


def _fields(profile: str, language: str) -> dict[str, Any]:
    if language == "zh":
        head, rest = profile.split("标签：", 1)
        tags, rest = rest.split("。", 1)
        life, arc = rest.split("人物走向：")
        gender, age, job = head.split("，", 2)
        job, looks = job.split("。", 1)
        related = re.findall(r"[^。]*(?:跟|妻子|父亲|母亲|女儿|儿子|丈夫)[^。]*。", life)
        return {
            "gender": gender, "age": age, "job": job, "looks": looks, "traits": tags,
            "tags": tags.split("、")[:5],
            "relations": (related or [life])[0], "backstory": life, "arc": arc,
        }  # fmt: skip
    head, rest = profile.split(" Tags: ", 1)
    tags, rest = rest.split(" Relations: ", 1)
    relations, rest = rest.split(" Backstory: ", 1)
    backstory, arc = rest.split(" Arc: ", 1)
    sentences = head.split(". ")
    gender, age, job = sentences[0].split(", ", 2)
    return {
        "gender": gender, "age": age, "job": job, "looks": sentences[1], "traits": sentences[-1],
        "tags": [tag.strip(" .") for tag in tags.split(";") if len(tag.split()) < 11][:5],
        "relations": relations, "backstory": backstory, "arc": arc,
    }  # fmt: skip
