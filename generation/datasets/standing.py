"""Changes by people that break a rule, and why, in their language."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from generation.pipelines.refusals import Refusal


class NotStanding(Exception):
    """Changes that break a rule, by field: nothing has been kept, and nothing of them is lost."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {why}" for field, why in faults.items()))
        self.faults = dict(faults)


def refusal_said(refusal: Refusal, language: str) -> str:
    """Why a rule does not stand, to somebody who has the field before the eyes."""
    if refusal.code not in ("language", "part-language"):
        return refusal.reason()
    if language == "zh":
        return _("Some of it is not Chinese, or it is too short to tell. Write all of it in Chinese.")
    return _("Some of it is not English, or it is too short to tell. Write all of it in English.")
