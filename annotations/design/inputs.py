"""What a draw is made from, and what it gives."""

from dataclasses import dataclass

from evalsite.core.digests import json_digest


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
    read. `kind` is `pair` or `single`; with `single` a rater gets every script of each brief, one at a time.
    """

    systems: tuple[str, ...]
    briefs: tuple[BriefInput, ...]
    seats: tuple[SeatInput, ...]
    criteria: tuple[str, ...] = ()
    scheme: str = "crossed"
    briefs_per_seat: int | None = None
    kind: str = "pair"

    def __post_init__(self) -> None:
        if len(set(self.systems)) < 2 or len(set(self.systems)) != len(self.systems):
            raise ValueError("a design compares two or more systems, each named once")
        if len({brief.slug for brief in self.briefs}) != len(self.briefs):
            raise ValueError("a brief is named twice")
        if len({seat.number for seat in self.seats}) != len(self.seats):
            raise ValueError("a seat is numbered twice")
        if self.scheme not in ("crossed", "balanced"):
            raise ValueError(f"unknown scheme {self.scheme!r}: crossed or balanced")
        if self.kind not in ("pair", "single"):
            raise ValueError(f"unknown kind {self.kind!r}: pair or single")
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

        These are the first ones, with or without the first seat of each kind of reader (which one person may
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
    """One drawn cell. `first` and `second` are systems in canonical order; `second` is empty where one script
    is judged at a time.

    `kind` is main, practice, check, same or repeat. Of practice and checks `first` is `KIND:original` and
    `second` `KIND:DAMAGE`, the worse one; `variant` counts different damage of one kind to one script. Of
    `same` both are one system: its first sample and its second.
    """

    position: int
    brief: str
    first: str
    second: str
    first_on_left: bool
    kind: str = "main"
    variant: int = 0


@dataclass(frozen=True, slots=True)
class SeatPlan:
    """One drawn sequence: slots by position from 1, and the order in which the criteria are asked.

    `practice` are the slots that come before all others, by position from 1 too.
    """

    number: int
    reads: tuple[str, ...]
    slots: tuple[SlotPlan, ...]
    criteria: tuple[str, ...] = ()
    practice: tuple[SlotPlan, ...] = ()


@dataclass(frozen=True, slots=True)
class ExtrasInput:
    """What is placed besides the main pairings. Nothing is asked for by default.

    `practice` and `checks` are briefs from outside the study, `*_damage` the kinds of damage. A try of
    practice needs `needed` right answers, of `tries`; with `different_scenes` no brief of one try comes again
    in another. `second` are the (brief, system) that have a second sample. `gap` is how many slots later a
    pairing comes again, at least; 0 for a third of the seat.
    """

    practice: tuple[BriefInput, ...] = ()
    practice_damage: tuple[str, ...] = ()
    needed: int = 0
    tries: int = 0
    different_scenes: bool = False
    checks: tuple[BriefInput, ...] = ()
    check_damage: tuple[str, ...] = ()
    per_seat: int = 0
    same: int = 0
    second: frozenset[tuple[str, str]] = frozenset()
    repeat: int = 0
    gap: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.practice or self.per_seat or self.same or self.repeat)

    def practised(self, reads: tuple[str, ...]) -> list[BriefInput]:
        """The briefs that a rater with these languages can practise on."""
        return [brief for brief in self.practice if brief.language in reads]

    def practice_size(self, reads: tuple[str, ...]) -> int:
        """How many pairs one try of practice has: all briefs are shared out among the tries, where there are
        enough of them for that; else they come again in the next try, damaged in another way."""
        count = len(self.practised(reads))
        return min(count, max(self.needed, count // max(self.tries, 1)))

    def gap_of(self, slots: int) -> int:
        """How many slots later a pairing comes again in a seat of this number of main slots."""
        return max(self.gap or -(-slots // 3), 2)


def quotas(given: DesignInput) -> dict[int, dict[str, int]]:
    """How many briefs of each language every seat reads; no chance in it.

    Who reads two languages gets half from each; an odd one goes to either language in turn, seat by seat.
    """
    have = {language: len(given.sorted_briefs(language)) for language in given.languages}
    found: dict[int, dict[str, int]] = {}
    turn = 0
    for seat in given.sorted_seats():
        reads = [language for language in sorted(set(seat.reads)) if language in have]
        if given.briefs_per_seat is None:
            found[seat.number] = {language: have[language] for language in reads}
            continue
        share, odd = divmod(given.briefs_per_seat, max(len(reads), 1))
        order = reads[turn % len(reads) :] + reads[: turn % len(reads)] if reads else []
        turn += 1 if odd else 0
        found[seat.number] = {
            language: min(share + (place < odd), have[language]) for place, language in enumerate(order)
        }
    return found


@dataclass(frozen=True, slots=True)
class Origin:
    """Sealed at freezing, revealed by unblinding. The nonce keeps the digest from being guessed open."""

    entry: str
    system: str
    script_digest: str
    sample: int
    nonce: str

    @property
    def digest(self) -> str:
        return json_digest([self.entry, self.system, self.script_digest, self.sample, self.nonce])
