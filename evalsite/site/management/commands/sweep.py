"""`manage.py sweep`: clean up after lost messages, killed processes and expired leases and sessions.

Celery beat runs it every half minute.
"""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.core.management.base import BaseCommand

from analysis.reports import services as reports
from annotations.blinding import judgment_digests
from annotations.desk import services
from annotations.freezing import jobs as freeze_jobs
from annotations.mailing import contacts, link_requests, notices, outbox
from annotations.staff.studies.inactivity import notify_of_full_studies, notify_of_inactive_studies
from evalsite.core import account_events, timestamps
from evalsite.webhooks import outbox as webhooks
from generation.runs import services as generation_services
from generation.script_metrics import measuring
from generation.training_data.datasets import build_requests, filtering


class Command(BaseCommand):
    help = "Expire old leases, erase old sessions and contact data, and enqueue waiting work."

    def handle(self, *args: Any, **options: Any) -> None:
        expired = services.expire_leases()
        woken = generation_services.wake_waiting()
        measuring.wake_if_waiting()
        filtering.wake_filters()
        build_requests.wake_builds()
        freeze_jobs.requeue_stale()
        sent = reports.requeue_stale()
        notify_of_inactive_studies()
        notify_of_full_studies()
        notices.queue_notices()
        outbox.wake()
        webhooks.wake()
        contacts.erase_expired()
        link_requests.forget_requests()
        SessionStore.clear_expired()
        account_events.record_failed_sign_ins()
        judgment_digests.add_due_digests()
        timestamps.stamp_if_due()
        if options["verbosity"] > 0 and (expired or woken or sent):
            self.stdout.write(f"{expired} leases expired; {woken} jobs and {sent} reports woken.")
