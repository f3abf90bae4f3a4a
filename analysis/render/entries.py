"""Questions to the dict of `report.json`: which systems, criteria, languages; what leads."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from analysis.messages import Message, parse_message

Entry = Mapping[str, Any]
Report = Mapping[str, Any]

SCORE = "score"
MARKS = "errors"
LENGTH = "length"
READING = "reading"
ATTENTION = "attention"
# Entries that are about no criterion which a rater was asked: their list's title says it all.
OWN_CRITERIA = (MARKS, LENGTH, READING, ATTENTION)
STAR_ALL = "*all"
STAR_MACHINES = "*machines"
POOLED = "*pooled"
ALPHAS = ("alpha_nominal", "alpha_ordinal")

LISTS = (
    "win_rates",
    "human_level",
    "best_of_k",
    "mean_scores",
    "errors",
    "abilities",
    "ability_model",
    "differences",
    "agreement",
    "position_bias",
    "length_bias",
    "raters",
    "blinding",
    "strength",
    "error_ratios",
    "sensitivity",
    "breakdown",
    "lengths",
    "reading_time",
    "drift",
    "looks",
    "controls",
    "attention",
    "tier_shares",
    "rater_groups",
    "group_interactions",
    "covariates",
    "components",
)


def entries(report: Report, name: str) -> list[Entry]:
    return list(report.get(name) or [])


def plan(report: Report) -> Mapping[str, Any]:
    return report.get("plan") or {}


def _seen(values: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(value for value in values if value not in (None, "")))


def systems(report: Report) -> list[str]:
    """Every system, in the plan's order, then by name; the human ones last."""
    named = _seen(plan(report).get("systems") or [])
    found = {
        entry.get(key)
        for name in LISTS
        for entry in entries(report, name)
        for key in ("system", "opponent", "other", "human")
    }
    others = found - set(named)
    rest = sorted(name for name in others if isinstance(name, str) and name and not name.startswith("*"))
    people = set(humans(report))
    return sorted([*named, *rest], key=lambda system: system in people)


def humans(report: Report) -> list[str]:
    """The systems that stand for people."""
    return list(plan(report).get("human") or []) or _seen(
        entry.get("human") for entry in entries(report, "human_level")
    )


def primary_criterion(report: Report) -> str | None:
    chosen = plan(report).get("primary_criterion")
    return str(chosen) if chosen else None


def criteria(report: Report) -> list[str]:
    """Criteria of pairs, the primary one first."""
    found = _seen(entry.get("criterion") for entry in entries(report, "win_rates"))
    lead = primary_criterion(report)
    return sorted(found, key=lambda criterion: criterion != lead)


def leading_criteria(report: Report) -> list[str]:
    """What the main sections show: the primary criterion, or all of them where none is primary."""
    lead = primary_criterion(report)
    found = criteria(report)
    return [lead] if lead in found and lead is not None else found


def leading(report: Report, name: str) -> list[Entry]:
    """The entries of a list that are about what leads, or about no criterion of pairs (scores)."""
    others = set(criteria(report)) - set(leading_criteria(report))
    return [entry for entry in entries(report, name) if entry.get("criterion") not in others]


def main_criterion(report: Report) -> str | None:
    """The criterion that the first page and the sentences are about."""
    board = entries(report, "leaderboard")
    names = [primary_criterion(report), board[0]["criterion"] if board else None, *criteria(report)]
    return next((str(name) for name in names if name), None)


def of_main_criterion(report: Report, rows: Sequence[Entry]) -> list[Entry]:
    """The rows of the main criterion; all where there is none of it, as for scores beside judgments."""
    main = main_criterion(report)
    return [entry for entry in rows if entry.get("criterion") == main] or list(rows)


def read_alone_first(rows: Sequence[Entry]) -> list[Entry]:
    """Scores of scripts that were read alone where there are such, for a score leans on its neighbour."""
    alone = {entry["criterion"] for entry in rows if entry.get("context") == "single"}
    return [e for e in rows if e.get("context") != "pair" or e["criterion"] not in alone]


def shares(pairs: Iterable[Entry]) -> dict[tuple[str, str], float]:
    """Win rates by (system, opponent), in both directions even where one was given."""
    found = {(e["system"], e["opponent"]): e["estimate"] for e in pairs if e.get("estimate") is not None}
    turned = {(b, a): 1 - share for (a, b), share in found.items()}
    return turned | found


