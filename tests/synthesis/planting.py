"""Planted faults: by hand, from the cases, and by seeded change of sound answers."""
# ruff: noqa: E501 - invented sentences and tables stay on their lines

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from generation.pipelines.asking import answers_of
from generation.pipelines.judging import look
from generation.synthesis.rules.language import sentences
from generation.synthesis.rules.names import is_nobody
from generation.synthesis.rules.quoting import speeches_of
from generation.synthesis.rules.texts import length_of
from generation.synthesis.rules.whole import shipped_stages
from generation.synthesis.scenes import lines_of
from tests.synthesis.rules_material import CASES, Sound, as_json, read, sound_profiles, sound_scenes

STAGE_OF = {
    "quote": "outline",
    "missing": "outline",
    "later": "context",
    "inner": "novel",
    "stranger": "novel",
}
PART_OF = {"outline": "outline", "context": "context"}


@dataclass(frozen=True)
class Planted:
    """One fault: its kind, where it was put, and the answers with it in."""

    kind: str
    lot: str
    stage: str
    sound: Sound
    outputs: dict[str, str]
    what: str = ""


def by_hand(lots: tuple[str, ...] = ("first", "second")) -> Iterator[Planted]:
    """The faults of the cases, put into sound answers."""
    scenes = {each.name: each for each in sound_scenes()}
    for path in sorted(CASES.glob("faults/*.yaml")):
        lot = path.stem.split("_")[0]
        if lot not in lots:
            continue
        for kind, items in read(path).items():
            for item in items:
                yield _put(kind, lot, scenes[item["scene"]], item)


def _put(kind: str, lot: str, sound: Sound, item: dict[str, Any]) -> Planted:
    stage = item.get("stage", STAGE_OF[kind])
    text = told(sound, stage)
    changed = text
    for swap in ("swap", "swap2", "swap3"):
        if swap in item:
            changed = changed.replace(*item[swap])
    gap = "\n\n" if stage == "novel" else "" if sound.language == "zh" else " "
    changed = gap.join(filter(None, [item.get("start", ""), changed, item.get("add", "")]))
    assert changed != text, f"{sound.name}: {item} changes nothing"
    what = item.get("add") or item.get("start") or str(item.get("swap"))
    return Planted(kind, lot, stage, sound, {**sound.outputs, stage: whole(sound, stage, changed)}, what)


def told(sound: Sound, stage: str) -> str:
    """The text of an answer that a fault is put into."""
    raw = sound.outputs[stage]
    if stage == "novel":
        return raw.removeprefix("<novel>\n").removesuffix("\n</novel>")
    return str(json.loads(raw)[PART_OF[stage]])


def whole(sound: Sound, stage: str, text: str) -> str:
    if stage == "novel":
        return f"<novel>\n{text}\n</novel>"
    return as_json(**{**json.loads(sound.outputs[stage]), PART_OF[stage]: text})


def by_change(seed: int = 20) -> Iterator[Planted]:
    """Faults made of sound answers by drawing: every kind in both languages."""
    chance = random.Random(seed)
    full = [each for each in sound_scenes() if "novel" in each.outputs]
    for language in ("en", "zh"):
        own = [each for each in full if each.language == language]
        other = [each for each in full if each.language != language]
        for sound in own:
            for kind, stage, change in _CHANGES:
                changed = change(sound, chance, own, other)
                if changed is not None:
                    yield Planted(
                        kind, "drawn", stage, sound, {**sound.outputs, stage: changed}, change.__name__
                    )
    for person in sound_profiles():
        for kind, change in _PROFILES:
            changed = change(person, chance)
            if changed is not None:
                yield Planted(kind, "drawn", "profile", person, {"profile": changed}, change.__name__)


Change = Callable[[Sound, random.Random, list[Sound], list[Sound]], str | None]


def _paragraphs(sound: Sound) -> list[str]:
    return [each for each in told(sound, "novel").split("\n") if each.strip()]


def _novel(paragraphs: list[str]) -> str:
    return "<novel>\n" + "\n\n".join(paragraphs) + "\n</novel>"


