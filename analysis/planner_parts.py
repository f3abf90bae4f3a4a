"""The planner's simulation in parts: each request draws a few studies and hands on, signed, what is known."""

from dataclasses import asdict
from typing import Any

from django.core import signing

from analysis.stats.power import Planned, Question, Share, Simulated, simulate_power
from analysis.stats.power.simulated import SHARES, merged

SALT = "analysis.planner"
ROWS_AT_A_TIME = 6000  # judgments drawn in one request: about a second
MOST_AT_A_TIME = 25
MOST_ROWS = 20_000  # of one study, for larger ones there is the command line
OLDEST = 24 * 3600  # seconds


def can_simulate(planned: Planned) -> bool:
    return planned.sizes.rows <= MOST_ROWS


def next_part(question: Question, planned: Planned, known: Simulated | None) -> Simulated | None:
    """What is known after some more studies."""
    first = known.studies if known else 0
    batches = 2 if question.test.margin is not None and question.difference else 1
    fits = ROWS_AT_A_TIME // (planned.sizes.rows * batches)
    studies = min(max(1, min(fits, MOST_AT_A_TIME)), question.studies - first)
    if studies <= 0:
        return known
    part = simulate_power(
        question.assumed, planned.sizes, question.difference, question.test,
        studies=studies, seed=question.seed, first=first,
    )  # fmt: skip
    assert part is not None
    return merged(known, part) if known else part


def signed(query: str, known: Simulated) -> str:
    """What is known, for the question of this query string and no other."""
    return signing.dumps({"query": query, "known": asdict(known)}, salt=SALT, compress=True)


def known_of(token: str, query: str) -> Simulated | None:
    """None for a token that is not ours, too old, or of another question: the simulation begins anew."""
    try:
        data: dict[str, Any] = signing.loads(token, salt=SALT, max_age=OLDEST)
    except signing.BadSignature:
        return None
    if data["query"] != query:
        return None
    known = data["known"]
    shares = {name: None if known[name] is None else Share(**known[name]) for name in SHARES}
    return Simulated(**{**known, **shares})
