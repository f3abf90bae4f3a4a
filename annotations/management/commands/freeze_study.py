from typing import Any

from django.core.management.base import CommandParser

from annotations import freezing
from annotations.management.console import StudyCommand


class Command(StudyCommand):
    help = "Freeze a draft: texts, design, plan and draw are fixed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study")
        parser.add_argument(
            "--undo", action="store_true", help="make a frozen study a draft again, if nobody is enrolled"
        )

    def handle(self, *, study: str, undo: bool, **options: Any) -> None:
        if undo:
            freezing.thaw(study=self.study(study), by="console")
            self.stdout.write(f"Study {study} is a draft again.")
            return
        frozen = freezing.freeze(study=self.study(study), by="console")
        self.stdout.write(f"Study {study} is frozen; digest {frozen.frozen_digest}.")
        self.warn_of_checks(frozen)
        self.warn_of_attention(frozen)
        self.warn_of_training(frozen)
