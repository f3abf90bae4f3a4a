"""The steps of the study. Each looks at what is stored, so that it may be begun again at any moment.

The console has a line for each step, with a count that comes from the database while it goes on.
"""

import contextlib
import io
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import close_old_connections, connection
from django.db.models import Q
from rich.console import Console

from analysis.models import Report
from analysis.reports import services as reports
from annotations import freezing
from annotations.blinding import unblinding
from annotations.models import Assignment, LeakFinding, Rater, Slot, Study
from annotations.simulation import Qualities, SimulationOrder, simulate
from annotations.simulation.enrolment import free_seats
from annotations.staff.studies import study_states
from annotations.staff.studies.loading import load_study_text
from evalsite.core.console import REFUSED, SERVICE_MISSING
from evalsite.core.errors import InputErrors
from evalsite.site.demo import STAFF, ensure_staff
from evalsite.site.paper_study.plan import PaperPlan, read_plan
from evalsite.site.paper_study.report import write_report
from generation.backends.server import FakeServer
from generation.models import Job, Run, Script
from generation.pipelines import SystemSpec, find_system
from generation.runs.addresses import addresses_of
from generation.training_data.corpus.services import import_folder
from generation.training_data.models import Scene
from generation.training_data.synthesis.briefs import slug_of
from generation.training_data.synthesis.recipe import find_recipe

SECONDS = {True: 0.5, False: 10.0}
"""Between two counts, on a terminal and elsewhere."""


