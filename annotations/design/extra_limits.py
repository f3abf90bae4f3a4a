"""What numbers allow of the extras: whether practice, checks, same and repeat pairings have a place."""

from annotations.design.allocation import quotas
from annotations.design.inputs import DesignInput, ExtrasInput, SeatInput
from annotations.design.limits import DesignProblem


def extras_problems(given: DesignInput, wanted: ExtrasInput) -> list[DesignProblem]:
    """Why the extras cannot be placed in every seat; empty when they can. `about` is a key of the file.

    Whether a rater meets a brief's second samples unread depends on the draw: freezing says so then.
    """
    slots = {number: sum(share.values()) for number, share in quotas(given).items()}
    kinds: dict[tuple[str, ...], tuple[SeatInput, int]] = {}
    for seat in given.sorted_seats():
        reads, least = tuple(sorted(set(seat.reads))), slots[seat.number]
        known = kinds.get(reads)
        if known is None or least < known[1]:
            kinds[reads] = (seat, least)
    found: list[DesignProblem] = []
    for reads, (_, least) in sorted(kinds.items()):
        who = f"seats that read {' and '.join(reads)}"
        for problem in (
            _practice(wanted, reads, who),
            _checks(wanted, reads, who, least),
            _repeat(wanted, who, least),
        ):
            found += [problem] if problem else []
    return found + _same(given, wanted)


def _practice(wanted: ExtrasInput, reads: tuple[str, ...], who: str) -> DesignProblem | None:
    count = len(wanted.practised(reads))
    if not wanted.practice or count >= wanted.needed:
        return None
    message = f"practice needs {wanted.needed} right answers, and for {who} there are {count} briefs."
    return DesignProblem("practice", message, "add briefs in their language, or lower pass.")


def _checks(wanted: ExtrasInput, reads: tuple[str, ...], who: str, slots: int) -> DesignProblem | None:
    count = sum(brief.language in reads for brief in wanted.checks)
    if count < wanted.per_seat:
        message = f"there are {count} checks for {who}, and per_seat is {wanted.per_seat}."
        return DesignProblem("checks", message, "add briefs in their language, or lower per_seat.")
    if slots < wanted.per_seat:
        message = f"{who} have {slots} pairs, and per_seat is {wanted.per_seat}."
        return DesignProblem("checks", message, f"say per_seat: {slots} or fewer.")
    return None


def _repeat(wanted: ExtrasInput, who: str, slots: int) -> DesignProblem | None:
    if not wanted.repeat:
        return None
    gap = wanted.gap_of(slots)
    most = max(slots - gap + 1, 0)
    if wanted.repeat <= most:
        return None
    message = f"{who} have {slots} pairs: {most} of them can come again {gap} pairs later."
    fix = "lower repeat" + (", or sittings: pairs." if wanted.gap else ", or add briefs.")
    return DesignProblem("repeat", message, fix)


def _same(given: DesignInput, wanted: ExtrasInput) -> list[DesignProblem]:
    if not wanted.same:
        return []
    if len(given.systems) < 3 and given.scheme == "crossed":
        message = (
            "same needs two texts of a system that a rater does not read anyway, and both systems are read."
        )
        return [DesignProblem("same", message, "take same out, or say scheme: balanced.")]
    found = []
    for language in given.languages:
        briefs = {slug for slug, _ in wanted.second}
        count = sum(brief.slug in briefs for brief in given.sorted_briefs(language))
        if count < wanted.same:
            message = (
                f"{count} briefs in {language} have a second sample of a system, and same is {wanted.same}."
            )
            fix = "generate or import second samples, write them as BRIEF/SYSTEM.2.txt, or lower same."
            found.append(DesignProblem("same", message, fix))
    return found
