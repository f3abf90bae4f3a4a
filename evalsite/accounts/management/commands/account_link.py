"""`manage.py account_link NAME`: a one-time link for a person who can't sign in."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import CommandParser
from django.db import transaction

from evalsite.accounts import links
from evalsite.core.account_events import record_account_event
from evalsite.core.console import PlainCommand
from evalsite.core.errors import OperationError
from evalsite.core.models import User


class Command(PlainCommand):
    help = "Print a one-time link with which a person chooses a new password. It expires after 3 days."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="Username.")
        parser.add_argument(
            "--remove-second-factor",
            action="store_true",
            help="Also remove authenticator app, passkeys and recovery codes.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.filter(username=options["name"]).first()
        if person is None:
            raise OperationError(f"there is no account {options['name']}. Fix: check the username.")
        if not person.is_active:
            raise OperationError(
                f"the account {person.username} is deactivated. Fix: reactivate it on the page People."
            )
        with transaction.atomic():
            if options["remove_second_factor"]:
                Authenticator.objects.filter(user=person).delete()
            person.note_access_changed_by_other()
            record_account_event("make account link", person.pk)
        self.stdout.write(links.password_link(person, links.BY_COLLEAGUE))
