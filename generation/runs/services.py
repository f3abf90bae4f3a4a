"""Planning runs and what may be done with them: pause, go on, cancel, raise the limits, retry the failed.

Each is atomic, takes keywords, and wakes workers once it is committed. Doing the work is in `worker.py`.
"""

import platform
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

import evalsite
from evalsite.core.advisory_locks import advisory_lock
from evalsite.core.digests import json_digest
from evalsite.core.enqueue import SWEEP_S, enqueue_on_commit
from evalsite.core.errors import InputError, InputErrors
from evalsite.core.models import Team, User, only_team, record
from evalsite.core.reason_codes import sentence
from generation.access import team_key
from generation.backends.keys import configured_key
from generation.backends.spec import wrong_address
from generation.models import Brief, Job, Run, System
from generation.pipelines import SystemSpec, find_system, shipped_names
from generation.runs.addresses import addresses_of, backend_of, lane_of, needs_engine
from generation.runs.kinds import kind_of
from generation.runs.lanes import finish, open_jobs, recover
from generation.runs.requests import REFUSED_FOR_GOOD
from generation.runs.server_check import require_mixing
from generation.runs.spending import MILLION, Use, estimate, prices_of
from generation.services import store_system


def worth_trying(run: Run) -> QuerySet[Job]:
    return run.jobs.filter(state=Job.State.FAILED).exclude(_hopeless(run))


def counted(run: Run) -> tuple[int, int]:
    """How many of a run's failed jobs are worth trying again, and how many were refused for good."""
    failed = run.jobs.filter(state=Job.State.FAILED)
    hopeless = failed.filter(_hopeless(run)).count()
    return failed.count() - hopeless, hopeless


def _hopeless(run: Run) -> Q:
    return Q(error__code=REFUSED_FOR_GOOD) | kind_of(run).hopeless_jobs(run)


WORK = "generation.work_run"
WORK_ENGINE = "generation.work_engine"
"""The same on queue `gpu`, for runs whose models are loaded by the worker itself."""
MOST_ENGINES = 128
"""Workers with an engine that are woken at once for a run."""
BATCH = 2000
_DUE = Q(state=Job.State.WAITING) & (Q(not_before=None) | Q(not_before__lte=Now()))


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may use at most; None is no limit. `cost` is in the currency of the prices."""

    tokens: int | None = None
    cost: float | None = None

    @property
    def micro(self) -> int | None:
        return None if self.cost is None else round(self.cost * MILLION)

    def may_stop(self, most: Use) -> bool:
        """Whether a run that uses as much as this would meet one of them."""
        over_tokens = self.tokens is not None and most.tokens > self.tokens
        return over_tokens or (self.micro is not None and most.cost > self.micro)


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """A run and whether it is new."""

    run: Run
    created: bool


@transaction.atomic
def plan_run(
    *,
    specs: Sequence[SystemSpec],
    briefs: Sequence[Brief],
    samples: int = 1,
    seed: int = 1,
    base_url: str = "",
    by: User | None = None,
    wake: bool = True,
    limits: Limits = Limits(),
    prices: Mapping[str, Mapping[str, Sequence[float]]] | None = None,
    mix_adapters: bool = False,
    name: str = "",
    stored: Sequence[SystemSpec] = (),
    renew: bool = True,
    team: int | None = None,
) -> PlannedRun:
    """Freeze settings and make one job for each system, brief and sample; wake the workers on commit.

    `name` is for people; by default it consists of the systems and the date. `stored` are the specs without
    the keys that only this run uses, for the rows of the systems; by default `specs`. With `renew` a stored
    system takes over the name and address of its spec. `team` is the key of the team whose run it is, by
    default the team of its briefs.

    The same settings, prompts and briefs are the same run: it is found by its digest and goes on where it
    stopped. Raises `InputErrors` where a system has no prompt in the language of a brief, where a brief or a
    system belongs to another team, or where adapters are to be mixed at an address that has not passed the
    check for it.
    """
    team = require_one_team([(brief.slug, team_key(brief.series)) for brief in briefs], team)
    require_languages(specs, briefs)
    require_addresses(specs, base_url)
    require_bounded(specs, limits)
    settings = frozen_settings(specs=specs, briefs=briefs, samples=samples, seed=seed, base_url=base_url)
    known = json_digest(settings)
    advisory_lock(f"run {known}")  # Two who plan the same at once are to find one run.
    run = known_by(known, team).select_for_update(no_key=True).first()
    created = run is None
    if mix_adapters or (run is not None and run.mix_adapters):  # a check since then may have failed
        require_mixing(settings)
    if run is not None and mix_adapters and not run.mix_adapters:
        message = f"run {run.code} has these settings but doesn't mix adapters."
        raise InputErrors.single(run.code, message, "remove --mix-adapters, or use another --seed.")
    if run is None:
        prices = prices or prices_of(specs)
        run = Run.objects.create(
            team_id=team,
            name=name or default_name([spec.slug for spec in specs]),
            frozen_settings=settings,
            digest=known,
            created_by=by,
            prices=prices,
            estimate=estimate(specs, briefs, samples, prices).as_dict(),
            limit_tokens=limits.tokens,
            limit_cost=limits.micro,
            mix_adapters=mix_adapters,
            software={"evalsite": evalsite.__version__, "python": platform.python_version()},
        )
        systems = store_pipelines(stored or specs, renew=renew, team=team)
        jobs = _jobs(run, specs, briefs, samples, systems)
        while batch := list(islice(jobs, BATCH)):
            Job.objects.bulk_create(batch)
        record(
            who=by.get_username() if by else "console",
            verb="plan run",
            about=run.code,
            digest=known,
            jobs=len(specs) * len(briefs) * samples,
        )
    if wake:
        wake_workers(run)
    return PlannedRun(run, created)


def known_run(
    *,
    specs: Sequence[SystemSpec],
    briefs: Sequence[Brief],
    samples: int,
    seed: int,
    base_url: str,
    team: int,
) -> Run | None:
    """The team's run that these settings would find, in place of making a new one."""
    settings = frozen_settings(specs=specs, briefs=briefs, samples=samples, seed=seed, base_url=base_url)
    return known_by(json_digest(settings), team).first()