def languages(rows: Iterable[Entry]) -> list[str]:
    """Languages that the entries speak of, `""` for those of no language, in order of appearance."""
    return list(dict.fromkeys(str(entry.get("language") or "") for entry in rows))


def filter_entries(rows: Iterable[Entry], **wanted: object) -> list[Entry]:
    """The entries with these values; an absent language counts as `""`."""
    return [e for e in rows if all((e.get(key) or "") == (value or "") for key, value in wanted.items())]


def is_group(name: object) -> bool:
    """`*all` and `*machines` are sets of systems."""
    return isinstance(name, str) and name.startswith("*")


def each_pair_once(report: Report, rows: Sequence[Entry]) -> list[Entry]:
    """Rows of two systems, once for each pair, criterion and language: as planned, else machine over human,
    else in the order of the systems; human contrasts first."""
    order = {name: at for at, name in enumerate(systems(report))}
    people, planned = set(humans(report)), primary_contrasts(report)

    def rank(entry: Entry) -> tuple[int, int, int, int]:
        system, opponent = entry["system"], entry["opponent"]
        if (system, opponent) in planned:
            return (0, 0, planned.index((system, opponent)), 0)
        backwards = (system in people) > (opponent in people)
        against = 1 if opponent in people or system in people else 2
        return (against, backwards, order[system], order[opponent])

    taken: dict[tuple[object, ...], Entry] = {}
    for entry in sorted(rows, key=rank):
        pair = frozenset((entry["system"], entry["opponent"]))
        taken.setdefault((pair, entry.get("criterion"), entry.get("language")), entry)
    return list(taken.values())


def view_codes(report: Report) -> list[str]:
    """The languages of the leading estimates, pooled first, where there are several; else none."""
    rows = [*entries(report, "win_rates"), *entries(report, "mean_scores")]
    codes = [code for code in languages(pooled_first(rows)) if code]
    return codes if len(codes) > 1 else []


def is_pooled(language: str) -> bool:
    return language.startswith("*") or language == "pooled"


def sizes(report: Report) -> Mapping[str, Any]:
    """The sizes of the study; empty in reports that were computed before these were stored."""
    return report.get("sizes") or {}


def primary_contrasts(report: Report) -> list[tuple[str, str]]:
    """System and opponent of each planned contrast; most plans have one."""
    first = plan(report).get("primary_contrast")
    named = plan(report).get("primary_contrasts") or ([first] if first else [])
    return [(str(one), str(other)) for one, other in named]


def clear_primary_tests(report: Report) -> int:
    """How many primary tests reject; a pair of systems is one test, whichever comes first."""
    rows = [*entries(report, "win_rates"), *entries(report, "differences")]
    return len(
        {
            (frozenset((e["system"], e.get("opponent") or e.get("other"))), e["criterion"], e.get("language"))
            for e in rows
            if e.get("family") == "primary" and (e.get("p_adjusted") or 1.0) <= 1 - e["level"]
        }
    )


def has_interval(entry: Entry) -> bool:
    return (
        entry.get("estimate") is not None and entry.get("low") is not None and entry.get("high") is not None
    )


def item_cluster(report: Report) -> str:
    """The cluster beside the rater: `series` where the result is about other series too, else `item`."""
    planned = plan(report)
    return "series" if "series" in (planned.get("generalize_to"), planned.get("item_cluster")) else "item"


def is_open(entry: Entry) -> bool:
    """Whether a value has one limit only."""
    return (entry.get("low") is None) != (entry.get("high") is None)


LEAST_CLUSTERS = 3  # for an interval that stands beside: two clusters say next to nothing of how they differ


def other_limits(entry: Entry) -> tuple[float, float] | None:
    """The limits by the other item cluster, where there are clusters enough for them to say anything."""
    low, high = entry.get("other_low"), entry.get("other_high")
    return None if low is None or high is None or few_others(entry) else (float(low), float(high))


def few_others(entry: Entry) -> bool:
    """Whether limits by the other cluster were computed from two of them."""
    count = entry.get("series" if entry.get("other_cluster") == "series" else "items")
    computed = entry.get("other_low") is not None or entry.get("other_high") is not None
    return computed and count is not None and int(count) < LEAST_CLUSTERS


