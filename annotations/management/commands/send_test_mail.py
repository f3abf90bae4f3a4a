"""`manage.py send_test_mail ADDRESS`: find out whether the site can send mail."""

import smtplib
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.core.validators import validate_email

from annotations.mailing import outbox
from evalsite.core.console import REFUSED, SERVICE_MISSING, WRONG_USAGE, PlainCommand


class Command(PlainCommand):
    help = "Send a test message with the site's mail settings, and say what the mail server answers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", help="where the message goes")

    def handle(self, *, address: str, **options: Any) -> None:
        try:
            validate_email(address)
        except ValidationError:
            raise CommandError(
                f"error: {address!r} is no mail address. Fix: give one such as name@example.org.",
                returncode=WRONG_USAGE,
            ) from None
        if not outbox.is_configured():
            raise CommandError(
                "error: EMAIL_HOST is not set, so the site sends no mail. "
                "Fix: set it, and the other EMAIL_ names in .env.example.",
                returncode=REFUSED,
            )
        try:
            outbox.send_test(address)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise CommandError(
                f"error: the mail server did not take the message: {error}. Fix: check the EMAIL_ settings.",
                returncode=SERVICE_MISSING,
            ) from None
        self.stdout.write(f"The mail server took the message for {address}.")
