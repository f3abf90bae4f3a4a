"""How far a run is, from sums alone: cheap enough to ask every second of fifty thousand jobs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q, Sum
from django.db.models.functions import Coalesce, Now

from generation.models import Attempt, Job, Run
from generation.runs.addresses import addresses_in
from generation.runs.spending import Sums, sums

LATELY = timedelta(minutes=2)
UNREACHED = 3
"""Requests one after the other that meet no server, or all where there were fewer: one that is lost
among many answers is no silence."""


@dataclass(frozen=True, slots=True)
class Silence:
    """An address that has not answered since, and how many jobs wait there to try again."""

    address: str
    since: datetime
    waiting: int


@dataclass(frozen=True, slots=True)
class Progress:
    """Jobs by state, what was used, how fast it goes, and how long it may take.

    `blocked` scenes wait for profiles of their series. `silences` are addresses that do not answer.

    `tokens_per_second` are those answered in the last two minutes where a server answers; `left_s` is None
    where nothing has ended lately, nothing is left, or it is unknown when an address will answer again.
    """

    blocked: int
    waiting: int
    claimed: int
    done: int
    failed: int
    attempts: int
    refused: int
    broken: int
    sums: Sums
    tokens_per_second: float
    left_s: float | None
    silences: tuple[Silence, ...] = ()

    @property
    def jobs(self) -> int:
        return self.blocked + self.waiting + self.claimed + self.done + self.failed

    @property
    def ended(self) -> int:
        return self.done + self.failed


def progress_of(run: Run) -> Progress:
    rows = run.jobs.order_by().values("state").annotate(count=Count("pk")).values_list("state", "count")
    states = dict.fromkeys(Job.State.values, 0) | dict(rows)
    spent = sums(run)
    outcomes = spent.counts
    left = states[Job.State.WAITING] + states[Job.State.BLOCKED] + states[Job.State.CLAIMED]
    silences = tuple(_silences(run))
    speed, jobs_per_second = _speeds(run, [each.address for each in silences])
    return Progress(
        blocked=states[Job.State.BLOCKED],
        waiting=states[Job.State.WAITING],
        claimed=states[Job.State.CLAIMED],
        done=states[Job.State.DONE],
        failed=states[Job.State.FAILED],
        attempts=sum(outcomes.values()),
        refused=outcomes.get(Attempt.Outcome.REFUSED, 0),
        broken=outcomes.get(Attempt.Outcome.ERROR, 0) + outcomes.get(Attempt.Outcome.LOST, 0),
        sums=spent,
        tokens_per_second=speed,
        left_s=left / jobs_per_second if left and jobs_per_second and not silences else None,
        silences=silences,
    )


def _speeds(run: Run, silent: Sequence[str]) -> tuple[float, float]:
    """Tokens answered, and jobs ended, per second of the last two minutes; or of less, if it began later;
    without those of addresses that have fallen silent meanwhile.

    What a job still needs follows from its stages: with three stages, an answer is a third of a job.
    """
    lately = Attempt.objects.filter(run=run, finished_at__gte=Now() - LATELY, estimated=False)
    lately = lately.exclude(address__in=silent)
    told = lately.aggregate(
        tokens=Coalesce(Sum("completion_tokens"), 0),
        first=Min("started_at"),
        last=Max("finished_at"),
        kept=Count("pk", filter=~Q(outcome=Attempt.Outcome.REFUSED)),
    )
    if told["first"] is None or told["last"] is None:
        return 0.0, 0.0
    seconds = min((told["last"] - told["first"]).total_seconds(), LATELY.total_seconds())
    if seconds <= 0:
        return 0.0, 0.0
    systems = run.frozen_settings["systems"].values()
    stages = sum(len(each["stages"]) for each in systems) / max(1, len(run.frozen_settings["systems"]))
    return told["tokens"] / seconds, told["kept"] / stages / seconds


def _silences(run: Run) -> Iterator[Silence]:
    """Where the latest requests of an active run met no server."""
    addresses = addresses_in(run.frozen_settings) if run.state == Run.State.ACTIVE else []
    for address in addresses:
        ended = Attempt.objects.filter(run=run, address=address, finished_at__isnull=False)
        latest = list(ended.order_by("-finished_at")[:UNREACHED])
        if not latest or not all(map(_met_nobody, latest)):
            continue
        answered = ended.filter(outcome__in=[Attempt.Outcome.OK, Attempt.Outcome.REFUSED])
        since = answered.order_by("-finished_at").values_list("finished_at", flat=True).first()
        since = since or ended.order_by("finished_at").values_list("started_at", flat=True)[0]
        waiting = run.jobs.filter(state=Job.State.WAITING, address=address).count()
        yield Silence(address, since, waiting)


def _met_nobody(attempt: Attempt) -> bool:
    return attempt.outcome == Attempt.Outcome.ERROR and attempt.reason.code == "Unreachable"
