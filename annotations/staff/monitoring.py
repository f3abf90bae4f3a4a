"""What may be asked about a study that runs: counts, times, agreement of all. Nothing per pairing."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import comb

from django.db.models import Aggregate, Count, F, FloatField, Q, QuerySet
from django.db.models.functions import Coalesce, Extract, TruncDate

from annotations.models import Assignment, Choice, Judgment, Pairing, Rater, Seat, Slot, Study, StudyBrief
from evalsite.core.clock import database_now

FEWEST = 20
"""From how many judgments up side and agreement are told, and by how many at a time they move on."""

State = Assignment.State


@dataclass(frozen=True, slots=True)
class SeatFigures:
    total: int
    taken: int
    free: int
    finished: int


@dataclass(frozen=True, slots=True)
class Flow:
    """People and assignments as the flow chart of a trial counts them."""

    enrolled: int
    consented: int
    instructed: int
    practised: int
    turned_away: int
    withdrawn: int
    submitted: int
    skipped: int
    expired: int
    late: int
    excluded: int
    relinked: int
    """Raters whom staff gave a new link; what they answered after it is in `after_new_link`."""
    after_new_link: int


@dataclass(frozen=True, slots=True)
class LanguageFigures:
    language: str
    seats: int
    slots: int
    submitted: int


@dataclass(frozen=True, slots=True)
class DayFigures:
    """How many assignments were submitted on one day (UTC)."""

    day: date
    submitted: int


@dataclass(frozen=True, slots=True)
class WatchFigures:
    """A study watched blind. `left_share` and `raw_agreement` are of the primary criterion, None below 20
    judgments. They are in whole percents (0.55), and of the first 20, 40, 60, ... judgments as they were
    submitted: a figure that moved with every judgment would tell each choice.

    `left_share` is the share of left among left and right; `raw_agreement` the share of agreeing pairs of
    raters among all pairs of raters who judged the same pairing. `pairing_counts` maps a number of judgments
    to how many pairings have it. `days` are the last 14 days with today, from the first submission on.
    `expected_end` assumes the pace of the last seven days; None while the study has been open for less than a
    day or has fewer than ten submissions in them, and when every slot is done.
    """

    seats: SeatFigures
    assignments: dict[str, int]
    slots: int
    pairing_counts: dict[int, int]
    judgments: int
    left_share: float | None
    raw_agreement: float | None
    median_minutes: float | None
    languages: tuple[LanguageFigures, ...]
    flow: Flow
    kinds: dict[str, int]
    days: tuple[DayFigures, ...]
    expected_end: datetime | None


def study_figures(study: Study) -> WatchFigures:
    """The figures of a study's page while it is sealed."""
    assignments = Assignment.objects.filter(rater__study=study)
    by_state = dict(assignments.values_list("state").annotate(n=Count("pk")).order_by("state"))
    judgments, told = _primary_choices(study)
    slots = Slot.objects.filter(seat__study=study, phase=Slot.Phase.MAIN).count()
    now = database_now()
    return WatchFigures(
        seats=_seats(study),
        assignments={state: by_state.get(state, 0) for state in State.values},
        slots=slots,
        pairing_counts=_pairing_counts(study),
        judgments=judgments,
        left_share=_left_share(told),
        raw_agreement=_raw_agreement(told),
        median_minutes=_median_minutes(assignments),
        languages=_languages(study, slots, by_state.get(State.SUBMITTED, 0)),
        flow=_flow(study, by_state),
        kinds=dict(study.raters.values_list("kind").annotate(n=Count("pk")).order_by("kind")),
        days=_days(assignments, now),
        expected_end=_expected_end(study, assignments, slots - by_state.get(State.SUBMITTED, 0), now),
    )


DAYS_SHOWN, PACE_DAYS = 14, 7
FEWEST_FOR_PACE, SHORTEST_FOR_PACE = 10, timedelta(days=1)
"""Submissions, and time since the study was opened, that an expected end needs."""