def headline(report: Report) -> list[Entry]:
    """The win rates that answer the question: the planned contrasts, else each machine against human.

    Where the plan pools the languages the pooled one comes first.
    """
    lead, planned, people = primary_criterion(report), primary_contrasts(report), set(humans(report))
    rows = filter_entries(entries(report, "win_rates"), criterion=lead)
    if planned:
        found = [e for one, other in planned for e in filter_entries(rows, system=one, opponent=other)]
        return pooled_first(found)
    pairs = [e for e in rows if not is_group(e["system"]) and not is_group(e["opponent"])]
    if people:
        machines = [e for e in pairs if e["opponent"] in people and e["system"] not in people]
        return pooled_first(best_first(machines))
    return pairs[:1] if len({frozenset((e["system"], e["opponent"])) for e in pairs}) == 1 else []


def answered_by_scores(report: Report) -> bool:
    """Whether the primary criterion is one of scores alone."""
    lead = primary_criterion(report)
    scored = {entry.get("criterion") for entry in entries(report, "mean_scores")}
    judged = any(source.get("table") == "judgments" for source in entries(report, "inputs"))
    return lead == SCORE or (lead in scored and not judged)


def score_headline(report: Report) -> list[Entry]:
    """The ratios of means that answer a study of scores: of the planned contrast, else of all, best first."""
    rows = filter_entries(
        entries(report, "human_level"), criterion=primary_criterion(report), definition="ratio_of_means"
    )
    planned = primary_contrasts(report)
    rows = [e for e in rows if (e["system"], e["human"]) in planned] if planned else rows
    return pooled_first(best_first(rows))


def best_first(rows: Sequence[Entry]) -> list[Entry]:
    """In the order of their estimates, what was not computed last."""
    return sorted(rows, key=lambda e: -inf if e.get("estimate") is None else e["estimate"], reverse=True)


def means_over_all(report: Report, ratio: Entry) -> tuple[float, float] | None:
    """The mean scores of system and human over all scores, where they differ in print from the two means
    of this ratio, which come from raters who scored both."""
    where = {key: ratio.get(key) for key in ("criterion", "language", "context")}
    means = [
        entry["estimate"]
        for name in (ratio["system"], ratio["human"])
        for entry in filter_entries(entries(report, "mean_scores"), system=name, **where)
    ]
    paired = [ratio.get("numerator"), ratio.get("denominator")]
    if len(means) != 2 or None in (*means, *paired):
        return None
    system, human = means
    same = [f"{mean:.2f}" for mean in means] == [f"{mean:.2f}" for mean in paired]
    return None if same else (system, human)


def crossed_best(report: Report) -> list[Entry]:
    """The best-of-k shares by mean score that could be computed: the same raters scored all k systems."""
    rows = filter_entries(leading(report, "best_of_k"), by="scores")
    return [entry for entry in rows if entry.get("estimate") is not None]


def pooled_first(rows: Sequence[Entry]) -> list[Entry]:
    return sorted(rows, key=lambda entry: not is_pooled(str(entry.get("language"))))


def level_of(rows: Sequence[Entry]) -> float:
    """The one confidence level of the entries (the contract knows one: 0.95)."""
    return next((float(entry["level"]) for entry in rows if entry.get("level")), 0.95)


@dataclass(frozen=True, slots=True)
class Part:
    """The entries of one table: a criterion in a language."""

    criterion: str
    language: str
    rows: tuple[Entry, ...]

    @property
    def key(self) -> tuple[str, str]:
        return self.criterion, self.language


def parts(rows: Sequence[Entry], wanted: Sequence[str] | None = None) -> list[Part]:
    """Entries by criterion (in the order wanted) and language."""
    names = list(wanted) if wanted is not None else _seen(entry.get("criterion") for entry in rows)
    found = []
    for criterion in names:
        mine = filter_entries(rows, criterion=criterion)
        found += [
            Part(criterion, lang, tuple(filter_entries(mine, language=lang))) for lang in languages(mine)
        ]
    return found


def message_of(data: Mapping[str, Any], name: str) -> Message | None:
    """The message whose code and parameters stand under `name`."""
    code = data.get(f"{name}_code")
    return parse_message({"code": code, "params": data.get(f"{name}_params") or {}}) if code else None


def reason(entry: Entry) -> Message | None:
    """Why an estimate or its limits could not be computed."""
    return message_of(entry, "reason")


def method(entry: Entry) -> Message | None:
    return message_of(entry, "method")


def counts(found: Iterable[Mapping[str, Any]] | None) -> list[tuple[Message, int]]:
    """Reasons and how many there are of each."""
    return [(parse_message(one), one["count"]) for one in found or ()]
