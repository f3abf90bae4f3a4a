"""What the staff's pages ask of studies, blind in every state: counts, codes and times alone."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy

from annotations.models import Assignment, Seat, Slot, Study, StudyBrief
from annotations.spec.study_texts import parse_name_map
from generation.extensions import BriefUse
from generation.models import Brief

State = Assignment.State
# What ends a slot for good: it is given to nobody else.
SPENT_STATES = (State.SUBMITTED, State.SKIPPED)


@dataclass(frozen=True, slots=True)
class StudyRow:
    """One line of the list of studies. `done` and `total` count pairs, or scripts of a `single` study."""

    study: Study
    languages: list[str]
    seats: int
    taken: int
    done: int
    total: int
    single: bool


def _count(rows: QuerySet, of: str) -> Coalesce:
    counted = rows.order_by().values(of).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


SORTS = (
    ("newest", gettext_lazy("Newest first")),
    ("oldest", gettext_lazy("Oldest first")),
    ("title", gettext_lazy("Title")),
    ("slug", gettext_lazy("Slug")),
)
_ORDERS = {
    "newest": ("-created_at", "slug"),
    "oldest": ("created_at", "slug"),
    "title": ("title__en", "title__zh", "slug"),
    "slug": ("slug",),
}


@dataclass(frozen=True, slots=True)
class StudyQuery:
    """Which studies a list shows, and in what order."""

    search: str = ""
    state: str = ""
    sort: str = "newest"
    archived: bool = False

    @classmethod
    def from_request(cls, given: QueryDict) -> "StudyQuery":
        """What an address asks for; values that it cannot have are left out."""
        state, sort = given.get("state", ""), given.get("sort", "")
        return cls(
            search=given.get("q", "").replace("\x00", "").strip()[:100],
            state=state if state in Study.State.values else "",
            sort=sort if sort in _ORDERS else "newest",
            archived="archived" in given,
        )

    @property
    def filters(self) -> bool:
        """Whether studies may be left out besides archived ones."""
        return bool(self.search or self.state)

    def rows(self, studies: QuerySet[Study]) -> QuerySet[Study]:
        found = studies.order_by(*_ORDERS[self.sort])
        if not self.archived:
            found = found.filter(archived_at__isnull=True)
        if self.state:
            found = found.filter(state=self.state)
        if self.search:
            texts = ("slug", "title__en", "title__zh", "question__en", "question__zh")
            found = found.filter(reduce(or_, (Q(**{f"{text}__icontains": self.search}) for text in texts)))
        return found


def study_rows(given: QuerySet[Study], wanted: StudyQuery | None = None) -> list[StudyRow]:
    """Those of the given studies that are asked for; without a query all that are not archived, the newest
    first."""
    slots = Slot.objects.filter(seat__study=OuterRef("pk"), phase=Slot.Phase.MAIN)
    submitted = Assignment.objects.filter(rater__study=OuterRef("pk"), state=State.SUBMITTED)
    seats = Seat.objects.filter(study=OuterRef("pk"))
    # Subqueries only: beside a join, each of them would be evaluated once for each joined row.
    studies = (
        (wanted or StudyQuery())
        .rows(given)
        .annotate(
            seat_count=_count(seats, "study"),
            taken_count=_count(seats.filter(rater__isnull=False), "study"),
            slot_count=_count(slots, "seat__study"),
            done_count=_count(submitted, "rater__study"),
        )
    )
    return [
        StudyRow(
            study=study,
            languages=list(study.spec.get("languages", [])),
            seats=study.seat_count,
            taken=study.taken_count,
            done=study.done_count,
            total=study.slot_count,
            single=study.spec.get("design", {}).get("kind") == "single",
        )
        for study in studies
    ]


def studies_of_briefs(slugs: Collection[str]) -> Iterator[BriefUse]:
    """The studies of the briefs' own teams in which some briefs stand."""
    known = {brief.slug: brief for brief in Brief.objects.filter(slug__in=slugs).select_related("series")}
    frozen = StudyBrief.objects.filter(slug__in=known).select_related("study")
    for each in frozen.defer("content", "study__spec"):
        if each.study.team_id == known[each.slug].series.team_id:
            yield _use(each.slug, each.study, frozen=True)
    drafts = Study.objects.filter(state=Study.State.DRAFT).filter(
        Q(spec__materials__briefs__has_any_keys=sorted(known))
        | Q(spec__materials__outside__has_any_keys=sorted(known))
    )
    for study in drafts:
        for slug in sorted(known.keys() & _digests(study).keys()):
            if study.team_id == known[slug].series.team_id:
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
