"""Which two scripts of a brief each reader compares.

The pairings of a brief are laid out in a sequence, and its readers, by the numbers of their seats, take one
each. The sequence is built from rounds in which every script occurs equally often, so whatever number of
readers comes, all scripts have been read equally often to within one:

- k even: the complete graph of k scripts falls into k - 1 perfect matchings (the circle method of round-robin
  tournaments). One matching is one round.
- k odd: it falls into (k - 1) / 2 Hamiltonian cycles (Walecki). A cycle v0 v1 ... v(k-1) is taken as the
  edges v0v1, v2v3, ..., v(k-3)v(k-2), which leave v(k-1) out; then v(k-1)v0, which evens that and puts v0
  ahead; then v1v2, v3v4, ..., v(k-2)v(k-1), which bring all others up.

All pairings occur once before any occurs twice. Within a block of a round the order is free, and so is the
order of rounds: this freedom lets one rater meet many system pairs, and spreads the system pairs over
positions.
"""

from collections.abc import Sequence

import numpy as np

Edge = tuple[int, int]
Round = list[list[Edge]]
"""Blocks in a fixed order; the order of edges within a block is free."""

# How much it costs to give a rater a pair again, to repeat a pair at one position, and, where not all
# pairings of a brief can be read equally often, to take a pair that other briefs gave often.
AGAIN, SAME_POSITION, OVER_BRIEFS = 4.0, 1.0, 2.0


def rounds(systems: int, rng: np.random.Generator) -> list[Round]:
    """All pairings of `systems` scripts, once each, in rounds of equal exposure; which is which is drawn."""
    names = [int(name) for name in rng.permutation(systems)]
    made = _matchings(systems) if systems % 2 == 0 else _cycles(systems)
    return [[[_edge(names[a], names[b]) for a, b in block] for block in each] for each in made]


def _edge(a: int, b: int) -> Edge:
    return (a, b) if a < b else (b, a)


def _matchings(k: int) -> list[Round]:
    """The circle method: one script stays, the others go round."""
    made = []
    for turn in range(k - 1):
        ring = [(turn + step) % (k - 1) for step in range(k - 1)]
        pairs = [(k - 1, ring[0])]
        pairs += [(ring[step], ring[k - 1 - step]) for step in range(1, k // 2)]
        made.append([pairs])
    return made


def _cycles(k: int) -> list[Round]:
    """Walecki's cycles: a zigzag over an even number of scripts, turned step by step, and one more."""
    ring = k - 1
    made = []
    for turn in range(ring // 2):
        zigzag = [(turn + (step + 1) // 2 if step % 2 else turn - step // 2) % ring for step in range(ring)]
        cycle = [k - 1, *zigzag]
        ahead = [(cycle[at], cycle[at + 1]) for at in range(0, k - 1, 2)]
        behind = [(cycle[at], cycle[at + 1]) for at in range(1, k - 1, 2)]
        made.append([ahead, [(cycle[k - 1], cycle[0])], behind])
    return made


class Counts:
    """What has been given so far: by seat and pair, by position and pair, by pair."""

    def __init__(self, systems: int, seats: int, positions: int) -> None:
        self.pair_of = {
            edge: index
            for index, edge in enumerate((a, b) for a in range(systems) for b in range(a + 1, systems))
        }
        pairs = len(self.pair_of)
        self.by_seat = np.zeros((seats, pairs))
        self.by_position = np.zeros((positions + 1, pairs))
        self.by_pair = np.zeros(pairs)

    def cost(
        self, seats: Sequence[int], positions: Sequence[int], pairs: np.ndarray, whole: bool
    ) -> np.ndarray:
        cost = AGAIN * self.by_seat[np.ix_(seats, pairs)]
        cost += SAME_POSITION * self.by_position[np.ix_(positions, pairs)]
        if not whole:
            cost += OVER_BRIEFS * self.by_pair[pairs]
        return cost

    def add(self, seat: int, position: int, pair: int) -> None:
        self.by_seat[seat, pair] += 1
        self.by_position[position, pair] += 1
        self.by_pair[pair] += 1


def draw_brief(
    seats: Sequence[int], positions: Sequence[int], systems: int, counts: Counts, rng: np.random.Generator
) -> list[Edge]:
    """The pairing of each reader of one brief.

    `seats` are the readers in the order of their numbers, as rows of `counts`; `positions` is where each of
    them meets the brief.
    """
    given: list[Edge] = []
    left: list[Round] = []
    pairings = systems * (systems - 1) // 2
    whole_until = len(seats) // pairings * pairings
    while len(given) < len(seats):
        left = left or rounds(systems, rng)
        start = len(given)
        offers = [
            _fill(seats[start:], positions[start:], each, counts, start < whole_until, rng) for each in left
        ]
        best = min(range(len(offers)), key=lambda index: (offers[index][0], index))
        left.pop(best)
        for offset, edge in enumerate(offers[best][1]):
            counts.add(seats[start + offset], positions[start + offset], counts.pair_of[edge])
        given += offers[best][1]
    return given


def _fill(
    seats: Sequence[int],
    positions: Sequence[int],
    blocks: Round,
    counts: Counts,
    whole: bool,
    rng: np.random.Generator,
) -> tuple[float, list[Edge]]:
    """The cheapest way for the next readers to take a round, and its cost per reader; ties fall by chance."""
    from scipy.optimize import linear_sum_assignment  # slow to import; only a draw needs it

    total, taken = 0.0, list[Edge]()
    for block in blocks:
        here, there = seats[len(taken) :][: len(block)], positions[len(taken) :][: len(block)]
        if not here:
            break
        pairs = np.array([counts.pair_of[edge] for edge in block])
        cost = counts.cost(here, there, pairs, whole) + 0.01 * rng.random((len(here), len(pairs)))
        _, columns = linear_sum_assignment(cost)
        total += float(cost[np.arange(len(here)), columns].sum())
        taken += [block[int(column)] for column in columns]
    return total / len(taken), taken
