"""Which pairings of an unblinded study match a filter, in which order, and how their judgments went."""

from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    FloatField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Greatest

from analysis.tables.frames import require_readable
from annotations.models import Assignment, Choice, Criterion, Mark, Pairing, Study
from annotations.spec.mark_kinds import GOOD_LINE

COUNTED = {"state": Assignment.State.SUBMITTED, "excluded": ""}
"""Judgments that enter estimates; late ones do not."""
LEFT, RIGHT = Choice.LEFT, Choice.RIGHT


@dataclass(frozen=True, slots=True)
class CaseFilters:
    """What the address of a list of cases, or of marked passages, asks for. Empty values ask for nothing."""

    system: str = ""
    other: str = ""
    criterion: str = ""
    language: str = ""
    agreement: str = ""
    marks: str = ""
    search: str = ""
    sort: str = ""

    @property
    def query(self) -> str:
        """The same as a query string, without what is empty."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return urlencode({name: value for name, value in given.items() if value})

    def sorted_by(self, sort: str) -> str:
        """The query string of the same filters in another order."""
        return replace(self, sort=sort).query

    @property
    def any(self) -> bool:
        """Whether something is left out."""
        return bool(replace(self, sort="", criterion="").query)


def find_cases(study: Study, filters: CaseFilters) -> QuerySet[Pairing]:
    """The main pairings that match, in order, annotated with systems, counts and disagreement.

    Raises Sealed before unblinding.
    """
    require_readable(study)
    rows = Pairing.objects.filter(study_brief__study=study, kind=Pairing.Kind.MAIN)
    rows = rows.select_related("study_brief", "first", "second")
    rows = rows.defer("first__text", "first__html", "second__text", "second__html").annotate(
        first_system=F("first__revealed__system_slug"), second_system=F("second__revealed__system_slug")
    )
    rows = rows.annotate(**_counts(chosen_criterion(study, filters)), mark_count=_mark_count())
    rows = rows.annotate(disagreement=_disagreement())
    for slug in filter(None, (filters.system, filters.other)):
        rows = rows.filter(Q(first_system=slug) | Q(second_system=slug))
    if filters.marks:
        rows = rows.filter(Exists(_marks_of_class(filters)))
    if filters.agreement == "agree":
        rows = rows.filter(Q(judged__gte=2), disagreement=0)
    elif filters.agreement == "split":
        rows = rows.filter(disagreement__gt=0)
    return _order(rows.filter(scene_filter(filters, "study_brief__")), filters.sort)


def chosen_criterion(study: Study, filters: CaseFilters) -> Criterion | None:
    """The criterion whose choices are counted: the one asked for, else the primary one."""
    criteria = {row.slug: row for row in study.criteria.all()}
    return criteria.get(filters.criterion) or next((row for row in criteria.values() if row.primary), None)


def scene_filter(filters: CaseFilters, brief: str) -> Q:
    """The language, and words of the titles of series and brief; `brief` leads to the study's brief."""
    found = Q(**{f"{brief}language": filters.language}) if filters.language else Q()
    if filters.search:
        names = ("slug", "series_slug", "content__series__title")
        words = [Q(**{f"{brief}{name}__icontains": filters.search}) for name in names]
        found &= words[0] | words[1] | words[2]
    return found


def _counts(criterion: Criterion | None) -> dict[str, Any]:
    """Judgments by outcome. In a study without criteria, readings of the script."""
    counted = Q(**{f"slots__assignments__{name}": value for name, value in COUNTED.items()})
    if criterion is None:
        none = Value(0)
        readings = Count("slots__assignments", filter=counted)
        return {"judged": readings, "for_first": none, "for_second": none, "ties": none, "neither": none}
    judgments = "slots__assignments__judgments"
    counted &= Q(**{f"{judgments}__criterion": criterion})
    counted &= Q(**{f"{judgments}__revision": F("slots__assignments__revision")})

    def count(**lookups: Any) -> Q:
        own = {"on_left": "slots__first_on_left", "choice": f"{judgments}__choice"}
        return counted & Q(**{own[name]: value for name, value in lookups.items()})

    return {
        "judged": Count(judgments, filter=counted),
        "for_first": Count(
            judgments, filter=count(on_left=True, choice=LEFT) | count(on_left=False, choice=RIGHT)
        ),
        "for_second": Count(
            judgments, filter=count(on_left=True, choice=RIGHT) | count(on_left=False, choice=LEFT)
        ),
        "ties": Count(judgments, filter=count(choice=Choice.TIE)),
        "neither": Count(judgments, filter=count(choice=Choice.NEITHER)),
    }


