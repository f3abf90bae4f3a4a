"""What may be asked about a study that runs: counts, times, agreement of all. Nothing per pairing."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import Aggregate, Count, F, FloatField, Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Extract, TruncDate

from annotations.models import Assignment, Judgment, Pairing, Rater, Seat, Slot, Study, StudyBrief
from evalsite.core.clock import database_now

FEWEST = 20
"""From how many judgments up side and agreement are shown, and by how many at a time they move on."""

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
    assignments = Assignment.objects.filter(rater__study=study, slot__phase=Slot.Phase.MAIN)
    slots = Slot.objects.filter(seat__study=study, phase=Slot.Phase.MAIN).count()
    now = database_now()
    since = max(now - timedelta(days=PACE_DAYS), study.opened_at or now)
    by_day = _by_day(assignments, since)
    by_state = Counter[str]()
    for row in by_day:
        by_state[row["state"]] += row["n"]
    slow = _figures_by_pairing(study, slots, by_day)
    remaining = slots - by_state[State.SUBMITTED]
    return WatchFigures(
        seats=_seats(study),
        assignments={state: by_state[state] for state in State.values},
        slots=slots,
        pairing_counts=slow.pairing_counts,
        judgments=slow.choices.judgments,
        left_share=slow.choices.left_share,
        raw_agreement=slow.choices.raw_agreement,
        median_minutes=_median_minutes(assignments),
        languages=slow.languages,
        flow=_flow(study, by_state, excluded=sum(row["excluded_n"] for row in by_day)),
        kinds=dict(study.raters.values_list("kind").annotate(n=Count("pk")).order_by("kind")),
        days=_days({row["day"]: row["n"] for row in by_day if row["state"] == State.SUBMITTED}, now),
        expected_end=_expected_end(study, sum(row["recent"] for row in by_day), remaining, since, now),
    )


def _by_day(assignments: QuerySet[Assignment], since: datetime) -> list[dict[str, Any]]:
    """All counts of assignments, by state and day of submission, in one pass over them."""
    rows = (
        assignments.annotate(day=TruncDate("submitted_at", tzinfo=UTC))
        .values("state", "day")
        .annotate(
            n=Count("pk"),
            excluded_n=Count("pk", filter=~Q(excluded="")),
            recent=Count("pk", filter=Q(state=State.SUBMITTED, submitted_at__gte=since)),
            last=Max("submitted_at"),
            revision_sum=Sum("revision"),
        )
        .order_by("state", "day")
    )
    return [dict(row) for row in rows]


@dataclass(frozen=True, slots=True)
class _PrimaryChoices:
    judgments: int
    left_share: float | None
    raw_agreement: float | None


@dataclass(frozen=True, slots=True)
class _ByPairing:
    """What needs every judgment's pairing: most of the work in a large study."""

    choices: _PrimaryChoices
    pairing_counts: dict[int, int]
    languages: tuple[LanguageFigures, ...]


KEPT_SECONDS = 300


def _figures_by_pairing(study: Study, slots: int, by_day: list[dict[str, Any]]) -> _ByPairing:
    """Cached for some minutes, until the next submission or change: nothing else affects them."""
    submitted = [row for row in by_day if row["state"] == State.SUBMITTED]
    done, revisions = (sum(row[name] for row in submitted) for name in ("n", "revision_sum"))

    def count() -> _ByPairing:
        return _ByPairing(_primary_choices(study), _pairing_counts(study), _languages(study, slots, done))

    if not done:
        return count()
    last = max(row["last"] for row in submitted).timestamp()
    key = f"watch-{study.pk}-{study.frozen_digest}-{done}-{revisions}-{last}"
    found: _ByPairing | None = cache.get(key)
    if found is None:
        found = count()
        cache.set(key, found, KEPT_SECONDS)
    return found


DAYS_SHOWN, PACE_DAYS = 14, 7
FEWEST_FOR_PACE, SHORTEST_FOR_PACE = 10, timedelta(days=1)
"""Submissions, and time since the study was opened, that an expected end needs."""


def _days(counted: Mapping[date, int], now: datetime) -> tuple[DayFigures, ...]:
    if not counted:
        return ()
    today = now.astimezone(UTC).date()
    first = max(min(counted), today - timedelta(days=DAYS_SHOWN - 1))
    days = (first + timedelta(days=n) for n in range((today - first).days + 1))
    return tuple(DayFigures(day, counted.get(day, 0)) for day in days)


