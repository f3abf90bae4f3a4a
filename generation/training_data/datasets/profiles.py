"""Profiles of a run as people leave them: looked at once for all scenes in which they stand.

    decide_profile(job=job, reviewer=user, decision="accept", fields={...})     # raises `InvalidReview`
    corrections_of(run)             # what datasets that are built now hold in place of what was written
    corrections_in(dataset)         # what one holds that was built
    rejected_in(run)                # by series, whose profile was rejected: scenes that show it fall

What was written stays in the stage's output, and no prompt is made of anything else: a change here changes
briefs of examples alone.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import batched

from django.db import transaction

from evalsite.core.advisory_locks import advisory_lock
from evalsite.core.digests import canonical_text
from evalsite.core.errors import InputErrors
from evalsite.core.models import User, record
from generation.models import Job, Run, StageOutput
from generation.pipelines import StageSpec, split
from generation.pipelines.answer_parts import Split
from generation.training_data.datasets.adjudication import parse_review, refusal_said
from generation.training_data.datasets.synthesized_scene import BATCH, Corrections, jobs_of
from generation.training_data.models import Candidate, Dataset, ProfileReview, Review
from generation.training_data.models.corpus import person_of, scene_of
from generation.training_data.synthesis.job_contents import PROFILE, contents, profile_stage
from generation.training_data.synthesis.recipe import recipe_of_record
from generation.training_data.synthesis.rules.persons import FIELDS
from generation.training_data.synthesis.rules.registry import faults_of
from generation.training_data.synthesis.texts import listed, profile_text


class Overtaken(Exception):
    """Somebody has decided since the page of who decides now was shown: nothing has been kept."""


LISTED = "tags"
"""The field that is a list: a line for each item where it is changed."""


@dataclass(frozen=True)
class Profile:
    """A profile that a run has written, and what people decided of it, the latest last."""

    job: Job
    answer: str
    reviews: Sequence[ProfileReview]

    @property
    def latest(self) -> ProfileReview | None:
        return self.reviews[-1] if self.reviews else None

    @property
    def seen(self) -> str:
        """Which decision counts, for a form to bring back."""
        return _key(self.latest)

    @cached_property
    def stage(self) -> StageSpec:
        return profile_stage(self.job.run)

    @cached_property
    def answer_parts(self) -> Split:
        return split(self.stage, self.answer)

    @cached_property
    def fields(self) -> dict[str, str]:
        """As it was written, the fields that its stage asks for; of a list a line for each item."""
        names = [name for name in FIELDS if name in self.stage.part_names]
        parts = {name: self.answer_parts.parts.get(name, "").strip() for name in names}
        if LISTED in parts:
            parts[LISTED] = "\n".join(listed(parts[LISTED])) or parts[LISTED]
        return parts

    @property
    def edits(self) -> dict[str, str]:
        """The changes that count."""
        return dict(self.latest.edits) if self.latest else {}

    def changes(self, given: Mapping[str, str]) -> dict[str, str]:
        """Of the fields that are handed in, those that differ from what was written."""
        tidy = {name: canonical_text(given[name]).strip() for name in self.fields if name in given}
        tidy = {name: _lines(text) if name == LISTED else text for name, text in tidy.items()}
        return {
            name: text for name, text in tidy.items() if text != canonical_text(self.fields[name]).strip()
        }

    def changed(self, edits: Mapping[str, str]) -> str:
        """The answer with these changes, as a model would have given it in JSON."""
        new = {name: text.splitlines() if name == LISTED else text for name, text in edits.items()}
        return json.dumps({**self.answer_parts.data, **new}, ensure_ascii=False)

    def text(self, edits: Mapping[str, str]) -> str:
        """The profile as briefs hold it, with these changes."""
        new = dict(edits)
        if LISTED in new:
            lines = enumerate(new[LISTED].splitlines(), start=1)
            new[LISTED] = "\n".join(f"{number}. {line}" for number, line in lines)
        return profile_text({**self.answer_parts.parts, **new}, self.job.language)


def _key(review: ProfileReview | None) -> str:
    return str(review.pk) if review else ""


def _lines(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def profiles_of(run: Run, jobs: Iterable[int] | None = None) -> list[Profile]:
    """All profiles that a run has written, or those of some jobs, by series and name."""
    rows = Job.objects.filter(run=run, source__person__isnull=False, state=Job.State.DONE)
    rows = rows if jobs is None else rows.filter(pk__in=list(jobs))
    found = list(rows.select_related("run", "system", "source__person__series"))
    answers = dict(StageOutput.objects.filter(job__in=found, stage=PROFILE).values_list("job", "text"))
    reviews: dict[int, list[ProfileReview]] = defaultdict(list)
    for each in ProfileReview.objects.filter(job__in=found).select_related("reviewer").order_by("pk"):
        reviews[each.job_id].append(each)
    profiles = [Profile(job, answers[job.pk], reviews[job.pk]) for job in found if job.pk in answers]
    return sorted(profiles, key=lambda each: (person_of(each.job).series.slug, person_of(each.job).name))


def decide_profile(
    *,
    job: Job,
    reviewer: User,
    decision: str,
    words: str = "",
    fields: Mapping[str, str] | None = None,
    seen: str | None = None,
) -> ProfileReview:
    """Keep what a person decided of a profile: `accept` (with changes, where a field differs) or `reject`.

    The same once more is one decision. `seen` is `Profile.seen` as the page showed it; `Overtaken` is raised
    where another decision counts by now. Raises `InvalidReview` where a change breaks a rule, `InputErrors`
    where the run is not through.
    """
    (profile,) = profiles_of(job.run, [job.pk])
    decision, (reason, words), edits = parse_review(
        decision,
        ("other", words),
        lambda: profile.changes(fields or {}),
        lambda edits: _faults(profile, edits),
    )
    if job.run.jobs.exclude(state__in=[Job.State.DONE, Job.State.FAILED]).exists():
        where = f"{job.run.code}/{job.pk}"
        raise InputErrors.single(where, "the run is still in progress.", "decide after it has ended.")
    with transaction.atomic():
        advisory_lock(f"profile {job.pk}")
        latest = ProfileReview.objects.filter(job=job).order_by("pk").last()
        if latest and (latest.decision, latest.words, latest.edits) == (decision, words, edits):
            return latest
        if seen is not None and seen != _key(latest):
            raise Overtaken
        review = ProfileReview.objects.create(
            job=job, reviewer=reviewer, decision=decision, reason=reason, words=words, edits=edits
        )
        about = f"{job.run.code}/{job.pk}"
        record(who=reviewer.get_username(), verb="review a profile", about=about, decision=decision)
    return review


def _faults(profile: Profile, edits: Mapping[str, str]) -> dict[str, str]:
    """The first rule of a profile that a changed one does not keep, by field."""
    if not edits or profile.stage.split != "json":  # in no form that a change could be put into
        return {}
    content = contents(profile.job.run, [profile.job])[profile.job.pk]
    stages = recipe_of_record(profile.job.run.frozen_settings).profiles.stages
    for stage, refusal in faults_of(content, {PROFILE: profile.changed(edits)}, stages):
        part = str(refusal.values.get("part", "")) or (LISTED if refusal.code.startswith("tag") else stage)
        field = part if part in FIELDS else next(iter(edits))
        return {field: refusal_said(refusal, content["language"])}
    return {}


# What comes of it


def _latest(run: Run) -> list[ProfileReview]:
    """The decisions that count, one of a profile."""
    rows = ProfileReview.objects.filter(job__run=run).order_by("job_id", "-pk").distinct("job_id")
    return list(rows.select_related("job__source__person"))


def corrections_of(run: Run) -> Corrections:
    """The profiles of a run that people have changed, by series and name."""
    return _corrections(run, [each for each in _latest(run) if each.decision == Review.Decision.EDIT])


def corrections_in(dataset: Dataset) -> Corrections:
    """The same as they stood when a dataset was built."""
    rows = ProfileReview.objects.filter(pk__in=dataset.profiles.values("review"))
    return _corrections(dataset.run, list(rows.select_related("job__source__person")))


def _corrections(run: Run, reviews: Sequence[ProfileReview]) -> Corrections:
    edits = {each.job_id: each for each in reviews}
    found = Corrections()
    for profile in profiles_of(run, edits) if edits else ():
        person, review = person_of(profile.job), edits[profile.job.pk]
        assert person is not None
        found.add(person.series_id, person.name, profile.text(review.edits), review.pk)
    return found


def rejected_in(run: Run) -> dict[int, dict[str, str]]:
    """By series and name, why a profile was rejected."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for each in _latest(run):
        if each.decision == Review.Decision.REJECT:
            found[person_of(each.job).series_id][person_of(each.job).name] = each.words
    return found


def spoiled_by(run: Run) -> dict[int, str]:
    """Candidates (keys) whose brief shows a rejected profile, and whose it is."""
    rejected = rejected_in(run)
    if not rejected:
        return {}
    rows = Candidate.objects.filter(run=run, scene__work__series__in=rejected, job__state=Job.State.DONE)
    keys = dict(rows.order_by().values_list("job", "pk"))
    found: dict[int, str] = {}
    for batch in batched(keys, BATCH):
        jobs = jobs_of([key for key in batch if key is not None])
        for job, content in zip(jobs, contents(run, jobs).values(), strict=True):
            own = rejected[scene_of(job).work.series_id]
            names = [each["name"] for each in content["characters"] if each["name"] in own]
            if names:
                found[keys[job.pk]] = ", ".join(names)
    return found
