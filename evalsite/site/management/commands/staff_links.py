"""`manage.py staff_links`: accounts for a site that has none, and a link for each of them, as JSON.

A command of its own, as it loads almost nothing: a start without the demonstration waits for it.
"""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from evalsite.core.models import User
from evalsite.site.demo import STAFF, ensure_staff, staff_links


class Command(BaseCommand):
    requires_system_checks: list[str] = []
    help = "Create two accounts if there are no staff, and print their links."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", default=settings.PUBLIC_URL, help="Address of the site.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not User.objects.filter(is_staff=True).exists():
            for name, role in STAFF:
                ensure_staff(name, role)
        self.stdout.write(json.dumps({"staff": staff_links(options["url"].rstrip("/"))}))
