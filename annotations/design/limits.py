"""What numbers allow: whether a design can keep its promises and detect careless raters."""

from dataclasses import dataclass, replace

from annotations.design.inputs import DesignInput, ExtrasInput, SeatInput, quotas
from evalsite.core.reason_codes import sentence


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
            sentence("no seat reads %(language)s, but there are briefs in it.", language=language),
            sentence("add seats that read %(language)s.", language=language),
        )
        for language in given.languages
        if language not in read
    ]
    unwritten = [
        DesignProblem(
            "seats",
            sentence("there are seats that read %(language)s, but no brief in it.", language=language),
            sentence("add briefs in %(language)s, or change reads.", language=language),
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
    message = sentence(
        "briefs_per_seat is %(count)s, but one seat can read only %(most)s.",
        count=given.briefs_per_seat,
        most=most,
    )
    fix = sentence("use at most %(most)s, or add briefs.", most=most)
    return DesignProblem("briefs_per_seat", message, fix)


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
        message = sentence(
            "a brief in %(language)s is read %(count)s times, but %(systems)s systems make %(pairings)s "
            "pairings, and %(raters)s raters for each need %(need)s readings.",
            language=language,
            count=fewest,
            systems=k,
            pairings=pairings,
            raters=raters_per_pairing,
            need=need,
        )
        return DesignProblem("seats", message, _more_readings(given, language, need, raters_per_pairing))
    # With k odd, c and c + 1 readings of two briefs can leave one script two behind another: where m k lies
    # between 2 c and 2 c + 2 for some odd m.
    if uneven and k % 2 and (2 * fewest + 1) % k == 0:
        message = sentence(
            "with %(systems)s systems, briefs in %(language)s that are read %(count)s and %(more)s times "
            "can't show every script equally often.",
            systems=k,
            language=language,
            count=fewest,
            more=fewest + 1,
        )
        return DesignProblem("briefs_per_seat", message, _good_numbers(given, raters_per_pairing))
    return None


def _single_problem(given: DesignInput, language: str, fewest: int, raters: int) -> DesignProblem | None:
    """One script at a time: who reads a brief reads all its scripts."""
    if fewest >= raters:
        return None
    message = sentence(
        "a script in %(language)s is read %(count)s times, but %(raters)s raters are required for each.",
        language=language,
        count=fewest,
        raters=raters,
    )
    if given.briefs_per_seat is None:
        return DesignProblem("seats", message, _more_seats(language, raters, fewest))
    if fewest < 2:
        return DesignProblem("seats", message, sentence("add seats, or raise briefs_per_seat."))
    fix = sentence("add seats, raise briefs_per_seat, or set raters_per_pairing: %(raters)s.", raters=fewest)
    return DesignProblem("seats", message, fix)


def _more_seats(language: str, seats: int, raters: int) -> str:
    if raters < 2:
        return sentence("let at least %(count)s seats read %(language)s.", count=seats, language=language)
    return sentence(
        "let at least %(count)s seats read %(language)s, or set raters_per_pairing: %(raters)s.",
        count=seats,
        language=language,
        raters=raters,
    )


def _more_readings(given: DesignInput, language: str, need: int, raters_per_pairing: int) -> str:
    if given.briefs_per_seat is None:
        return _more_seats(language, need, raters_per_pairing - 1)
    briefs = len(given.sorted_briefs(language))
    return sentence(
        "the %(briefs)s briefs in %(language)s need %(count)s readings: add seats, raise briefs_per_seat, "
        "or remove briefs.",
        briefs=briefs,
        language=language,
        count=need * briefs,
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
        return sentence("change the number of seats or of briefs.")
    if len(good) == 1:
        return sentence("set briefs_per_seat: %(count)s.", count=good[0])
    return sentence("set briefs_per_seat: %(low)s or %(high)s.", low=min(good), high=max(good))


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
        who = (
            sentence("seats that read %(language)s", language=reads[0])
            if len(reads) == 1
            else sentence("seats that read both languages")
        )
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
        message = sentence(
            "practice in %(rounds)s rounds with %(passing)s different scenes each needs %(need)s briefs, "
            "but there are %(count)s for %(seats)s.",
            rounds=rounds,
            passing=wanted.needed,
            need=wanted.needed * rounds,
            count=count,
            seats=who,
        )
        fix = sentence("add briefs in their language, lower pass or tries, or remove different_scenes.")
        return DesignProblem("practice", message, fix)
    message = sentence(
        "practice needs %(need)s right answers, but there are %(count)s briefs for %(seats)s.",
        need=wanted.needed,
        count=count,
        seats=who,
    )
    return DesignProblem("practice", message, sentence("add briefs in their language, or lower pass."))


def _checks_problem(
    wanted: ExtrasInput, reads: tuple[str, ...], who: str, slots: int
) -> DesignProblem | None:
    count = sum(brief.language in reads for brief in wanted.checks)
    if count < wanted.per_seat:
        message = sentence(
            "there are %(count)s checks for %(seats)s, but per_seat is %(wanted)s.",
            count=count,
            seats=who,
            wanted=wanted.per_seat,
        )
        fix = sentence("add briefs in their language, or lower per_seat.")
        return DesignProblem("checks", message, fix)
    if slots < wanted.per_seat:
        message = sentence(
            "%(seats)s have %(count)s pairs, but per_seat is %(wanted)s.",
            seats=who,
            count=slots,
            wanted=wanted.per_seat,
        )
        return DesignProblem("checks", message, sentence("set per_seat to at most %(count)s.", count=slots))
    return None


def _repeat_problem(wanted: ExtrasInput, who: str, slots: int) -> DesignProblem | None:
    if not wanted.repeat:
        return None
    gap = wanted.gap_of(slots)
    most = max(slots - gap + 1, 0)
    if wanted.repeat <= most:
        return None
    message = sentence(
        "%(seats)s have %(count)s pairs, so %(most)s of them can be repeated %(gap)s pairs later.",
        seats=who,
        count=slots,
        most=most,
        gap=gap,
    )
    gap_fix, briefs_fix = (
        sentence("lower repeat or sittings: pairs."),
        sentence("lower repeat, or add briefs."),
    )
    return DesignProblem("repeat", message, gap_fix if wanted.gap else briefs_fix)


def _same_problem(given: DesignInput, wanted: ExtrasInput) -> list[DesignProblem]:
    if not wanted.same:
        return []
    if len(given.systems) < 3 and given.scheme == "crossed":
        message = sentence(
            "same needs two texts of a system that the rater doesn't read otherwise, "
            "but each rater reads both systems."
        )
        return [DesignProblem("same", message, sentence("remove same, or set scheme: balanced."))]
    found = []
    for language in given.languages:
        briefs = {slug for slug, _ in wanted.second}
        count = sum(brief.slug in briefs for brief in given.sorted_briefs(language))
        if count < wanted.same:
            message = sentence(
                "%(count)s briefs in %(language)s have a second sample of a system, but same is %(wanted)s.",
                count=count,
                language=language,
                wanted=wanted.same,
            )
            fix = sentence(
                "generate or import second samples, write them as BRIEF/SYSTEM.2.txt, or lower same."
            )
            found.append(DesignProblem("same", message, fix))
    return found


LEAST_MEASURED = 3
"""Pairs, or scripts alone, for what was measured of reading."""


LEAST_SIDED, LEAST_SCORED = 8, 6
"""Pairs, and scripts alone, for who always gives one answer."""


ENOUGH_ALONE = 50
"""Scripts alone that others score too, from where random scores of nine in ten raters are found."""


@dataclass(frozen=True, slots=True)
class SeatWorkload:
    """What one rater is asked: main pairs (or scripts alone), and what is placed besides."""

    pairs: int
    checks: int = 0
    repeats: int = 0
    alone: bool = False

    @property
    def everything(self) -> int:
        return self.pairs + self.checks + self.repeats


def undetectable_kinds(asked: SeatWorkload) -> tuple[str, ...]:
    """Of `random`, `one_side` and `unread` (too fast, never scrolling) those that cannot be found."""
    found = []
    if asked.everything < ENOUGH_ALONE if asked.alone else not asked.checks + asked.repeats:
        found.append("random")
    if asked.everything < (LEAST_SCORED if asked.alone else LEAST_SIDED):
        found.append("one_side")
    if asked.everything < LEAST_MEASURED:
        found.append("unread")
    return tuple(found)
