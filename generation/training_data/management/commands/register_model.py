from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from generation.management.console import GenerationCommand
from generation.training_data.datasets.registering import register_model


class Command(GenerationCommand):
    help = "Register a trained model by its card, so that its scripts can be traced to its training data."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("card", type=Path, metavar="CARD.json")

    def handle(self, *, card: Path, **options: Any) -> None:
        model, created = register_model(card)
        said = "registered" if created else "registered already"
        self.stdout.write(f"{model.slug}: {said}, trained on {model.dataset}.")
        self.stdout.write(f"In a system file: trained_model: {model.slug}")
