"""Questions to the database that pages and commands ask about runs."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Now

from generation.access import rows_in
from generation.models import Attempt, Job, Run, Script, System
from generation.runs.kinds import kind_of
from generation.script_metrics.labels import is_off_format
from generation.script_metrics.measuring import measure_script

STATES = ("blocked", "waiting", "claimed", "done", "failed")


def runs_newest_first(teams: Collection[int]) -> QuerySet[Run]:
    """The runs of some teams (keys), without what is large: the settings may hold fifty thousand briefs."""
    runs = rows_in(Run, teams).select_related("created_by").defer("frozen_settings")
    return runs.order_by("-created_at", "-pk")


RUN_ORDERS = {"newest": "-created_at", "oldest": "created_at", "name": "name"}


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs a list holds, and in which order. Unknown values count as empty."""

    search: str = ""
    state: str = ""
    order: str = "newest"

    @classmethod
    def from_request(cls, given: Any) -> "RunFilter":
        state, order = given.get("state", ""), given.get("order", "")
        return cls(
            " ".join(given.get("q", "").replace("\x00", "").split())[:100],
            state if state in Run.State.values else "",
            order if order in RUN_ORDERS else "newest",
        )

    def runs(self, teams: Collection[int]) -> QuerySet[Run]:
        """The runs of some teams, found by their names, codes, systems and the people who started them."""
        runs = runs_newest_first(teams)
        if self.search:
            runs = runs.filter(
                Q(name__icontains=self.search)
                | Q(code__istartswith=self.search)
                | Q(frozen_settings__addresses__has_key=self.search)
                | Q(created_by__username__iexact=self.search)
            )
        if self.state:
            runs = runs.filter(state=self.state)
        return runs.order_by(RUN_ORDERS[self.order], "-pk")

    def query(self) -> str:
        """The same as the query of an address, for links to other pages of the list."""
        given = {"q": self.search, "state": self.state, "order": self.order if self.order != "newest" else ""}
        return urlencode({name: value for name, value in given.items() if value})


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run in the list, with its systems and how many of its jobs are in each state."""

    run: Run
    systems: list[str]
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def run_rows(runs: Collection[Run]) -> list[RunRow]:
    """For the runs of one page."""
    keys = [run.pk for run in runs]
    counts = {key: dict.fromkeys(STATES, 0) for key in keys}
    jobs = Job.objects.filter(run__in=keys).order_by()
    for key, state, count in (
        jobs.values("run", "state").annotate(n=Count("pk")).values_list("run", "state", "n")
    ):
        counts[key][state] = count
    names = Run.objects.filter(pk__in=keys).values_list("pk", "frozen_settings__addresses")
    systems = {key: list(addresses or {}) for key, addresses in names}
    return [RunRow(run, systems[run.pk], counts[run.pk]) for run in runs]


def systems_with_counts(teams: Collection[int]) -> QuerySet[System]:
    """The systems that some teams may use, with how many scripts each has written for these teams."""
    own = Q(scripts__brief__series__team__in=teams)
    counted = rows_in(System, teams).annotate(written=Count("scripts", filter=own, distinct=True))
    return counted.order_by("slug")


@dataclass(frozen=True, slots=True)
class JobsOf(Sequence[Job]):
    """A run's jobs, the failed ones first, then in order, or those of one state; for a paginator.

    Only the keys of a page are looked for among all jobs; all else is counted for these alone.
    """

    run: Run
    counts: dict[str, int]
    state: str = ""

    def __len__(self) -> int:
        return self.counts[self.state] if self.state else sum(self.counts.values())

    def __getitem__(self, place: Any) -> Any:
        keys = self._keys(place.start or 0, place.stop)
        asked = Count("attempts")
        refused = Count("attempts", filter=Q(attempts__outcome=Attempt.Outcome.REFUSED))
        broken = Count(
            "attempts", filter=Q(attempts__outcome__in=[Attempt.Outcome.ERROR, Attempt.Outcome.LOST])
        )
        jobs = Job.objects.filter(pk__in=keys).select_related("system", *kind_of(self.run).job_relations)
        found = {job.pk: job for job in jobs.annotate(asked=asked, refused=refused, broken=broken)}
        return [found[key] for key in keys if key in found]

    def _keys(self, start: int, stop: int) -> list[int]:
        jobs = self.run.jobs.order_by("pk").values_list("pk", flat=True)
        if self.state:
            return list(jobs.filter(state=self.state)[start:stop])
        failed = self.counts[Job.State.FAILED]
        first = list(jobs.filter(state=Job.State.FAILED)[start : min(stop, failed)]) if start < failed else []
        rest = jobs.exclude(state=Job.State.FAILED)
        return first + list(rest[max(0, start - failed) : max(0, stop - failed)])


@dataclass(frozen=True, slots=True)
class InTheWay:
    """Other runs that use the addresses which a run's jobs wait for: the codes of its own team's runs, and
    whether there is any."""

    codes: tuple[str, ...]
    busy: bool


def runs_in_the_way(run: Run) -> InTheWay:
    """What keeps a run waiting for its turn at an address, which serves one model at a time."""
    lanes = run.jobs.filter(state=Job.State.WAITING).order_by().values_list("address", "model").distinct()
    addresses, models = ({lane[part] for lane in lanes} for part in (0, 1))
    held = Job.objects.filter(state=Job.State.CLAIMED, leased_until__gte=Now(), address__in=addresses)
    others = held.exclude(run=run).exclude(model__in=models).exclude(address__startswith="fake:")
    found = set(others.values_list("run__code", "run__team"))
    return InTheWay(tuple(sorted(code for code, team in found if team == run.team_id)), bool(found))


MOST_SHOWN = 8


def failures_of(run: Run, hidden: Collection[int] = ()) -> list[dict[str, Any]]:
    """Why jobs failed, the most frequent reasons first: {error, jobs}; not of the hidden ones (keys)."""
    failed = run.jobs.filter(state=Job.State.FAILED).exclude(pk__in=hidden).order_by()
    rows = failed.values("error").annotate(jobs=Count("pk")).order_by("-jobs", "error")[:MOST_SHOWN]
    return [dict(row) for row in rows]


_MOST_REASONS = 2000
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)*")


def troubles_of(run: Run, hidden: Collection[int] = ()) -> list[dict[str, Any]]:
    """Why requests brought nothing that goes on, most frequent first: {reason, requests, alike}; not of
    hidden jobs (keys). Reasons that differ by numbers alone are one, in the words of the most frequent;
    `alike` says how many these are.
    """
    bad = [Attempt.Outcome.REFUSED, Attempt.Outcome.ERROR, Attempt.Outcome.LOST]
    asked = Attempt.objects.filter(run=run, outcome__in=bad).exclude(job__in=hidden)
    rows = asked.order_by().values_list("reason").annotate(requests=Count("pk"))
    found: dict[str, dict[str, Any]] = {}
    for reason, requests in rows.order_by("-requests", "reason")[:_MOST_REASONS]:
        one = found.setdefault(_NUMBER.sub("#", reason), {"reason": reason, "requests": 0, "alike": 0})
        one["requests"] += requests
        one["alike"] += 1
    return sorted(found.values(), key=lambda each: -each["requests"])[:MOST_SHOWN]


def script_facts(system: str, digests: Collection[str], briefs: Collection[str]) -> dict[str, int]:
    """How the scripts of a system with these digests came about, for these briefs (slugs).

    `scripts` and `redraws` (answers refused before these scripts); where runs wrote them, over these runs
    `refusals` (answers refused, also before other samples) and `failures` (jobs that ended without a script);
    `writers` where their codes were given. `off_format` are those with faults of format, as written: lines
    that the layout does not know, a heading that is not complete, markup left over.
    """
    found = Script.objects.filter(system__slug=system, digest__in=digests, brief__slug__in=briefs)
    facts = found.aggregate(scripts=Count("pk"), drawn=Coalesce(Sum("redraws"), 0))
    told: dict[str, int] = {"scripts": facts["scripts"]}
    runs = found.filter(job__isnull=False).values_list("job__run", flat=True)
    if runs:
        jobs = Job.objects.filter(run__in=set(runs), system__slug=system, brief__slug__in=briefs)
        refused = Attempt.objects.filter(job__in=jobs, outcome=Attempt.Outcome.REFUSED)
        told["redraws"] = facts["drawn"]
        told["failures"] = jobs.filter(state=Job.State.FAILED).count()
        told["refusals"] = refused.count()
    writers = found.exclude(writer="").values_list("writer", flat=True)
    if writers:
        told["writers"] = len(set(writers))
    told["off_format"] = sum(is_off_format(measure_script(script).values) for script in found)
    return told
