"""The two lists of the report's first page: the ranking of the systems, and the answer to the question.

Both only rearrange entries of the other lists, after their p values were adjusted. They add two results: the
rank range of a system where the ability model gives none, and the verdict on each primary contrast.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

from analysis.stats.claims import Decision, decide_claims, decide_difference
from analysis.stats.linear import negated
from analysis.stats.multiple_testing import holm
from analysis.stats.plan import DIFFERENCE, NON_INFERIOR, OVERALL, Plan
from analysis.stats.quantities import POOLED
from analysis.stats.report import Entry
from analysis.stats.win_rates import ALL

Lists = Mapping[str, Sequence[Entry]]
Range = tuple[int, int]
DEFINITIONS = ("parity", "ratio_of_means")
CLAIMS = ("non_inferior", "equivalent")
SIDES = ("better", "worse")
P_KEYS = ("p", "p_adjusted", "adjustment", "tests", "adjusted_note")


def first_page(lists: Lists, plan: Plan, assay: str | None = None) -> dict[str, tuple[Entry, ...]]:
    """Return `leaderboard` and `answer`; `assay` is what proves that the raters see a difference."""
    return {"leaderboard": tuple(_leaderboards(lists, plan)), "answer": tuple(_answers(lists, plan, assay))}


def _leaderboards(lists: Lists, plan: Plan) -> Iterator[Entry]:
    """One ranking of all systems: pooled where the plan pools languages, else one for each language."""
    abilities, scores = lists["abilities"], _read_alone_first(lists["mean_scores"])
    criterion = _leading_criterion(plan, [*abilities, *scores])
    judged = [entry for entry in abilities if entry.criterion == criterion]
    rows = judged or [entry for entry in scores if entry.criterion == criterion]
    for part in _by_language(rows):
        if judged and all(entry.estimate is None for entry in part):
            yield from _without_abilities(part, lists, plan)
        else:
            yield from _leaderboard(part, "ability" if judged else "score", lists, plan)


def _without_abilities(rows: Sequence[Entry], lists: Lists, plan: Plan) -> Iterator[Entry]:
    """By win rate where the model could not be fitted. Systems that never met, not even through third ones,
    have win rates over different opponents, and no ranks."""
    rates, _ = _of_place(lists, rows)
    reason = rows[0].reason
    ranked = reason is None or reason.code != "separate_systems"
    found = [rates[row.own["system"]] for row in rows if row.own["system"] in rates]
    if found:
        yield from _leaderboard(found, "win_rate", lists, plan, ranked)


def _leaderboard(
    rows: Sequence[Entry], measure: str, lists: Lists, plan: Plan, ranked: bool = True
) -> Iterator[Entry]:
    known = sorted((e for e in rows if e.estimate is not None), key=_by_value)
    method, ranges = _rank_ranges(rows, measure, lists, plan) if ranked else (None, {})
    ranks: dict[float | None, int] = {}
    for place, entry in enumerate(known, 1):
        ranks.setdefault(entry.estimate, place)
    rates, levels = _of_place(lists, rows)
    for entry in [*known, *(e for e in rows if e.estimate is None)]:
        system = entry.own["system"]
        rank = ranks.get(entry.estimate) if ranked else None
        first, last = ranges.get(system) or (None, None)
        own = {
            "system": system,
            "is_human": system in plan.human,
            "measure": measure,
            "context": entry.own.get("context"),
            "rank": rank,
            "rank_low": first,
            "rank_high": last,
            "rank_method": method,
            **_limits("win_rate", rates.get(system)),
            **_human_level(levels.get(system, ()), entry, system, plan.human),
        }
        yield replace(entry, own=own)


def _of_place(lists: Lists, rows: Sequence[Entry]) -> tuple[dict[str, Entry], dict[str, list[Entry]]]:
    """By system, at the criterion and language of the rows: win rate against all others, human levels."""
    rates = (e for e in lists["win_rates"] if e.own["opponent"] == ALL and _same_place(e, rows[0]))
    levels: dict[str, list[Entry]] = {}
    for entry in lists["human_level"]:
        if entry.own["definition"] in DEFINITIONS and _same_place(entry, rows[0]):
            levels.setdefault(entry.own["system"], []).append(entry)
    return {e.own["system"]: e for e in rates}, levels


def _rank_ranges(
    rows: Sequence[Entry], measure: str, lists: Lists, plan: Plan
) -> tuple[str | None, Mapping[str, Range]]:
    """Return the method and the first and last rank that each system can have; all of them hold together.

    The ability model has its own ranges, for one language, by the largest of all differences (max-t).
    Otherwise (pooled languages, mean scores) two systems count as different where Holm's adjusted p of their
    difference, over all pairs of the ranking, is at most 1 - level. The range is 1 + the number of systems
    above to k - the number below, as in Mogstad, Romano, Shaikh and Wilhelm (2024), Review of Economic
    Studies 91:476-518, with Holm's method as the step-down test.
    """
    systems = [entry.own["system"] for entry in rows]
    if all(entry.own.get("rank_low") is not None for entry in rows):
        return "max_t", {e.own["system"]: (e.own["rank_low"], e.own["rank_high"]) for e in rows}
    tests: dict[tuple[str, str], Entry] = {}
    for entry in lists["differences"]:
        if entry.own["of"] == measure and entry.own["p"] is not None and _same_place(entry, rows[0]):
            tests[entry.own["system"], entry.own["other"]] = entry
    if len(tests) < len(list(combinations(systems, 2))):
        return None, {}
    above, below = dict.fromkeys(systems, 0), dict.fromkeys(systems, 0)
    for (one, other), p in zip(tests, holm([e.own["p"] for e in tests.values()]), strict=True):
        gap = tests[one, other].estimate
        if gap is not None and p <= 1 - plan.level:
            better, worse = (one, other) if gap > 0 else (other, one)
            above[worse] += 1
            below[better] += 1
    return "holm", {name: (1 + above[name], len(systems) - below[name]) for name in systems}


def _answers(lists: Lists, plan: Plan, assay: str | None) -> Iterator[Entry]:
    """One entry for each primary contrast; without one, for each system against each human system."""
    criterion = plan.primary_criterion
    rates = [e for e in lists["win_rates"] if e.criterion == criterion and "derived_from" not in e.own]
    if rates:
        found, by_scores = rates, False
    else:
        scores = [e for e in lists["differences"] if e.own["of"] == "score" and e.criterion == criterion]
        found, by_scores = _both_ways(_read_alone_first(scores)), True
    rows = []
    for part in _by_language(found):
        for pair in _pairs(part, plan):
            rows += [e for e in part if (e.own["system"], e.own["opponent"]) == pair][:1]
    claims = [None] * len(rows) if plan.claim == DIFFERENCE else decide_claims(rows, plan)
    still_open = _still_open(found)
    for entry, claim in zip(rows, claims, strict=True):
        yield _answer(entry, claim, lists, plan, assay, by_scores, still_open)


def _still_open(rows: Sequence[Entry]) -> int:
    """How many primary tests of these contrasts do not reject; A over B and B over A are one test."""
    return len(
        {
            (frozenset((e.own["system"], e.own["opponent"])), e.language)
            for e in rows
            if e.family == "primary" and (e.own.get("p_adjusted") or 0.0) > 1 - e.level
        }
    )


def _pairs(rows: Sequence[Entry], plan: Plan) -> Sequence[tuple[str, str]]:
    if plan.contrasts:
        return plan.contrasts
    met = [(e.own["system"], e.own["opponent"]) for e in rows if not e.own["opponent"].startswith("*")]
    if plan.human:
        return [(one, other) for one, other in met if one not in plan.human and other in plan.human]
    return met[:1] if len({frozenset(pair) for pair in met}) == 1 else []


def _answer(
    entry: Entry,
    claim: Decision | None,
    lists: Lists,
    plan: Plan,
    assay: str | None,
    by_scores: bool,
    still_open: int,
) -> Entry:
    """A win rate or a difference of mean scores with its verdict. During planned looks the interval is that
    of the look, and p has no meaning."""
    names = {key: entry.own[key] for key in ("system", "opponent")}
    level = _human_level(lists["human_level"], entry, names["system"], (names["opponent"],))
    shown: dict[str, Any] = {key: entry.own.get(key) for key in P_KEYS}
    claims, difference = _claims(lists, entry), decide_difference(entry, still_open)
    used, certain = (difference.low, difference.high, difference.level), difference.holds
    if plan.look is not None:
        # The claims against a margin are those of the end of the study.
        entry = _find(lists["looks"], entry, **names) or entry
        shown, claims = dict.fromkeys(P_KEYS), dict.fromkeys(CLAIMS)
        used = (entry.low, entry.high, entry.level)
    null = 0.0 if by_scores else 0.5
    if shown["p"] is None:
        certain = entry.low is not None and entry.high is not None and not entry.low <= null <= entry.high
    verdict = _verdict(entry.estimate, null, certain, claim, plan, assay)
    if claim is not None and verdict not in SIDES:
        used = (claim.low, claim.high, claim.level)
    own = {
        **names,
        "measure": "score_difference" if by_scores else "win_rate",
        "context": entry.own.get("context") if by_scores else None,
        **shown,
        **level,
        **claims,
        "claim": plan.claim,
        "margin": None if claim is None else plan.margin,
        "assay": assay,
        "claim_holds": None if claim is None else claim.holds,
        "interval_used": dict(zip(("low", "high", "level"), used, strict=True)),
        "verdict": verdict,
    }
    return replace(entry, own=own)


def _verdict(
    value: float | None, null: float, certain: bool, claim: Decision | None, plan: Plan, assay: str | None
) -> str | None:
    """What may be said. A claim within a margin needs the proof that these raters see a difference."""
    if value is None:
        return None
    side = "undecided" if not certain or value == null else "better" if value > null else "worse"
    if claim is None or not claim.holds or not assay or (plan.claim == NON_INFERIOR and side == "better"):
        return side
    return plan.claim.replace("-", "_")


def _claims(lists: Lists, entry: Entry) -> dict[str, bool | None]:
    """What the plan's margin lets claim. A system is equivalent to people where they are to it."""
    found: dict[str, bool | None] = dict.fromkeys(CLAIMS)
    one, other = entry.own["system"], entry.own["opponent"]
    for system, human in ((one, other), (other, one)):
        level = _find(lists["human_level"], entry, system=system, human=human, definition="parity")
        if level is not None:
            found["equivalent"] = level.own.get("equivalent")
            found["non_inferior"] = level.own.get("non_inferior") if system == one else None
    return found