def known_by(digest: str, team: int) -> QuerySet[Run]:
    """A team's runs with a digest that can still be worked on, or are done."""
    return Run.objects.filter(digest=digest, team=team).exclude(state=Run.State.CANCELLED)


def require_one_team(rows: Iterable[tuple[str, int]], team: int | None) -> int:
    """The team of some rows (slug, key of its team), which is `team` where that is given.

    Raises `InputErrors` for rows of another team, which are no more than unknown to this one.
    """
    rows = list(rows)
    team = team if team is not None else rows[0][1] if rows else only_team()
    fix = sentence("use those of one team.")
    faults = [
        InputError(slug, 1, 1, sentence("nothing here has the slug %(slug)s.", slug=slug), fix)
        for slug, own in rows
        if own != team
    ]
    if faults:
        raise InputErrors(faults)
    return team


def require_languages(specs: Sequence[SystemSpec], briefs: Sequence[Brief]) -> None:
    """Refuse briefs in a language that a system has no prompts for."""
    faults = [
        InputError(
            spec.slug,
            1,
            1,
            f"this system can't write for {brief.slug}, because it has no prompts in {brief.language}.",
            fix,
        )
        for spec in specs
        for brief in briefs
        if brief.language not in spec.languages
        for fix in [f"remove the brief, or add prompts in {brief.language} and list it under languages."]
    ]
    if faults:
        raise InputErrors(faults)


def require_bounded(specs: Iterable[SystemSpec], limits: Limits) -> None:
    """Refuse limits for systems whose answers nothing bounds: what they use cannot be reserved."""
    if limits == Limits():
        return
    faults = [
        InputError(spec.slug, 1, 1, f"stage {stage.name} has no answer limit.", "set max_tokens.")
        for spec in specs
        for stage in spec.stages
        if stage.answer_tokens is None
    ]
    if faults:
        raise InputErrors(faults)


def require_addresses(specs: Sequence[SystemSpec], base_url: str = "") -> None:
    """Refuse addresses that can't be used, those that hold a key, and those that a system's key isn't for."""
    faults: dict[str, tuple[str, str]] = {}
    for spec in specs:
        for stage in spec.stages:
            backend, address = backend_of(spec, stage), addresses_of(spec, base_url)[stage.name]
            if backend.kind != "openai":
                continue
            if wrong := wrong_address(address):
                faults[address] = wrong
            elif backend.key and (key := configured_key(backend.key)) and not key.fits(address):
                message = f"the key {key.name} may only be sent to {', '.join(key.hosts)}, not to {address}."
                faults[address] = message, "choose another key or another address."
    if faults:
        raise InputErrors([InputError("the address", 1, 1, message, fix) for message, fix in faults.values()])


def _jobs(
    run: Run,
    specs: Sequence[SystemSpec],
    briefs: Sequence[Brief],
    samples: int,
    systems: Mapping[str, System],
) -> Iterator[Job]:
    """In the order in which they are asked: what shares a long beginning (a system's prompt, then a brief)
    comes together, so that a server's cache of prefixes meets it.
    """
    for spec in specs:
        first = spec.stages[0]
        lane = lane_of(run.frozen_settings, spec, first, mix=run.mix_adapters)
        for brief in briefs:
            for sample in range(1, samples + 1):
                yield Job(
                    run=run,
                    system=systems[spec.slug],
                    brief=brief,
                    sample=sample,
                    stage=first.name,
                    address=lane.address,
                    model=lane.model,
                )


