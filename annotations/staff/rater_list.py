"""The raters of a study as staff see them: who they are, how far they are, and the last mail to them."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db.models import Case, Count, Exists, Max, OuterRef, Q, Sum, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from annotations.desk.progress import CONFLICT
from annotations.mailing import outbox
from annotations.models import Assignment, Consent, Mail, Rater, RaterContact, Seat, SeatEvent, Slot, Study
from annotations.staff.queries import SPENT_STATES

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
    """One rater. `total` counts what was judged, skipped or late, and what is left. `minutes` is on pairs."""

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
    minutes: int
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
    """Everyone who was enrolled, in that order; or those with the given keys."""
    rows = study.raters.select_related("seat", "contact")
    if raters is not None:
        rows = rows.filter(pk__in=raters)
    rows = rows.annotate(last_seen=Max("sittings__last_seen_at"), state=_state(study)).order_by("pk")
    work, left, mails = _work(study, raters), _left(study, raters), outbox.last_states(study)
    return [_listed(rater, work.get(rater.pk, {}), left, mails) for rater in rows]


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
    # A sitting begins with the first pair. Before it, the rater was last here to open the link or to decline.
    before_pairs = rater.withdrawn_at if rater.state == "declined" else rater.opened_at
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
        last_seen=rater.last_seen or before_pairs,
        minutes=round((work.get("seconds") or 0) / 60),
        mail=mails.get(rater.pk),
    )


def choose(
    rows: list[ListedRater],
    *,
    text: str = "",
    state: str = "",
    language: str = "",
    group: str = "",
    sort: str = "",
) -> list[ListedRater]:
    """Search, filter and sort. `state` is a state or a group of states, `group` a group of raters."""
    states = GROUPS[state][1] if state in GROUPS else (state,) if state in STATES else tuple(STATES)
    wanted = text.strip().lower()
    found = [
        row
        for row in rows
        if row.state in states
        and (not language or " ".join(row.rater.languages) == language)
        and (not group or row.group == group)
        and (not wanted or any(wanted in each.lower() for each in _searched(row)))
    ]
    names = list(STATES)
    if sort == "label":
        found.sort(key=lambda row: (not row.label, row.label.lower()))
    elif sort == "state":
        found.sort(key=lambda row: names.index(row.state))
    elif sort == "progress":
        found.sort(key=lambda row: -row.judged)
    elif sort in ("seen", "silent"):
        seen = [row for row in found if row.last_seen]
        seen.sort(key=lambda row: row.last_seen or row.rater.enrolled_at, reverse=sort == "seen")
        unseen = [row for row in found if not row.last_seen]
        found = seen + unseen if sort == "seen" else unseen + seen
    return found


def _searched(row: ListedRater) -> tuple[str, ...]:
    return row.label, row.address, row.rater.code, row.group


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
