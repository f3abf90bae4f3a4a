from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from evalsite.core.errors import InputError, InputErrors
from generation.access import rows_in
from generation.blinding import sealed_pairs
from generation.management.console import GenerationCommand, add_team_argument, briefs_of, team_of
from generation.models import Script, System
from generation.uploads import script_views as people_export


class Command(GenerationCommand):
    help = (
        "Export scripts as OUT/<brief>/<system>-<sample>.<extension>. Scripts of blinded studies and scripts "
        "for raters only are skipped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("format", choices=people_export.KINDS, metavar="FORMAT")
        parser.add_argument("out", type=Path, metavar="OUT")
        parser.add_argument("--system", nargs="+", default=[], metavar="NAME")
        parser.add_argument("--brief", nargs="+", default=["all"], metavar="SLUG")
        parser.add_argument(
            "--own-work",
            action="store_true",
            help="include scripts for raters only; don't redistribute them",
        )
        add_team_argument(parser)

    def handle(self, *, format: str, out: Path, **options: Any) -> None:
        scripts = _chosen(options["brief"], options["system"], team_of(options))
        sealed = sealed_pairs({(script.brief.slug, script.system.slug) for script in scripts})
        free = [script for script in scripts if (script.brief.slug, script.system.slug) not in sealed]
        taken = [each for each in free if options["own_work"] or people_export.may_be_passed_on(each)]
        self._tell(len(scripts) - len(free), len(free) - len(taken))
        if not taken:
            fix = "unblind the study, or import scripts."
            raise InputErrors.single(str(out), "no script can be exported.", fix)
        # All are made before one is written.
        files = {_path(out, script, format): people_export.file_of(script, format)[0] for script in taken}
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self.stdout.write(f"{out}: {len(files)} scripts")

    def _tell(self, sealed: int, kept: int) -> None:
        if sealed:
            self.stderr.write(f"{sealed} scripts are sealed in a study and skipped.")
        if kept:
            self.stderr.write(
                f"{kept} scripts are for raters only and skipped (include them with --own-work)."
            )


def _chosen(briefs: list[str], systems: list[str], team: int) -> list[Script]:
    known = set(rows_in(System, [team]).filter(slug__in=systems).values_list("slug", flat=True))
    faults = [
        InputError(slug, 1, 1, "no system has this slug.", "see the page Generation, Systems.")
        for slug in systems
        if slug not in known
    ]
    if faults:
        raise InputErrors(faults)
    found = Script.objects.filter(brief__in=briefs_of(briefs, team)).select_related("brief", "system")
    return list(found.filter(system__slug__in=systems) if systems else found)


def _path(out: Path, script: Script, kind: str) -> Path:
    ending = people_export.EXTENSIONS[kind]
    return out / script.brief.slug / f"{script.system.slug}-{script.sample}.{ending}"