def _days(assignments: QuerySet[Assignment], now: datetime) -> tuple[DayFigures, ...]:
    counted = dict(
        assignments.filter(state=State.SUBMITTED)
        .annotate(day=TruncDate("submitted_at", tzinfo=UTC))
        .values_list("day")
        .annotate(n=Count("pk"))
        .order_by("day")
    )
    if not counted:
        return ()
    today = now.astimezone(UTC).date()
    first = max(min(counted), today - timedelta(days=DAYS_SHOWN - 1))
    days = (first + timedelta(days=n) for n in range((today - first).days + 1))
    return tuple(DayFigures(day, counted.get(day, 0)) for day in days)


def _expected_end(
    study: Study, assignments: QuerySet[Assignment], remaining: int, now: datetime
) -> datetime | None:
    since = max(now - timedelta(days=PACE_DAYS), study.opened_at or now)
    recent = assignments.filter(state=State.SUBMITTED, submitted_at__gte=since).count()
    if remaining <= 0 or study.state not in (Study.State.OPEN, Study.State.PAUSED):
        return None
    if recent < FEWEST_FOR_PACE or now - since < SHORTEST_FOR_PACE:
        return None
    return now + (now - since) * (remaining / recent)


def _seats(study: Study) -> SeatFigures:
    counted = Seat.objects.filter(study=study).aggregate(
        total=Count("pk"),
        taken=Count("pk", filter=Q(rater__isnull=False)),
        finished=Count("pk", filter=Q(rater__finished_at__isnull=False)),
    )
    return SeatFigures(
        counted["total"], counted["taken"], counted["total"] - counted["taken"], counted["finished"]
    )


def _pairing_counts(study: Study) -> dict[int, int]:
    pairings = Pairing.objects.filter(study_brief__study=study, kind=Pairing.Kind.MAIN)
    judged = pairings.filter(slots__assignments__state=State.SUBMITTED).order_by()
    counted = Counter(
        judged.values("pk").annotate(done=Count("slots__assignments")).values_list("done", flat=True)
    )
    counted[0] = pairings.count() - counted.total()
    return {done: n for done, n in sorted(counted.items()) if n}


Row = tuple[int, bool, str]
"""A pairing's key, whether its first entry stood left, and the choice."""


