import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from evalsite.core.console import REFUSED
from generation.management.console import GenerationCommand
from generation.runs.services import require_addresses
from generation.training_data.synthesis.judge_measuring import (
    SHIPPED_EXAMPLES,
    Measure,
    measure_judge,
    read_examples,
)
from generation.training_data.synthesis.questions import QUESTIONS
from generation.training_data.synthesis.recipe import find_recipe


class Command(GenerationCommand):
    help = (
        "Measure the judge of a recipe on labelled examples: precision and recall for each question, with "
        "95% Wilson intervals. Nothing is stored."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "recipe", nargs="?", default="dsr-data", help="shipped recipe or YAML file (default: dsr-data)"
        )
        parser.add_argument(
            "--examples",
            type=Path,
            default=SHIPPED_EXAMPLES,
            metavar="FILE",
            help="labelled set (default: examples/judge.yaml)",
        )
        parser.add_argument("--base-url", default="", metavar="URL", help="OpenAI-compatible address")
        parser.add_argument("--question", choices=QUESTIONS, help="one question (default: all)")
        parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to a file")

    def handle(self, *, recipe: str, examples: Path, base_url: str, **options: Any) -> None:
        found = find_recipe(recipe)
        require_addresses([found.scenes], base_url)
        questions = [options["question"]] if options["question"] else QUESTIONS
        measures = measure_judge(found, read_examples(examples), base_url, questions)
        if not measures:
            message = "the recipe asks none of the questions of these examples."
            raise CommandError(f"error: {message} Fix: use another recipe or file.", returncode=REFUSED)
        for measure in measures:
            self._tell(measure)
        if options["json"]:
            record = json.dumps([each.as_record() for each in measures], ensure_ascii=False, indent=2)
            options["json"].write_text(f"{record}\n", encoding="utf-8")

    def _tell(self, measure: Measure) -> None:
        record = measure.as_record()
        self.stdout.write(f"{measure.question}, {measure.language}: {measure.examples} examples")
        for name, (count, total) in (("precision", measure.precision), ("recall", measure.recall)):
            share = record[name]
            told = (
                "–" if share is None else f"{share['share']:.2f} ({share['low']:.2f} to {share['high']:.2f})"
            )
            self.stdout.write(f"  {name}: {told}, {count} of {total} sentences")
        if measure.refused:
            self.stdout.write(f"  unusable answers: {measure.refused} ({measure.reasons[-1]})")
