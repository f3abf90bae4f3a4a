"""Sound answers and faults written by somebody who had not read the rules.

They tell of scenes of the sample corpus, and of stories in `cases/corpus` that no rule was set by.

    for lot in LOTS: list(sound(lot)), list(faults(lot))

A fault changes the text of an answer (`swap`, `all`, `end`, `set`, `half`, `list`, `layout`, `paste`: a
page of the source retyped from one element to another, whole or after the first half, with `said` and
`light` changes) or, where it breaks the form, the answer as it comes from a server (`raw`, `cut`, `front`,
`end`, `replace`).
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from generation.corpus.cutting import Given, scene_rows
from generation.corpus.folder import read_folder
from generation.models import Scene, Series, Work
from generation.pipelines.asking import answers_of
from generation.pipelines.judging import look
from generation.pipelines.refusals import Refusal
from generation.synthesis.reach import BESIDE
from generation.synthesis.rules.whole import shipped_stages
from generation.synthesis.subjects import scene_content
from tests.synthesis.rules_material import CASES, EXAMPLES, as_json, read

LOTS = ("a", "b", "c", "d", "e", "f", "g")
STAGES = ("outline", "context", "novel")
STAGE_OF = {"quote": "outline", "missing": "outline", "later": "context", "inner": "novel", "copied": "novel"}
_PROFILE = {"en": "Work: as the scripts have it", "zh": "职业：见剧本"}


@dataclass(frozen=True)
class Case:
    """An answer to one stage about one scene, after the sound answers to the stages before it."""

    kind: str
    language: str
    scene: str
    stage: str
    answer: str
    before: Mapping[str, str]
    base: str = ""
    """The sound answer that a fault was planted into."""

    def refusal(self) -> Refusal | None:
        return self._refusal_of(self.answer)

    def tells(self) -> bool:
        """Whether a refusal is the planted fault's: the answer passes without it."""
        return self._refusal_of(self.base) is None

    def _refusal_of(self, answer: str) -> Refusal | None:
        stages = shipped_stages("scene")
        content = contents()[self.scene]
        stage = next(each for each in stages if each.name == self.stage)
        answers = answers_of(stages, dict(self.before), self.language)
        return look(stage, answer, self.language, content, answers)[1]


@cache
def contents() -> dict[str, dict[str, Any]]:
    """The scenes that are told of as jobs get them, by work and number; nothing is stored."""
    found: dict[str, dict[str, Any]] = {}
    folders = [EXAMPLES / "corpus", *sorted(path.parent for path in CASES.glob("corpus/*/corpus.yaml"))]
    works = [work for folder in folders for work in read_folder(folder).works]
    works.sort(key=lambda each: (each.series_slug, each.order))
    for slug in dict.fromkeys(each.series_slug for each in works):
        scenes: list[Scene] = []
        for spec in (each for each in works if each.series_slug == slug):
            series = Series(slug=slug, title=spec.series_title)
            work = Work(series=series, slug=spec.slug, order=spec.order, language=spec.language)
            for scene in scene_rows(Given.from_file(spec).understood()):
                scene.work = work
                scenes.append(scene)
        found |= _of_series(scenes)
    return found


def _of_series(scenes: list[Scene]) -> dict[str, dict[str, Any]]:
    texts = [{"work": each.work.slug, "number": each.number, "text": each.text} for each in scenes]
    profiles = {name: _PROFILE[each.language] for each in scenes for name in each.speakers}
    return {
        f"{scene.work.slug}/{scene.number}": scene_content(
            scene,
            speakers=scene.speakers,
            earlier=texts[max(0, at - BESIDE) : at],
            later=texts[at + 1 : at + 1 + BESIDE],
            profiles=profiles,
        )
        for at, scene in enumerate(scenes)
    }


