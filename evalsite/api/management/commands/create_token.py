"""`manage.py create_token NAME --scope SCOPE ... [--days N] [--team SLUG]`: a token for programs."""

from typing import Any

from django.core.management.base import CommandParser

from evalsite.api import tokens
from evalsite.api.scopes import SCOPES
from evalsite.core.console import PlainCommand
from evalsite.core.errors import OperationError
from evalsite.core.models import Team, User
from evalsite.core.teams import team_for_command


class Command(PlainCommand):
    help = "Create an API token for a person and print it once. Header: Authorization: Bearer TOKEN."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the person's username")
        parser.add_argument(
            "--scope",
            action="extend",
            nargs="+",
            default=[],
            metavar="SCOPE",
            help=f"what the token may do: {', '.join(SCOPES)}",
        )
        parser.add_argument(
            "--days",
            type=int,
            default=tokens.DEFAULT_DAYS,
            help="days until it expires (default %(default)s)",
        )
        parser.add_argument("--team", metavar="SLUG", help="the team, on a site with several")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.filter(username=options["name"]).first()
        if person is None:
            raise OperationError(f"there is no account {options['name']}. Fix: check the username.")
        try:
            team = Team.objects.get(pk=team_for_command(options["team"]))
        except LookupError as error:
            raise OperationError(str(error)) from None
        _token, secret = tokens.create_token(
            user=person,
            team=team,
            name="create_token",
            scopes=options["scope"],
            days=options["days"],
            by="console",
        )
        self.stdout.write(secret)