def _primary_choices(study: Study) -> tuple[int, list[Row]]:
    """How many choices count, and the first 20, 40, 60, ... as they were when the last of these came in.

    A rater can change an answer. A change shows at the next step: otherwise it could be read off the figures.
    """
    rows = Judgment.objects.filter(
        assignment__rater__study=study,
        assignment__state=State.SUBMITTED,
        assignment__slot__pairing__kind=Pairing.Kind.MAIN,
        criterion__primary=True,
    ).exclude(assignment__rater__kind__in=excluded_rater_kinds(study))
    slot = "assignment__slot__"
    columns = ("submitted_at", "assignment", f"{slot}pairing", f"{slot}first_on_left", "choice")
    first = list(rows.filter(revision=0).order_by("submitted_at", "pk").values_list(*columns))
    counted = first[: len(first) // FEWEST * FEWEST]
    if not counted:
        return len(first), []
    told: dict[int, Row] = {key: (pairing, left, choice) for _at, key, pairing, left, choice in counted}
    changes = rows.filter(revision__gt=0, submitted_at__lte=counted[-1][0]).order_by("revision")
    for _at, key, *row in changes.values_list(*columns):
        if key in told:
            told[key] = tuple(row)
    return len(first), list(told.values())


def excluded_rater_kinds(study: Study) -> list[str]:
    """Simulated and machine raters never mix with people: where people have judged, only they count."""
    people = study.raters.filter(kind=Rater.Kind.PERSON, assignments__judgments__isnull=False)
    return [Rater.Kind.SIMULATED, Rater.Kind.MODEL] if people.exists() else []


def _left_share(rows: list[Row]) -> float | None:
    sided = [choice for _, _, choice in rows if choice in (Choice.LEFT, Choice.RIGHT)]
    if not sided:
        return None
    return round(sided.count(Choice.LEFT) / len(sided), 2)


def _raw_agreement(rows: list[Row]) -> float | None:
    """The share of agreeing pairs of raters among all pairs of raters who judged the same pairing."""
    judged, chosen = Counter[int](), Counter[tuple[int, str]]()
    for pairing, first_on_left, choice in rows:
        judged[pairing] += 1
        chosen[pairing, _as_entry(choice, first_on_left)] += 1
    pairs = sum(comb(n, 2) for n in judged.values())
    return round(sum(comb(n, 2) for n in chosen.values()) / pairs, 2) if pairs else None


def _as_entry(choice: str, first_on_left: bool) -> str:
    """Which entry was chosen, whichever side it stood on."""
    if choice not in (Choice.LEFT, Choice.RIGHT):
        return choice
    return "first" if (choice == Choice.LEFT) == first_on_left else "second"


class _Median(Aggregate):
    template = "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


def _median_minutes(assignments: QuerySet[Assignment]) -> float | None:
    between = Extract(F("submitted_at") - F("opened_at"), "epoch", output_field=FloatField())
    taken = Coalesce("seconds", between)
    done = assignments.filter(state=State.SUBMITTED, submitted_at__isnull=False)
    middle = done.aggregate(middle=_Median(taken))["middle"]
    return None if middle is None else middle / 60


def _languages(study: Study, total: int, done: int) -> tuple[LanguageFigures, ...]:
    """By language; `total` and `done` are the slots of all languages and how many of them were submitted."""
    seats = Counter(
        language
        for reads in Seat.objects.filter(study=study).values_list("languages", flat=True)
        for language in reads
    )
    language = "pairing__study_brief__language"
    slots = Slot.objects.filter(seat__study=study, phase=Slot.Phase.MAIN).order_by()
    read = set(study.briefs.filter(role=StudyBrief.Role.MAIN).values_list("language", flat=True))
    if len(read) == 1:  # as in most studies, and faster
        (only,) = read
        return (LanguageFigures(only, seats[only], total, done),)
    counted = dict(slots.values_list(language).annotate(n=Count("pk")))
    judged = slots.filter(assignments__state=State.SUBMITTED)
    submitted = dict(judged.values_list(language).annotate(n=Count("assignments")))
    return tuple(
        LanguageFigures(each, seats[each], counted[each], submitted.get(each, 0)) for each in sorted(counted)
    )


def assignments_after_new_link(study: Study) -> set[int]:
    """Keys of the assignments whose answer, or a change of it, came after staff issued a new link to the
    rater: someone else may have given it."""
    answered = Assignment.objects.filter(rater__study=study, rater__relinked_at__isnull=False)
    later = Q(submitted_at__gte=F("rater__relinked_at"))
    return set(
        answered.filter(later | Q(revisions__submitted_at__gte=F("rater__relinked_at"))).values_list(
            "pk", flat=True
        )
    )


def _flow(study: Study, by_state: dict[str, int]) -> Flow:
    people = Rater.objects.filter(study=study).aggregate(
        enrolled=Count("pk", distinct=True),
        consented=Count("pk", filter=Q(consents__isnull=False), distinct=True),
        instructed=Count("pk", filter=Q(instructed_at__isnull=False), distinct=True),
        practised=Count("pk", filter=Q(practised_at__isnull=False), distinct=True),
        turned_away=Count("pk", filter=Q(turned_away_at__isnull=False), distinct=True),
        withdrawn=Count("pk", filter=Q(withdrawn_at__isnull=False), distinct=True),
        relinked=Count("pk", filter=Q(relinked_at__isnull=False), distinct=True),
    )
    return Flow(
        **people,
        submitted=by_state.get(State.SUBMITTED, 0),
        skipped=by_state.get(State.SKIPPED, 0),
        expired=by_state.get(State.EXPIRED, 0),
        late=by_state.get(State.LATE, 0),
        excluded=Assignment.objects.filter(rater__study=study).exclude(excluded="").count(),
        after_new_link=len(assignments_after_new_link(study)),
    )
