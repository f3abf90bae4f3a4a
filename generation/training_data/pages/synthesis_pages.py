"""What the pages of synthesis show: its runs with what became of their scenes, and what to do next."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from evalsite.core.models import User
from generation.models import Job, Run, Series, System
from generation.runs import queries
from generation.training_data.access import rows_in
from generation.training_data.datasets.filtering import Filtering, balanced, filterings_of
from generation.training_data.datasets.reviewing import Lack, all_readings_of, lack_of, queues_of
from generation.training_data.models import Candidate, Dataset, Intake, Scene, Work
from generation.training_data.pages.corpus_pages import LEFT_OUT
from generation.training_data.synthesis.choosing import Plan, SceneSelection, choose
from generation.training_data.synthesis.corpus_index import CorpusIndex, build_index_as_imported
from generation.training_data.synthesis.recipe import (
    FilterSpec,
    Recipe,
    find_recipe,
    recipe_of_record,
    shipped_recipes,
)

LATEST = 10
"""Of so many runs that ended last it is told what is to be reviewed or built."""
FOR_TRAINING = {"frozen_settings__recipe__makes__isnull": True}
"""Runs that make training data, not briefs."""
MOST_LISTED = 400
"""Of more works than these only whole series can be chosen on the page."""


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Recipe]:
    return {slug: find_recipe(slug) for slug in shipped_recipes()}


def recipes(team: int) -> dict[str, Recipe]:
    """The recipes that a team can start a run with, by slug: those shipped, and those that its runs have
    used."""
    shipped = _shipped()
    slug = "frozen_settings__recipe__slug"
    runs = rows_in(Run, [team]).filter(kind=Run.Kind.SYNTHESIZE).exclude(**{f"{slug}__in": list(shipped)})
    used = runs.filter(**{f"{slug}__isnull": False}, **FOR_TRAINING)
    used = used.order_by(slug, "-created_at").distinct(slug)
    # A run's systems have its key; their rows have the recipe's own.
    own = dict(rows_in(System, [team]).filter(kind=System.Kind.RECIPE).values_list("slug", "spec"))
    kept = [
        recipe_of_record(
            frozen | {"systems": {name: own.get(name, each) for name, each in frozen["systems"].items()}}
        )
        for frozen in used.values_list("frozen_settings", flat=True)
    ]
    return {**shipped, **{recipe.slug: recipe for recipe in kept}}


def runs_newest_first(teams: Collection[int]) -> QuerySet[Run]:
    return queries.runs_newest_first(teams).filter(kind=Run.Kind.SYNTHESIZE)


@dataclass(frozen=True, slots=True)
class Row:
    """A run in the list. `scenes` come into its filter and `kept` go out; `open` wait for people, and of them
    `waiting` for the one who looks.
    """

    run: Run
    recipe: str
    works: int
    counts: Mapping[str, int]
    scenes: int
    kept: int
    open: int
    waiting: int
    filtering: Filtering | None
    datasets: Sequence[Dataset]

    @property
    def jobs(self) -> int:
        return sum(self.counts.values())

    @property
    def ended(self) -> int:
        return self.counts[Job.State.DONE] + self.counts[Job.State.FAILED]


def rows_of(runs: Collection[Run], user: User) -> list[Row]:
    """For the runs of one page."""
    keys = [run.pk for run in runs]
    full = Run.objects.in_bulk(keys)
    counts = {each.run.pk: each.counts for each in queries.run_rows(runs)}
    passed = Candidate.objects.filter(run__in=keys).order_by().values("run")
    totals = {
        row["run"]: (row["n"], row["kept"])
        for row in passed.annotate(n=Count("pk"), kept=Count("pk", filter=Q(dropped_at="")))
    }
    datasets: dict[int, list[Dataset]] = defaultdict(list)
    for dataset in Dataset.objects.filter(run__in=keys).defer("card", "funnel", "recipe"):
        datasets[dataset.run_id].append(dataset)
    read = [run for run in full.values() if run.pk in totals and run.state == Run.State.DONE]
    left = {key: readings.left for key, readings in all_readings_of(read).items() if readings.left}
    queues = queues_of([full[key] for key in left], user)
    filterings = filterings_of(full.values())
    rows = []
    for run in (full[key] for key in keys):
        frozen = run.frozen_settings
        scenes, kept = totals.get(run.pk, (0, 0))
        row = Row(
            run=run,
            recipe=str(frozen.get("recipe", {}).get("slug", "")),
            works=len(frozen.get("corpus", {}).get("works", ())),
            counts=counts[run.pk],
            scenes=scenes,
            kept=kept,
            open=left.get(run.pk, 0),
            waiting=len(queues[run.pk].waiting) if run.pk in left else 0,
            filtering=filterings.get(run.pk),
            datasets=datasets[run.pk],
        )
        rows.append(row)
    return rows


@dataclass(frozen=True, slots=True)
class Workflow:
    """The four steps, and which of them comes next: import, start, review or build."""

    works: int
    scenes: int
    intakes: int
    runs: int
    active: int
    paused: int
    review: Run | None
    review_count: int
    review_runs: int
    review_lack: Lack
    build: Run | None
    datasets: int

    @property
    def next(self) -> str:
        if not self.works:
            return "import"
        if self.review:
            return "review"
        if self.build:
            return "build"
        return "" if self.active or self.paused or self.datasets else "start"


def find_workflow(user: User, teams: Collection[int]) -> Workflow:
    """The progress of the workflow in some teams (keys): what `user` has to review in the latest runs, with
    the first of these, and the latest run that is ready to build.

    Where nothing waits for `user`, it has the latest run that waits for others.
    """
    runs = rows_in(Run, teams).filter(kind=Run.Kind.SYNTHESIZE)
    passed = Exists(Candidate.objects.filter(run=OuterRef("pk"), dropped_at=""))
    built = Exists(Dataset.objects.filter(run=OuterRef("pk")))
    ended = runs.filter(state=Run.State.DONE).order_by("-created_at").annotate(passed=passed, built=built)
    latest = [run for run in ended[:LATEST] if run.passed]
    readings = all_readings_of(latest)
    unread = [run for run in latest if not readings[run.pk].complete]
    queues = queues_of(unread, user)
    review = next((run for run in unread if queues[run.pk].waiting), next(iter(unread), None))
    return Workflow(
        works=rows_in(Work, teams).count(),
        scenes=rows_in(Scene, teams).count(),
        intakes=rows_in(Intake, teams).count(),
        runs=runs.count(),
        active=runs.filter(state=Run.State.ACTIVE).count(),
        paused=runs.filter(state=Run.State.PAUSED).count(),
        review=review,
        review_count=sum(len(each.waiting) for each in queues.values()),
        review_runs=sum(bool(each.waiting) for each in queues.values()),
        review_lack=lack_of(review) if review else Lack(0, 0),
        build=next((run for run in latest if readings[run.pk].complete and not run.built), None),
        datasets=rows_in(Dataset, teams).count(),
    )


@dataclass(frozen=True, slots=True)
class Had:
    """So many scenes of a plan are in works that a run has had before, the latest of these called `code`."""

    scenes: int
    code: str


def had_before(plan: Plan, survey: CorpusIndex, team: int) -> Had | None:
    """What a team's corpus that has grown pays for again; None where it is all new."""
    works = Counter(survey.places[scene.key][0] for scene in plan.worked_on)
    runs = (
        rows_in(Run, [team])
        .filter(kind=Run.Kind.SYNTHESIZE, **FOR_TRAINING)
        .exclude(state=Run.State.CANCELLED)
    )
    rows = runs.order_by("-created_at").values_list("code", "frozen_settings__corpus__works")
    shared = {code: works.keys() & (own or {}).keys() for code, own in rows}
    code = next((code for code, own in shared.items() if own), "")
    return Had(sum(works[slug] for slug in set().union(*shared.values())), code) if code else None