def _expected_end(
    study: Study, recent: int, remaining: int, since: datetime, now: datetime
) -> datetime | None:
    """`recent`: submissions from `since` to `now`."""
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
    judged = Assignment.objects.filter(
        rater__study=study, state=State.SUBMITTED, slot__pairing__kind=Pairing.Kind.MAIN
    )
    by_pairing = judged.order_by().values("slot__pairing").annotate(done=Count("pk")).values("done")
    counted = Counter(dict(_select("SELECT done, count(*) FROM given GROUP BY done", by_pairing)))
    pairings = Pairing.objects.filter(study_brief__study=study, kind=Pairing.Kind.MAIN)
    counted[0] = pairings.count() - counted.total()
    return {done: n for done, n in sorted(counted.items()) if n}


def _select(sql: str, given: QuerySet[Any, Any], *params: int) -> list[tuple[Any, ...]]:
    """The rows of a statement that reads from `given`, which stays in the database."""
    inner, values = given.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"WITH given AS ({inner}) {sql}", [*values, *params])
        return cursor.fetchall()


PRIMARY_CHOICES_SQL = """
, numbered AS (
    SELECT *, row_number() OVER (ORDER BY at, id) AS number, count(*) OVER () AS judgments
      FROM given WHERE revision = 0)
, counted AS (SELECT * FROM numbered WHERE number <= judgments / %s * %s)
, changed AS (
    SELECT DISTINCT ON (assignment_id) assignment_id, choice
      FROM given WHERE revision > 0 AND at <= (SELECT max(at) FROM counted)
     ORDER BY assignment_id, revision DESC)
, counted_choices AS (
    SELECT pairing, first_on_left, coalesce(changed.choice, counted.choice) AS choice
      FROM counted LEFT JOIN changed USING (assignment_id))
, chosen AS (
    SELECT pairing, count(*) AS n, count(*) FILTER (WHERE choice = 'left') AS lefts,
           count(*) FILTER (WHERE choice IN ('left', 'right')) AS sided
      FROM counted_choices GROUP BY pairing, CASE WHEN choice NOT IN ('left', 'right') THEN choice
                                       WHEN (choice = 'left') = first_on_left THEN 'first'
                                       ELSE 'second' END)
, judged AS (
    SELECT sum(n) AS n, sum(n * (n - 1)) AS alike, sum(lefts) AS lefts, sum(sided) AS sided
      FROM chosen GROUP BY pairing)
SELECT (SELECT count(*) FROM given WHERE revision = 0),
       sum(lefts), sum(sided), sum(alike), sum(n * (n - 1)) FROM judged
"""


def _primary_choices(study: Study) -> _PrimaryChoices:
    """How many choices count, and figures of the first 20, 40, 60, ... as they were when the last of these
    came in.

    A rater can change an answer. A change shows at the next step: otherwise it could be read off the figures.
    The share of agreeing pairs is among all pairs of raters who judged the same pairing.
    """
    rows = Judgment.objects.filter(
        assignment__rater__study=study,
        assignment__state=State.SUBMITTED,
        assignment__slot__pairing__kind=Pairing.Kind.MAIN,
        criterion__primary=True,
    ).exclude(assignment__rater__kind__in=excluded_rater_kinds(study))
    slot = "assignment__slot__"
    given = rows.order_by().values(
        "id",
        "assignment_id",
        "revision",
        "choice",
        at=F("submitted_at"),
        pairing=F(f"{slot}pairing"),
        first_on_left=F(f"{slot}first_on_left"),
    )
    ((judgments, *sums),) = _select(PRIMARY_CHOICES_SQL, given, FEWEST, FEWEST)
    lefts, sided, alike, pairs = (int(each or 0) for each in sums)
    return _PrimaryChoices(
        judgments,
        left_share=round(lefts / sided, 2) if sided else None,
        raw_agreement=round(alike / pairs, 2) if pairs else None,
    )


def excluded_rater_kinds(study: Study) -> list[str]:
    """Simulated and machine raters never mix with people: where people have judged, only they count."""
    people = study.raters.filter(kind=Rater.Kind.PERSON, assignments__judgments__isnull=False)
    return [Rater.Kind.SIMULATED, Rater.Kind.MODEL] if people.exists() else []


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


def _flow(study: Study, by_state: Mapping[str, int], excluded: int) -> Flow:
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
        submitted=by_state[State.SUBMITTED],
        skipped=by_state[State.SKIPPED],
        expired=by_state[State.EXPIRED],
        late=by_state[State.LATE],
        excluded=excluded,
        after_new_link=len(assignments_after_new_link(study)),
    )
