"""May this scene's text be shown? One answer for every page, file and command of corpus, synthesis, reviews
and datasets.

Not where it nearly is a script that a study has sealed: the corpus says that people wrote it, and so would
tell which of the study's texts are theirs. What was made of such a scene, and what shows it as a scene before
or after another one, is not shown either, until the study is unblinded.

    hidden_scenes(keys)         # those of some scenes
    hidden_jobs(run)            # those of a run's jobs whose requests or answers show such a scene
    refuse_sealed(dataset)      # raises `Refused` where one of its examples is of such a scene
"""

from collections import defaultdict
from collections.abc import Collection
from itertools import groupby

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from generation.corpus.nearby import scenes_near, text_is_near
from generation.faults import Fault, Refused
from generation.models import Dataset, Job, Run, Script, Work
from generation.sealing import sealed_pairs
from generation.synthesis.subjects import BESIDE
from generation.synthesis.survey import Survey, in_story_order, survey_of

WHY = _("Not shown while a study that uses it runs blind.")


def sealed_scripts() -> QuerySet[Script]:
    """The scripts under seal, of whatever system: all samples."""
    pairs = set(Script.objects.order_by().values_list("brief__slug", "system__slug").distinct())
    found = Q(pk__in=())
    briefs: dict[str, set[str]] = defaultdict(set)
    for brief, system in sealed_pairs(pairs):
        briefs[system].add(brief)
    for system, slugs in briefs.items():
        found |= Q(system__slug=system, brief__slug__in=slugs)
    return Script.objects.filter(found)


def all_hidden() -> set[int]:
    """The keys of all scenes whose text may not be shown."""
    return scenes_near(sealed_scripts())


def hidden_scenes(keys: Collection[int]) -> set[int]:
    """Those of some scenes (keys) whose text may not be shown."""
    return all_hidden() & set(keys) if keys else set()


def hides(text: str, language: str) -> bool:
    """The same of a text that is no stored scene yet."""
    return text_is_near(text, sealed_scripts(), language)


def hidden_jobs(*runs: Run) -> set[int]:
    """The keys of the jobs of some runs that may not be shown: of hidden scenes, of those which such a scene
    stands near before or after, and of the people who speak in one."""
    runs = tuple(run for run in runs if run.kind == Run.Kind.SYNTHESIZE)
    if not runs or not (hidden := all_hidden()):
        return set()
    touched = Work.objects.filter(scenes__in=hidden).values("series")
    works = in_story_order(Work.objects.filter(series__in=touched).select_related("series"))
    found = Q(pk__in=())
    surveys: dict[tuple[int, ...], Survey] = {}  # most runs have the same works of a series
    for run in runs:
        slugs = run.frozen_settings.get("corpus", {}).get("works", ())
        for series, own in groupby((work for work in works if work.slug in slugs), _series):
            chosen = list(own)
            known = tuple(work.pk for work in chosen)
            if known not in surveys:
                surveys[known] = survey_of(chosen, likes=False)
            found |= Q(run=run) & _shown_by(series, surveys[known], hidden)
    return set(Job.objects.filter(found).values_list("pk", flat=True))


def _shown_by(series: int, survey: Survey, hidden: Collection[int]) -> Q:
    """The jobs on scenes beside hidden ones of a series, and on the people who speak in these."""
    order, beside = list(survey.names), set[int]()
    people = set[str]()
    for place in (at for at, key in enumerate(order) if key in hidden):
        beside.update(order[max(0, place - BESIDE) : place + BESIDE + 1])
        people.update(survey.names[order[place]])
    return Q(scene__in=beside) | Q(person__series=series, person__name__in=people)


def _series(work: Work) -> int:
    return work.series_id


def hidden_examples(dataset: Dataset) -> int:
    """How many of a dataset's examples may not be shown: what they retell of earlier scenes counts too."""
    hidden = hidden_jobs(dataset.run)
    return dataset.examples.filter(candidate__job__in=hidden).count() if hidden else 0


def refuse_sealed(dataset: Dataset) -> None:
    """Raises `Refused` where an export would put a script that a study has sealed where people read it."""
    if count := hidden_examples(dataset):
        message = f"{count} examples show scripts of a study that runs blind, or stand beside one."
        mend = (
            "unblind the study first; or, to train on this machine, an admin gives --with-sealed on the "
            "console, which the audit trail keeps."
        )
        raise Refused([Fault(str(dataset), 1, 1, message, mend)])
