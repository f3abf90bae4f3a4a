"""What a study's draw is made from, out of its value. Pure."""

from collections.abc import Mapping, Sequence

from annotations.design import BriefInput, DesignInput, ExtrasInput, SeatInput
from annotations.spec.values import ChecksSpec, DesignSpec, PracticeSpec, SittingsSpec


def design_input(
    design: DesignSpec,
    briefs: Sequence[BriefInput],
    systems: Sequence[str],
    criteria: Sequence[str],
) -> DesignInput:
    """What the draw is made from. Seats are numbered through the groups turn by turn: groups fill alike."""
    return DesignInput(
        systems=tuple(systems),
        briefs=tuple(briefs),
        seats=tuple(SeatInput(number, reads) for number, reads in enumerate(seat_reads(design), start=1)),
        criteria=tuple(criteria),
        scheme=design.scheme,
        briefs_per_seat=design.briefs_per_seat,
        kind=design.kind,
    )


def seat_reads(design: DesignSpec) -> list[tuple[str, ...]]:
    """The reading languages of seat 1, 2, ...: one seat of each group in turn."""
    left = [(group.reads, group.count) for group in design.seats]
    found: list[tuple[str, ...]] = []
    while left:
        found += [reads for reads, _ in left]
        left = [(reads, count - 1) for reads, count in left if count > 1]
    return found


def extras_input(
    design: DesignSpec,
    practice: PracticeSpec | None,
    checks: ChecksSpec | None,
    sittings: SittingsSpec | None,
    outside: Sequence[BriefInput],
    second: Mapping[str, Mapping[str, str]],
) -> ExtrasInput:
    """What is placed besides the main draw; `outside` are the briefs of practice and checks."""
    known = {brief.slug: brief for brief in outside}
    return ExtrasInput(
        practice=tuple(known[slug] for slug in practice.briefs if slug in known) if practice else (),
        practice_damage=practice.damage if practice else (),
        needed=practice.needed if practice else 0,
        tries=practice.tries if practice else 0,
        different_scenes=practice.different_scenes if practice else False,
        checks=tuple(known[slug] for slug in checks.briefs if slug in known) if checks else (),
        check_damage=checks.damage if checks else (),
        per_seat=checks.per_seat if checks else 0,
        same=design.same,
        second=frozenset((brief, system) for brief, systems in second.items() for system in systems),
        repeat=design.repeat,
        gap=sittings.pairs if sittings else 0,
    )