def sound(lot: str) -> Iterator[Case]:
    for path in sorted(CASES.glob(f"blind/{lot}_*.yaml")):
        for scene, item in read(path)["scenes"].items():
            for version in ("", "2"):
                for stage in STAGES:
                    if stage + version in item:
                        yield _case("sound", scene, stage, _whole(stage, item[stage + version]), item)


def faults(lot: str) -> Iterator[Case]:
    for path in sorted(CASES.glob(f"blind/{lot}_*.yaml")):
        data = read(path)
        for kind, listed in data["faults"].items():
            for fault in listed:
                item = data["scenes"][fault["scene"]]
                stage = fault.get("stage") or STAGE_OF[kind]
                change = _broken if kind == "broken" else _changed
                answer = change(stage, item[stage].strip(), fault, contents()[fault["scene"]])
                base = _whole(stage, item[stage])
                assert answer != base, f"{fault} changes nothing"
                yield _case(kind, fault["scene"], stage, answer, item, base)


def _case(kind: str, scene: str, stage: str, answer: str, item: Mapping[str, str], base: str = "") -> Case:
    before = {each: _whole(each, item[each]) for each in STAGES[: STAGES.index(stage)]}
    return Case(kind, contents()[scene]["language"], scene, stage, answer, before, base)


def _whole(stage: str, text: str) -> str:
    if stage == "novel":
        return f"<novel>\n{text.strip()}\n</novel>"
    return as_json(
        **({"outline": text.strip(), "guideline": ""} if stage == "outline" else {stage: text.strip()})
    )


def _broken(stage: str, text: str, fault: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    if "list" in fault or "layout" in fault:
        return _changed(stage, text, fault, content)
    answer = _whole(stage, text)
    if "raw" in fault:
        old, new = fault["raw"]
        answer = answer.replace(old, new, 1)
    answer = fault.get("front", "") + answer + fault.get("end", "")
    return str(fault.get("replace", answer[: int(len(answer) * fault.get("cut", 1))]))


def _changed(stage: str, text: str, fault: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    text = fault.get("set", text)
    paragraphs = text.split("\n\n")
    half = paragraphs[: len(paragraphs) // 2]
    if "half" in fault:
        text = "\n\n".join([*half, fault["half"]])
    if "paste" in fault:
        text = "\n\n".join([*(half if fault.get("keep") else []), *_page(fault, content)])
    if "list" in fault:
        parts = filter(None, re.split(r"(?<=[.。])\s*", text))
        text = "\n".join(f"{at}. {each}" for at, each in enumerate(parts, start=1))
    if "layout" in fault:
        text = "\n\n".join(_laid_out(at, each, content) for at, each in enumerate(paragraphs))
    if "swap" in fault:
        old, new = fault["swap"]
        text = text.replace(old, new, 1)
    for old, new in [*fault.get("all", ()), *fault.get("light", ())]:
        text = text.replace(old, new)
    return _whole(stage, text + fault.get("end", ""))


def _page(fault: Mapping[str, Any], content: Mapping[str, Any]) -> Iterator[str]:
    """Elements of the source as prose."""
    first, last = fault["paste"]
    for each in content["elements"][first - 1 : last]:
        if each["kind"] != "speech":
            yield each["text"].lstrip("△")
        elif not fault.get("said"):
            yield f"“{each['text']}”"
        elif content["language"] == "zh":
            yield f"{each['speaker']}说：“{each['text']}”"
        else:
            yield f"“{each['text']}” says {each['speaker'].title()}."


def _laid_out(at: int, paragraph: str, content: Mapping[str, Any]) -> str:
    """A paragraph with speech in it as a cue and its line."""
    if not re.search("[“\"「']", paragraph):
        return paragraph
    who = content["speakers"][at % 2]
    bare = re.sub('[“”"「」]', "", paragraph)
    return f"{who}：{bare}" if content["language"] == "zh" else f"{who.upper()}\n{bare}"


def shown(case: Case) -> str:
    text = json.dumps(case.answer, ensure_ascii=False)
    return f"{case.kind}, {case.scene}, {case.stage}: …{text[-90:]}"
