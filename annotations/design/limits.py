"""What numbers allow: whether a design can keep its promises, and which numbers would."""

from collections import Counter
from dataclasses import dataclass

from annotations.design.allocation import quotas
from annotations.design.inputs import DesignInput


@dataclass(frozen=True, slots=True)
class DesignProblem:
    """Something that no draw can mend; `about` is the design's key that could."""

    about: str
    message: str
    mend: str


def design_problems(given: DesignInput, raters_per_pairing: int) -> list[DesignProblem]:
    """Why these numbers of systems, briefs and seats cannot give a balanced study; empty when they can."""
    found = []
    for language in given.languages:
        if not any(language in seat.reads for seat in given.seats):
            message = f"no seat reads {language}, but there are briefs in it."
            found.append(DesignProblem("seats", message, f"add seats that read {language}."))
    for language in sorted({language for seat in given.seats for language in seat.reads}):
        if language not in given.languages:
            message = f"there are seats that read {language}, but no brief in it."
            found.append(DesignProblem("seats", message, f"add briefs in {language}, or change reads."))
    if found:
        return found
    if given.briefs_per_seat is not None and (few := _too_few_briefs(given)):
        return [few]
    for language in given.languages:
        found += _language_problems(given, language, raters_per_pairing)
    return found


def _too_few_briefs(given: DesignInput) -> DesignProblem | None:
    shares = quotas(given)
    for seat in given.sorted_seats():
        most = sum(shares[seat.number].values())
        if most < (given.briefs_per_seat or 0):
            message = f"seat {seat.number} can read {most} briefs, not {given.briefs_per_seat}."
            return DesignProblem("briefs_per_seat", message, f"say {most} or fewer, or add briefs.")
    return None


def _language_problems(given: DesignInput, language: str, raters_per_pairing: int) -> list[DesignProblem]:
    k, briefs = len(given.systems), len(given.sorted_briefs(language))
    readings = sum(share.get(language, 0) for share in quotas(given).values())
    fewest, uneven = divmod(readings, briefs)
    pairings = k * (k - 1) // 2
    if fewest // pairings < raters_per_pairing:
        need = raters_per_pairing * pairings
        message = (
            f"each brief in {language} is read {fewest} times; {k} systems make {pairings} pairings, "
            f"and {raters_per_pairing} raters for each need {need}."
        )
        return [DesignProblem("seats", message, _more_readings(given, language, need, raters_per_pairing))]
    # With k odd, c and c + 1 readings of different briefs can leave one script two behind another one.
    if uneven and k % 2 and (2 * fewest + 1) % k == 0:
        message = (
            f"with {k} systems, briefs in {language} read {fewest} and {fewest + 1} times cannot show every "
            "script equally often."
        )
        return [DesignProblem("briefs_per_seat", message, _even_numbers(given, language, raters_per_pairing))]
    return []


def _more_readings(given: DesignInput, language: str, need: int, raters_per_pairing: int) -> str:
    if given.briefs_per_seat is None:
        lower = f", or say raters_per_pairing: {raters_per_pairing - 1}" if raters_per_pairing > 2 else ""
        return f"let at least {need} seats read {language}{lower}."
    readers = sum(language in seat.reads for seat in given.seats)
    briefs = len(given.sorted_briefs(language))
    return (
        f"add seats or briefs_per_seat until the {readers} seats that read {language} give {need * briefs} "
        f"readings for its {briefs} briefs."
    )


def _even_numbers(given: DesignInput, language: str, raters_per_pairing: int) -> str:
    """Numbers of briefs per seat near the given one that do."""
    most = len(given.briefs)
    good = []
    for number in range(1, most + 1):
        other = DesignInput(
            given.systems, given.briefs, given.seats, given.criteria, given.scheme, briefs_per_seat=number
        )
        if not design_problems_of_kind(other, language, raters_per_pairing):
            good.append(number)
    near = sorted(sorted(good, key=lambda number: abs(number - (given.briefs_per_seat or 0)))[:3])
    words = " or ".join(map(str, near))
    return f"say briefs_per_seat: {words}." if near else "change the number of seats or briefs."


def design_problems_of_kind(given: DesignInput, language: str, raters_per_pairing: int) -> bool:
    """Whether a number of briefs per seat fails for this language."""
    if _too_few_briefs(given):
        return True
    k, briefs = len(given.systems), len(given.sorted_briefs(language))
    counts = Counter({"all": sum(share.get(language, 0) for share in quotas(given).values())})
    fewest, uneven = divmod(counts["all"], briefs)
    enough = fewest // (k * (k - 1) // 2) >= raters_per_pairing
    return not enough or bool(uneven and k % 2 and (2 * fewest + 1) % k == 0)