def frozen_settings(
    *, specs: Sequence[SystemSpec], briefs: Sequence[Brief], samples: int, seed: int, base_url: str
) -> dict[str, Any]:
    """All that decides what a run asks for, as plain data: what is digested and stored with the run."""
    return {
        "systems": {spec.slug: spec.as_record() for spec in specs},
        "addresses": {spec.slug: addresses_of(spec, base_url) for spec in specs},
        "prompts": {key: value for spec in specs for key, value in sorted(spec.prompt_digests().items())},
        "briefs": {brief.slug: brief.digest for brief in briefs},
        "samples": samples,
        "seed": seed,
    }


def default_name(slugs: Sequence[str]) -> str:
    """The name of a run that got none: its systems and the date."""
    more = f" +{len(slugs) - 3}" if len(slugs) > 3 else ""
    return f"{', '.join(slugs[:3])[:95]}{more} · {timezone.localdate():%Y-%m-%d}"


@transaction.atomic
def rename_run(*, run: Run, name: str, by: str = "console") -> Run:
    """Give a run another name; an empty one becomes the default again."""
    run = Run.objects.select_for_update(no_key=True).get(pk=run.pk)
    before, run.name = run.name, name.strip() or default_name(list(run.frozen_settings.get("addresses", {})))
    if run.name != before:
        run.save(update_fields=["name"])
        record(who=by, verb="rename run", about=run.code, before=before, after=run.name)
    return run


def store_pipelines(
    specs: Sequence[SystemSpec], kind: str = System.Kind.PIPELINE, *, team: int | None, renew: bool = True
) -> dict[str, System]:
    """All or none, by slug: what ships is for all teams, the rest for `team` (a key), or for all where it is
    None.

    Raises `InputErrors` with every one that cannot be stored.
    """
    stored, faults = {}, list[InputError]()
    for spec in specs:
        try:
            stored[spec.slug] = store_system(
                slug=spec.slug, name=spec.name, kind=kind, spec=spec, renew=renew, team=_owner_of(spec, team)
            )
        except InputErrors as refused:
            faults += refused.errors
    if faults:
        raise InputErrors(faults)
    return stored


def _owner_of(spec: SystemSpec, team: int | None) -> int | None:
    """The team that a new system belongs to: none for a shipped one.

    Raises `InputErrors` where another pipeline would take the name of a shipped one from all other teams.
    """
    if spec.slug not in shipped_names():
        return team
    shipped = find_system(spec.slug)
    if shipped.stages == spec.stages or Team.objects.count() < 2:
        return None
    fix = sentence("use another slug.")
    raise InputErrors.single(
        spec.slug, sentence("the slug %(slug)s is that of an included system.", slug=spec.slug), fix
    )


@transaction.atomic
def change_run(*, run: Run, state: str, by: str = "console") -> Run:
    """Pause, go on or cancel. A run that is done or cancelled stays so; jobs under way end and are stored."""
    run = Run.objects.select_for_update(no_key=True).get(pk=run.pk)
    if run.state in (Run.State.DONE, Run.State.CANCELLED) or state not in ("active", "paused", "cancelled"):
        message = f"run {run.code} is {run.state} and can't become {state}."
        raise InputErrors.single(run.code, message, "start another run.")
    if state == Run.State.ACTIVE and run.mix_adapters:
        require_mixing(run.frozen_settings)
    if run.state != state:
        run.state, run.pause_reason = state, ""
        run.save(update_fields=["state", "pause_reason"])
        record(who=by, verb=f"run {state}", about=run.code)
        if state == Run.State.ACTIVE:
            wake_workers(run)
    return run


@transaction.atomic
def set_limits(*, run: Run, limits: Limits, by: str = "console") -> Run:
    """Give a run other limits; one that had paused at its limit goes on.

    Raises `InputErrors` where it has ended, or would go on mixing adapters that its server may not mix any
    more.
    """
    run = Run.objects.select_for_update(no_key=True).get(pk=run.pk)
    if run.state in (Run.State.DONE, Run.State.CANCELLED):
        message = f"run {run.code} is {run.state}, so its limits can't change."
        raise InputErrors.single(run.code, message, "start another run.")
    systems = run.frozen_settings["systems"].values()
    require_bounded([SystemSpec.from_record(each) for each in systems], limits)
    if (limits.tokens is not None and limits.tokens < 1) or (limits.cost is not None and limits.cost < 0):
        message = "a limit must be at least 1 token, and costs at least 0."
        raise InputErrors.single(run.code, message, "raise it, or cancel the run.")
    run.limit_tokens, run.limit_cost = limits.tokens, limits.micro
    if run.paused_at_limit:
        if run.mix_adapters:
            require_mixing(run.frozen_settings)
        run.state, run.pause_reason = Run.State.ACTIVE, ""
        wake_workers(run)
    run.save(update_fields=["limit_tokens", "limit_cost", "state", "pause_reason"])
    record(who=by, verb="set limits", about=run.code, tokens=limits.tokens, cost=limits.cost)
    return run


