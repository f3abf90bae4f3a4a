"""`manage.py load_demo`: the demonstration studies: one finished and unblinded, three open for judging.

Each step looks at the study's state first, so a run that was cut off is taken up where it stopped.
"""

import json
import time
import urllib.error
import urllib.request
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from msgspec.structs import replace

from analysis.models import Report
from analysis.reports import services as reports
from annotations import freezing
from annotations.blinding import unblinding
from annotations.models import Study
from annotations.simulation.enrolment import free_seats
from annotations.spec.values import UnblinderSpec, from_json
from annotations.staff.studies import study_states
from annotations.staff.studies.loading import store_spec
from evalsite.core.views import note_demo_progress
from evalsite.site.demo import (
    DESK,
    EXAMPLES,
    FINISHED,
    FINISHED_NONCE,
    OPEN,
    QUALITIES,
    SEED,
    STAFF,
    ensure_staff,
)
from evalsite.site.demo_links import demo_links

State = Study.State
REPORT_SECONDS = 120
STEPS = 4 + len(DESK)


class Command(BaseCommand):
    help = "Load the demo studies. Existing ones are not changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", default=settings.PUBLIC_URL, help="Address of the site.")
        parser.add_argument("--wait", type=float, default=0, metavar="S", help="Wait for the site to start.")
        parser.add_argument("--links", action="store_true", help="Print only the output of demo_links.")

    def handle(self, *args: Any, **options: Any) -> None:
        self.said = self.stderr if options["links"] else self.stdout
        staff = [ensure_staff(name, role) for name, role in STAFF]
        note_demo_progress(0, STEPS)
        # First, because the others seal the same scripts.
        study = self._open(FINISHED)
        note_demo_progress(1, STEPS)
        if study.state == State.OPEN:
            _wait_for(options["url"], options["wait"])
            self._fill(study, options["url"])
            study_states.transition(study=study, verb="close", by="console")
            study.refresh_from_db()
        note_demo_progress(2, STEPS)
        if study.state == State.CLOSED:
            unblinding.unblind_from_console(study=study, by=staff[0], other=staff[1])
        _report(study)
        for step, slug in enumerate((OPEN, *DESK), start=3):
            note_demo_progress(step, STEPS)
            self._open(slug)
        if options["links"]:
            self.stdout.write(json.dumps(demo_links(options["url"].rstrip("/")), ensure_ascii=False))

    def _fill(self, study: Study, url: str) -> None:
        """Simulated raters on every free seat, beside those whom a run that was cut off has left."""
        call_command(
            "simulate_raters",
            study.slug,
            raters=free_seats(study).count(),
            seed=SEED,
            url=url,
            qualities=QUALITIES,
            resume=True,
            stdout=self.said,
            stderr=self.stderr,
        )

    def _open(self, slug: str) -> Study:
        if not Study.objects.filter(slug=slug).exclude(state=State.DRAFT).exists():
            call_command("load_study", EXAMPLES / f"{slug}.yaml", stdout=self.said)
        study = Study.objects.get(slug=slug)
        if study.state == State.DRAFT:
            # Not in the files, so that they can be loaded where these people have no account.
            named = tuple(UnblinderSpec(name=name) for name, _role in STAFF)
            study = store_spec(study, replace(from_json(study.spec), unblinders=named))
            nonce = FINISHED_NONCE if slug == FINISHED else None
            freezing.freeze(study=study, by="console", nonce=nonce)
            study.refresh_from_db()
        if study.state == State.FROZEN:
            study_states.transition(study=study, verb="open", by="console")
            study.refresh_from_db()
        return study


def _wait_for(url: str, seconds: float) -> None:
    """Until the site answers, or the time is over: whoever asks it next says what is wrong."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{url.rstrip('/')}/healthz", timeout=2).close()  # noqa: S310
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return


def _report(study: Study) -> None:
    """Build the report here and now, or wait for the worker that was quicker: it is to be there from the
    first minute. What a killed worker left is sent again by the sweep."""
    reports.ensure_final(study.slug)
    deadline = time.monotonic() + REPORT_SECONDS
    while time.monotonic() < deadline:
        for report in study.reports.filter(state=Report.State.WAITING):
            reports.build(report.code)
        if not study.reports.filter(state__in=[Report.State.WAITING, Report.State.RUNNING]).exists():
            return
        time.sleep(0.1)
