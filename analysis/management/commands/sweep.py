"""`manage.py sweep`, every half minute: what a lost message or a killed process left, and old sessions."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.core.management.base import BaseCommand

from analysis import reports
from annotations import services
from generation.datasets import asked, auto_filter
from generation.runs import services as generation_services
from generation.script_metrics import measuring


class Command(BaseCommand):
    help = "Expire leases that ran out, drop old sessions, and wake workers for all that still waits."

    def handle(self, *args: Any, **options: Any) -> None:
        expired = services.sweep()
        woken = generation_services.wake_waiting()
        measuring.wake_if_waiting()
        auto_filter.wake_filters()
        asked.wake_builds()
        sent = reports.sweep()
        SessionStore.clear_expired()
        if options["verbosity"] > 0 and (expired or woken or sent):
            self.stdout.write(f"{expired} leases expired; {woken} jobs and {sent} reports woken.")
