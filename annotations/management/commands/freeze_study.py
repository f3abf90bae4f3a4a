from typing import Any

from django.core.management.base import CommandParser

from annotations import freezing
from annotations.findings.warnings import accept_warnings as accept
from annotations.management.console import StudyCommand


class Command(StudyCommand):
    help = "Freeze a draft: fix its texts, design, plan and draw."
    _printed = ("", 0)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="the study's slug")
        parser.add_argument(
            "--undo", action="store_true", help="turn a frozen study back into a draft, if it has no raters"
        )
        parser.add_argument(
            "--accept-warnings", metavar="REASON", help="accept all open warnings with this reason"
        )

    def handle(self, *, study: str, undo: bool, accept_warnings: str | None, **options: Any) -> None:
        if undo:
            freezing.thaw(study=self.study(study), by="console")
            self.stdout.write(f"Study {study} is a draft again.")
            return
        if accept_warnings:
            accept(study=self.study(study), by="console", reason=accept_warnings)
        frozen = freezing.freeze(
            study=self.study(study), by="console", warnings_block=True, on_progress=self._print_progress
        )
        self.stdout.write(f"Study {study} is frozen; digest {frozen.frozen_digest}.")
        self.warn_of_attention(frozen)
        self.warn_of_training(frozen)

    def _print_progress(self, step: str, done: int, total: int) -> None:
        """On a terminal, a line for each step, and for each tenth of one that counts its texts."""
        tenth = 10 * done // total if total else 0
        if (step, tenth) == self._printed or not self.stderr.isatty():
            return
        self._printed = (step, tenth)
        number = freezing.STEPS.index(step) + 1
        texts = f", {done} of {total} texts" if total else ""
        self.stderr.write(f"step {number} of {len(freezing.STEPS)}: {step}{texts}")
