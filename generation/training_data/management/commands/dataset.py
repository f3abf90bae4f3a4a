from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models import Count

from evalsite.core.errors import InputErrors
from evalsite.core.models import record
from generation.management.console import GenerationCommand, add_team_argument, team_of
from generation.models import Run
from generation.training_data.datasets.building import build, find_dataset
from generation.training_data.datasets.comparing import compare, facts_of, remake
from generation.training_data.datasets.examples import hidden_examples, render_rejected_since
from generation.training_data.datasets.exporting import FORMS, VARIANTS, export
from generation.training_data.datasets.splitting import unsplit_in, unsplit_said
from generation.training_data.models import Dataset

DIFFERS = 4


class Command(GenerationCommand):
    help = "Datasets: build, list, show, export, compare, remake."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        made = verbs.add_parser("build", help="build the next version from a synthesis run")
        made.add_argument("run", metavar="RUN", help="code of the run, or `latest`")
        made.add_argument("slug", metavar="NAME")
        made.add_argument(
            "--without-reviews", action="store_true", help="build before the review is finished"
        )
        add_team_argument(made)
        verbs.add_parser("list", help="all datasets")
        shown = verbs.add_parser("show", help="show the data card")
        shown.add_argument("name", metavar="NAME[@VERSION]")
        out = verbs.add_parser("export", help="export chats, tables, card and manifest to a folder")
        out.add_argument("name", metavar="NAME[@VERSION]")
        out.add_argument("--out", type=Path, required=True, metavar="FOLDER")
        out.add_argument("--variant", nargs="+", choices=VARIANTS, default=list(VARIANTS))
        out.add_argument("--format", nargs="+", choices=FORMS, default=list(FORMS))
        out.add_argument(
            "--with-texts",
            action="store_true",
            help="include texts that may not be redistributed, for training on this machine",
        )
        out.add_argument(
            "--with-sealed",
            action="store_true",
            help="include scripts of blind studies, for training on this machine; recorded in the audit"
            " trail",
        )
        two = verbs.add_parser("compare", help="compare two versions or manifests")
        two.add_argument("one", metavar="A", help="NAME@VERSION, a manifest.json, or its folder")
        two.add_argument("two", metavar="B")
        again = verbs.add_parser(
            "remake", help="rebuild it from its sources, answers and reviews, and list differences"
        )
        again.add_argument("name", metavar="NAME[@VERSION]")
        again.add_argument("--from", type=Path, required=True, dest="folder", metavar="FOLDER")

    def handle(self, *, verb: str, **options: Any) -> None:
        getattr(self, f"_{verb}")(options)

    def _build(self, options: dict[str, Any]) -> None:
        run = _run(options)
        built = build(run, options["slug"], without_reviews=options["without_reviews"])
        said = "built" if built.created else "already exists"
        count = built.dataset.examples.count()
        self.stdout.write(f"{built.dataset}: {said}, {count} examples, digest {built.dataset.digest}.")
        if built.twin:
            self.stdout.write(f"It is identical to {built.twin}: same examples, splits and recipe.")
        if unsplit := unsplit_said(unsplit_in(built.dataset)):
            self.stderr.write(f"note: {unsplit}")

    def _list(self, options: dict[str, Any]) -> None:
        for each in Dataset.objects.annotate(n=Count("examples")).order_by("slug", "version"):
            self.stdout.write(f"{each}  {each.n} examples  {each.digest}")

    def _show(self, options: dict[str, Any]) -> None:
        dataset = find_dataset(options["name"])
        self.stdout.write(dataset.card.rstrip("\n"))
        self._note_rejected(dataset)

    def _note_rejected(self, dataset: Dataset) -> None:
        if said := render_rejected_since(dataset):
            self.stdout.write(f"warning: {said}")

    def _export(self, options: dict[str, Any]) -> None:
        dataset = find_dataset(options["name"])
        sealed = hidden_examples(dataset) if options["with_sealed"] else 0
        if sealed:  # before anything is written
            record(who="console", verb="export sealed scripts", about=str(dataset), examples=sealed)
        done = export(
            dataset,
            options["out"],
            variants=options["variant"],
            forms=options["format"],
            with_texts=options["with_texts"],
            with_sealed=bool(sealed),
        )
        if sealed:
            self.stdout.write(
                f"warning: {sealed} examples show scripts of a study that runs blind: let nobody read "
                "the folder who works on the study, until it is unblinded. The audit trail keeps this."
            )
        self.stdout.write(f"{done.examples} examples, {len(done.files)} files in {done.folder}.")
        self._note_rejected(dataset)
        if done.withheld:
            self.stdout.write(
                f"note: {done.withheld} examples by digest alone: the works that they are made from may not "
                f"be passed on{_retelling(done.retelling)}. --with-texts writes them, for training on this "
                "machine."
            )

    def _compare(self, options: dict[str, Any]) -> None:
        one, two = facts_of(options["one"]), facts_of(options["two"])
        self.stdout.write(f"{one.name} ({one.digest[:12]}) and {two.name} ({two.digest[:12]}):")
        self.stdout.write("\n".join(compare(one, two).lines()))

    def _remake(self, options: dict[str, Any]) -> None:
        dataset = find_dataset(options["name"])
        found = remake(dataset, options["folder"])
        self.stdout.write(
            f"{dataset} rebuilt from {options['folder']}, run {dataset.run.code} and its reviews."
        )
        self.stdout.write("\n".join(found.lines()))
        if found:
            raise CommandError(
                "error: the rebuilt dataset differs. Fix: see the differences above.", returncode=DIFFERS
            )


def _retelling(count: int) -> str:
    return f" (of {count} previous contexts or profiles, not scenes)" if count else ""


def _run(options: dict[str, Any]) -> Run:
    code = options["run"]
    runs = Run.objects.filter(kind=Run.Kind.SYNTHESIZE, frozen_settings__recipe__makes__isnull=True)
    if code == "latest":
        run = runs.filter(team=team_of(options)).order_by("created_at").last()
    else:
        run = runs.filter(code=code).first()
    if run is None:
        raise InputErrors.single(code, "there is no such synthesis run.", "see /generation/ for codes.")
    return run
