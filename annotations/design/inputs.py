"""What a draw is made from, and what it gives."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BriefInput:
    slug: str
    language: str
    series: str
    order: int


@dataclass(frozen=True, slots=True)
class SeatInput:
    number: int
    reads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DesignInput:
    """`systems` are in canonical order; `criteria` begin with the primary one. The order of briefs and seats
    is free.

    `briefs_per_seat` is for the scheme `balanced`; in the scheme `crossed` every rater gets every brief they
    read.
    """

    systems: tuple[str, ...]
    briefs: tuple[BriefInput, ...]
    seats: tuple[SeatInput, ...]
    criteria: tuple[str, ...] = ()
    scheme: str = "crossed"
    briefs_per_seat: int | None = None

    def __post_init__(self) -> None:
        if len(set(self.systems)) < 2 or len(set(self.systems)) != len(self.systems):
            raise ValueError("a design compares two or more systems, each named once")
        if len({brief.slug for brief in self.briefs}) != len(self.briefs):
            raise ValueError("a brief is named twice")
        if len({seat.number for seat in self.seats}) != len(self.seats):
            raise ValueError("a seat is numbered twice")
        if self.scheme not in ("crossed", "balanced"):
            raise ValueError(f"unknown scheme {self.scheme!r}: crossed or balanced")
        if (self.scheme == "balanced") != (self.briefs_per_seat is not None):
            raise ValueError("briefs_per_seat belongs to the scheme balanced, and to it alone")

    def sorted_briefs(self, language: str | None = None) -> list[BriefInput]:
        """Briefs in an order of their own, so that nothing depends on the order in which they were given."""
        chosen = [brief for brief in self.briefs if language in (None, brief.language)]
        return sorted(chosen, key=lambda brief: (brief.language, brief.series, brief.order, brief.slug))

    def sorted_seats(self) -> list[SeatInput]:
        return sorted(self.seats, key=lambda seat: seat.number)

    def first_comers(self) -> list[set[int]]:
        """The seats for which a draw is evened besides all together, by number: two thirds of them.

        These are the first ones, with or without the first seat of each kind of reader (which somebody may
        hold for long), and as many as both together.
        """
        numbers = [seat.number for seat in self.sorted_seats()]
        held = len({tuple(sorted(set(seat.reads))) for seat in self.seats})
        stage = round(len(numbers) * 2 / 3)
        return [
            set(numbers[start:end]) for start, end in ((0, stage), (0, stage + held), (held, stage + held))
        ]

    @property
    def languages(self) -> list[str]:
        return sorted({brief.language for brief in self.briefs})


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """One drawn cell. `first` and `second` are systems in canonical order."""

    position: int
    brief: str
    first: str
    second: str
    first_on_left: bool


@dataclass(frozen=True, slots=True)
class SeatPlan:
    """One drawn sequence: slots by position from 1, and the order in which the criteria are asked."""

    number: int
    reads: tuple[str, ...]
    slots: tuple[SlotPlan, ...]
    criteria: tuple[str, ...] = ()
