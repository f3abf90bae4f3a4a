"""`manage.py sweep`: what a lost message or a killed process left lying; run every half minute."""

from typing import Any

from django.core.management.base import BaseCommand

from analysis import reports
from annotations import services


class Command(BaseCommand):
    help = "Expire leases that ran out, and wake workers for all that still waits."

    def handle(self, *args: Any, **options: Any) -> None:
        expired = services.sweep()
        reports.sweep()
        if options["verbosity"] > 1:
            self.stdout.write(f"{expired} leases expired")
