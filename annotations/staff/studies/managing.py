"""Duplicate, rename, archive and delete studies."""

from collections.abc import Mapping

from django.db import transaction
from msgspec.structs import replace

from annotations.errors import WrongState
from annotations.findings.review import locked_draft
from annotations.models import DraftScan, Study
from annotations.spec.file import default_seed
from annotations.spec.values import StudySpec, from_json
from annotations.staff.studies.loading import store_spec
from evalsite.core.clock import database_now
from evalsite.core.deletion import delete_rows
from evalsite.core.models import record


class SlugTaken(Exception):
    """Another study on this site has this slug, of whichever team."""


def free_slug(slug: str) -> str:
    """A slug for a copy that no study has: `slug-2`, `slug-3`, ..."""
    stem = slug[:74]
    taken = set(Study.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    number = 2
    while f"{stem}-{number}" in taken:
        number += 1
    return f"{stem}-{number}"


def _named(spec: StudySpec, slug: str, title: Mapping[str, str]) -> StudySpec:
    """The spec under another name. A seed that followed from the old slug follows from the new one."""
    seed = default_seed(slug) if spec.seed == default_seed(spec.slug) else spec.seed
    return replace(spec, slug=slug, title=dict(title), seed=seed)


@transaction.atomic
def duplicate_study(*, study: Study, slug: str, title: Mapping[str, str], by: str) -> Study:
    """A draft with everything that the study file says, under another slug. Raises SlugTaken.

    What was decided about findings, and raters and judgments, stay with the original.
    """
    if Study.objects.filter(slug=slug).exists():
        raise SlugTaken(slug)
    copy = store_spec(Study(slug=slug, team_id=study.team_id), _named(from_json(study.spec), slug, title))
    record(who=by, verb="duplicate study", about=copy.slug, digest=copy.spec_digest, **{"from": study.slug})
    return copy


@transaction.atomic
def rename_study(*, study: Study, slug: str, title: Mapping[str, str], by: str) -> Study:
    """Give a draft another title and slug. Raises WrongState and SlugTaken."""
    study = locked_draft(study, "studies are renamed")
    if Study.objects.filter(slug=slug).exclude(pk=study.pk).exists():
        raise SlugTaken(slug)
    former, scanned = study.slug, study.spec_digest
    same_title = dict(title) == study.spec["title"]
    study.slug = slug
    study = store_spec(study, _named(from_json(study.spec), slug, title))
    if same_title:
        # No text that was checked has changed.
        DraftScan.objects.filter(study=study, spec_digest=scanned).update(spec_digest=study.spec_digest)
    record(who=by, verb="rename study", about=study.slug, former=former)
    return study


@transaction.atomic
def archive_study(*, study: Study, by: str, archived: bool) -> None:
    """Take a study out of the list, or put it back. Nothing else changes.

    Raises WrongState for an open study, whose raters would go on judging unseen.
    """
    study = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    if archived and study.state == Study.State.OPEN:
        raise WrongState(f"study {study.slug} is open: pause or close it, then archive it")
    if bool(study.archived_at) == archived:
        return
    study.archived_at = database_now() if archived else None
    study.save(update_fields=["archived_at"])
    record(who=by, verb="archive study" if archived else "restore study", about=study.slug)


@transaction.atomic
def delete_study(*, study: Study, by: str) -> None:
    """Delete a draft with what was decided about it. Briefs, scripts and the audit trail stay.

    Raises WrongState unless it is a draft without raters and amendments.
    """
    study = locked_draft(study, "studies are deleted")
    if study.raters.exists():
        raise WrongState(f"study {study.slug} has raters: it cannot be deleted")
    if study.amendments.exists():
        raise WrongState(f"study {study.slug} has amendments: it cannot be deleted; archive it instead")
    record(who=by, verb="delete study", about=study.slug, digest=study.spec_digest, title=study.title)
    delete_rows(Study.objects.filter(pk=study.pk))
