"""`manage.py enrol_raters STUDY --count N --reads en,zh [--ready] --out FILE`."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from annotations.desk import services
from annotations.management.console import StudyCommand, running_url
from annotations.models import Rater, Study
from annotations.spec.reading import LANGUAGES
from annotations.staff.raters.enrolling import introduce
from evalsite.core.console import REFUSED, WRONG_USAGE
from evalsite.local.paths import write_private

BY = "console"


class Command(StudyCommand):
    help = "Enrol raters into free seats of a frozen, open or paused study and write their links to a file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="the study's slug")
        parser.add_argument("--count", type=int, required=True, help="number of raters")
        parser.add_argument("--reads", required=True, help="reading languages of each rater, as in en,zh")
        parser.add_argument(
            "--ready",
            action="store_true",
            help="enrol simulated raters who have done consent, profile and instructions",
        )
        parser.add_argument(
            "--out", type=Path, required=True, help="JSON file for codes and links, mode 0600"
        )

    def handle(self, *, count: int, reads: str, ready: bool, out: Path, **options: Any) -> None:
        if count < 1:
            raise CommandError("error: --count is below 1. Fix: give 1 or more.", returncode=WRONG_USAGE)
        languages = reads.split(",")
        if unknown := sorted(set(languages) - set(LANGUAGES)):
            raise CommandError(
                f"error: --reads: unknown {', '.join(unknown)}. Fix: use {', '.join(LANGUAGES)}.",
                returncode=WRONG_USAGE,
            )
        study = self.study(options["study"])
        url = running_url() or settings.PUBLIC_URL
        try:
            with transaction.atomic():
                enrolled = self._enrol(study, count, languages, ready)
                links = [{"code": one.rater.code, "link": f"{url}/r/{one.secret}/"} for one in enrolled]
                write_private(out, json.dumps(links, indent=1) + "\n")
        except OSError as error:
            message = f"error: can't write {out}: {error.strerror}. No raters were enrolled."
            raise CommandError(f"{message} Fix: use another file.", returncode=REFUSED) from None
        self.stdout.write(f"{count} raters of study {study.slug} enrolled; their links are in {out}.")

    def _enrol(self, study: Study, count: int, reads: list[str], ready: bool) -> list[services.Enrolment]:
        kind = Rater.Kind.SIMULATED if ready else Rater.Kind.PERSON
        enrolled: list[services.Enrolment] = []
        try:
            while len(enrolled) < count:
                enrolled.append(services.enrol(study=study, languages=reads, kind=kind, by=BY))
        except services.SimulatedOnly:
            message = f"error: study {study.slug} only accepts simulated raters. Fix: add --ready."
            raise CommandError(message, returncode=REFUSED) from None
        except services.NoFreeSeat:
            fix = f"enrol at most {len(enrolled)}" if enrolled else "release a seat, or use other languages"
            raise CommandError(
                f"error: study {study.slug} has {len(enrolled)} free seats for readers of "
                f"{' and '.join(sorted(set(reads)))}, not {count}. No raters were enrolled. Fix: {fix}.",
                returncode=REFUSED,
            ) from None
        except services.NotOpen as refusal:
            raise CommandError(
                f"error: study {study.slug} is {refusal.state}. "
                "Fix: enrol raters in a frozen, open or paused study.",
                returncode=REFUSED,
            ) from None
        for one in enrolled if ready else ():
            introduce(one.rater)
        return enrolled
