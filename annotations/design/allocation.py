"""Which briefs each seat reads."""

import numpy as np

from annotations.design.inputs import BriefInput, DesignInput, SeatInput


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


def allocate(given: DesignInput, rng: np.random.Generator) -> dict[int, list[BriefInput]]:
    """The briefs of each seat. Every brief of a language is read equally often, to within one.

    A seat takes the briefs read least so far, ties by chance. That keeps the counts within one: while `m`
    briefs are one behind, a seat takes those first, and what it takes beyond them makes the next ones that
    are ahead.
    """
    shares = quotas(given)
    found: dict[int, list[BriefInput]] = {seat.number: [] for seat in given.seats}
    for language in given.languages:
        briefs = given.sorted_briefs(language)
        counts = np.zeros(len(briefs), dtype=np.int64)
        for seat in given.sorted_seats():
            chosen = _least_read(counts, shares[seat.number].get(language, 0), rng)
            counts[chosen] += 1
            found[seat.number] += [briefs[index] for index in sorted(chosen)]
    return found


def _least_read(counts: np.ndarray, wanted: int, rng: np.random.Generator) -> list[int]:
    order = np.lexsort((rng.permutation(len(counts)), counts))
    return [int(index) for index in order[:wanted]]


def readers_of(allocation: dict[int, list[BriefInput]], seats: list[SeatInput]) -> dict[str, list[int]]:
    """The seats that read each brief, by number."""
    found: dict[str, list[int]] = {}
    for seat in seats:
        for brief in allocation[seat.number]:
            found.setdefault(brief.slug, []).append(seat.number)
    return found
