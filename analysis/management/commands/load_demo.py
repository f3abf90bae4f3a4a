"""`manage.py load_demo`: the two demonstration studies, one open for judging, one finished and unblinded.

Each step looks at the study's state first, so a run that was cut off is taken up where it stopped.
"""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from analysis import reports
from annotations import freezing, services, unblinding
from annotations.models import Rater, Study
from evalsite.core.models import User

OPEN, FINISHED = "demo", "demo-finished"
STAFF = (("mara", User.Role.ADMIN), ("jonas", User.Role.RESEARCHER))
SEED = 2025
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
            missing = study.seats.count() - study.raters.filter(kind=Rater.Kind.SIMULATED).count()
            unfinished = study.raters.filter(finished_at__isnull=True).exists()
            if missing or unfinished:
                call_command("simulate_raters", FINISHED, raters=missing, seed=SEED, url=options["url"])
            services.transition(study=study, verb="close", by="console")
            study.refresh_from_db()
        if study.state == State.CLOSED:
            unblinding.unblind_from_console(study=study, by=staff[0], other=staff[1])
        reports.ensure_final(FINISHED)

    def _open(self, slug: str) -> Study:
        if not Study.objects.filter(slug=slug).exclude(state=State.DRAFT).exists():
            call_command("load_study", settings.BASE_DIR / "examples" / f"{slug}.yaml")
        study = Study.objects.get(slug=slug)
        if study.state == State.DRAFT:
            freezing.freeze(study=study, by="console")
            study.refresh_from_db()
        if study.state == State.FROZEN:
            services.transition(study=study, verb="open", by="console")
            study.refresh_from_db()
        return study


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
