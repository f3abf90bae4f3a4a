"""What the pages of systems show: which systems there are, and what each stage of one is."""

import re
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from generation import pipelines
from generation.access import rows_in
from generation.models import Brief, System
from generation.pipelines import SHIPPED, CheckSpec, StageSpec, SystemSpec, find_system, shipped_names
from generation.pipelines.rules import rules_of
from generation.pipelines.spec import AGAIN
from generation.prompts import PromptError, PromptTemplate
from generation.reasons import RULE_LABELS

FILE, STORED = "file", "stored"


@dataclass(frozen=True, slots=True)
class SystemRow:
    """A system on a page. `source` is `file` for one that ships, `stored` for one that a run has brought."""

    source: str
    spec: SystemSpec
    digest: str = ""
    written: int = 0

    def matches(self, search: str) -> bool:
        """Whether a search finds the system: in its slug, names or models."""
        texts = [self.spec.slug, self.spec.name, *self.spec.names.values()]
        texts += [stage.asks for stage in self.spec.stages]
        return search.casefold() in "\n".join(texts).casefold()


def shipped() -> list[SystemRow]:
    """The systems that ship as files. The `fake-*` ones come last, where the site shows them at all."""
    specs = [shipped_spec(name) for name in shipped_names()]
    fake = [spec for spec in specs if spec.backend.kind == "fake" and settings.SHOW_FAKE_SYSTEMS]
    return [SystemRow(FILE, spec) for spec in [*(one for one in specs if one.backend.kind != "fake"), *fake]]


def stored(systems: Iterable[System]) -> list[SystemRow]:
    """The pipelines among some systems, with how many scripts each has where that was counted."""
    return [
        SystemRow(STORED, SystemSpec.from_record(each.spec), each.digest, getattr(each, "written", 0))
        for each in systems
        if each.kind == System.Kind.PIPELINE and each.spec
    ]


def find(source: str, slug: str, teams: Collection[int]) -> SystemRow | None:
    """One system that some teams may use, by where it is from and its slug."""
    if source == FILE:
        return SystemRow(FILE, shipped_spec(slug)) if slug in shipped_names() else None
    rows = stored(rows_in(System, teams).filter(slug=slug))
    return rows[0] if rows else None


def name_of(spec: SystemSpec) -> str:
    """A system's name in the reader's language."""
    chinese = (get_language() or "").startswith("zh")
    return (spec.names.get("zh") if chinese else spec.names.get("en")) or spec.name