def _human_level(levels: Sequence[Entry], entry: Entry, system: str, people: Iterable[str]) -> dict[str, Any]:
    """Human level in percent against the first of the human systems that the system has one for: by parity
    for judgments, by the ratio of means for scores."""
    for definition in DEFINITIONS:
        for human in people:
            found = _find(levels, entry, system=system, human=human, definition=definition)
            if found is not None:
                return {"human": human, "definition": definition, **_limits("human_level", found)}
    return {"human": None, "definition": None, **_limits("human_level", None)}


def _limits(name: str, entry: Entry | None) -> dict[str, float | None]:
    found = (None, None, None) if entry is None else (entry.estimate, entry.low, entry.high)
    return dict(zip((name, f"{name}_low", f"{name}_high"), found, strict=True))


def _find(entries: Iterable[Entry], like: Entry, **wanted: str) -> Entry | None:
    """The entry of the same criterion and language, read in the same way, with these keys."""
    same = (entry for entry in entries if _same_place(entry, like))
    return next((e for e in same if all(e.own[key] == value for key, value in wanted.items())), None)


def _same_place(one: Entry, other: Entry) -> bool:
    contexts = one.own.get("context"), other.own.get("context")
    return (one.criterion, one.language, contexts[0]) == (other.criterion, other.language, contexts[1])


