"""The answer that the planner's page shows: in closed form, and simulated in parts.

Each request draws a few studies and hands on, signed, what is known so far.
"""

from dataclasses import asdict, replace
from typing import Any

from django.core import signing
from django.utils.translation import get_language

from analysis.charts.power import about, draw_power
from analysis.planner.forms import PlannerForm
from analysis.stats.power import (
    Answer,
    Need,
    PlannedStudy,
    Question,
    Share,
    Simulated,
    answer,
    simulate_power,
    words,
)
from analysis.stats.power.closed_form import DIFFERENT
from analysis.stats.power.simulated import SHARES, differences, merged

SALT = "analysis.planner"
ROWS_AT_A_TIME = 6000  # judgments drawn in one request: about a second
MOST_AT_A_TIME = 25
MOST_ROWS = 20_000  # of one study, for larger ones there is the command line
OLDEST = 24 * 3600  # seconds


def can_simulate(planned: PlannedStudy) -> bool:
    return planned.sizes.rows <= MOST_ROWS


def next_part(question: Question, planned: PlannedStudy, known: Simulated | None) -> Simulated | None:
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
    """None for a token that is not ours, too old, or of another question: the simulation starts again."""
    try:
        data: dict[str, Any] = signing.loads(token, salt=SALT, max_age=OLDEST)
    except signing.BadSignature:
        return None
    if data["query"] != query:
        return None
    known = data["known"]
    shares = {name: None if known[name] is None else Share(**known[name]) for name in SHARES}
    return Simulated(**{**known, **shares})


def page(form: PlannerForm, query: str) -> dict[str, Any]:
    """Of a valid form, in closed form alone."""
    return _context(answer(form.question()), query, None)


def simulated_page(form: PlannerForm, query: str, token: str) -> dict[str, Any] | None:
    """The same after some more studies; None where there is nothing to simulate, or where it is too much."""
    found = answer(form.question())
    if not found.question.sized or not can_simulate(found.studies[0]):
        return None
    known = known_of(token, query)
    return _context(found, query, next_part(found.question, found.studies[0], known))


def chart(form: PlannerForm, query: str, token: str) -> str:
    """The chance against the number of raters, with the simulated point where there is one."""
    found = _with(answer(form.question()), known_of(token, query))
    return draw_power(found, _language())


def _with(found: Answer, known: Simulated | None) -> Answer:
    if known is None or not found.studies:
        return found
    planned = found.studies[0]
    differ = tuple(differences(planned.closed, known))
    return replace(found, studies=(replace(planned, simulated=known, differ=differ), *found.studies[1:]))


def _context(found: Answer, query: str, known: Simulated | None) -> dict[str, Any]:
    found = _with(found, known)
    lang = _language()
    question = found.question
    context: dict[str, Any] = {
        "found": found,
        "query": query,
        "about": about(found, lang),
        "needs": [_need_row(question, need, lang) for need in found.needs],
        "verdict": words.enough(found.needs, lang) if found.needs else "",
    }
    if question.sized:
        planned = found.studies[0]
        token = signed(query, known) if known else ""
        # Between equal systems there is no difference that more raters could tell.
        askable = question.difference or question.test.claim != DIFFERENT
        lacking = answer(replace(question, raters=())).needs if askable else ()
        context |= {
            "planned": planned,
            "headline": words.headline(planned.sizes, lang),
            "verdict": words.verdict(question, planned, lacking, lang),
            "rows": list(words.rows(question, planned, lang)),
            "remarks": list(words.remarks(planned, lang)),
            "can_simulate": can_simulate(planned),
            "done": known.studies if known else 0,
            "of": question.studies,
            "token": token,
        }
    return context


def _language() -> str:
    return "zh-hans" if (get_language() or "en").startswith("zh") else "en"


def _need_row(question: Question, need: Need, lang: str) -> dict[str, Any]:
    """One row of the table of what is needed; `sizes` are those that a link fills in."""
    sizes = need.sizes
    return {
        "scenes": need.scenes if sizes is None else sizes.scenes,
        "series": need.series,
        "raters": need.raters if sizes is None else sizes.raters,
        "per_rater": None if sizes is None else f"{sizes.per_rater:.0f}",
        "chance": words.percent(need.chance, lang=lang),
        "sizes": sizes,
        "reason": words.need_reason(need, question, lang),
    }
