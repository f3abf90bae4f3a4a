"""All that a run has made of a scene, as one value, with the changes that a reader has made to it.

found = load_synthesized_scenes(run, jobs)[job.pk]
found.brief, found.directives, found.novel, found.script        # texts, as an example has them
found.edited({"outline": "..."})                                # raises `BadEdit`
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import batched
from typing import Any

from evalsite.core.digests import canonical_text, json_digest
from generation.models import Job, Run, StageOutput
from generation.pipelines import SystemSpec, split
from generation.pipelines.answer_parts import Split
from generation.pipelines.inputs import NONE
from generation.pipelines.refusals import Refusal
from generation.training_data.models.corpus import scene_of
from generation.training_data.synthesis.job_contents import SOURCE, contents
from generation.training_data.synthesis.rules.registry import faults_of
from generation.training_data.synthesis.texts import (
    BEAT,
    KEY,
    Unreadable,
    beat_lists,
    beats_of,
    brief_of,
    directives_text,
)

BATCH = 200
FIELDS = ("outline", "previous_context", "guideline", "exposition", "pacing", "action", "emotion", "novel")
"""What a reader may change, in the order of the page."""
_NUMBERED = re.compile(r"^\s*(\d{1,3})\s*[.．、)）]\s*(.*)$")


class BadEdit(ValueError):
    """A changed field that cannot be read; `field` says which, and the words why."""

    def __init__(self, field: str, why: str, count: int = 0) -> None:
        super().__init__(why)
        self.field, self.why, self.count = field, why, count


@dataclass(frozen=True)
class SynthesizedScene:
    """One scene's content and the answers of its stages."""

    content: Mapping[str, Any]
    outputs: Mapping[str, str]
    spec: SystemSpec

    @property
    def language(self) -> str:
        return str(self.content["language"])

    @cached_property
    def answers(self) -> dict[str, Split]:
        """The answers in their parts, by stage; a stage without one has none."""
        return {each.name: split(each, self.outputs.get(each.name, "")) for each in self.spec.stages}

    @cached_property
    def brief(self) -> dict[str, Any]:
        return brief_of(self.content, self.answers["outline"].parts, self.answers["context"].parts)

    @cached_property
    def directives(self) -> str:
        return directives_text(self.answers["directives"].parts, self.language)

    @cached_property
    def novel(self) -> str:
        return self.answers["novel"].text.strip()

    @property
    def script(self) -> str:
        return str(self.content["text"]).strip()

    @cached_property
    def beats(self) -> list[dict[str, Any]]:
        return beats_of(self.answers["directives"].parts.get("beats", ""))

    @cached_property
    def fields(self) -> dict[str, str]:
        """What a reader may change, as it stands."""
        told = self.answers["directives"].parts
        return {
            "outline": self.brief["outline"],
            "previous_context": self.brief["previous_context"],
            "guideline": self.brief["guideline"],
            "exposition": told["exposition"].strip(),
            "pacing": told["pacing"].strip(),
            **beat_lists(self.beats, self.language),
            "novel": self.novel,
        }

    def faults(self) -> list[tuple[str, Refusal]]:
        """All rules again, and whether there is what comes next to be made: [(stage, refusal), ...]."""
        return faults_of(self.content, self.outputs, self.spec.stages) or self.unmade()

    def unmade(self) -> list[tuple[str, Refusal]]:
        """Of what nothing can be made though it keeps its rules: a recipe may name few of these."""
        for stage, text in (("outline", "brief"), ("directives", "directives")):
            try:
                getattr(self, text)
            except Unreadable as error:
                return [(stage, Refusal("no-split", {"said": str(error)}))]
        return [] if self.novel else [("novel", Refusal("empty"))]

    def changes(self, given: Mapping[str, str]) -> dict[str, str]:
        """Of the fields that are handed in, those that differ from what stands, in canonical form."""
        tidy = {key: canonical_text(given[key]).strip() for key in FIELDS if key in given}
        return {key: each for key, each in tidy.items() if each != canonical_text(self.fields[key]).strip()}

    def edited(self, edits: Mapping[str, str]) -> "SynthesizedScene":
        """The same with a reader's changes. Raises `BadEdit`."""
        if not edits:
            return self
        outputs = dict(self.outputs)
        if edits.keys() & {"outline", "guideline"}:
            told = dict(self.answers["outline"].data)
            outputs["outline"] = _json(
                told | {key: edits[key] for key in ("outline", "guideline") if key in edits}
            )
        if "previous_context" in edits:
            outputs["context"] = _json({"context": edits["previous_context"] or NONE[self.language]})
        if edits.keys() & {"exposition", "pacing", "action", "emotion"}:
            outputs["directives"] = _json(self._directives(edits))
        if "novel" in edits:
            outputs["novel"] = f"<novel>\n{edits['novel']}\n</novel>"
        return replace(self, outputs=outputs)

    def _directives(self, edits: Mapping[str, str]) -> dict[str, Any]:
        told = dict(self.answers["directives"].data)
        told |= {key: edits[key] for key in ("exposition", "pacing") if key in edits}
        beats = [{key: each[key] for key in BEAT} for each in self.beats]
        keys: dict[str, list[int]] = {}
        for kind in ("action", "emotion"):
            lines = _lines(kind, edits.get(kind, self.fields[kind]), len(beats))
            for beat, line in zip(beats, lines, strict=True):
                beat[kind] = line.removeprefix(KEY[self.language].strip()).strip()
            keys[kind] = [at for at, line in enumerate(lines) if line.startswith(KEY[self.language].strip())]
        if keys["action"] != keys["emotion"] or len(keys["action"]) != 1:
            raise BadEdit("action" if "action" in edits else "emotion", "key")
        for at, beat in enumerate(beats):
            beat["key"] = at in keys["action"]
        return {**told, "beats": beats}