def _disagreement() -> Case:
    """The share of judgments that differ from the most frequent one; null without judgments."""
    most = Greatest(F("for_first"), F("for_second"), F("ties"), F("neither"))
    share = Value(1.0) - Cast(most, FloatField()) / Cast(F("judged"), FloatField())
    return Case(When(Q(judged__gt=0), then=share), default=None, output_field=FloatField())


def counted_marks() -> QuerySet[Mark]:
    """Marks of judgments that count, in main pairings of all studies."""
    counted = {f"assignment__{name}": value for name, value in COUNTED.items()}
    marks = Mark.objects.current().filter(assignment__slot__pairing__kind=Pairing.Kind.MAIN, **counted)
    return marks.order_by()


def _mark_count() -> Subquery:
    """A subquery, since a join would multiply marks and judgments; null for none.

    `Coalesce` around it would make Django group by it, and compute it for each judgment.
    """
    own = counted_marks().exclude(error_class=GOOD_LINE).filter(assignment__slot__pairing=OuterRef("pk"))
    return Subquery(own.values("assignment__slot__pairing").annotate(count=Count("pk")).values("count"))


def _marks_of_class(filters: CaseFilters) -> QuerySet[Mark]:
    """The marks of a pairing that are asked for: of one class or any, in scripts of the chosen system."""
    found = counted_marks().filter(assignment__slot__pairing=OuterRef("pk"))
    found = of_class(found, filters.marks)
    return with_system(found).filter(Q(system=filters.system)) if filters.system else found


def of_class(marks: QuerySet[Mark], wanted: str) -> QuerySet[Mark]:
    """The marks of one class. `any` and "" stand for all errors, without good lines."""
    if wanted in ("", "any"):
        return marks.exclude(error_class=GOOD_LINE)
    return marks.filter(error_class=wanted)


def with_system(marks: QuerySet[Mark]) -> QuerySet[Mark]:
    """The same marks with the entry and the system that each is about."""
    slot, pairing = "assignment__slot__", "assignment__slot__pairing__"
    about_first = Q(side="left", **{f"{slot}first_on_left": True}) | Q(
        side="right", **{f"{slot}first_on_left": False}
    )
    return marks.annotate(
        entry=Case(When(about_first, then=F(f"{pairing}first")), default=F(f"{pairing}second")),
        system=Case(
            When(about_first, then=F(f"{pairing}first__revealed__system_slug")),
            default=F(f"{pairing}second__revealed__system_slug"),
        ),
    )


def _order(rows: QuerySet[Pairing], sort: str) -> QuerySet[Pairing]:
    scene = ("study_brief__series_slug", "study_brief__order", "study_brief__slug", "first__code", "pk")
    if sort == "scene":
        return rows.order_by(*scene)
    if sort == "marks":
        return rows.order_by(F("mark_count").desc(nulls_last=True), *scene)
    return rows.order_by(F("disagreement").desc(nulls_last=True), F("judged").desc(), *scene)


def case_code(pairing: Pairing) -> str:
    """The public code of a case: the codes of its entries, as in the table `scripts`."""
    return "-".join(entry.code for entry in (pairing.first, pairing.second) if entry)


def find_case(study: Study, code: str) -> Pairing | None:
    """The main pairing with this code."""
    require_readable(study)
    first, _, second = code.partition("-")
    rows = Pairing.objects.filter(
        study_brief__study=study, kind=Pairing.Kind.MAIN, first__code=first, second__code=second or None
    )
    return rows.first()


def neighbours(rows: QuerySet[Pairing], code: str) -> tuple[str, str, int, int]:
    """The codes before and after this one in a list of cases, its place from 1 (0: not in it), the length."""
    codes = ["-".join(filter(None, pair)) for pair in rows.values_list("first__code", "second__code")]
    if code not in codes:
        return "", "", 0, len(codes)
    at = codes.index(code)
    before = codes[at - 1] if at else ""
    after = codes[at + 1] if at + 1 < len(codes) else ""
    return before, after, at + 1, len(codes)
