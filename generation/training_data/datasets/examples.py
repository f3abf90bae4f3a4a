"""The contents of examples, from what made them: nothing of a text is stored twice.

for content in each_content(dataset): ...       # a batch in memory at a time
content_of(example)
"""

from collections.abc import Iterator
from itertools import batched
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Collate

from evalsite.core.errors import InputErrors
from generation.training_data.datasets.profiles import corrections_in
from generation.training_data.datasets.steps import PEOPLE, UNSETTLED
from generation.training_data.datasets.synthesized_scene import (
    BATCH,
    SynthesizedScene,
    digest_of,
    jobs_of,
    load_synthesized_scenes,
    scene_spec,
)
from generation.training_data.models import Dataset, Example
from generation.training_data.synthesis.dependencies import hidden_jobs

_ORDER = (Collate("scene__work__series__slug", "C"), "scene__work__order", "scene__number", "pk")
"""By the letters' numbers, not in the order of letters that the database was installed with: the files of an
export, and what training sees first, are the same everywhere."""


def in_story_order(dataset: Dataset) -> QuerySet[Example]:
    """A dataset's examples by series, work and number; the rights of their works are loaded."""
    rows = Example.objects.filter(dataset=dataset).select_related("candidate", "scene__work", "edited_by")
    return rows.order_by(*_ORDER)


def each_content(dataset: Dataset, *, split: str = "") -> Iterator[dict[str, Any]]:
    """The contents of all examples of a dataset, or of one split, in story order."""
    rows = in_story_order(dataset)
    keys = list((rows.filter(split=split) if split else rows).values_list("pk", flat=True))
    spec, corrections = scene_spec(dataset.run), corrections_in(dataset)
    for batch in batched(keys, BATCH):
        examples = rows.in_bulk(batch)
        jobs = jobs_of([_job_of(examples[key]) for key in batch])
        found = load_synthesized_scenes(dataset.run, jobs, spec, corrections)
        for key, job in zip(batch, jobs, strict=True):
            yield _content(examples[key], found[job.pk])


def content_of(example: Example) -> dict[str, Any]:
    """One example's content.

    {id, language, series: {slug, title}, genre, rights, scene: {key, work, number, digest}, split, digest,
    edited,
    brief (as `Brief.content()`), directives, novel, script}; `digest` is that of what is made now.
    """
    job, corrections = jobs_of([_job_of(example)])[0], corrections_in(example.dataset)
    found = load_synthesized_scenes(example.dataset.run, [job], corrections=corrections)
    return _content(example, found[job.pk])


def _job_of(example: Example) -> int:
    key = example.candidate.job_id
    assert key is not None, "what was never worked on is in no dataset"
    return key


def _content(example: Example, whole: SynthesizedScene) -> dict[str, Any]:
    scene = example.scene
    if example.edited_by is not None:
        whole = whole.edited(example.edited_by.edits)
    return {
        "id": f"{scene.work.slug}-{scene.number}",
        "language": whole.language,
        "series": dict(whole.content["series"]),
        "genre": scene.work.genre,
        "rights": scene.work.rights,
        "scene": {
            "key": scene.pk,
            "work": scene.work.slug,
            "number": scene.number,
            "digest": scene.digest,
        },
        "split": example.split,
        "digest": digest_of(whole, scene.digest),
        "edited": example.edited_by is not None,
        "brief": whole.brief,
        "directives": whole.directives,
        "novel": whole.novel,
        "script": whole.script,
    }


def hidden_examples(dataset: Dataset) -> int:
    """How many of a dataset's examples may not be shown: what they retell of earlier scenes counts too."""
    hidden = hidden_jobs(dataset.run)
    return dataset.examples.filter(candidate__job__in=hidden).count() if hidden else 0


def rejected_since(dataset: Dataset) -> int:
    """How many of a dataset's examples people have rejected since it was built."""
    rejected = dataset.examples.filter(candidate__dropped_at=PEOPLE)
    return rejected.exclude(candidate__reason__code=UNSETTLED).count()


def render_rejected_since(dataset: Dataset) -> str:
    """Render that number as an English sentence for cards and the console; empty for none."""
    if not (count := rejected_since(dataset)):
        return ""
    subject = "1 example of this version has" if count == 1 else f"{count} examples of this version have"
    return (
        f"{subject} been rejected since it was built. Build the next version to leave out what was rejected."
    )


def refuse_sealed(dataset: Dataset) -> None:
    """Raise `InputErrors` where an export would show people a script that a study has sealed."""
    if count := hidden_examples(dataset):
        message = f"{count} examples show scripts of a blind study, or scenes near them."
        fix = (
            "unblind the study first. To train on this machine in the meantime, an admin can use"
            " --with-sealed "
            "on the command line; this is recorded in the audit trail."
        )
        raise InputErrors.single(str(dataset), message, fix)
