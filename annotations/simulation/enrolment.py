"""Seats for simulated raters: all that were asked for, or none."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from annotations.desk import services
from annotations.desk.seats import HOLDING_STATES
from annotations.models import Rater, Seat, Slot, Study
from evalsite.core.errors import OperationError

BY = "simulation"


@dataclass(frozen=True, slots=True)
class SimulatedSeat:
    """One simulated rater, known by the number of the seat, with the secret of the link."""

    seat: int
    code: str
    secret: str
    slots: int


def free_seats(study: Study) -> QuerySet[Seat]:
    """Seats that nobody holds and of which something is left, in order."""
    left = Slot.objects.filter(seat=OuterRef("pk"), phase=Slot.Phase.MAIN).exclude(
        assignments__state__in=HOLDING_STATES
    )
    return Seat.objects.filter(Exists(left), study=study, rater__isnull=True).order_by("number")


@transaction.atomic
def enrol_simulated(study: Study, raters: int) -> list[SimulatedSeat]:
    """Enrol on the first free seats of any language; raises OperationError, and then nobody is enrolled."""
    free = list(free_seats(study)[:raters])
    if len(free) < raters:
        raise OperationError(
            f"{raters} simulated raters were asked for, and of the {study.seats.count()} seats of study "
            f"{study.slug} {len(free)} are free: nobody was enrolled. Fix: ask for at most {len(free)}."
        )
    try:
        taken = [
            services.enrol(study=study, languages=seat.languages, kind=Rater.Kind.SIMULATED, by=BY)
            for seat in free
        ]
    except (services.NoFreeSeat, services.NotOpen) as refusal:
        raise OperationError(f"{refusal}; nobody was enrolled.") from None
    return [_place(one.rater, one.secret) for one in taken]


@transaction.atomic
def unfinished_seats(study: Study) -> list[SimulatedSeat]:
    """Simulated raters who were cut off, with new links, for the old ones are kept nowhere."""
    cut_off = study.raters.filter(
        kind=Rater.Kind.SIMULATED, finished_at__isnull=True, withdrawn_at__isnull=True, seat__isnull=False
    ).order_by("seat__number")
    return [_place(rater, services.reissue_link(rater=rater, by=BY)) for rater in cut_off]


def _place(rater: Rater, secret: str) -> SimulatedSeat:
    seat = Seat.objects.get(rater=rater)
    return SimulatedSeat(seat=seat.number, code=rater.code, secret=secret, slots=seat.slots.count())
