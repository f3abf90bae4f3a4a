"""Enrolling several raters at once without a list of people: for commands and programs."""

from collections.abc import Sequence

from django.db import transaction

from annotations.desk import services
from annotations.desk.forms import CREDITS, ROLES, YEARS
from annotations.desk.seats import Place
from annotations.models import Rater, Study


@transaction.atomic
def enrol_group(
    *, study: Study, count: int, languages: Sequence[str], simulated: bool, by: str
) -> list[services.Enrolment]:
    """Give `count` new raters free seats for readers of exactly these languages: all of them, or none.

    Simulated raters have given consent, a profile and read the instructions already. Raises as `enrol_all`.
    """
    kind = Rater.Kind.SIMULATED if simulated else Rater.Kind.PERSON
    places = [Place(tuple(sorted(set(languages))))] * count
    enrolled = services.enrol_all(study=study, places=places, kind=kind, by=by)
    for one in enrolled if simulated else ():
        introduce(one.rater)
    return enrolled


def introduce(rater: Rater) -> None:
    """Give consent and store a profile of first answers, as a simulated rater would."""
    services.give_consent(rater=rater, language=rater.languages[0], training_use=False)
    answers = {"years": YEARS, "credits": CREDITS, "role": ROLES}
    profile: dict[str, object] = {name: choices[0][0] for name, choices in answers.items()} | {
        "forms_written": []
    }
    services.save_profile(rater=rater, profile=profile, series_known=[])
    services.mark_instructed(rater=rater)
