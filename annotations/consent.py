"""The points of a consent beside its text: what an ethics board asks to be said, in a rater's language."""

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from annotations.models import Study, localized
from annotations.terms import checks_of, is_single, pay_of, practice_of

Point = tuple[str, str]
"""What it is about, and what is said of it."""


def consent_points(study: Study) -> list[Point]:
    """The points of the study's consent in the language that is active, in a fixed order; empty where the
    study gives none."""
    return list(_points(study, get_language() or "en"))


def agreed_text(study: Study, language: str) -> str:
    """All that somebody agrees to, word for word: the text, and below it the points."""
    with override(language):
        points = consent_points(study)
    text = localized(study.spec["consent"]["text"], language)
    return "\n\n".join([text, "\n".join(f"{about}: {said}" for about, said in points)]) if points else text


def _points(study: Study, language: str) -> Iterator[Point]:
    given = study.spec["consent"]

    def said(key: str) -> str:
        return localized(given.get(key) or {}, language)

    if text := said("approval"):
        yield _("Approval"), text
    if text := said("contact"):
        yield _("Contact"), text
    if told := _machines(given.get("machines", "")):
        yield _("Who wrote the scripts"), told
    if told := _extras(study):
        yield _("Practice and checks"), told
    if text := said("measures"):
        yield _("What is measured"), text
    if told := _pay(study):
        yield _("Pay"), told
    if text := said("withdraw_until"):
        yield _("Leaving"), text
    if text := said("transfer"):
        yield _("Where the data go"), text
    if text := said("confidentiality"):
        yield _("Confidentiality"), text


def _machines(told: str) -> str:
    return {
        "before": _("Some of the scripts may have been written by machines. You are not told which."),
        "debriefing": _("How the scripts came about is told to you at the end, and not before."),
    }.get(told, "")


def _extras(study: Study) -> str:
    """Practice and checks. Silent checks are told of without a number; of guesses nothing is said beforehand,
    for who expects them hunts for machines."""
    found = []
    if rule := practice_of(study):
        found += [
            _("You practise first, on pairs of which one script was damaged on purpose."),
            _("Practice is not counted.")
            if pay_of(study) is None
            else _("Practice is neither counted nor paid."),
            _("The study ends here for anybody who has not found the damage after %(tries)s rounds at most.")
            % {"tries": rule.tries},
        ]
    if checks := checks_of(study):
        found.append(
            _(
                "Checks are among the pairs (%(n)s of them): their answer is known, and they "
                "show whether scripts are read. Nothing tells them from the others."
            )
            % {"n": checks.per_seat}
            if checks.announced
            else _(
                "Some pairs may serve to see how carefully scripts are read. Nothing tells them "
                "from the others."
            )
        )
    return ("" if (get_language() or "en").startswith("zh") else " ").join(found)


def _pay(study: Study) -> str:
    pay = pay_of(study)
    if pay is None:
        return ""
    said = (
        _("%(sum)s for each script, of about %(minutes)s minutes. A skip neither costs nor pays.")
        if is_single(study)
        else _("%(sum)s for each pair, of about %(minutes)s minutes. A skip neither costs nor pays.")
    )
    return said % {"sum": money(Decimal(pay.per_pair), pay.currency), "minutes": pay.minutes}


def money(amount: Decimal, currency: str) -> str:
    """An amount with two decimals behind its currency, the same in every language: EUR 12.50."""
    return f"{currency} {amount:.2f}"