def _prose_of(text: str, language: str) -> list[str]:
    """A page of a screenplay retyped as prose: the speeches in quotation marks, the action as it stands."""
    found = []
    for line in lines_of(text, language):
        if line["kind"] == "speech":
            words = re.sub(r"^[（(][^）)]*[）)]\s*", "", line["text"])
            said = (
                f"“{words}”{line['speaker']}说。"
                if language == "zh"
                else f'"{words}" says {line["speaker"].title()}.'
            )
            found.append(said)
        elif line["kind"] == "action":
            found.append(line["text"])
    return found


def copied_whole(sound: Sound, chance: random.Random, own: list[Sound], other: list[Sound]) -> str:
    page = _prose_of(sound.content["text"], sound.language)
    return _novel([*page, *_paragraphs(sound)[-2:]])


def copied_half(sound: Sound, chance: random.Random, own: list[Sound], other: list[Sound]) -> str:
    page = _prose_of(sound.content["text"], sound.language)
    half = _paragraphs(sound)
    return _novel([*page[: len(page) // 2 + 1], *half[len(half) // 2 :]])


def copied_with_other_names(sound: Sound, chance: random.Random, own: list[Sound], other: list[Sound]) -> str:
    page = "\n\n".join(_prose_of(sound.content["text"], sound.language))
    kept = sound.content["speakers"][0]
    for name in sound.content["speakers"][1:]:
        new = chance.choice(
            ["阿芳", "老丁", "小顾"] if sound.language == "zh" else ["Marlow", "Tess", "Quentin"]
        )
        page = re.sub(re.escape(name), new, page, flags=re.IGNORECASE)
    return _novel([page, f"{kept}", *_paragraphs(sound)[-3:]])


def copied_in_the_past(
    sound: Sound, chance: random.Random, own: list[Sound], other: list[Sound]
) -> str | None:
    if sound.language == "zh":
        return None
    page = "\n\n".join(_prose_of(sound.content["text"], "en"))
    for now, then in (
        ("says", "said"),
        ("looks", "looked"),
        ("takes", "took"),
        ("puts", "put"),
        ("comes", "came"),
        ("is", "was"),
        ("has", "had"),
        ("goes", "went"),
        ("stands", "stood"),
        ("holds", "held"),
    ):
        page = re.sub(rf"\b{now}\b", then, page)
    return _novel([page, *_paragraphs(sound)[-2:]])


def foreign_novel(sound: Sound, chance: random.Random, own: list[Sound], other: list[Sound]) -> str:
    return chance.choice(other).outputs["novel"]


def foreign_outline(sound: Sound, chance: random.Random, own: list[Sound], other: list[Sound]) -> str:
    return chance.choice(other).outputs["outline"]


def foreign_context(sound: Sound, chance: random.Random, own: list[Sound], other: list[Sound]) -> str | None:
    if not sound.content["earlier"]:
        return None
    return chance.choice([each for each in other if each.content["earlier"]]).outputs["context"]


def foreign_directives(sound: Sound, chance: random.Random, own: list[Sound], other: list[Sound]) -> str:
    data, strange = (
        json.loads(sound.outputs["directives"]),
        json.loads(chance.choice(other).outputs["directives"]),
    )
    part = chance.choice(["exposition", "pacing", "action", "emotion"])
    if part in ("exposition", "pacing"):
        data[part] = strange[part]
    else:
        chance.choice(data["beats"])[part] = strange["beats"][0][part]
    return as_json(**data)


def half_foreign(sound: Sound, chance: random.Random, own: list[Sound], other: list[Sound]) -> str:
    found, strange = _paragraphs(sound), _paragraphs(chance.choice(other))
    return _novel([*found, *strange[: max(3, len(strange) // 3)]])


def broken(sound: Sound, chance: random.Random, own: list[Sound], other: list[Sound]) -> str:
    raw = sound.outputs["directives"]
    return chance.choice(
        [
            raw[: len(raw) * 2 // 3],
            raw.replace('"beats"', "'beats'"),
            raw.replace(": [", ": [[", 1),
            f"Here you are:\n{raw}",
            raw.replace("}, {", "} {"),
            raw.replace('"key": true', '"key": yes'),
            "[" * 3000 + "]" * 3000,
            raw.replace('"first": 1,', '"first": NaN,'),
            raw.replace('"first": 1,', f'"first": {"9" * 5000},'),
            raw.replace('"pacing"', '"exposition"'),
            raw.replace('"key": true', '"key": "true"'),
            raw.replace('"first": 1,', '"first": "1",'),
            raw.replace('"first": 1,', '"first": 1.0,'),
            raw.replace('"first": 1,', ""),
            raw.replace('"emotion": "', '"emotion": ["', 1).replace('", "key"', '"], "key"', 1),
        ]
    )


def wrong_ranges(sound: Sound, chance: random.Random, own: list[Sound], other: list[Sound]) -> str:
    data = json.loads(sound.outputs["directives"])
    beats = data["beats"]
    beat = chance.choice(beats[1:] or beats)
    match chance.randrange(6):
        case 0:
            beat["first"] += 1
        case 1:
            beats[-1]["last"] += 1
        case 2:
            beats[-1]["last"] -= 1
        case 3:
            beats.pop()
        case 4:
            beats.reverse()
        case _:
            beats[0]["first"] = 0
    return as_json(**data)


def wrong_keys(sound: Sound, chance: random.Random, own: list[Sound], other: list[Sound]) -> str:
    data = json.loads(sound.outputs["directives"])
    every = chance.random() < 0.5
    for beat in data["beats"]:
        beat["key"] = every
    return as_json(**data)


def copied_beat(sound: Sound, chance: random.Random, own: list[Sound], other: list[Sound]) -> str:
    data = json.loads(sound.outputs["directives"])
    beat = chance.choice(data["beats"])
    match chance.randrange(3):
        case 0:
            beat["emotion"] = beat["action"]
        case 1:
            beat["emotion"] = " "
        case _:
            data["beats"][1]["action"] = data["beats"][0]["action"]
    return as_json(**data)


def beats_without_somebody(
    sound: Sound, chance: random.Random, own: list[Sound], other: list[Sound]
) -> str | None:
    speakers = [each for each in sound.content["speakers"] if not is_nobody(each) and "AND" not in each]
    who = chance.choice(speakers)
    if any(who != each and (who in each or each in who) for each in speakers):
        return None
    new = "那人" if sound.language == "zh" else "somebody"
    pattern = (
        who
        if sound.language == "zh"
        else rf"\b(?:{'|'.join([re.escape(who), *map(re.escape, who.split())])})\b(?:'s)?"
    )
    data = json.loads(sound.outputs["directives"])
    for beat in data["beats"]:
        for part in ("action", "emotion"):
            beat[part] = re.sub(pattern, new, beat[part], flags=re.IGNORECASE)
    return as_json(**data)


def quote_in_directives(
    sound: Sound, chance: random.Random, own: list[Sound], other: list[Sound]
) -> str | None:
    least = 6 if sound.language == "zh" else 5
    said = [each["text"] for each in sound.content["elements"] if each["speaker"]]
    said = [
        each
        for each in said
        if least <= length_of(each, sound.language) <= 40 and "（" not in each and "(" not in each
    ]
    if not said:
        return None
    line = chance.choice(said)
    data = json.loads(sound.outputs["directives"])
    marks = chance.choice(["“{}”", '"{}"', "「{}」", "{}"])
    beat = chance.choice(data["beats"])
    beat["action"] += (" " if sound.language == "en" else "") + marks.format(line)
    return as_json(**data)


def turned_round(sound: Sound, chance: random.Random, own: list[Sound], other: list[Sound]) -> str:
    return _novel(_paragraphs(sound)[::-1])


def halves_exchanged(sound: Sound, chance: random.Random, own: list[Sound], other: list[Sound]) -> str:
    found = _paragraphs(sound)
    return _novel(found[len(found) // 2 :] + found[: len(found) // 2])


def another_story(sound: Sound, chance: random.Random, own: list[Sound], other: list[Sound]) -> str:
    """The prose of another scene, under the names of this one."""
    strange = chance.choice([each for each in own if each.content["series"] != sound.content["series"]])
    text = told(strange, "novel")
    for old, new in zip(strange.content["speakers"], sound.content["speakers"] * 3, strict=False):
        text = re.sub(
            re.escape(old), new.title() if sound.language == "en" else new, text, flags=re.IGNORECASE
        )
    return _novel(
        [
            *text.split("\n"),
            "、".join(sound.content["speakers"])
            if sound.language == "zh"
            else ", ".join(sound.content["speakers"]).title(),
        ]
    )


def under_another_name(
    sound: Sound, chance: random.Random, own: list[Sound], other: list[Sound]
) -> str | None:
    text = told(sound, "novel")
    speakers = [each for each in sound.content["speakers"] if not is_nobody(each) and "AND" not in each]
    who = chance.choice(speakers)
    if any(who != each and who in each for each in speakers):
        return None
    new = chance.choice(["那个人", "阿芳"] if sound.language == "zh" else ["the stranger", "Ottoline"])
    names = (
        [who]
        if sound.language == "zh"
        else [who, *(word for word in who.split() if word not in ("MR", "MRS", "JUDGE"))]
    )
    for name in names:
        text = re.sub(rf"\b{re.escape(name)}\b" if name.isascii() else name, new, text, flags=re.IGNORECASE)
    return _novel([text])


def laid_out(sound: Sound, chance: random.Random, own: list[Sound], other: list[Sound]) -> str:
    return _novel(
        [sound.content["text"], sound.content["text"]]
        if chance.random() < 0.5
        else [sound.content["elements"][0]["text"], *_paragraphs(sound)]
    )


def too_short(sound: Sound, chance: random.Random, own: list[Sound], other: list[Sound]) -> str:
    found = _paragraphs(sound)
    return _novel(found[:1]) if chance.random() < 0.5 else _novel(found * 4)


def context_of_another(
    sound: Sound, chance: random.Random, own: list[Sound], other: list[Sound]
) -> str | None:
    """What has happened in another series: it does not rest on the scenes before this one."""
    if not sound.content["earlier"]:
        return None
    return chance.choice(
        [e for e in own if e.content["series"] != sound.content["series"] and e.content["earlier"]]
    ).outputs["context"]


def wrong_none(sound: Sound, chance: random.Random, own: list[Sound], other: list[Sound]) -> str:
    if sound.content["earlier"]:
        return as_json(context="（无）" if sound.language == "zh" else "(none)")
    return as_json(context=json.loads(sound.outputs["outline"])["outline"])


def context_from_outline(
    sound: Sound, chance: random.Random, own: list[Sound], other: list[Sound]
) -> str | None:
    """A sentence of this scene's outline in the context."""
    if not sound.content["earlier"]:
        return None
    found = sentences(told(sound, "outline"), sound.language)[1:]
    line = max(found, key=len)
    return whole(sound, "context", told(sound, "context") + (" " if sound.language == "en" else "") + line)


def listed_outline(sound: Sound, chance: random.Random, own: list[Sound], other: list[Sound]) -> str:
    text = told(sound, "outline")
    match chance.randrange(3):
        case 0:
            text = "\n".join(
                f"{at}. {each}" for at, each in enumerate(sentences(text, sound.language), start=1)
            )
        case 1:
            text = f"{sound.content['heading']}\n{text}"
        case _:
            text = (
                "、".join(sound.content["speakers"])
                if sound.language == "zh"
                else ", ".join(sound.content["speakers"])
            )
    return whole(sound, "outline", text)


def wrong_marks(sound: Sound, chance: random.Random, own: list[Sound], other: list[Sound]) -> str:
    data = json.loads(sound.outputs["marks"])
    if chance.random() < 0.2:
        data["reason"] = " "
    else:
        data[chance.choice(["coherence", "faithfulness", "filmable", "rhythm"])] = chance.choice(
            [0, 6, 4.5, True, "four", None, -1, 10**30]
        )
    return as_json(**data)


def many_tags(sound: Sound, chance: random.Random) -> str:
    data = json.loads(sound.outputs["profile"])
    data["tags"] = chance.choice([data["tags"][:1], [*"abcdef"], "stubborn", ["a", "a", "a"], [], [1, 2]])
    return as_json(**data)


def empty_life(sound: Sound, chance: random.Random) -> str:
    data = json.loads(sound.outputs["profile"])
    part = chance.choice(["backstory", "arc", "relations"])
    data[part] = chance.choice(["", "？" if sound.language == "zh" else "?", data["backstory"] * 6])
    return as_json(**data)


def foreign_life(sound: Sound, chance: random.Random) -> str:
    data = json.loads(sound.outputs["profile"])
    data[chance.choice(["backstory", "arc", "looks"])] = (
        "He grew up by the river and never learned to swim, which everybody in the town knew and nobody mentioned to him. Later he kept a shop there and was thought a hard man."
        if sound.language == "zh"
        else "他在河边长大，始终不会游泳，镇上的人都知道，谁也不说破。后来他在镇上开了一间铺子，人人都说他心硬，其实他只是不会说话，年年冬天偷偷给邻居家送柴。"
        * 2
    )
    return as_json(**data)


def quoting_life(sound: Sound, chance: random.Random) -> str | None:
    said = [
        e
        for e in speeches_of(sound.content)
        if 8 <= length_of(e, sound.language) <= 30 and "(" not in e and "（" not in e
    ]
    if not said:
        return None
    data = json.loads(sound.outputs["profile"])
    line = chance.choice(said)
    data["backstory"] += chance.choice([f' "{line}"', f"“{line}”", f" {line}"])
    return as_json(**data)


def life_of_another(sound: Sound, chance: random.Random) -> str:
    data = json.loads(sound.outputs["profile"])
    other = chance.choice(sound.content["others"])
    told_of = "。".join if sound.language == "zh" else ". ".join
    start = (
        [f"{other}年轻时吃过很多苦", f"{other}后来回到这里"]
        if sound.language == "zh"
        else [f"{other} had a hard youth", f"{other} came back here later"]
    )
    data["backstory"] = told_of([*start, data["backstory"]])
    return as_json(**data)


_CHANGES: list[tuple[str, str, Change]] = [
    ("copied page", "novel", copied_whole),
    ("copied page", "novel", copied_half),
    ("copied page", "novel", copied_with_other_names),
    ("copied page", "novel", copied_in_the_past),
    ("wrong language", "novel", foreign_novel),
    ("wrong language", "novel", half_foreign),
    ("wrong language", "outline", foreign_outline),
    ("wrong language", "context", foreign_context),
    ("wrong language", "directives", foreign_directives),
    ("broken JSON", "directives", broken),
    ("beats: ranges", "directives", wrong_ranges),
    ("beats: key", "directives", wrong_keys),
    ("beats: copied or empty", "directives", copied_beat),
    ("beats: somebody missing", "directives", beats_without_somebody),
    ("quote in directives", "directives", quote_in_directives),
    ("order", "novel", turned_round),
    ("order", "novel", halves_exchanged),
    ("another story", "novel", another_story),
    ("somebody missing in prose", "novel", under_another_name),
    ("layout in prose", "novel", laid_out),
    ("length of prose", "novel", too_short),
    ("context that rests on nothing", "context", context_of_another),
    ("none where it is wrong", "context", wrong_none),
    ("outline in the context", "context", context_from_outline),
    ("form of the outline", "outline", listed_outline),
    ("marks", "marks", wrong_marks),
]
_PROFILES: list[tuple[str, Callable[[Sound, random.Random], str | None]]] = [
    ("profile: tags", many_tags),
    ("profile: length", empty_life),
    ("profile: language", foreign_life),
    ("profile: quote", quoting_life),
    ("profile: another's", life_of_another),
]


def caught(planted: Planted) -> bool:
    """Whether a rule refuses the answer that has the fault, after the sound answers of the stages before it."""
    content = planted.sound.content
    stages = shipped_stages(content["kind"])
    at = next(at for at, each in enumerate(stages) if each.name == planted.stage)
    before = {
        each.name: planted.sound.outputs[each.name]
        for each in stages[:at]
        if each.name in planted.sound.outputs
    }
    answers = answers_of(stages, before, content["language"])
    return (
        look(stages[at], planted.outputs[planted.stage], content["language"], content, answers)[1] is not None
    )
