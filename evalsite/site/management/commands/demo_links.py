"""`manage.py demo_links`: the ways into the demonstration. Staff links are new each time and sign in once."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from annotations.models import Study
from evalsite.site.demo import staff_links
from evalsite.site.demo_links import demo_links


class Command(BaseCommand):
    help = "Print the links of the demonstration as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", default=settings.PUBLIC_URL, help="Address of the site.")
        parser.add_argument("--json", action="store_true", help="Output format.")

    def handle(self, *args: Any, **options: Any) -> None:
        url = options["url"].rstrip("/")
        try:
            links = demo_links(url)
        except Study.DoesNotExist:
            # A site without the demonstration.
            links = {"staff": staff_links(url), "raters": {}, "reports": []}
        self.stdout.write(json.dumps(links, ensure_ascii=False, indent=1))