class Steps:
    def __init__(self, total: int) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._total = total
        self._number = 0
        self._begin = time.monotonic()

    @contextlib.contextmanager
    def step(self, text: str, count: Callable[[], tuple[int, int]] | None = None) -> Iterator[None]:
        """Show a step while it goes on; `count` gives how many are done, and of how many."""
        self._number += 1
        title = f"[{self._number}/{self._total}] {text}"
        begin = time.monotonic()
        ended = threading.Event()
        with contextlib.ExitStack() as stack:
            status = None
            if self._console.is_terminal:
                status = stack.enter_context(self._console.status(title))
            else:
                self.line(f"{title} ...")

            def watch() -> None:
                while not ended.wait(SECONDS[self._console.is_terminal]):
                    close_old_connections()
                    shown = f"{title}: {_counted(count)} ({time.monotonic() - begin:.0f} s)"
                    if status is not None:
                        status.update(shown)
                    else:
                        self.line(shown)
                connection.close()

            watcher = threading.Thread(target=watch, daemon=True) if count is not None else None
            if watcher is not None:
                watcher.start()
            try:
                yield
            finally:
                ended.set()
                if watcher is not None:
                    watcher.join()
        done = f"{_counted(count)}, " if count is not None else ""
        now = time.monotonic()
        self.line(f"{title}: {done}{now - begin:.1f} s ({now - self._begin:.0f} s in all)")

    def line(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._console.print(text, markup=False)


def _counted(count: Callable[[], tuple[int, int]] | None) -> str:
    done, total = count() if count is not None else (0, 0)
    return f"{done} of {total}"


State = Study.State
SIMULATED, NONE = "simulated", "none"
STEPS = {SIMULATED: 8, NONE: 4}
NO_PRICES = {"price_in": 0.0, "price_out": 0.0}
CANNED_CONTEXT = 200_000
"""In tokens: the canned server stands in for models that think at length."""
NEXT = """
Both studies are frozen, and no one has judged yet. Next steps:
  1. Start the site: EVALSITE_VAR={var} make run ARGS=--no-demo
  2. On the site, under Studies: check both studies, open them and invite raters. No rater should be in both.
  3. Close and unblind both studies on the site. Then run this command again to write the tables of the paper.
To change a study (consent, seats), turn it back into a draft first: manage.py freeze_study SLUG --undo."""
FINDINGS = """
Some texts could reveal who wrote them. Review them on the site, then run this command again:
  EVALSITE_VAR={var} make run ARGS=--no-demo"""


@dataclass(frozen=True, kw_only=True)
class Options:
    """`canned`: a stand-in server at `port` writes the scripts. Otherwise all systems ask at `base_url`, or
    each at its own address where that is empty. Of each series the first `scenes` are used, 0 for all."""

    folder: Path
    out: Path
    base_url: str = ""
    port: int = 8790
    raters: str = SIMULATED
    scenes: int = 0
    canned: bool = True
    retry_failed: bool = False
    server_moved: bool = False


class PaperStudy:
    """Use `run()`. Raises `InputErrors` and CommandError with what has to be done first."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.plan: PaperPlan = read_plan(options.folder / "plan.yaml")
        self.steps = Steps(STEPS[options.raters])

    def run(self) -> None:
        corpus = self.options.folder / self.plan.corpus
        with self.steps.step("Reading the corpus"):
            self.works = list(import_folder(corpus).slugs)
        with self._models() as base_url:
            self._refuse_other_models(base_url)
            with self.steps.step("Reconstructing briefs from its scenes", self._count_briefs):
                self._make_briefs(corpus, base_url)
            with self.steps.step("Writing scripts", self._count_scripts):
                self._write_scripts(base_url)
        with self.steps.step("Freezing the two studies"):
            studies = self._freeze_both()
        if self.options.raters == SIMULATED:
            for study, text in zip(studies, ("one script at a time", "pairs"), strict=True):
                with self.steps.step(f"Simulated raters judge: {text}", partial(_judged, study)):
                    self._judge(study)
        elif any(study.state != State.UNBLINDED for study in studies):
            self.steps.line(NEXT.format(var=settings.VAR_DIR))
            return
        with self.steps.step("Unblinding, and computing the two reports"):
            self._unblind(studies)
        with self.steps.step("Writing the tables of the paper"):
            single, pairs = studies
            write_report(self.plan, single, pairs, self.options.out, canned=self.options.canned)
        self.steps.line(f"Report: {self.options.out / 'report.html'} (also report.md, and .zh for Chinese)")
        if self.options.canned:
            self.steps.line("The scripts are samples from a stand-in server; no model wrote them.")
        if self.options.raters == SIMULATED:
            self.steps.line("All raters are simulated with invented parameters; no human judged.")

    # Briefs and scripts

    @contextlib.contextmanager
    def _models(self) -> Iterator[str]:
        """Where the models answer: the canned server runs in this process."""
        if not self.options.canned:
            yield self.options.base_url
            return
        asked = [stage for spec in self._specs for stage in spec.stages]
        names = dict.fromkeys(name for stage in asked for name in (stage.model, stage.adapter) if name)
        for spec in self._specs:
            for backend in (spec.backend, *(stage.backend for stage in spec.stages)):
                if backend is not None and backend.key_env:
                    os.environ.setdefault(backend.key_env, "none")  # the canned server wants no key
        try:
            server = FakeServer(
                port=self.options.port, models=tuple(names), keep=False, context=CANNED_CONTEXT
            )
        except OSError as error:
            message = (
                f"error: port {self.options.port} of the sample model server is unavailable "
                f"({error.strerror}). Fix: choose another --port."
            )
            raise CommandError(message, returncode=SERVICE_MISSING) from None
        with server:
            yield server.url

    @cached_property
    def briefs(self) -> list[str]:
        """The slugs of the briefs that are used: of the first scenes of each work."""
        scenes = Scene.objects.filter(work__slug__in=self.works).select_related("work")
        most = self.options.scenes or 10_000
        ordered = scenes.order_by("work__series__slug", "number")
        return [slug_of(scene) for scene in ordered if scene.number <= most]

    def _count_briefs(self) -> tuple[int, int]:
        jobs = Job.objects.filter(run__kind=Run.Kind.SYNTHESIZE, source__scene__work__slug__in=self.works)
        scenes = Scene.objects.filter(work__slug__in=self.works)
        return jobs.filter(state=Job.State.DONE).count(), scenes.count()

    def _make_briefs(self, corpus: Path, base_url: str) -> None:
        slugs = [
            slug_of(scene) for scene in Scene.objects.filter(work__slug__in=self.works).select_related("work")
        ]
        human = Script.objects.filter(brief__slug__in=slugs, system__slug=self.plan.tables.human)
        if human.values("brief").distinct().count() == len(slugs):
            return
        writers = [f"{series}={code}" for series, code in self.plan.writers.items()]
        self._command(
            "make_briefs",
            corpus,
            base_url=base_url,
            writer=writers,
            system=self.plan.tables.human,
            recipe=self._path(self.plan.recipe),
        )

    def _pairs(self) -> set[tuple[str, str]]:
        """Briefs and systems that have a script."""
        found = Script.objects.filter(brief__slug__in=self.briefs, system__slug__in=self._slugs)
        return set(found.values_list("brief__slug", "system__slug"))

    @cached_property
    def _slugs(self) -> list[str]:
        return [find_system(self._path(name)).slug for name in self.plan.systems]

    @cached_property
    def _specs(self) -> list[SystemSpec]:
        """All that asks a model: the recipe of the briefs, and the systems."""
        recipe = find_recipe(self._path(self.plan.recipe)).for_briefs()
        return [*recipe.specs, *(find_system(self._path(name)) for name in self.plan.systems)]

    def _count_scripts(self) -> tuple[int, int]:
        return len(self._pairs()), len(self.briefs) * len(self._slugs)

    def _write_scripts(self, base_url: str) -> None:
        done, wanted = self._count_scripts()
        if done < wanted:
            systems = [self._path(name) for name in self.plan.systems]
            self._command("generate", system=systems, brief=self.briefs, base_url=base_url)

    def _refuse_other_models(self, base_url: str) -> None:
        """Raises CommandError where briefs or scripts are stored that another server wrote: canned ones, say,
        where real models are asked now."""
        if self.options.server_moved:
            return
        own = Q(source__scene__work__slug__in=self.works) | Q(
            brief__slug__in=self.briefs, system__slug__in=self._slugs
        )
        done = Job.objects.filter(own, state=Job.State.DONE).order_by()
        known = set(done.values_list("address", flat=True).distinct())
        asked = {address for spec in self._specs for address in addresses_of(spec, base_url).values()}
        if other := sorted(known - asked):
            message = (
                f"error: texts in this folder were written at {other[0]}, and now {min(asked)} is asked. "
                "Fix: take another folder (--var), or, if the same models have moved, add --server-moved."
            )
            raise CommandError(message, returncode=REFUSED)

    def _path(self, name: str) -> str:
        """A shipped name as it is, or the path of a file beside the plan."""
        return str(self.options.folder / name) if name.endswith((".yaml", ".yml")) else name

    def _command(self, name: str, *arguments: Any, **options: Any) -> None:
        """Run a command about a run of generation; what it prints is shown only where it fails."""
        said = io.StringIO()
        try:
            call_command(
                name,
                *arguments,
                **options,
                seed=self.plan.seed,
                **(NO_PRICES if self.options.canned else {}),
                retry_failed=self.options.retry_failed,
                go_on=True,
                stdout=said,
                stderr=said,
            )
        except CommandError as error:
            lines = [line for line in said.getvalue().splitlines() if ": failed: " in line or "error" in line]
            fix = "Fix: give the same command with --retry-failed." if lines else ""
            raise CommandError("\n".join([*lines, f"{error} {fix}"]), returncode=error.returncode) from None

    # Studies

    def _freeze_both(self) -> list[Study]:
        try:
            return [self._freeze(name) for name in (self.plan.single, self.plan.pairs)]
        except InputErrors:
            if LeakFinding.objects.filter(cleared_at__isnull=True).exists():
                self.steps.line(FINDINGS.format(var=settings.VAR_DIR))
            raise

    def _freeze(self, name: str) -> Study:
        """Load, freeze and (with simulated raters) open a study, as far as that was not done before."""
        path = self.options.folder / name
        value = yaml.safe_load(path.read_text(encoding="utf-8"))
        if self.options.scenes:
            value["briefs"] = self.briefs
        if self.options.raters == SIMULATED:
            value["raters"] = SIMULATED
        text = yaml.safe_dump(value, allow_unicode=True, sort_keys=False)
        study = load_study_text(text, str(path), by="console").study
        if study.state == State.DRAFT:
            study = freezing.freeze(study=study, by="console")
        if study.state == State.FROZEN and self.options.raters == SIMULATED:
            study_states.transition(study=study, verb="open", by="console")
            study.refresh_from_db()
        return study

    def _judge(self, study: Study) -> None:
        if study.state != State.OPEN:
            return
        if study.raters.exclude(kind=Rater.Kind.SIMULATED).exists():
            raise CommandError(f"error: people judge study {study.slug}.", returncode=REFUSED)
        systems = [system["slug"] for system in study.spec["systems"]]
        qualities = Qualities({slug: self.plan.qualities[slug] for slug in systems}, {}, ())
        simulate(
            SimulationOrder(
                study=study,
                raters=free_seats(study).count(),
                seed=self.plan.seed,
                url="",
                qualities=qualities,
                resume=True,
                direct=max(2, min(8, os.cpu_count() or 2)),
            )
        )
        study_states.transition(study=study, verb="close", by="console")
        study.refresh_from_db()

    def _unblind(self, studies: list[Study]) -> None:
        first, second = (ensure_staff(name, role) for name, role in STAFF)
        for study in studies:
            if study.state == State.CLOSED:
                unblinding.unblind_from_console(study=study, by=first, other=second)
                study.refresh_from_db()
            reports.ensure_final(study.slug)
            # What a killed run left half done is computed again.
            study.reports.filter(state=Report.State.RUNNING).update(state=Report.State.WAITING)
            for report in study.reports.filter(state=Report.State.WAITING):
                reports.build(report.code)
            failed = study.reports.filter(state=Report.State.FAILED).last()
            if failed is not None and not study.reports.filter(state=Report.State.DONE).exists():
                raise CommandError(f"error: the report of {study.slug}: {failed.reason}", returncode=REFUSED)


def _judged(study: Study) -> tuple[int, int]:
    submitted = Assignment.objects.filter(rater__study=study, state=Assignment.State.SUBMITTED)
    return submitted.count(), Slot.objects.filter(seat__study=study).count()
