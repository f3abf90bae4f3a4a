"""Taking a study file into the database: all of it, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec
from django.db import transaction

from annotations.findings.rejections import without_rejected
from annotations.freezing.training_overlap import series_faults
from annotations.models import Criterion, Study
from annotations.spec.file import Stored, StudyFile, read_study, read_study_text
from annotations.spec.study_texts import parse_name_map
from annotations.spec.values import StudySpec, as_json, changed_fields, from_json
from evalsite.core.errors import InputError, InputErrors
from evalsite.core.models import record
from generation.briefs.files import BriefSpec
from generation.models import Brief, Script, Series, System
from generation.services import add_script, spec_of_brief, store_briefs, store_system


@dataclass(frozen=True, slots=True)
class Loaded:
    study: Study
    outcome: Literal["created", "updated", "unchanged"]
    changed: tuple[str, ...] = ()
    dropped: tuple[str, ...] = field(default=())
    kept_out: tuple[str, ...] = ()
    """Briefs for which the file's scripts hold one that the draft has rejected: it stays out."""


@transaction.atomic
def load_study(path: Path, *, by: str = "console") -> Loaded:
    """Read a study file and store it as a draft, with its briefs and scripts. Raises `InputErrors`, and
    stores nothing.

    A draft is updated; unchanged content changes nothing; a frozen study with other content is refused.
    """
    found = read_study(path, STORED)
    return _store_draft(found, str(path), by)


@transaction.atomic
def load_study_text(text: str, name: str, *, by: str) -> Loaded:
    """The same of a study file that came alone, through a browser: its briefs and scripts are stored ones."""
    found = read_study_text(text, name, STORED)
    return _store_draft(found, name, by)


def _store_draft(found: StudyFile, path: str, by: str) -> Loaded:
    study = Study.objects.select_for_update().filter(slug=found.spec.slug).first()
    spec, kept_out = without_rejected(_with_names(found))
    spec = _with_frozen_accounts(_with_frozen_thresholds(spec, study), study)
    value = as_json(spec)
    if not spec.materials.briefs:
        raise InputErrors(
            [InputError(path, 1, 1, "no brief is left: scripts were rejected.", "take one back.")]
        )
    if study is not None and study.spec_digest == spec.digest:
        return Loaded(study, "unchanged", dropped=found.dropped, kept_out=kept_out)
    changed = tuple(changed_fields(study.spec, value)) if study is not None else ()
    if study is not None and study.state != Study.State.DRAFT:
        message = f"study {spec.slug} is {study.state}, and this file differs in: {', '.join(changed)}."
        fix = "give the changed study another slug, or restore the file."
        raise InputErrors([InputError(path, 1, 1, message, fix)])
    series = {brief.slug: brief.series_slug for brief in (*found.briefs, *found.warmup)}
    if faults := series_faults(spec, series, path):
        raise InputErrors(faults)
    _store_texts(found)
    outcome: Literal["created", "updated"] = "created" if study is None else "updated"
    study = store_spec(study, spec)
    record(
        who=by,
        verb=f"load study ({outcome})",
        about=study.slug,
        digest=spec.digest,
        # Whose script it was that changed is nobody's business in the trail.
        changed=sorted({".".join(name.split(".")[:2]) for name in changed}),
    )
    return Loaded(study, outcome, changed, found.dropped, kept_out)


def stored_digest(brief: str, system: str) -> str | None:
    """The digest of the lowest-numbered stored script of a system for a brief."""
    scripts = Script.objects.filter(brief__slug=brief, system__slug=system).order_by("sample", "pk")
    return scripts.values_list("digest", flat=True).first()


def second_digest(brief: str, system: str) -> str | None:
    """The digest of the stored script with the next number after `stored_digest`."""
    scripts = Script.objects.filter(brief__slug=brief, system__slug=system).order_by("sample", "pk")
    return scripts.values_list("digest", flat=True)[1:2].first()


