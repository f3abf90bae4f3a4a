"""Changes by people that break a rule, and why, in their language."""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from generation.pipelines.refusals import Refusal
from generation.reasons import render
from generation.training_data.models import Review


class InvalidReview(Exception):
    """Changes that break a rule, by field: nothing has been kept, and nothing of them is lost."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {why}" for field, why in faults.items()))
        self.faults = dict(faults)


def parse_review(
    decision: str,
    why: tuple[str, str],
    changes: Callable[[], dict[str, str]],
    faults: Callable[[dict[str, str]], Mapping[str, str]],
) -> tuple[str, tuple[str, str], dict[str, str]]:
    """What a form amounts to, as it is kept: a rejection with its reason (code and words), or an acceptance
    with its changes.

    `faults` tells by field which changes break a rule. Raises `InvalidReview` where there are any, and where
    a rejection says no reason.
    """
    if decision == Review.Decision.REJECT:
        code, words = why[0], why[1].strip()
        if not code or (code == "other" and not words):
            raise InvalidReview({"reason": _("Say why.")})
        return decision, (code, words), {}
    edits = changes()
    if found := faults(edits):
        raise InvalidReview(found)
    return Review.Decision.EDIT if edits else Review.Decision.ACCEPT, ("", ""), edits


def refusal_said(refusal: Refusal, language: str) -> str:
    """Why a rule does not stand, to somebody who has the field before the eyes."""
    if refusal.code not in ("language", "part-language"):
        return render(refusal.reason())
    if language == "zh":
        return _("Some of it is not Chinese, or it is too short to tell. Write all of it in Chinese.")
    return _("Some of it is not English, or it is too short to tell. Write all of it in English.")
