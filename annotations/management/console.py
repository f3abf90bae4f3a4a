"""What the commands about studies share."""

import json

from django.conf import settings
from django.core.management.base import CommandError
from django.utils.translation import override

from annotations.errors import WrongState
from annotations.findings.warnings import few_series_errors, open_warnings
from annotations.freezing import training_overlap
from annotations.freezing.training_overlap import find_repeats
from annotations.freezing.training_overlap import recorded_repeats as repeats_recorded
from annotations.models import Study
from annotations.spec.careless_raters import undetectable_carelessness
from annotations.spec.values import from_json
from evalsite.core.console import REFUSED, PlainCommand
from evalsite.core.models import SeveralTeams
from evalsite.core.teams import team_for_command


def running_url() -> str | None:
    """Return the address of the `make run` on this machine, if one is running."""
    try:
        return str(json.loads((settings.VAR_DIR / "run" / "links.json").read_text())["url"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


class StudyCommand(PlainCommand):
    """A command about a study, which is named by its slug."""

    refusals: tuple[tuple[type[Exception], int], ...] = (
        (WrongState, REFUSED),
        (SeveralTeams, REFUSED),
    )

    def study(self, slug: str) -> Study:
        study = Study.objects.filter(slug=slug).first()
        if study is None:
            have = ", ".join(Study.objects.values_list("slug", flat=True)) or "none is loaded"
            raise CommandError(
                f"error: there is no study {slug}. Fix: use one of: {have}.", returncode=REFUSED
            )
        return study

    def team(self, slug: str | None) -> int | None:
        """The key of the team that the command works for."""
        try:
            return None if slug is None else team_for_command(slug)
        except LookupError as unknown:
            raise CommandError(f"error: {unknown}.", returncode=REFUSED) from unknown

    def warn_of_open_warnings(self, study: Study) -> None:
        """Warn of what would let raters tell scripts or checks of a draft apart."""
        with override("en"):
            for warning in open_warnings(study):
                self.stderr.write(f"warning: {warning.message}")
            for error in few_series_errors(study, from_json(study.spec)):
                self.stderr.write(f"warning: {error.message}")

    def warn_of_training(self, study: Study) -> None:
        """Warn of overlap between the study and what its systems were trained on."""
        draft, spec = study.state == Study.State.DRAFT, from_json(study.spec)
        with override("en"):
            for found in find_repeats(spec) if draft else repeats_recorded(study):
                self.stderr.write(f"warning: {found.message}")
            for near in (
                training_overlap.find_near_overlaps(spec)
                if draft
                else training_overlap.recorded_near_overlaps(study)
            ):
                self.stderr.write(f"warning: {near.message}")

    def warn_of_attention(self, study: Study) -> None:
        """Warn of careless raters who would go undetected."""
        with override("en"):
            for found in undetectable_carelessness(from_json(study.spec)):
                self.stderr.write(f"warning: {found.message}")
