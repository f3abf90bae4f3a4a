"""Briefs for a study, reconstructed from finished scenes, with the scenes themselves as people's scripts.

    planned = plan_synthesis(recipe=find_recipe("dsr-data").for_briefs(), works=works)
    ...                                             # the run's jobs are worked on
    stored = store_reconstructed(run, writers={"salt-road": "w01"})

A series of which briefs are reconstructed is held out: nothing is trained on its scenes from then on
(`generation.training_data.synthesis.choosing`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from django.db import transaction

from evalsite.core.errors import InputError, InputErrors
from generation.briefs.files import BriefSpec
from generation.briefs.files import brief_of as read_brief
from generation.models import Job, Run, Source, StageOutput, System
from generation.pipelines import split
from generation.services import store_briefs, store_system
from generation.training_data.models import Scene
from generation.training_data.models.corpus import scene_of
from generation.training_data.synthesis.job_contents import SOURCE, contents
from generation.training_data.synthesis.recipe import BRIEF_STAGES, recipe_of_record
from generation.training_data.synthesis.texts import Unreadable, brief_of
from generation.uploads.store import Provenance, store_imported

HUMAN = "human"
KNEW = "The brief was reconstructed from this scene."


@dataclass(frozen=True, slots=True)
class StoredBriefs:
    """The slugs of a run's briefs in story order; how many of them, and how many scripts, are new."""

    slugs: tuple[str, ...]
    briefs: int
    scripts: int


@transaction.atomic
def store_reconstructed(run: Run, *, writers: Mapping[str, str], system: str = HUMAN) -> StoredBriefs:
    """Store the brief of each scene of a finished run, and the scene as a script of `system` for it.

    `writers` gives the code of the writer by the slug of the series. Stored again, nothing changes. Raises
    `InputErrors` where a scene has no brief yet or a series has no writer; nothing is stored then.
    """
    jobs = list(
        run.jobs.filter(source__scene__isnull=False)
        .select_related("system", *SOURCE)
        .order_by("source__scene__work__series__slug", "source__scene__work__order", "source__scene__number")
    )
    faults = [*_unfinished(jobs), *_without_writer(jobs, writers)]
    if faults:
        raise InputErrors(faults)
    specs = list(_specs(run, jobs))
    stored = {each.brief.slug: each for each in store_briefs(specs, by="console", team=run.team_id)}
    human = store_system(slug=system, name=system, kind=System.Kind.HUMAN)
    new = 0
    pairs = zip((scene_of(job) for job in jobs), specs, strict=True)
    for work, own in groupby(pairs, key=lambda pair: pair[0].work):
        rows = [(stored[spec.slug].brief, scene.text, None) for scene, spec in own]
        provenance = Provenance(
            file_name=work.file_name,
            file_digest=work.file_digest,
            format=work.format,
            origin=work.origin,
            version=work.version,
            rights=Source.Rights.REDISTRIBUTE
            if work.rights == work.Rights.REDISTRIBUTE
            else Source.Rights.SHOW,
            credit=work.credit,
            knew=KNEW,
            by="console",
        )
        imported = store_imported(rows, human, writers[work.series.slug], provenance)
        new += sum(each.created for each in imported)
    created = sum(each.outcome == "created" for each in stored.values())
    return StoredBriefs(tuple(spec.slug for spec in specs), created, new)


def slug_of(scene: Scene) -> str:
    """The slug of the brief that is reconstructed from a scene."""
    return f"{scene.work.slug}-{scene.number}"


def _unfinished(jobs: list[Job]) -> Iterator[InputError]:
    for job in jobs:
        if job.state != Job.State.DONE:
            why = job.error or f"its job is {job.state}"
            message = f"no brief could be made from it: {why}."
            yield InputError(job.about, 1, 1, message, "try again (--retry-failed), or use another --seed.")


def _without_writer(jobs: list[Job], writers: Mapping[str, str]) -> Iterator[InputError]:
    for series in sorted({scene_of(job).work.series.slug for job in jobs} - writers.keys()):
        yield InputError(
            series, 1, 1, "the writer of this series is unknown.", f"add --writer {series}=CODE."
        )


def _specs(run: Run, jobs: list[Job]) -> Iterator[BriefSpec]:
    stages = {each.name: each for each in recipe_of_record(run.frozen_settings).scenes.stages}
    found = contents(run, jobs)
    texts: dict[int, dict[str, str]] = {job.pk: {} for job in jobs}
    for key, stage, text in StageOutput.objects.filter(job__in=jobs).values_list("job", "stage", "text"):
        texts[key][stage] = text
    for job in jobs:
        outline, context = (split(stages[name], texts[job.pk].get(name, "")).parts for name in BRIEF_STAGES)
        try:
            content = brief_of(found[job.pk], outline, context)
        except Unreadable as error:
            message = f"can't read its brief: {error}."
            raise InputErrors.single(job.about, message, "try again (--retry-failed).") from None
        yield read_brief({**content, "slug": slug_of(scene_of(job))})
