"""What raters earn, and the statement that they put into an invoice.

A submitted pair is paid, and so is a submitted practice pair if the study pays for practice; a skipped one is
not. The statement names payer, code, study, pairs,
sum and dates, and no script or system. Its PDF is set by typst from data, never from markup. The payee is
not known here, on purpose: those lines are filled in by hand.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Min, Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from annotations.desk.consent import format_day, format_money
from annotations.desk.printing import squares_warning
from annotations.models import Assignment, Rater, Study, localized
from annotations.spec.study_options import is_single, pay_options, practice_pay
from evalsite.core.clock import database_now
from evalsite.core.typeset import SONG, set_pdf

State = Assignment.State
PAID = Q(state__in=[State.SUBMITTED, State.LATE])
"""A submitted pair is paid, also if it came too late to count. Practice pairs have a state of their own."""
PRACTISED = Q(state=State.PRACTISED, skip_reason="")
"""A practice pair that was submitted, not skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidWork:
    """`pairs` times `per_pair` and `practice_pairs` times `per_practice_pair`.

    `first` and `last` are the times of the first and the last paid submission. In a study with unpaid
    practice `practice_pairs` and `per_practice_pair` are 0.
    """

    pairs: int
    per_pair: Decimal
    currency: str
    first: datetime | None
    last: datetime | None
    practice_pairs: int
    per_practice_pair: Decimal

    @property
    def sum(self) -> Decimal:
        return self.pairs * self.per_pair + self.practice_pairs * self.per_practice_pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Earnings(PaidWork):
    """What one rater has earned."""

    rater: Rater


def study_earnings(study: Study, raters: Collection[Rater] | None = None) -> list[Earnings]:
    """The earnings of all raters ever enrolled, or of the given ones; empty if the study pays nothing."""
    if pay_options(study) is None:
        return []
    work = Assignment.objects.filter(rater__study=study).order_by()
    if raters is None:
        raters = study.raters.select_related("external_id")
    else:
        work = work.filter(rater__in=raters)
    figures = {row["rater"]: row for row in work.values("rater").annotate(**_paid_figures(study))}
    return [Earnings(rater=each, **_paid(study, figures.get(each.pk, NOTHING))) for each in raters]


def rater_earnings(rater: Rater) -> Earnings | None:
    """The earnings of one rater; None if the study pays nothing."""
    if pay_options(rater.study) is None:
        return None
    found = rater.assignments.aggregate(**_paid_figures(rater.study))
    return Earnings(rater=rater, **_paid(rater.study, found))


def total_earnings(study: Study) -> PaidWork | None:
    """What all raters have earned together; None if the study pays nothing."""
    if pay_options(study) is None:
        return None
    work = Assignment.objects.filter(rater__study=study)
    return PaidWork(**_paid(study, work.aggregate(**_paid_figures(study))))


NOTHING: Mapping[str, Any] = {"pairs": 0, "practice": 0, "first": None, "last": None}


def _paid_figures(study: Study) -> dict[str, Any]:
    paid = PAID | PRACTISED if practice_pay(study) else PAID
    return {
        "pairs": Count("pk", filter=PAID),
        "practice": Count("pk", filter=PRACTISED),
        "first": Min("submitted_at", filter=paid),
        "last": Max("submitted_at", filter=paid),
    }


def _paid(study: Study, found: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `PaidWork`."""
    pay, per_practice_pair = pay_options(study), practice_pay(study)
    assert pay is not None
    return {
        "pairs": found["pairs"],
        "per_pair": Decimal(pay.per_pair),
        "currency": pay.currency,
        "first": found["first"],
        "last": found["last"],
        "practice_pairs": found["practice"] if per_practice_pair else 0,
        "per_practice_pair": per_practice_pair,
    }


SERIF = "Libertinus Serif"


@dataclass(frozen=True, slots=True)
class Statement:
    """What was done and what for, in one language. `total` is the last of the amounts; `blanks` are filled in
    by hand."""

    language: str
    heading: str
    lines: tuple[tuple[str, str], ...]
    total: tuple[str, str]
    blanks: tuple[str, ...]
    foot: str
    file: str


def build_statement(rater: Rater, language: str) -> Statement | None:
    """None where the study pays nothing."""
    earned = rater_earnings(rater)
    if earned is None:
        return None
    with override(language):
        single = is_single(rater.study)
        lines = [
            (_("Payer"), _payer(rater, language)),
            (_("Study"), localized(rater.study.title, language)),
            (_("Rater code"), rater.code),
            (_("Date of issue"), format_day(database_now())),
            (_("Period of work"), _period(earned.first, earned.last)),
            (_("Scripts judged") if single else _("Pairs judged"), str(earned.pairs)),
            (
                _("Pay per script") if single else _("Pay per pair"),
                format_money(earned.per_pair, earned.currency),
            ),
        ]
        if earned.practice_pairs:
            lines += [
                (_("Practice pairs"), str(earned.practice_pairs)),
                (_("Pay per practice pair"), format_money(earned.per_practice_pair, earned.currency)),
            ]
        return Statement(
            language="zh" if language.startswith("zh") else "en",
            heading=_("Payment statement"),
            lines=tuple(line for line in lines if line[1]),
            total=(_("Total before tax"), format_money(earned.sum, earned.currency)),
            # Each language has the lines that are asked for where it is spoken, parted by strokes.
            blanks=tuple(_("Payee (name)|Address|Account|Date and signature").split("|")),
            foot=_("Generated from your submitted judgments. Amounts are before tax."),
            file=_("statement-%(code)s.pdf") % {"code": rater.code},
        )


def _payer(rater: Rater, language: str) -> str:
    """Who the study says pays; empty where it does not."""
    pay = pay_options(rater.study)
    return localized(pay.payer, language) if pay and pay.payer else ""


def _period(first: datetime | None, last: datetime | None) -> str:
    if first is None or last is None:
        return _("nothing submitted yet")
    return (
        format_day(first)
        if format_day(first) == format_day(last)
        else f"{format_day(first)} – {format_day(last)}"
    )


def statement_pdf(statement: Statement) -> bytes:
    """One page, A4."""
    data = {
        "lang": statement.language,
        # Digits of the font that the text has, for they are in one line.
        "fonts": [*SONG, SERIF] if statement.language == "zh" else [SERIF, *SONG],
        "heading": statement.heading,
        "lines": [list(line) for line in statement.lines],
        "total": list(statement.total),
        "blanks": list(statement.blanks),
        "foot": statement.foot,
    }
    return set_pdf("annotations", "texts/statement.typ", warning=squares_warning(), statement=data)