def _lines(kind: str, text: str, count: int) -> list[str]:
    """A numbered list read back: as many lines as there are beats, each with its number."""
    lines = [line for line in text.split("\n") if line.strip()]
    found = [_NUMBERED.match(line) for line in lines]
    numbers = [int(match[1]) for match in found if match]
    if numbers != list(range(1, count + 1)) or len(lines) != count:
        raise BadEdit(kind, "beats", count)
    texts = [match[2].strip() for match in found if match]
    if not all(texts):
        raise BadEdit(kind, "beats", count)
    return texts


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def scene_spec(run: Run) -> SystemSpec:
    """The chain of stages that a run's scenes go through."""
    specs = (SystemSpec.from_record(each) for each in run.frozen_settings["systems"].values())
    return next(spec for spec in specs if spec.input == "scene")


@dataclass(slots=True)
class Corrections:
    """Profiles as people have changed them, by series (key) and name; `reviews` are the decisions' keys."""

    texts: dict[int, dict[str, str]] = field(default_factory=dict)
    reviews: list[int] = field(default_factory=list)

    def add(self, series: int, name: str, text: str, review: int) -> None:
        self.texts.setdefault(series, {})[name] = text
        self.reviews.append(review)

    def shown_in(self, content: Mapping[str, Any], series: int) -> list[str]:
        """Who of them stands in a scene's brief."""
        own = self.texts.get(series, {})
        return [each["name"] for each in content["characters"] if each["name"] in own]

    def applied(self, content: Mapping[str, Any], series: int) -> Mapping[str, Any]:
        """A scene's content with the changed ones in place of what was written."""
        own = self.texts.get(series)
        if not own:
            return content
        characters = [
            {**each, "profile": own.get(each["name"], each["profile"])} for each in content["characters"]
        ]
        return {**content, "characters": characters}


def load_synthesized_scenes(
    run: Run, jobs: Sequence[Job], spec: SystemSpec | None = None, corrections: Corrections | None = None
) -> dict[int, SynthesizedScene]:
    """What was made of some scenes, by the keys of their (finished) jobs; a few queries for all of them."""
    spec = spec or scene_spec(run)
    outputs: dict[int, dict[str, str]] = {job.pk: {} for job in jobs}
    rows = StageOutput.objects.filter(job__in=list(outputs)).values_list("job", "stage", "text")
    for job, stage, text in rows:
        outputs[job][stage] = text
    found = contents(run, jobs)
    if corrections is not None:
        series = {job.pk: scene_of(job).work.series_id for job in jobs}
        found = {key: dict(corrections.applied(content, series[key])) for key, content in found.items()}
    return {key: SynthesizedScene(content, outputs[key], spec) for key, content in found.items()}


def jobs_of(keys: Sequence[int]) -> list[Job]:
    """Jobs on scenes as this module needs them, in the order of their keys' list."""
    found = Job.objects.select_related("system", *SOURCE).in_bulk(list(keys))
    return [found[key] for key in keys]


def iter_synthesized_scenes(
    run: Run, keys: Sequence[int], corrections: Corrections | None = None
) -> Iterator[tuple[int, SynthesizedScene]]:
    """One after the other, in the order given, a batch in memory at a time."""
    spec = scene_spec(run)
    for batch in batched(keys, BATCH):
        found = load_synthesized_scenes(run, jobs_of(batch), spec, corrections)
        for key in batch:
            yield key, found[key]


def digest_of(whole: SynthesizedScene, scene: str) -> str:
    """The digest of an example: of its texts and the digest of its scene; no codes, no times."""
    return json_digest(
        {
            "scene": scene,
            "brief": whole.brief,
            "directives": whole.directives,
            "novel": whole.novel,
            "script": whole.script,
        }
    )
