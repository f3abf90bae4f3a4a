"""Which studies name a brief: drafts by its digest and its series' names, frozen ones with its content."""

from collections.abc import Collection, Iterator

from django.db.models import Q
from django.urls import reverse

from annotations.models import Study, StudyBrief
from annotations.spec.rendering import parse_name_map
from generation.briefs.uses import BriefUse
from generation.models import Brief


def studies_of_briefs(slugs: Collection[str]) -> Iterator[BriefUse]:
    """The studies in which some briefs stand."""
    frozen = StudyBrief.objects.filter(slug__in=slugs).select_related("study")
    for each in frozen.defer("content", "study__spec"):
        yield _use(each.slug, each.study, frozen=True)
    drafts = Study.objects.filter(state=Study.State.DRAFT).filter(
        Q(spec__materials__briefs__has_any_keys=sorted(slugs))
        | Q(spec__materials__outside__has_any_keys=sorted(slugs))
    )
    known = {brief.slug: brief for brief in Brief.objects.filter(slug__in=slugs).select_related("series")}
    for study in drafts:
        for slug in sorted(known.keys() & _digests(study).keys()):
            yield _use(slug, study, frozen=False, changed=_has_changed(known[slug], study))


def _digests(study: Study) -> dict[str, str]:
    """The digest of each brief that a draft names, also for practice and checks."""
    taken = study.spec["materials"]
    outside = {slug: text["brief"] for slug, text in taken.get("outside", {}).items()}
    return {**outside, **taken["briefs"]}


def _has_changed(brief: Brief, study: Study) -> bool:
    """Whether a draft was loaded with another wording of the brief, or with other names."""
    taken = study.spec["materials"]
    names = [dict(row) for row in taken.get("names", {}).get(brief.series.slug, [])]
    return _digests(study)[brief.slug] != brief.digest or names != list(parse_name_map(brief.series.names))


def _use(brief: str, study: Study, *, frozen: bool, changed: bool = False) -> BriefUse:
    address = reverse("study-page", args=[study.slug])
    return BriefUse(brief, study.slug, study.title, address, frozen, changed)
