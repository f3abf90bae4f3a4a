"""What numbers allow: whether a design can keep its promises and detect careless raters."""

from dataclasses import dataclass, replace
from math import ceil

from annotations.design.inputs import DesignInput, ExtrasInput, SeatInput, quotas


@dataclass(frozen=True, slots=True)
class DesignProblem:
    """Something that no draw can fix; `about` is the design's key that could."""

    about: str
    message: str
    fix: str


def design_problems(given: DesignInput, raters_per_pairing: int) -> list[DesignProblem]:
    """Why these numbers of systems, briefs and seats cannot give a balanced study; empty when they can."""
    if found := _language_mismatch(given):
        return found
    if few := _too_few_briefs(given):
        return [few]
    return [
        problem
        for language in given.languages
        if (problem := _language_problem(given, language, raters_per_pairing)) is not None
    ]


def _language_mismatch(given: DesignInput) -> list[DesignProblem]:
    read = {language for seat in given.seats for language in seat.reads}
    unread = [
        DesignProblem(
            "seats",
            f"no seat reads {language}, but there are briefs in it.",
            f"add seats that read {language}.",
        )
        for language in given.languages
        if language not in read
    ]
    unwritten = [
        DesignProblem(
            "seats",
            f"there are seats that read {language}, but no brief in it.",
            f"add briefs in {language}, or change reads.",
        )
        for language in sorted(read - set(given.languages))
    ]
    return unread + unwritten


def _too_few_briefs(given: DesignInput) -> DesignProblem | None:
    if given.briefs_per_seat is None:
        return None
    shares = quotas(given)
    most = min(sum(share.values()) for share in shares.values())
    if most >= given.briefs_per_seat:
        return None
    message = f"briefs_per_seat is {given.briefs_per_seat}, and there is a seat that can read only {most}."
    return DesignProblem("briefs_per_seat", message, f"say {most} or fewer, or add briefs.")


def _readings(given: DesignInput, language: str) -> tuple[int, int]:
    """How often the briefs of a language are read at least, and how many of them once more."""
    total = sum(share.get(language, 0) for share in quotas(given).values())
    return divmod(total, len(given.sorted_briefs(language)))


def _language_problem(given: DesignInput, language: str, raters_per_pairing: int) -> DesignProblem | None:
    k = len(given.systems)
    pairings = k * (k - 1) // 2
    fewest, uneven = _readings(given, language)
    if given.kind == "single":
        return _single_problem(given, language, fewest, raters_per_pairing)
    if fewest // pairings < raters_per_pairing:
        need = raters_per_pairing * pairings
        message = (
            f"a brief in {language} is read {fewest} times; {k} systems make {pairings} pairings, "
            f"and {raters_per_pairing} raters for each need {need}."
        )
        return DesignProblem("seats", message, _more_readings(given, language, need, raters_per_pairing))
    # With k odd, c and c + 1 readings of two briefs can leave one script two behind another: where m k lies
    # between 2 c and 2 c + 2 for some odd m.
    if uneven and k % 2 and (2 * fewest + 1) % k == 0:
        message = (
            f"with {k} systems, briefs in {language} that are read {fewest} and {fewest + 1} times "
            "cannot show every script equally often."
        )
        return DesignProblem("briefs_per_seat", message, _good_numbers(given, raters_per_pairing))
    return None


def _single_problem(given: DesignInput, language: str, fewest: int, raters: int) -> DesignProblem | None:
    """One script at a time: whoever reads a brief reads all its scripts."""
    if fewest >= raters:
        return None
    message = f"a script in {language} is read {fewest} times, and {raters} raters for each are asked for."
    lower = f", or say raters_per_pairing: {fewest}" if fewest >= 2 else ""
    if given.briefs_per_seat is None:
        return DesignProblem("seats", message, f"let at least {raters} seats read {language}{lower}.")
    return DesignProblem("seats", message, f"add seats, or raise briefs_per_seat{lower}.")


def _more_readings(given: DesignInput, language: str, need: int, raters_per_pairing: int) -> str:
    if given.briefs_per_seat is None:
        lower = f", or say raters_per_pairing: {raters_per_pairing - 1}" if raters_per_pairing > 2 else ""
        return f"let at least {need} seats read {language}{lower}."
    briefs = len(given.sorted_briefs(language))
    return (
        f"{need * briefs} readings of the {briefs} briefs in {language} are needed: add seats, "
        "raise briefs_per_seat, or take briefs out."
    )


def _good_numbers(given: DesignInput, raters_per_pairing: int) -> str:
    """Numbers of briefs per seat, near the given one, with which all languages come out."""
    wanted = given.briefs_per_seat or 0
    candidates = sorted(range(1, len(given.briefs) + 1), key=lambda number: (abs(number - wanted), number))
    good: list[int] = []
    for number in candidates:
        if len(good) < 2 and not _fails(replace(given, briefs_per_seat=number), raters_per_pairing):
            good.append(number)
    if not good:
        return "change the number of seats or of briefs."
    return f"say briefs_per_seat: {' or '.join(map(str, sorted(good)))}."