@dataclass(frozen=True, slots=True)
class Balance:
    """What balance takes of a plan, if all else lets its scenes pass; `series` is the share, in percent."""

    left: int
    falls: int
    series: float


def balance_of(plan: Plan, rules: FilterSpec, seed: int) -> Balance | None:
    """None where nothing would fall."""
    left = balanced(plan.worked_on, rules, seed)
    falls = len(plan.worked_on) - left
    return Balance(left, falls, 100 * rules.series) if falls else None


# What a run can be started with


@dataclass(slots=True)
class SeriesChoice:
    """A series with its works and what a recipe's filter makes of its scenes before anything is asked."""

    series: Series
    works: list[Work]
    scenes: int = 0
    worked_on: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Why scenes are left out, in words, the most frequent first."""
        return [(str(LEFT_OUT[reason]), count) for reason, count in self.left_out.most_common()]


def series_choices(works: Sequence[Work], rules: FilterSpec) -> list[SeriesChoice]:
    """The series of some works in order of language and slug, counted by the likes that were marked at
    import: a run decides anew, among the works that are chosen, and its plan tells what comes of that."""
    ordered = sorted(works, key=lambda each: (each.language, each.series.slug, each.order))
    return counted(choose(works, rules, build_index_as_imported(works)), ordered)


def counted(scenes: Iterable[SceneSelection], works: Sequence[Work]) -> list[SeriesChoice]:
    """The series of some works, in their order, with what becomes of their scenes."""
    found: dict[int, SeriesChoice] = {}
    for work in works:
        found.setdefault(work.series_id, SeriesChoice(work.series, [])).works.append(work)
    for scene in scenes:
        _count(found[scene.series], scene)
    return list(found.values())


def _count(choice: SeriesChoice, scene: SceneSelection) -> None:
    choice.scenes += 1
    if scene.left_out:
        choice.left_out[scene.left_out] += 1
    else:
        choice.worked_on += 1
