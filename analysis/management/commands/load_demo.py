"""`manage.py load_demo`: the two demonstration studies, one open for judging, one finished and unblinded.

Each step looks at the study's state first, so a run that was cut off is taken up where it stopped.
"""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from analysis import reports
from analysis.demo import EXAMPLES, FINISHED, OPEN, QUALITIES, SEED, STAFF
from analysis.models import Report
from annotations import freezing, services, unblinding
from annotations.models import Study
from annotations.simulation.enrolment import free_seats
from evalsite.core.models import User

State = Study.State


class Command(BaseCommand):
    help = "Load the demonstration studies; what is there already is left as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", default=settings.PUBLIC_URL, help="Where the site answers.")

    def handle(self, *args: Any, **options: Any) -> None:
        staff = [_staff(name, role) for name, role in STAFF]
        self._open(OPEN)
        study = self._open(FINISHED)
        if study.state == State.OPEN:
            self._fill(study, options["url"])
            services.transition(study=study, verb="close", by="console")
            study.refresh_from_db()
        if study.state == State.CLOSED:
            unblinding.unblind_from_console(study=study, by=staff[0], other=staff[1])
        _report(study)

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
            stdout=self.stdout,
            stderr=self.stderr,
        )

    def _open(self, slug: str) -> Study:
        if not Study.objects.filter(slug=slug).exclude(state=State.DRAFT).exists():
            call_command("load_study", EXAMPLES / f"{slug}.yaml", stdout=self.stdout)
        study = Study.objects.get(slug=slug)
        if study.state == State.DRAFT:
            freezing.freeze(study=study, by="console")
            study.refresh_from_db()
        if study.state == State.FROZEN:
            services.transition(study=study, verb="open", by="console")
            study.refresh_from_db()
        return study


def _report(study: Study) -> None:
    """Build the report here and now: it is to be there from the first minute, worker or not."""
    reports.ensure_final(study.slug)
    for report in study.reports.filter(state=Report.State.WAITING):
        reports.build(report.code)


def _staff(name: str, role: str) -> User:
    """A member of the staff who signs in by a link alone."""
    user, created = User.objects.get_or_create(
        username=name,
        defaults={"role": role, "is_staff": True, "is_superuser": role == User.Role.ADMIN},
    )
    if created:
        user.set_unusable_password()
        user.save()
    return user