@transaction.atomic
def retry_failed(*, run: Run, by: str = "console") -> int:
    """Let failed jobs try again, and say how many: those that it can help (`generation.runs.services`)."""
    run = Run.objects.select_for_update(no_key=True).get(pk=run.pk)
    if run.state == Run.State.CANCELLED:
        raise InputErrors.single(run.code, f"run {run.code} is cancelled.", "start another run.")
    if run.state == Run.State.DONE and run.mix_adapters:
        require_mixing(run.frozen_settings)
    again = {"not_before": None, "error": "", "tries": 0, "done_at": None}
    keys = list(worth_trying(run).values_list("pk", flat=True))
    blocked = set(run.jobs.filter(kind_of(run).blocked_jobs(), pk__in=keys).values_list("pk", flat=True))
    count = run.jobs.filter(pk__in=blocked).update(state=Job.State.BLOCKED, **again)
    others = run.jobs.filter(pk__in=set(keys) - blocked)
    count += others.update(state=Job.State.WAITING, **again)
    if count:
        Run.objects.filter(pk=run.pk, state=Run.State.DONE).update(state=Run.State.ACTIVE, ended_at=None)
        record(who=by, verb="retry failed jobs", about=run.code, jobs=count)
        wake_workers(run)
    return count


@transaction.atomic
def note_software(run: Run, by_address: Mapping[str, Mapping[str, str]]) -> None:
    """Keep with a run which versions it meets, every one that it met: a server may be renewed on the way."""
    met: dict[str, Any] = {"openai": metadata.version("openai")}
    met |= {address: told["version"] for address, told in by_address.items() if told.get("version")}
    locked = Run.objects.select_for_update(no_key=True).get(pk=run.pk)
    software = dict(locked.software)
    for name, version in met.items():
        known = software.get(name, [])
        known = [known] if isinstance(known, str) else known
        software[name] = known if version in known else [*known, version]
    if software != locked.software:
        locked.software = software
        locked.save(update_fields=["software"])


def wake_worker(run: Run) -> None:
    """Wake one worker for a run on commit: one with a local engine, where the run needs it."""
    enqueue_on_commit(_task_for(run), run.code)


def wake_workers(run: Run) -> None:
    """Wake a worker for a run on commit, or all free workers where each has a local engine."""
    wake_worker(run)
    _wake_free_engines(run, run.jobs.filter(_DUE).count() - 1)


def _task_for(run: Run) -> str:
    return WORK_ENGINE if needs_engine(run.frozen_settings) else WORK


def _wake_free_engines(run: Run, most: int) -> None:
    """Wake up to `most` workers that have an engine. A call that no free worker takes at once expires."""
    if needs_engine(run.frozen_settings):
        for _ in range(min(most, MOST_ENGINES)):
            enqueue_on_commit(WORK_ENGINE, run.code, expires=SWEEP_S)


def wake_waiting() -> int:
    """Wake workers for runs with work that waits or whose lease ran out, and say for how many jobs.

    A run that is paused or cancelled gets no worker: leases of a lost one end here. Nor does
    one of which all jobs ended: the worker of the last was lost before it could end the run.
    """
    lost = Q(state=Job.State.CLAIMED, leased_until__lt=Now())
    left = Job.objects.filter(lost).exclude(run__state=Run.State.ACTIVE).values("run")
    for run in Run.objects.filter(pk__in=left):
        recover(run)
    for run in Run.objects.filter(~Exists(open_jobs(OuterRef("pk"))), state=Run.State.ACTIVE):
        finish(run)
    blocked = Q(state=Job.State.BLOCKED)  # The next worker unblocks them.
    jobs = Counter(
        Job.objects.filter(_DUE | lost | blocked, run__state=Run.State.ACTIVE).values_list("run", flat=True)
    )
    with transaction.atomic():
        for run in Run.objects.filter(pk__in=jobs).order_by("code"):
            enqueue_on_commit(_task_for(run), run.code, expires=SWEEP_S)
            _wake_free_engines(run, jobs[run.pk] - 1)
    return jobs.total()
