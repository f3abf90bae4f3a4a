"""Taking a study file into the database: all of it, or nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Literal

import msgspec
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from annotations.findings.rejections import without_rejected
from annotations.findings.review import scan_if_large
from annotations.freezing.training_overlap import series_faults
from annotations.models import Criterion, Study
from annotations.spec.file import Stored, StudyFile, read_study, read_study_text
from annotations.spec.sealed_scripts import find_sealed_pairs
from annotations.spec.study_texts import parse_name_map
from annotations.spec.values import StudySpec, as_json, changed_fields, from_json
from evalsite.core.errors import InputError, InputErrors
from evalsite.core.models import Team, only_team, record
from generation.briefs.files import BriefSpec
from generation.models import Brief, Script, Series, System
from generation.services import NewScript, add_scripts, spec_of_brief, store_briefs, store_system


@dataclass(frozen=True, slots=True)
class Loaded:
    study: Study
    outcome: Literal["created", "updated", "unchanged"]
    changed: tuple[str, ...] = ()
    dropped: tuple[str, ...] = field(default=())
    kept_out: tuple[str, ...] = ()
    """Briefs for which the file's scripts hold one that the draft has rejected: it stays out."""


@transaction.atomic
def load_study(path: Path, *, by: str = "console", team: int | None = None) -> Loaded:
    """Read a study file and store it as a draft of a team, with its briefs and scripts. Raises `InputErrors`,
    and stores nothing.

    A draft is updated; unchanged content changes nothing; a frozen study with other content is refused.
    Without a `team` it is the site's only one.
    """
    whose = _team_asked_once(team)
    found = read_study(path, stored_texts(whose))
    return _store_draft(found, str(path), by, whose())


@transaction.atomic
def load_study_text(text: str, name: str, *, by: str, team: int | None = None) -> Loaded:
    """The same of a study file that came alone, through a browser: its briefs and scripts are stored ones."""
    whose = _team_asked_once(team)
    found = read_study_text(text, name, stored_texts(whose))
    return _store_draft(found, name, by, whose())


def _team_asked_once(team: int | None) -> Callable[[], int]:
    """Look the only team up when it is needed: a file with faults is refused without the database."""
    return cache(lambda: only_team() if team is None else team)


def _store_draft(found: StudyFile, path: str, by: str, team: int) -> Loaded:
    study = Study.objects.select_for_update().filter(slug=found.spec.slug).first()
    _refuse_taken(found, study, path, team)
    spec, kept_out = without_rejected(_with_names(found, team))
    spec = _with_frozen_accounts(_with_frozen_plan(spec, study, found.default_target), study)
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
    _store_texts(found, team)
    outcome: Literal["created", "updated"] = "created" if study is None else "updated"
    study = store_spec(study or Study(slug=spec.slug, team_id=team), spec)
    record(
        who=by,
        verb=f"load study ({outcome})",
        about=study.slug,
        digest=spec.digest,
        # Whose script it was that changed is nobody's business in the trail.
        changed=sorted({".".join(name.split(".")[:2]) for name in changed}),
    )
    transaction.on_commit(partial(scan_if_large, study=study, by=by), robust=True)
    return Loaded(study, outcome, changed, found.dropped, kept_out)


def _refuse_taken(found: StudyFile, study: Study | None, path: str, team: int) -> None:
    """Slugs are unique on the site: refuse those of another team, and say nothing else of what it has."""
    theirs = System.objects.filter(slug__in=_system_slugs(found)).exclude(team=None).exclude(team=team)
    taken = [*theirs.order_by("slug").values_list("slug", flat=True)]
    if study is not None and study.team_id != team:
        taken.insert(0, study.slug)
    if taken:
        fix = _("choose another slug.")
        messages = [_("the slug %(slug)s is taken on this site.") % {"slug": slug} for slug in taken]
        raise InputErrors([InputError(path, 1, 1, message, fix) for message in messages])


def _system_slugs(found: StudyFile) -> set[str]:
    """The systems of a study, and who wrote the scripts of practice and checks."""
    outside = {text.system for text in found.spec.materials.warmup.values()}
    return (
        {entry.slug for entry in found.spec.systems} | outside | {system for _brief, system in found.scripts}
    )


