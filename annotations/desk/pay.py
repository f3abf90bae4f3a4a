"""What raters earn: so much for each pair they sent. A skip neither costs nor pays."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Max, Min, Q

from annotations.models import Assignment, Rater, Slot, Study
from annotations.spec.study_options import pay_options

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