def stored_briefs(key: str, names: Sequence[str]) -> list[BriefSpec]:
    """Stored briefs by `slug` or `series`, in story order."""
    by = {"slug": "slug__in", "series": "series__slug__in"}[key]
    rows = Brief.objects.filter(**{by: names}).select_related("series")
    return [spec_of_brief(row) for row in rows.order_by("series__slug", "order", "slug")]


def stored_writers(brief: str) -> list[str]:
    """The systems that have a stored script for a brief."""
    scripts = Script.objects.filter(brief__slug=brief).order_by("system__slug")
    return list(scripts.values_list("system__slug", flat=True).distinct())


STORED = Stored(stored_digest, second_digest, stored_briefs, stored_writers)


def _with_names(found: StudyFile) -> StudySpec:
    """The file's value with the name maps of its series, which are kept with the series and not in files."""
    wanted = {brief.series_slug for brief in (*found.briefs, *found.warmup)}
    rows = Series.objects.filter(slug__in=wanted).order_by("slug").values_list("slug", "names")
    names = {slug: taken for slug, stored in rows if (taken := parse_name_map(stored))}
    materials = msgspec.structs.replace(found.spec.materials, names=names)
    return msgspec.structs.replace(found.spec, materials=materials)


def _with_frozen_thresholds(spec: StudySpec, study: Study | None) -> StudySpec:
    """A file that says nothing of attention agrees with what freezing wrote into the plan."""
    if study is None or study.state == Study.State.DRAFT or spec.plan.attention is not None:
        return spec
    plan = msgspec.structs.replace(spec.plan, attention=from_json(study.spec).plan.attention)
    return msgspec.structs.replace(spec, plan=plan)


def _with_frozen_accounts(spec: StudySpec, study: Study | None) -> StudySpec:
    """A file that names the same unblinders, or none, agrees with those that freezing stored with the keys of
    their accounts."""
    if study is None or study.state == Study.State.DRAFT:
        return spec
    frozen = from_json(study.spec).unblinders
    named = [each.name for each in spec.unblinders]
    same = not named or named == [each.name for each in frozen]
    return msgspec.structs.replace(spec, unblinders=frozen) if same else spec


def store_spec(study: Study | None, spec: StudySpec) -> Study:
    """Store the value of a study file in a draft, or as a new one."""
    study = study or Study(slug=spec.slug)
    study.title, study.question, study.seed = spec.title, spec.question, spec.seed
    study.spec, study.spec_digest = as_json(spec), spec.digest
    study.save()
    study.criteria.all().delete()
    Criterion.objects.bulk_create(
        Criterion(
            study=study,
            slug=criterion.slug,
            order=order,
            primary=criterion.primary,
            label=criterion.label,
            question=criterion.question,
            guidance=criterion.guidance,
            with_strength=criterion.strength,
        )
        for order, criterion in enumerate(spec.criteria, start=1)
    )
    return study


def _store_texts(found: StudyFile) -> None:
    """Through generation's own services, so that files and other ways in agree."""
    briefs = {each.brief.slug: each.brief for each in store_briefs((*found.briefs, *found.warmup))}
    faults: list[InputError] = []
    systems = {}
    for entry in found.spec.systems:
        name = entry.name.get("en") or entry.name.get("zh") or entry.slug
        try:
            systems[entry.slug] = store_system(slug=entry.slug, name=name, kind=entry.kind)
        except InputErrors as refused:
            faults += refused.errors
    if faults:
        raise InputErrors(faults)
    for slug in {system for _, system in found.scripts} - systems.keys():
        systems[slug] = _writer_outside(slug)
    # Second samples after the first ones, so that their numbers come later too.
    for (brief, system), script in (*found.scripts.items(), *found.second.items()):
        add_script(brief=briefs[brief], system=systems[system], text=script.text, path=str(script.path))


def _writer_outside(slug: str) -> System:
    """Who wrote the scripts of practice and checks, where it is no system of the study."""
    known = System.objects.filter(slug=slug).first()
    kind = System.Kind.HUMAN if slug == "human" else System.Kind.IMPORTED
    return known or store_system(slug=slug, name=slug, kind=kind)