def stored_texts(team: Callable[[], int]) -> Stored:
    """Look-ups of what a study of a team may use: the team's briefs and the scripts for them."""

    def scripts(brief: str, **which: str) -> QuerySet[Script]:
        return Script.objects.filter(brief__slug=brief, brief__series__team=team(), **which)

    def digests(brief: str, system: str) -> QuerySet[Script, str]:
        ordered = scripts(brief, system__slug=system).order_by("sample", "pk")
        return ordered.values_list("digest", flat=True)

    def briefs(key: str, names: Sequence[str]) -> list[BriefSpec]:
        by = {"slug": "slug__in", "series": "series__slug__in"}[key]
        rows = Brief.objects.filter(**{by: names}, series__team=team()).select_related("series")
        return [spec_of_brief(row) for row in rows.order_by("series__slug", "order", "slug")]

    def writers(brief: str) -> list[str]:
        rows = scripts(brief).order_by("system__slug")
        return list(rows.values_list("system__slug", flat=True).distinct())

    return Stored(
        script=lambda brief, system: digests(brief, system).first(),
        second=lambda brief, system: digests(brief, system)[1:2].first(),
        briefs=briefs,
        writers=writers,
        sealed=find_sealed_pairs,
    )


def _with_names(found: StudyFile, team: int) -> StudySpec:
    """The file's value with the name maps of its series, which are kept with the series and not in files."""
    wanted = {brief.series_slug for brief in (*found.briefs, *found.warmup)}
    rows = Series.objects.filter(slug__in=wanted, team=team).order_by("slug").values_list("slug", "names")
    names = {slug: taken for slug, stored in rows if (taken := parse_name_map(stored))}
    materials = msgspec.structs.replace(found.spec.materials, names=names)
    return msgspec.structs.replace(found.spec, materials=materials)


def _with_frozen_plan(spec: StudySpec, study: Study | None, default_target: bool) -> StudySpec:
    """A file without attention agrees with what freezing wrote into the plan; a file with the same cluster,
    or with none, agrees with a study that was frozen before version 0.6."""
    if study is None or study.state == Study.State.DRAFT:
        return spec
    plan, frozen = spec.plan, from_json(study.spec).plan
    if plan.attention is None:
        plan = msgspec.structs.replace(plan, attention=frozen.attention)
    if frozen.item_cluster and (default_target or frozen.cluster == plan.cluster):
        plan = msgspec.structs.replace(plan, generalize_to=None, item_cluster=frozen.item_cluster)
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


def store_spec(study: Study, spec: StudySpec) -> Study:
    """Store the value of a study file in a draft, which may be new."""
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


def _store_texts(found: StudyFile, team: int) -> None:
    """Through generation's own services, so that files and other ways in agree."""
    briefs = {each.brief.slug: each.brief for each in store_briefs((*found.briefs, *found.warmup), team=team)}
    faults: list[InputError] = []
    systems = {}
    for entry in found.spec.systems:
        name = entry.name.get("en") or entry.name.get("zh") or entry.slug
        try:
            systems[entry.slug] = store_writer(entry.slug, name, entry.kind, team)
        except InputErrors as refused:
            faults += refused.errors
    if faults:
        raise InputErrors(faults)
    for slug in {system for _brief, system in found.scripts} - systems.keys():
        systems[slug] = _writer_outside(slug, team)
    # Second samples after the first ones, so that their numbers come later too.
    for scripts in (found.scripts, found.second):
        added = add_scripts(
            [
                NewScript(
                    brief=briefs[brief], system=systems[system], text=script.text, path=str(script.path)
                )
                for (brief, system), script in scripts.items()
            ]
        )
        if unread := [each for each in added if isinstance(each, InputError)]:
            raise InputErrors(unread)


def _writer_outside(slug: str, team: int) -> System:
    """Who wrote the scripts of practice and checks, where it is no system of the study."""
    known = System.objects.filter(slug=slug).first()
    kind = System.Kind.HUMAN if slug == "human" else System.Kind.IMPORTED
    return known or store_writer(slug, slug, kind, team)


def store_writer(slug: str, name: str, kind: str, team: int) -> System:
    """A system of a study file. Those for people are shared, so the name that one team gives stays in its
    studies where there are others."""
    if kind != System.Kind.HUMAN:
        return store_system(slug=slug, name=name, kind=kind, team=team)
    alone = not Team.objects.exclude(pk=team).exists()
    return store_system(slug=slug, name=name if alone else slug, kind=kind)
