"""What of a run may not be shown: what was made of a scene that a study has sealed, and what shows such a
scene before or after another one (`generation.training_data.corpus.sealed`, `generation.training_data.synthesis.reach`).

    hidden_jobs(run)            # jobs whose requests or answers show such a scene
"""

from functools import lru_cache
from itertools import groupby

from django.db.models import Q

from generation.models import Job, Run
from generation.training_data.corpus.sealed import all_hidden
from generation.training_data.models import Work
from generation.training_data.synthesis.reach import reach_of, sight_of
from generation.training_data.synthesis.survey import CorpusIndex, in_story_order, survey_of


def hidden_jobs(*runs: Run) -> set[int]:
    """The keys of the jobs of some runs that may not be shown: of hidden scenes, of those which such a scene
    stands near before or after, and of the people whose profile is written from one."""
    runs = tuple(run for run in runs if run.kind == Run.Kind.SYNTHESIZE)
    if not runs or not (hidden := all_hidden()):
        return set()
    touched = Work.objects.filter(scenes__in=hidden).values("series")
    works = in_story_order(Work.objects.filter(series__in=touched).select_related("series"))
    found = Q(pk__in=())
    for run in runs:
        slugs = run.frozen_settings.get("corpus", {}).get("works", ())
        for series, own in groupby((work for work in works if work.slug in slugs), _series):
            chosen = tuple(own)
            reach = reach_of(sight_of(run, _survey(chosen)), hidden, chosen[0].language)
            scenes = reach.own | reach.before | reach.after
            people = Q(source__person__series=series, source__person__name__in=reach.people)
            found |= Q(run=run) & (Q(source__scene__in=scenes) | people)
    return set(Job.objects.filter(found).values_list("pk", flat=True))


@lru_cache(maxsize=64)
def _survey(works: tuple[Work, ...]) -> CorpusIndex:
    """Most runs have the same works of a series, whose scenes do not change, and pages ask often."""
    return survey_of(works)


def _series(work: Work) -> int:
    return work.series_id
