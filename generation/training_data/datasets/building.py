"""Building a dataset: what the filter let pass, split by series, under a digest.

built = build(run, "long-grass", by=user)       # built.dataset, built.created; raises `InputErrors`

The digest follows from the examples' texts and splits and from the recipe; it holds no code and no time, so
that two databases that made the same have the same. The same once more is the version that is there.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import batched
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from evalsite.core.advisory_locks import advisory_lock
from evalsite.core.digests import json_digest
from evalsite.core.errors import InputErrors
from evalsite.core.models import User, record
from evalsite.core.reason_codes import Reason
from generation.models import Run
from generation.training_data.datasets.adjudication import outcome_of
from generation.training_data.datasets.agreement import Agreement, agreement_of
from generation.training_data.datasets.cards import Counts, card_of
from generation.training_data.datasets.filtering import filter_run, reviews_of, run_filter, unfinished_jobs
from generation.training_data.datasets.profiles import corrections_of, spoiled_by
from generation.training_data.datasets.reviewing import Readings, lack_of, readings_of
from generation.training_data.datasets.rights import BUILT, train_only, withheld_scenes
from generation.training_data.datasets.sampling import drawn_splits
from generation.training_data.datasets.splitting import leakage_groups
from generation.training_data.datasets.steps import Funnel, funnel_of
from generation.training_data.datasets.synthesized_scene import (
    Corrections,
    digest_of,
    iter_synthesized_scenes,
)
from generation.training_data.models import Candidate, Dataset, DatasetProfile, Example
from generation.training_data.synthesis.corpus_index import planned_with
from generation.training_data.synthesis.recipe import makes_briefs
from generation.training_data.synthesis.rules.texts import text_length
from generation.yaml_files import SLUG

LONGEST_NAME = 60


def is_name(slug: str) -> bool:
    return len(slug) <= LONGEST_NAME and SLUG.match(slug) is not None


def undecided(run: Run, *, without_reviews: bool) -> Readings | None:
    """What people have not decided yet, where a dataset is to wait for it."""
    readings = readings_of(run)
    return None if readings.complete or without_reviews else readings


def not_ready(run: Run, slug: str, *, without_reviews: bool) -> str:
    """The empty string where nothing is in the way."""
    if not is_name(slug):
        return _("Dataset names may contain only lower-case letters, digits and hyphens.")
    if Dataset.objects.filter(slug=slug).exclude(run__team=run.team_id).exists():
        return _("The name %(name)s is taken on this site.") % {"name": slug}
    if left := unfinished_jobs(run):
        return _("The run is not finished. Jobs left: %(count)d.") % {"count": left}
    readings = undecided(run, without_reviews=without_reviews)
    if readings is None:
        return ""
    said = _("Review is not finished: %(open)d undecided, %(disputed)d disputed.") % {
        "open": readings.open,
        "disputed": readings.disputed,
    }
    if lack := lack_of(run).people:
        more = ngettext(
            "You need %(n)d more reviewer with an account.",
            "You need %(n)d more reviewers with accounts.",
            lack,
        )
        said = f"{said} {more % {'n': lack}}"
    return said


_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Built:
    """A dataset and whether it is new."""

    dataset: Dataset
    created: bool

    @property
    def twin(self) -> Dataset | None:
        """The first dataset of another name that holds the very same."""
        own = Dataset.objects.filter(run__team=self.dataset.run.team_id, digest=self.dataset.digest)
        others = own.exclude(slug=self.dataset.slug)
        return others.order_by("created_at").first()


@dataclass(slots=True)
class _Row:
    """One example to be: keys, and what is counted of it."""

    candidate: int
    job: int
    scene: int
    scene_digest: str
    series_key: int
    series: str
    language: str
    genre: str
    work: str
    edited_by: int | None = None
    edits: Mapping[str, str] = field(default_factory=dict)
    split: str = ""
    digest: str = ""


def build(run: Run, slug: str, by: User | None = None, *, without_reviews: bool = False) -> Built:
    """Build the next version of a dataset from a run that has ended. Raises `InputErrors`.

    `without_reviews` builds though people have not decided all that they were to; the card says so.
    """
    _ready(run, slug, without_reviews)
    made = made_of(run)
    if not made.rows:
        raise InputErrors.single(run.code, Reason("nothing-passes"), "see the funnel of the run.")
    return _store(run, slug, by, made)


def made_of(run: Run) -> "DatasetDraft":
    """What a dataset would hold that is built of what passes the filter as it stands; nothing is stored."""
    taken = _taken(run)
    rows = taken.rows
    rules, seed = run_filter(run), int(run.frozen_settings["seed"])
    joined = leakage_groups((row.scene, row.series) for row in rows)
    splits = drawn_splits(
        Counter((row.language, row.series) for row in rows),
        seed=seed,
        validation=rules.validation,
        test=rules.test,
        joined=joined,
    )
    counts = Counts(joined=joined)
    made = iter_synthesized_scenes(run, [row.job for row in rows], taken.profiles)
    for row, (_key, whole) in zip(rows, made, strict=True):
        whole = whole.edited(row.edits)
        row.split, row.digest = splits[row.series], digest_of(whole, row.scene_digest)
        counts.add(
            series=row.series,
            work=row.work,
            language=row.language,
            genre=row.genre,
            split=row.split,
            script=int(whole.content["target_length"]),
            prose=text_length(whole.novel, row.language),
            edited=bool(row.edits),
            changed=[
                f"{row.series}/{name}" for name in taken.profiles.shown_in(whole.content, row.series_key)
            ],
        )
    recipe = recipe_of(run, complete=taken.readings.complete)
    digest = dataset_digest([(row.digest, row.split) for row in rows], recipe)
    return DatasetDraft(taken, recipe, digest, counts)


def dataset_digest(examples: list[tuple[str, str]], recipe: Mapping[str, Any]) -> str:
    """From (digest, split) of each example, in any order, and the recipe."""
    return json_digest({"examples": sorted(examples), "recipe": recipe})


def recipe_of(run: Run, *, complete: bool = True) -> dict[str, Any]:
    """All that decided a dataset beside its sources and answers: the same in every database."""
    frozen = run.frozen_settings
    stages = {}
    for spec in frozen["systems"].values():
        for stage in spec["stages"]:
            kept = ("prompt", "model", "adapter", "temperature", "top_p", "max_tokens", "checks")
            stages[stage["name"]] = {key: stage[key] for key in kept if stage.get(key)}
    return {
        **frozen["recipe"],
        "prompts": frozen["prompts"],
        "stages": stages,
        "works": frozen["corpus"]["works"],
        "seed": frozen["seed"],
        "reviews": "complete" if complete else "incomplete",
    }


def _ready(run: Run, slug: str, without_reviews: bool) -> None:
    """Filter once more, and refuse what cannot be built yet."""
    _require_ended(run, slug)
    filter_run(run)
    _require_reviews(run, without_reviews)


def require_ready(run: Run, slug: str, *, without_reviews: bool) -> None:
    """Raises `InputErrors` where a dataset cannot be built, as far as can be told without filtering anew."""
    _require_ended(run, slug)
    _require_reviews(run, without_reviews)


def _require_ended(run: Run, slug: str) -> None:
    if not is_name(slug):
        fix = f"use a to z, 0 to 9 and single hyphens, {LONGEST_NAME} at most."
        raise InputErrors.single(slug, "this is not a valid dataset name.", fix)
    if run.kind != Run.Kind.SYNTHESIZE or makes_briefs(run.frozen_settings):
        message = "this run makes scripts or briefs, not training data."
        raise InputErrors.single(run.code, message, "choose a synthesis run.")
    if left := unfinished_jobs(run):
        message = Reason("jobs-unfinished", count=left)
        raise InputErrors.single(run.code, message, "wait until it has ended, then build.")


def _require_reviews(run: Run, without_reviews: bool) -> None:
    if readings := undecided(run, without_reviews=without_reviews):
        message = Reason("reviews-open", open=readings.open, disputed=readings.disputed)
        lack = lack_of(run)
        fix = "review them on the run's page, or build without reviews (--without-reviews)."
        if lack.candidates:
            fix = (
                f"{lack.candidates} of them wait for {lack.people} more than have accounts: make an account "
                "for another reader (/admin/core/user/add/), or build without reviews (--without-reviews)."
            )
        raise InputErrors.single(run.code, message, fix)


@dataclass(frozen=True, slots=True)
class _Taken:
    """What stands in the tables while a dataset is built: rows, the funnel that led to them, reviews."""

    rows: list[_Row]
    funnel: Funnel
    readings: Readings
    agreement: Agreement
    profiles: Corrections

    def as_read(self) -> tuple[object, ...]:
        """What was read, without what is worked out of it."""
        rows = [(row.candidate, row.edited_by) for row in self.rows]
        return rows, self.funnel, self.readings, self.agreement, self.profiles


@dataclass(frozen=True, slots=True)
class DatasetDraft:
    """All of a dataset before it has a name: `rows` have their splits and digests."""

    taken: _Taken
    recipe: dict[str, Any]
    digest: str
    counts: Counts

    @property
    def rows(self) -> Sequence[_Row]:
        return self.taken.rows


def _taken(run: Run) -> _Taken:
    rows = list(_rows(run))
    return _Taken(rows, funnel_of(run), readings_of(run), agreement_of(run), corrections_of(run))


def _require_unmoved(run: Run, taken: _Taken) -> None:
    """A review that comes while the texts are made would leave a card that does not fit the examples. A
    profile that is rejected meanwhile may not have taken its scenes out yet."""
    spoiled = spoiled_by(run).keys() & {row.candidate for row in taken.rows}
    if spoiled or _taken(run).as_read() != taken.as_read():
        message = Reason("changed-meanwhile")
        raise InputErrors.single(run.code, message, "build it again.")


def _rows(run: Run) -> Iterator[_Row]:
    """What is in, in story order, each with the changes of the person whose decision counts."""
    reviews = reviews_of(run)
    rows = Candidate.objects.filter(run=run, dropped_at="", job__isnull=False).order_by(
        "scene__work__series__slug", "scene__work__order", "scene__number"
    )
    work = ("series", "series__slug", "language", "genre", "slug")
    fields = ("pk", "job", "scene", "scene__digest", *(f"scene__work__{each}" for each in work), "readers")
    told = planned_with(run)
    for *known, readers in rows.values_list(*fields):
        row = _Row(*known)
        own = told.get(row.work, {})
        row.series, row.genre = own.get("series", row.series), own.get("genre", row.genre)
        by = outcome_of(reviews.get(row.candidate, ()), readers).by
        if by is not None and by.edits:
            row.edited_by, row.edits = by.key, dict(by.edits)
        yield row


def _store(run: Run, slug: str, by: User | None, made: DatasetDraft) -> Built:
    taken, recipe, digest = made.taken, made.recipe, made.digest
    with transaction.atomic():
        advisory_lock(f"dataset {slug}")
        advisory_lock(f"filter {run.pk}")
        _require_unmoved(run, taken)
        there = Dataset.objects.filter(slug=slug, digest=digest).first()
        if there is not None:
            return Built(there, False)
        last = Dataset.objects.filter(slug=slug).aggregate(last=Max("version"))["last"] or 0
        card = card_of(
            name=f"{slug}@{last + 1}",
            digest=digest,
            run=run,
            recipe=recipe,
            funnel=taken.funnel,
            counts=made.counts,
            withheld=withheld_scenes(run, {row.scene for row in taken.rows}),
            agreement=taken.agreement,
            readings=taken.readings,
        )
        dataset = Dataset.objects.create(
            slug=slug,
            version=last + 1,
            digest=digest,
            run=run,
            recipe=recipe,
            funnel=taken.funnel.as_record(),
            card=card,
            created_by=by,
        )
        for batch in batched(taken.rows, _BATCH):
            Example.objects.bulk_create(
                Example(
                    dataset=dataset,
                    candidate_id=row.candidate,
                    scene_id=row.scene,
                    edited_by_id=row.edited_by,
                    split=row.split,
                    digest=row.digest,
                )
                for row in batch
            )
        DatasetProfile.objects.bulk_create(
            DatasetProfile(dataset=dataset, review_id=key) for key in taken.profiles.reviews
        )
        who = by.get_username() if by else "console"
        record(
            who=who,
            verb=BUILT,
            about=str(dataset),
            digest=digest,
            run=run.code,
            train_only=train_only(run),
        )
    return Built(dataset, True)


def find_dataset(name: str) -> Dataset:
    """A dataset by `name@version`, or the latest by its name alone. Raises `InputErrors`."""
    slug, _, version = name.partition("@")
    found = Dataset.objects.select_related("run").filter(slug=slug).order_by("version")
    if version:
        found = found.filter(version=int(version)) if version.isdecimal() else found.none()
    if (dataset := found.last()) is None:
        have = ", ".join(str(each) for each in Dataset.objects.order_by("slug", "version")[:20])
        raise InputErrors.single(
            name, "dataset not found.", f"choose one of: {have or 'none has been built'}."
        )
    return dataset
