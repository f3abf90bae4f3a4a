"""What the pages of the corpus show: works by series, one work's scenes, one scene beside its likes."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby

from django.core.paginator import Page, Paginator
from django.db.models import Count, Sum
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from evalsite.core.errors import InputErrors
from generation.access import team_key
from generation.models import Job, Run, Series
from generation.screenplay import parse, render_html
from generation.training_data.access import rows_in
from generation.training_data.corpus.similar_scenes import hidden_scenes
from generation.training_data.models import Dataset, Example, Intake, Scene, Work
from generation.training_data.synthesis.choosing import choose, reserved_series
from generation.training_data.synthesis.corpus_index import build_index_as_imported
from generation.training_data.synthesis.dependencies import hidden_jobs
from generation.training_data.synthesis.recipe import SHIPPED, FilterSpec, find_recipe

WORKS_A_PAGE, SCENES_A_PAGE = 100, 100
RECIPE = "dsr-data"
MOST_LIKES = 4
LEFT_OUT = {
    "alike": _("nearly identical to an earlier scene"),
    "short": _("too short"),
    "long": _("too long"),
    "silent": _("no dialogue"),
    "reserved": _("the scene or its series is used in a study"),
}


@dataclass(frozen=True, slots=True)
class WorkRow:
    """A work in a list. `alike` are scenes that nearly repeat an earlier one."""

    work: Work
    scenes: int
    length: int
    alike: int
    runs: tuple[str, ...]
    datasets: tuple[Dataset, ...]


@dataclass(frozen=True, slots=True)
class SeriesRows:
    series: Series
    rows: list[WorkRow]
    reserved: bool


def work_page(number: str | None, teams: Collection[int]) -> Page[Work]:
    works = (
        rows_in(Work, teams)
        .select_related("series")
        .order_by("series__language", "series__slug", "order", "slug")
    )
    return Paginator(works, WORKS_A_PAGE).get_page(number)


def by_series(works: Sequence[Work]) -> list[SeriesRows]:
    """The works with what is counted of each, by series."""
    keys = [work.pk for work in works]
    scenes = Scene.objects.filter(work__in=keys).order_by().values_list("work")
    counted = {key: (n, total) for key, n, total in scenes.annotate(n=Count("pk"), total=Sum("length"))}
    alike = dict(scenes.filter(like__isnull=False).annotate(n=Count("pk")))
    runs, datasets = runs_by_work({team_key(work.series) for work in works}), datasets_by_work(keys)
    reserved = reserved_series({work.series_id for work in works})
    rows = [
        WorkRow(
            work,
            *counted.get(work.pk, (0, 0)),
            alike.get(work.pk, 0),
            tuple(runs.get(work.slug, ())),
            tuple(datasets.get(work.pk, ())),
        )
        for work in works
    ]
    return [
        SeriesRows(own[0].work.series, own, key in reserved)
        for key, group in groupby(rows, key=lambda row: row.work.series_id)
        for own in [list(group)]
    ]


def runs_by_work(teams: Collection[int]) -> dict[str, list[str]]:
    """The codes of some teams' runs that were planned with each work, the latest first."""
    found: dict[str, list[str]] = defaultdict(list)
    runs = rows_in(Run, teams).filter(kind=Run.Kind.SYNTHESIZE).order_by("-created_at")
    for code, works in runs.values_list("code", "frozen_settings__corpus__works"):
        for slug in works or ():
            found[slug].append(code)
    return found


def datasets_by_work(keys: Sequence[int]) -> dict[int, list[Dataset]]:
    rows = Example.objects.filter(scene__work__in=keys).order_by().values_list("scene__work", "dataset")
    pairs = sorted(rows.distinct())
    datasets = Dataset.objects.in_bulk({dataset for _work, dataset in pairs})
    found: dict[int, list[Dataset]] = defaultdict(list)
    for work, dataset in pairs:
        found[work].append(datasets[dataset])
    return found


def totals(teams: Collection[int]) -> dict[str, int]:
    """What some teams have: works, scenes, series that have any, files that wait to be looked at."""
    works = rows_in(Work, teams)
    return {
        "works": works.count(),
        "corpus_scenes": rows_in(Scene, teams).count(),
        "corpus_series": works.order_by().values("series").distinct().count(),
        "intakes": rows_in(Intake, teams).count(),
    }


# One work


@dataclass(slots=True)
class SceneRow:
    """`hidden`: a study has sealed it, and so its first line, its heading, is not shown either."""

    scene: Scene
    left_out: str
    why: object
    hidden: bool = False


@dataclass(slots=True)
class WorkScenes:
    """A page of a work's scenes, and how many of all are worked on or left out, by reason."""

    page: Page[Scene]
    rows: list[SceneRow] = field(default_factory=list)
    worked_on: int = 0
    left_out: Sequence[tuple[object, int]] = ()


def scenes_of(work: Work, number: str | None) -> WorkScenes:
    """By the shipped recipe; a recipe of one's own may take other lengths."""
    reasons = {
        each.key: each.left_out for each in choose([work], default_filter(), build_index_as_imported([work]))
    }
    counts = Counter(reasons.values())
    scenes = work.scenes.select_related("like__work").defer("signature", "text").order_by("number")
    page = Paginator(scenes, SCENES_A_PAGE).get_page(number)
    hidden = hidden_scenes([scene.pk for scene in page])
    rows = [
        SceneRow(scene, reason, LEFT_OUT.get(reason, reason), scene.pk in hidden)
        for scene in page
        for reason in [reasons[scene.pk]]
    ]
    left = [(LEFT_OUT.get(reason, reason), count) for reason, count in counts.items() if reason]
    return WorkScenes(page, rows, counts[""], left)


def default_filter() -> FilterSpec:
    """The shipped recipe's filter, which the pages use."""
    return _read_filter((SHIPPED / f"{RECIPE}.yaml").stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read_filter(changed: int) -> FilterSpec:
    try:
        return find_recipe(RECIPE).filter
    except InputErrors:
        return FilterSpec(length={"en": (1, 100_000), "zh": (1, 100_000)})


# One scene


def scene_html(scene: Scene) -> SafeString:
    """The scene as it is laid out for reviewing; `render_html` has escaped it."""
    return mark_safe(render_html(parse(scene.text, scene.work.language)))  # noqa: S308


def likes_of(scene: Scene) -> list[tuple[Scene, float]]:
    """The scene that this one nearly repeats, and those that nearly repeat it."""
    rows = Scene.objects.select_related("work__series").defer("signature")
    found = []
    if scene.like_id is not None:
        found.append((rows.get(pk=scene.like_id), scene.likeness or 0.0))
    others = rows.filter(like=scene).order_by("-likeness", "pk")
    return [*found, *((each, each.likeness or 0.0) for each in others)][:MOST_LIKES]


@dataclass(frozen=True, slots=True)
class SceneHistory:
    """`hidden` are the keys of those jobs that may not be shown: nor what their answers were refused for."""

    jobs: list[Job]
    examples: list[Example]
    hidden: set[int]


def history_of(scene: Scene) -> SceneHistory:
    jobs = (
        Job.objects.filter(source__scene=scene)
        .select_related("run", "system", "candidate")
        .order_by("-pk")[:20]
    )
    examples = scene.examples.select_related("dataset").order_by("dataset__slug", "dataset__version")
    hidden = {key for run in {job.run for job in jobs} for key in hidden_jobs(run)}
    return SceneHistory(list(jobs), list(examples), hidden)
