"""The raters of a study as staff see them: who they are, how far they are, and the last mail to them."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, cast

from django.db.models import Case, Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Lower, NullIf
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from annotations.desk.progress import CONFLICT
from annotations.mailing import outbox
from annotations.models import Assignment, Consent, Mail, Rater, RaterContact, Seat, SeatEvent, Slot, Study
from annotations.staff.studies.queries import SPENT_STATES

State = Assignment.State
STATES: Mapping[str, str | Promise] = {
    "invited": pgettext_lazy("rater", "invited"),
    "opened": pgettext_lazy("rater", "opened the link"),
    "consented": pgettext_lazy("rater", "consented"),
    "practising": pgettext_lazy("rater", "practising"),
    "judging": pgettext_lazy("rater", "judging"),
    "finished": pgettext_lazy("rater", "finished"),
    "failed": pgettext_lazy("rater", "did not pass practice"),
    "released": pgettext_lazy("rater", "seat released"),
    "declined": pgettext_lazy("rater", "declined"),
    "left": pgettext_lazy("rater", "withdrawn"),
}
NOT_STARTED = ("invited", "opened", "consented")
NOT_FINISHED = (*NOT_STARTED, "practising", "judging")
GROUPS: Mapping[str, tuple[str | Promise, tuple[str, ...]]] = {
    "not-started": (_("Not started"), NOT_STARTED),
    "not-finished": (_("Not finished"), NOT_FINISHED),
}
SORTS: Mapping[str, str | Promise] = {
    "": _("In order of invitation"),
    "label": _("By label"),
    "state": _("By state"),
    "progress": _("Most pairs first"),
    "seen": _("Most recently seen first"),
    "silent": _("Longest inactive first"),
}


@dataclass(frozen=True, slots=True)
class ListedRater:
    """One rater. `total` counts what was judged, skipped or late, and what is left. `seconds` is on pairs."""

    rater: Rater
    contact: RaterContact | None
    state: str
    seat: int | None
    judged: int
    skipped: int
    late: int
    conflict: int
    total: int
    last_seen: datetime | None
    seconds: float
    mail: Mail | None

    @property
    def done(self) -> int:
        """What will not come back to this rater, judged or not."""
        return self.judged + self.skipped + self.late

    @property
    def state_name(self) -> str:
        return str(STATES[self.state])

    @property
    def label(self) -> str:
        return self.contact.label if self.contact else ""

    @property
    def address(self) -> str:
        return self.contact.address if self.contact else ""

    @property
    def group(self) -> str:
        return self.contact.group if self.contact else ""


def list_raters(study: Study, raters: Collection[int] | None = None) -> list[ListedRater]:
    """Everyone who was enrolled, in that order; or those with the given keys, in the order of the keys."""
    rows = study.raters.select_related("seat", "contact")
    if raters is not None:
        rows = rows.filter(pk__in=raters)
    found = {rater.pk: rater for rater in _with_state(study, rows)}
    work, left, mails = _work(study, raters), _left(study, raters), outbox.last_states(study, raters)
    keys = found if raters is None else [key for key in raters if key in found]
    return [_listed(found[key], work.get(key, {}), left, mails) for key in keys]


def _with_state(study: Study, raters: QuerySet[Rater]) -> QuerySet[Any, Any]:
    """Raters with their `state` and `last_seen`.

    A sitting begins with the first pair. Before it, the rater was last here to open the link or to decline.
    """
    before_pairs = Case(When(state="declined", then="withdrawn_at"), default="opened_at")
    seen = Coalesce(Max("sittings__last_seen_at"), before_pairs)
    return raters.annotate(state=_state(study)).annotate(last_seen=seen).order_by("pk")


def _state(study: Study) -> Case:
    """A rater's state, one of STATES; the first condition that holds decides."""
    practising = Q(practised_at=None) if study.spec.get("practice") else Q(pk__in=[])
    started = Exists(Assignment.objects.filter(rater=OuterRef("pk")))
    consented = Exists(Consent.objects.filter(rater=OuterRef("pk")))
    by_rater = Exists(
        SeatEvent.objects.filter(
            rater_code=OuterRef("code"), seat__study=study, verb__exact="withdrawn", detail__by="rater"
        )
    )
    return Case(
        When(Q(withdrawn_at__isnull=False) & by_rater & ~consented, then=Value("declined")),
        When(withdrawn_at__isnull=False, then=Value("left")),
        When(turned_away_at__isnull=False, then=Value("failed")),
        When(finished_at__isnull=False, then=Value("finished")),
        When(~Exists(Seat.objects.filter(rater=OuterRef("pk"))), then=Value("released")),
        When(started & practising, then=Value("practising")),
        When(started, then=Value("judging")),
        When(consented, then=Value("consented")),
        When(opened_at__isnull=False, then=Value("opened")),
        default=Value("invited"),
    )


