"""Which rows a rater may reach: their own, by the secret of their link or by a code. A stranger gets None."""

from annotations.models import Answer, Assignment, ExternalId, Mark, Rater
from evalsite.core.codes import hash_secret


def rater_for_secret(secret: str) -> Rater | None:
    return Rater.objects.select_related("study").filter(secret_hash=hash_secret(secret)).first()


def rater_by_code(code: str) -> Rater | None:
    return Rater.objects.select_related("study").filter(code=code).first()


TEXTS = [f"slot__pairing__{which}__{text}" for which in ("first", "second") for text in ("html", "text")]
TEXTS.append("slot__pairing__study_brief__content")


def find_assignment(rater: Rater, code: str, *, texts: bool = True) -> Assignment | None:
    """The rater's own assignment with this code, with all that its page shows; `texts` says whether the
    scripts and the brief come along now or when they are asked for.
    """
    found = (
        Assignment.objects.select_related(
            "slot__seat",
            "slot__pairing__study_brief",
            "slot__pairing__first",
            "slot__pairing__second",
        )
        .filter(rater=rater, code=code)
        .defer(*([] if texts else TEXTS))
        .first()
    )
    if found:
        # Known already, with the study, whose file is long.
        found.rater = rater
        found.slot.seat.study = rater.study
    return found


def has_personal_words(rater: Rater) -> bool:
    """Whether anything is kept that the rater told or wrote, and that could be erased."""
    return (
        bool(rater.profile or rater.series_known or rater.conflicts)
        or rater.assignments.exclude(reason="").exists()
        or Mark.objects.filter(assignment__rater=rater).exclude(note="").exists()
        or Answer.objects.filter(assignment__rater=rater).exists()
        or ExternalId.objects.filter(rater=rater).exists()
    )
