"""What the pages of systems show: which systems there are, and what each stage of one is."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings

from generation import labels
from generation.models import Brief, System
from generation.pipelines import SHIPPED, StageSpec, SystemSpec, find_system, shipped_names
from generation.prompts import PromptFault, PromptTemplate

FILE, STORED = "file", "stored"


@dataclass(frozen=True, slots=True)
class SystemRow:
    """A system on a page. `source` is `file` for one that ships, `stored` for one that a run has brought."""

    source: str
    spec: SystemSpec
    digest: str = ""
    written: int = 0


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


def find(source: str, slug: str) -> SystemRow | None:
    """One system by where it is from and its slug."""
    if source == FILE:
        return SystemRow(FILE, shipped_spec(slug)) if slug in shipped_names() else None
    rows = stored(System.objects.filter(slug=slug))
    return rows[0] if rows else None


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
    templates: list[PromptTemplate]
    reads: list[str]
    split: str
    checks: list[str]
    tries: int
    fault: str = ""


def stage_pages(spec: SystemSpec) -> list[StagePage]:
    return [_stage_page(spec, stage) for stage in spec.stages]


def _stage_page(spec: SystemSpec, stage: StageSpec) -> StagePage:
    backend = spec.backend_of(stage)
    try:
        templates, fault = [each for each in stage.carried() if each.name == stage.prompt], ""
    except PromptFault as error:
        templates, fault = [], str(error)
    asked = {field for template in templates for field in template.fields()}
    return StagePage(
        stage,
        str(labels.FORM_LABELS.get(stage.form, stage.form)),
        " ".join(filter(None, [backend.kind, backend.base_url or getattr(backend, "model_path", "")])),
        templates,
        sorted(stage.reads.get(name, name) for name in asked),
        str(labels.SPLIT_LABELS[stage.split or "tags"]) if stage.part_names else "",
        labels.checks_of(stage),
        spec.tries_of(stage),
        fault,
    )


def chosen_brief(slug: str, languages: tuple[str, ...]) -> Brief | None:
    """The brief that is asked for, or else the first that the system can write for."""
    briefs = Brief.objects.select_related("series")
    if slug:
        return briefs.filter(slug=slug).first()
    return briefs.filter(language__in=languages).order_by("series__slug", "order", "slug").first()


def brief_choices() -> list[Any]:
    rows = Brief.objects.order_by("language", "series__slug", "order", "slug")
    return list(rows.values("slug", "language", "series__title"))