def _work(study: Study, raters: Collection[int] | None) -> dict[int, dict[str, Any]]:
    """Counts of assignments and seconds by rater."""
    rows = Assignment.objects.filter(rater__study=study)
    if raters is not None:
        rows = rows.filter(rater__in=raters)
    counted = (
        rows.order_by()
        .values("rater")
        .annotate(
            judged=Count("pk", filter=Q(state=State.SUBMITTED)),
            skipped=Count("pk", filter=Q(state=State.SKIPPED) & ~Q(skip_reason=CONFLICT)),
            conflict=Count("pk", filter=Q(skip_reason=CONFLICT)),
            late=Count("pk", filter=Q(state=State.LATE)),
            practised=Count("pk", filter=Q(state=State.PRACTISED)),
            seconds=Sum("seconds"),
        )
    )
    return {row["rater"]: cast("dict[str, Any]", row) for row in counted}


def _left(study: Study, raters: Collection[int] | None) -> dict[int, int]:
    """How many pairs are left in each taken seat, by rater.

    A slot is spent once at most (`slot_held_once`), so what is left is a difference of two counts.
    """
    slots = Slot.objects.filter(seat__study=study, seat__rater__isnull=False, phase=Slot.Phase.MAIN)
    spent = Assignment.objects.filter(
        state__in=SPENT_STATES, slot__phase=Slot.Phase.MAIN, slot__seat__study=study
    ).filter(slot__seat__rater__isnull=False)
    if raters is not None:
        slots, spent = slots.filter(seat__rater__in=raters), spent.filter(slot__seat__rater__in=raters)
    left = Counter(dict(slots.order_by().values_list("seat__rater").annotate(n=Count("pk"))))
    left.subtract(dict(spent.order_by().values_list("slot__seat__rater").annotate(n=Count("pk"))))
    return left


def _listed(
    rater: Any, work: Mapping[str, Any], left: Mapping[int, int], mails: Mapping[int, Mail]
) -> ListedRater:
    seat = rater.seat.number if hasattr(rater, "seat") else None
    judged, skipped, late = (work.get(name, 0) for name in ("judged", "skipped", "late"))
    return ListedRater(
        rater=rater,
        contact=getattr(rater, "contact", None),
        state=rater.state,
        seat=seat,
        judged=judged,
        skipped=skipped,
        late=late,
        conflict=work.get("conflict", 0),
        total=judged + skipped + late + left.get(rater.pk, 0),
        last_seen=rater.last_seen,
        seconds=work.get("seconds") or 0,
        mail=mails.get(rater.pk),
    )


def find_raters(
    study: Study,
    *,
    text: str = "",
    state: str = "",
    language: str = "",
    group: str = "",
    sort: str = "",
) -> QuerySet[Any, Any]:
    """The keys of raters, searched, filtered and sorted.

    `state` is a state or a group of states, `group` a group of raters.
    """
    rows = _with_state(study, study.raters.all())
    if state in GROUPS or state in STATES:
        rows = rows.filter(state__in=GROUPS[state][1] if state in GROUPS else (state,))
    if language:
        rows = rows.filter(languages=language.split())
    if group:
        rows = rows.filter(contact__group=group)
    if wanted := text.strip():
        fields = ("contact__label", "contact__address", "contact__group", "code")
        rows = rows.filter(reduce(or_, (Q(**{f"{field}__icontains": wanted}) for field in fields)))
    return rows.order_by(*_order(sort), "pk").values_list("pk", flat=True)


def _order(sort: str) -> Iterator[Any]:
    if sort == "label":
        yield NullIf(Lower("contact__label"), Value("")).asc(nulls_last=True)
    elif sort == "state":
        yield Case(*(When(state=state, then=place) for place, state in enumerate(STATES)))
    elif sort == "progress":
        judged = Assignment.objects.filter(rater=OuterRef("pk"), state=State.SUBMITTED).order_by()
        yield Coalesce(Subquery(judged.values("rater").values_list(Count("pk"))), 0).desc()
    elif sort == "seen":
        yield F("last_seen").desc(nulls_last=True)
    elif sort == "silent":
        yield F("last_seen").asc(nulls_first=True)


@dataclass(frozen=True, slots=True)
class RaterSummary:
    """The raters of a study in a few numbers, for its page."""

    total: int
    states: tuple[tuple[str, str, int], ...]
    waiting: int
    unknown_mails: int


def summarize(study: Study) -> RaterSummary | None:
    """None if no rater was ever enrolled."""
    rows = study.raters.annotate(state=_state(study)).order_by().values_list("state")
    counted = dict(rows.annotate(n=Count("pk")))
    if not counted:
        return None
    states = [state for state in STATES if state in counted]
    return RaterSummary(
        total=sum(counted.values()),
        states=tuple((state, str(STATES[state]), counted[state]) for state in states),
        waiting=study.contacts.filter(rater__isnull=True).count(),
        unknown_mails=Mail.objects.filter(mailing__study=study, state=Mail.State.UNKNOWN).count(),
    )