def _fails(given: DesignInput, raters_per_pairing: int) -> bool:
    """As `design_problems`, without looking for remedies."""
    if _too_few_briefs(given):
        return True
    k = len(given.systems)
    for language in given.languages:
        fewest, uneven = _readings(given, language)
        if fewest // (k * (k - 1) // 2) < raters_per_pairing:
            return True
        if uneven and k % 2 and (2 * fewest + 1) % k == 0:
            return True
    return False


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
            _practice_problem(wanted, reads, who),
            _checks_problem(wanted, reads, who, least),
            _repeat_problem(wanted, who, least),
        ):
            found += [problem] if problem else []
    return found + _same_problem(given, wanted)


def _practice_problem(wanted: ExtrasInput, reads: tuple[str, ...], who: str) -> DesignProblem | None:
    count = len(wanted.practised(reads))
    rounds = max(wanted.tries, 1) if wanted.different_scenes else 1
    if not wanted.practice or count >= wanted.needed * rounds:
        return None
    if rounds > 1:
        message = (
            f"practice in {rounds} rounds with {wanted.needed} different scenes each needs "
            f"{wanted.needed * rounds} briefs, and for {who} there are {count}."
        )
        fix = "add briefs in their language, lower pass or tries, or remove different_scenes."
        return DesignProblem("practice", message, fix)
    message = f"practice needs {wanted.needed} right answers, and for {who} there are {count} briefs."
    return DesignProblem("practice", message, "add briefs in their language, or lower pass.")


def _checks_problem(
    wanted: ExtrasInput, reads: tuple[str, ...], who: str, slots: int
) -> DesignProblem | None:
    count = sum(brief.language in reads for brief in wanted.checks)
    if count < wanted.per_seat:
        message = f"there are {count} checks for {who}, and per_seat is {wanted.per_seat}."
        return DesignProblem("checks", message, "add briefs in their language, or lower per_seat.")
    if slots < wanted.per_seat:
        message = f"{who} have {slots} pairs, and per_seat is {wanted.per_seat}."
        return DesignProblem("checks", message, f"say per_seat: {slots} or fewer.")
    return None


def _repeat_problem(wanted: ExtrasInput, who: str, slots: int) -> DesignProblem | None:
    if not wanted.repeat:
        return None
    gap = wanted.gap_of(slots)
    most = max(slots - gap + 1, 0)
    if wanted.repeat <= most:
        return None
    message = f"{who} have {slots} pairs: {most} of them can come again {gap} pairs later."
    fix = "lower repeat" + (", or sittings: pairs." if wanted.gap else ", or add briefs.")
    return DesignProblem("repeat", message, fix)


def _same_problem(given: DesignInput, wanted: ExtrasInput) -> list[DesignProblem]:
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


LEAST_MEASURED = 3
"""Pairs, or scripts alone, for what was measured of reading."""


LEAST_SIDED, LEAST_SIDED_ALONE, LEAST_SCORED = 4, 5, 6
"""Pairs with further answers and without, and scripts alone, for who always gives one answer."""


ANSWER, SCORES, KNOWN, ENOUGH = 1.0, 1.85, 1.9, 22.0
"""What tells chance from judging: of each pair the weight of a further criterion and of the scores, and the
weight of a check or a repeated pair; and how much of it finds nine in ten."""


@dataclass(frozen=True, slots=True)
class SeatWorkload:
    """What one rater is asked: main pairs (or scripts alone), criteria, and what is placed besides."""

    pairs: int
    criteria: int
    scores: bool
    checks: int = 0
    repeats: int = 0
    alone: bool = False

    @property
    def everything(self) -> int:
        return self.pairs + self.checks + self.repeats


def undetectable_kinds(asked: SeatWorkload) -> tuple[str, ...]:
    """Of `random`, `one_side` and `unread` (too fast, never scrolling) those that cannot be told."""
    found = []
    if asked.alone or _weight(asked) < ENOUGH:
        found.append("random")
    more = asked.criteria > 1 or asked.scores
    least = LEAST_SCORED if asked.alone else LEAST_SIDED if more else LEAST_SIDED_ALONE
    if asked.everything < least:
        found.append("one_side")
    if asked.everything < LEAST_MEASURED:
        found.append("unread")
    return tuple(found)


def missing_known_answers(asked: SeatWorkload) -> int:
    """How many checks or repeated pairs more would tell a rater who answers at random."""
    return ceil(max(0.0, ENOUGH - _weight(asked)) / (KNOWN + ANSWER * (asked.criteria - 1)))


def _weight(asked: SeatWorkload) -> float:
    criteria = ANSWER * (asked.criteria - 1) * asked.everything
    scores = SCORES * asked.pairs if asked.scores else 0.0
    return criteria + scores + KNOWN * (asked.checks + asked.repeats)