def _both_ways(rows: Iterable[Entry]) -> list[Entry]:
    """Differences of scores, and the same with the two systems exchanged."""
    found = []
    for entry in rows:
        one, other = entry.own["system"], entry.own["other"]
        found.append(replace(entry, own={**entry.own, "opponent": other}))
        found.append(_turned(replace(entry, own={**entry.own, "system": other, "opponent": one})))
    return found


def _turned(entry: Entry) -> Entry:
    def minus(value: float | None) -> float | None:
        return None if value is None else -value

    return replace(
        entry,
        estimate=minus(entry.estimate),
        tested=None if entry.tested is None else negated(entry.tested),
        low=minus(entry.high),
        high=minus(entry.low),
        other_low=minus(entry.other_high),
        other_high=minus(entry.other_low),
    )


def _read_alone_first(rows: Sequence[Entry]) -> list[Entry]:
    """Scores of scripts that were read alone where there are such, for a score leans on its neighbour."""
    alone = {entry.criterion for entry in rows if entry.own.get("context") == "single"}
    return [e for e in rows if e.own.get("context") == "single" or e.criterion not in alone]


def _leading_criterion(plan: Plan, rows: Sequence[Entry]) -> str | None:
    """The primary criterion; without one the overall impression, else the first of the plan or the tables."""
    present = list(dict.fromkeys(entry.criterion for entry in rows))
    wanted = (plan.primary_criterion, OVERALL, *plan.criteria, *present)
    return next((name for name in wanted if name in present), None)


def _by_language(rows: Sequence[Entry]) -> Iterator[list[Entry]]:
    languages = list(dict.fromkeys(entry.language for entry in rows))
    if POOLED in languages:
        languages = [POOLED]
    for language in languages:
        yield [entry for entry in rows if entry.language == language]


def _by_value(entry: Entry) -> tuple[float, str]:
    assert entry.estimate is not None
    return -entry.estimate, str(entry.own["system"])
