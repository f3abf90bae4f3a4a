"""`manage.py erase_expired`: erase personal data whose time is over, as the settings RETENTION_DAYS_* say."""

from typing import Any

from django.conf import settings

from annotations.desk.retention import erase_old_contacts, erase_old_words
from evalsite.accounts.retention import erase_old_sign_ins
from evalsite.core.console import PlainCommand

RULES = (
    ("RETENTION_DAYS_RATER_CONTACT", erase_old_contacts, "contact data of raters"),
    ("RETENTION_DAYS_RATER_WORDS", erase_old_words, "profiles and words of raters"),
    ("RETENTION_DAYS_SIGN_INS", erase_old_sign_ins, "sign-ins of staff"),
)


class Command(PlainCommand):
    help = (
        "Erase personal data whose time is over (settings RETENTION_DAYS_*). Celery beat runs it every hour."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for setting, erase, what in RULES:
            days: int = getattr(settings, setting)
            done = f"{erase(days)} erased" if days > 0 else f"kept ({setting} is not set)"
            if options["verbosity"] > 0:
                self.stdout.write(f"{what}: {done}")
