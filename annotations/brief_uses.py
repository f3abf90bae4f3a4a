"""Which studies name a brief: drafts by its digest, frozen ones with its content."""

from collections.abc import Collection, Iterator

from django.urls import reverse

from annotations.models import Study, StudyBrief
from generation.brief_uses import BriefUse
from generation.models import Brief


def studies_of_briefs(slugs: Collection[str]) -> Iterator[BriefUse]:
    """The studies in which some briefs stand."""
    frozen = StudyBrief.objects.filter(slug__in=slugs).select_related("study")
    for each in frozen.defer("content", "study__spec"):
        yield _use(each.slug, each.study, frozen=True)
    drafts = Study.objects.filter(
        state=Study.State.DRAFT, spec__materials__briefs__has_any_keys=sorted(slugs)
    )
    digests = dict(Brief.objects.filter(slug__in=slugs).values_list("slug", "digest"))
    for study in drafts:
        named = study.spec["materials"]["briefs"]
        for slug in sorted(set(slugs) & named.keys()):
            yield _use(slug, study, frozen=False, changed=named[slug] != digests.get(slug))


def _use(brief: str, study: Study, *, frozen: bool, changed: bool = False) -> BriefUse:
    address = reverse("study-page", args=[study.slug])
    return BriefUse(brief, study.slug, study.title, address, frozen, changed)
