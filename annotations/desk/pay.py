"""What raters earn, and the statement that they put into an invoice.

A pair that was sent is paid; a skip neither costs nor pays. The statement names payer, code, study, pairs,
sum and dates, and no script or system. Its PDF is set by typst from data, never from markup. The payee is
not known here, on purpose: those lines are filled in by hand.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Max, Min, Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from annotations.desk.consent import format_day, format_money
from annotations.models import Assignment, Rater, Slot, Study, localized
from annotations.spec.study_options import is_single, pay_options
from evalsite.core.clock import database_now
from evalsite.core.typeset import HEI, SONG, TypesettingError, families, set_pdf

State = Assignment.State
PAID = Q(assignments__state__in=[State.SUBMITTED, State.LATE], assignments__slot__phase=Slot.Phase.MAIN)
"""A pair that was sent is paid for, also when it came too late to count; practice is not."""


@dataclass(frozen=True, slots=True)
class Earnings:
    """What one rater has earned: `pairs` times `per_pair`, from the first to the last one sent."""

    rater: Rater
    pairs: int
    per_pair: Decimal
    currency: str
    first: datetime | None
    last: datetime | None

    @property
    def sum(self) -> Decimal:
        return self.pairs * self.per_pair


def study_earnings(study: Study) -> list[Earnings]:
    """Of everyone who was ever enrolled, in that order; empty where the study pays nothing."""
    pay = pay_options(study)
    if pay is None:
        return []
    raters = study.raters.annotate(
        paid_pairs=Count("assignments", filter=PAID, distinct=True),
        paid_first=Min("assignments__submitted_at", filter=PAID),
        paid_last=Max("assignments__submitted_at", filter=PAID),
    ).select_related("external_id")
    return [
        Earnings(
            rater=rater,
            pairs=rater.paid_pairs,
            per_pair=Decimal(pay.per_pair),
            currency=pay.currency,
            first=rater.paid_first,
            last=rater.paid_last,
        )
        for rater in raters
    ]


def rater_earnings(rater: Rater) -> Earnings | None:
    """Of one rater; None where the study pays nothing."""
    pay = pay_options(rater.study)
    if pay is None:
        return None
    found = Rater.objects.filter(pk=rater.pk).aggregate(
        pairs=Count("assignments", filter=PAID, distinct=True),
        first=Min("assignments__submitted_at", filter=PAID),
        last=Max("assignments__submitted_at", filter=PAID),
    )
    return Earnings(rater=rater, per_pair=Decimal(pay.per_pair), currency=pay.currency, **found)


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
            (_("Rater's code"), rater.code),
            (_("Date of issue"), format_day(database_now())),
            (_("Work done"), _period(earned.first, earned.last)),
            (_("Scripts judged") if single else _("Pairs judged"), str(earned.pairs)),
            (
                _("Pay for each script") if single else _("Pay for each pair"),
                format_money(earned.per_pair, earned.currency),
            ),
        ]
        return Statement(
            language="zh" if language.startswith("zh") else "en",
            heading=_("Statement of work done"),
            lines=tuple(line for line in lines if line[1]),
            total=(_("Sum, before tax"), format_money(earned.sum, earned.currency)),
            # Each language has the lines that are asked for where it is spoken, parted by strokes.
            blanks=tuple(_("Payee (name)|Address|Account|Date and signature").split("|")),
            foot=_(
                "Made by the site of the study from the judgments that were sent. Taxes are not included."
            ),
            file=_("statement-%(code)s.pdf") % {"code": rater.code},
        )


def _payer(rater: Rater, language: str) -> str:
    """Who the study says pays; empty where it does not."""
    pay = pay_options(rater.study)
    return localized(pay.payer, language) if pay and pay.payer else ""


def _period(first: datetime | None, last: datetime | None) -> str:
    if first is None or last is None:
        return _("nothing sent yet")
    return (
        format_day(first)
        if format_day(first) == format_day(last)
        else f"{format_day(first)} – {format_day(last)}"
    )


def statement_pdf(statement: Statement) -> bytes:
    """One page, A4. Raises `TypesettingError` where a Chinese one has no font."""
    there = [name for name in (*SONG, *HEI) if name in families()]
    if statement.language == "zh" and not there:
        raise TypesettingError("no Chinese font on this machine: install fonts-noto-cjk, say")
    data = {
        "lang": statement.language,
        # Digits of the font that the text has, for they stand in one line.
        "fonts": [*there, SERIF] if statement.language == "zh" else [SERIF, *there],
        "heading": statement.heading,
        "lines": [list(line) for line in statement.lines],
        "total": list(statement.total),
        "blanks": list(statement.blanks),
        "foot": statement.foot,
    }
    return set_pdf("annotations", "texts/statement.typ", statement=data)