def shipped_spec(slug: str) -> SystemSpec:
    return _read(slug, (SHIPPED / f"{slug}.yaml").stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _read(slug: str, changed: int) -> SystemSpec:
    """The spec of a shipped file as it was changed last: reading one takes a tenth of a second."""
    return find_system(slug)


@dataclass(frozen=True, slots=True)
class StagePage:
    """A stage with all that its card says."""

    stage: StageSpec
    form: str
    backend: str
    address: str
    variable: str
    templates: list[PromptTemplate]
    reads: list[str]
    split: str
    checks: list[str]
    tries: int
    fault: str = ""


def stage_page(spec: SystemSpec, stage: StageSpec) -> StagePage:
    backend = spec.backend_of(stage)
    try:
        templates, fault = [each for each in stage.carried() if each.name == stage.prompt], ""
    except PromptError as error:
        templates, fault = [], str(error)
    asked = {field for template in templates for field in template.fields()}
    return StagePage(
        stage,
        str(FORM_LABELS.get(stage.form, stage.form)),
        " ".join(filter(None, [backend.kind, getattr(backend, "model_path", "")])),
        backend.base_url,
        backend.base_url_env,
        templates,
        sorted(stage.reads.get(name, name) for name in asked),
        str(SPLIT_LABELS[stage.split or "tags"]) if stage.part_names else "",
        [check_label(check) for check in rules_of(stage)],
        spec.tries_of(stage),
        fault,
    )


def chosen_brief(slug: str, languages: tuple[str, ...], teams: Collection[int]) -> Brief | None:
    """The brief of some teams that is asked for, or else the first that the system can write for."""
    briefs = rows_in(Brief, teams).select_related("series")
    if slug:
        return briefs.filter(slug=slug).first()
    return briefs.filter(language__in=languages).order_by("series__slug", "order", "slug").first()


def brief_choices(teams: Collection[int]) -> list[Any]:
    rows = rows_in(Brief, teams).order_by("language", "series__slug", "order", "slug")
    return list(rows.values("slug", "language", "series__title"))


SPLIT_LABELS = {
    "tags": _("between tags"),
    "headings": _("under headings"),
    "json": _("as JSON fields"),
}
FORM_LABELS = {"prose": _("prose"), "screenplay": _("screenplay")}


def check_label(check: CheckSpec) -> str:
    """One rule in words."""
    label = str(RULE_LABELS[check.rule])
    return label % {"low": f"{check.low:g}", "high": f"{check.high:g}"} if "%" in label else label


_OPEN, _SHUT = "\ue000", "\ue001"


@dataclass(frozen=True, slots=True)
class MessagePart:
    """A stretch of a message. `source` names what will stand there: a stage, or a part of one."""

    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class ShownMessage:
    role: str
    pieces: tuple[MessagePart, ...]
    length: int


@dataclass(frozen=True, slots=True)
class StagePreview:
    """What one stage would send.

    `digest` is that of the messages, and is empty where something is still to be written; `fault` says why
    there is nothing to show.
    """

    stage: StageSpec
    template: PromptTemplate | None
    messages: tuple[ShownMessage, ...]
    digest: str
    again: str
    record: dict[str, Any]
    fault: str = ""

    @property
    def waits_for(self) -> list[str]:
        """What must be written before this can be sent, in order."""
        pieces = [piece.source for message in self.messages for piece in message.pieces if piece.source]
        return list(dict.fromkeys(pieces))


def preview(spec: SystemSpec, content: Mapping[str, Any]) -> list[StagePreview]:
    """What each stage of a system would send for a brief, from `Brief.content()`."""
    answers: dict[str, str] = {}
    shown = []
    # Drawn anew each time: no brief holds it, whatever characters stand in it.
    ours = secrets.token_hex(8)
    marks = re.compile(f"{_OPEN}{ours}:([^{_OPEN}{_SHUT}]*){_SHUT}")
    for stage in spec.stages:
        shown.append(_stage(stage, content, answers, marks))
        names = [stage.name, *(f"{stage.name}.{part}" for part in stage.values)]
        answers |= {name: f"{_OPEN}{ours}:{name}{_SHUT}" for name in names}
    return shown


def _stage(
    stage: StageSpec, content: Mapping[str, Any], answers: Mapping[str, str], marks: re.Pattern[str]
) -> StagePreview:
    language = content["language"]
    try:
        template = stage.template(language)
        request = pipelines.prepare(stage, content, answers, None)
        again = stage.template(language, AGAIN).parts()[0][1] if stage.say_why else ""
    except PromptError as fault:
        return StagePreview(stage, None, (), "", "", {}, str(fault))
    messages = tuple(shown_message(role, text, marks) for role, text in request.messages)
    whole = not any(piece.source for message in messages for piece in message.pieces)
    return StagePreview(
        stage,
        template,
        messages,
        pipelines.prompt_digest(request) if whole else "",
        again,
        pipelines.request_record(request),
    )


def shown_message(role: str, text: str, marks: re.Pattern[str] | None = None) -> ShownMessage:
    """A message in pieces: its own text, and the marks in it, if any can be."""
    pieces = marks.split(text) if marks else [text]
    parts = [
        MessagePart("" if index % 2 else piece, piece if index % 2 else "")
        for index, piece in enumerate(pieces)
    ]
    kept = tuple(part for part in parts if part.text or part.source)
    return ShownMessage(role, kept, sum(len(part.text) for part in kept))
