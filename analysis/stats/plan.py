"""What was decided before the data were looked at, as plan.json holds it."""

import difflib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from analysis.stats.errors import InputError, InputErrors, list_names, quote
from analysis.stats.tables import Tables
from analysis.stats.tables.columns import SCORE

# What plan.study.flow and plan.study.scripts may count.
PEOPLE = ("invited", "consented", "passed_practice", "withdrawn", "relinked")
WORK = ("assigned", "submitted", "late", "skipped", "expired", "excluded", "after_new_link")
FLOW = (*PEOPLE, *WORK)
EXCLUSION = ("rater", "position", "excluded", "role", "reason", "at")
SCRIPT_FACTS = ("scripts", "redraws", "failures", "refusals", "rejected", "writers", "off_format")
CELLS = ("assigned", "submitted", "skipped", "missing")
OVERALL = "overall"  # of several criteria of scores the main one, where none is planned

SERIES, THESE_SERIES = TARGETS = ("series", "these-series")
CLUSTER_OF = {SERIES: "series", THESE_SERIES: "item"}
DIFFERENCE, NON_INFERIOR, EQUIVALENT = CLAIMS = ("difference", "non-inferior", "equivalent")
WIN_RATE, POINTS = MARGINS = ("win_rate", "points")
# Keys that plans of older versions lack: at these values a plan is written without them.
UNWRITTEN: Mapping[str, Any] = {
    "item_cluster": "",
    "generalize_to": None,
    "claim": DIFFERENCE,
    "weak_baseline": None,
    "margin_of": WIN_RATE,
    "mark_labels": {},
    "series_labels": {},
    "item_labels": {},
}

Label = str | Mapping[str, str]  # a name to print, in one language or in several: {"en": ..., "zh": ...}


@dataclass(frozen=True)
class Plan:
    """A validated plan. `systems` is the order in which systems are listed and pairs are oriented.

    `known_worse` are systems that stand in checks alone, with the worse script by construction. `attention`
    are thresholds of `analysis.stats.attention`, None where none was planned. `looks` is how often results
    are looked at in all, `look` (from 1) which of these looks this one is. `primary_contrast` is what
    answers the question. Where several contrasts do, `primary_contrasts` has all and `primary_contrast` is
    the first. `secondary_contrasts` are tested after the primary ones; None declares all other pairs of
    systems in the primary criterion. `study` holds
    `flow` (people and assignments by step), `scripts` (by system), `exclusions` (answers that a person
    excluded by hand) and `audit_head`, which are printed. `tiers` are bands of scores in ascending order:
    `from` and `to` (included) and a label.

    `generalize_to` says what the result is about: "series" (other ones too), or "these-series". It decides
    `item_cluster`, the cluster beside the rater. Plans before version 0.6 named that alone. Where both are
    missing, `resolved` chooses. `claim` is what the primary contrasts must show: a "difference", or that a
    system is "non-inferior" or "equivalent" within the margin. That one is a distance from a win rate of 1/2,
    or in points of a score (`margin_of`). `weak_baseline` is a system that raters who see a difference put
    below the others.
    """

    primary_criterion: str | None = None
    primary_contrast: tuple[str, str] | None = None
    primary_contrasts: tuple[tuple[str, str], ...] | None = None
    human: tuple[str, ...] = ()
    item_cluster: str = ""
    generalize_to: str | None = None
    claim: str = DIFFERENCE
    weak_baseline: str | None = None
    pooled: bool = False
    systems: tuple[str, ...] = ()
    criteria: tuple[str, ...] = ()
    level: float = 0.95
    margin: float | None = None
    margin_reason: str | None = None
    margin_of: str = WIN_RATE
    replicates: int = 2000
    known_worse: tuple[str, ...] = ()
    attention: Mapping[str, float | bool] | None = None
    looks: int | None = None
    look: int | None = None
    secondary_contrasts: tuple[tuple[str, str], ...] | None = None
    study: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, Label] = field(default_factory=dict)
    criterion_labels: Mapping[str, Label] = field(default_factory=dict)
    tiers: tuple[Mapping[str, Any], ...] = ()
    mark_labels: Mapping[str, Label] = field(default_factory=dict)
    series_labels: Mapping[str, Label] = field(default_factory=dict)
    item_labels: Mapping[str, Label] = field(default_factory=dict)

    @classmethod
    def from_json(cls, text: str, name: str = "plan.json") -> "Plan":
        """Read plan.json. Raises InputErrors with every fault found."""
        try:
            data = json.loads(text)
        except json.JSONDecodeError as error:
            fault = InputError(
                name, error.lineno, error.colno, f"this is not valid JSON ({error.msg})", "correct the syntax"
            )
            raise InputErrors([fault]) from error
        except (RecursionError, ValueError) as error:
            what = "nesting is too deep" if isinstance(error, RecursionError) else "a number is too long"
            raise InputErrors(
                [InputError(name, 1, 1, what, "see the documentation for the format of the plan")]
            ) from error
        if not isinstance(data, dict):
            raise InputErrors([InputError(name, 1, 1, "the plan is not a JSON object", "enclose it in { }")])
        return cls.from_dict(data, name=name, text=text)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], name: str = "plan.json", text: str = "") -> "Plan":
        faults = _faults(data, name, text)
        if faults:
            raise InputErrors(faults)
        values = {key: value for key, value in data.items() if value is not None}
        if isinstance(values.get("margin"), Mapping):
            margin = values.pop("margin")
            values |= {"margin": margin["value"], "margin_reason": margin["reason"]}
            values["margin_of"] = margin.get("of", WIN_RATE)
        for key in ("primary_contrast", "human", "systems", "criteria", "known_worse", "tiers"):
            if key in values:
                values[key] = tuple(values[key])
        for key in ("primary_contrasts", "secondary_contrasts"):
            if key in values:
                values[key] = tuple(map(tuple, values[key]))
        if values.get("primary_contrasts"):
            values["primary_contrast"] = values["primary_contrasts"][0]
        if "attention" in values:
            values["attention"] = {key: values["attention"][key] for key in sorted(values["attention"])}
        if "generalize_to" in values:
            values["item_cluster"] = CLUSTER_OF[values["generalize_to"]]
        return cls(**values)

    def resolved(self, tables: Tables) -> "Plan":
        """This plan with its target: unless it names one, other series where a series has several scenes."""
        if self.item_cluster:
            return self
        items = tables.items_by_series()
        several = "" not in items and max(items.values(), default=0) > 1
        target = SERIES if several else THESE_SERIES
        return replace(self, generalize_to=target, item_cluster=CLUSTER_OF[target])

    @classmethod
    def default(cls, tables: Tables, primary: str | None = None, human: Sequence[str] = ()) -> "Plan":
        """The plan of tables that came without one: a single criterion is primary, of several none is.

        `human` defaults to the system called `human` where there is one.
        """
        systems, criteria = tables.systems(), tables.criteria()
        if primary is None and len(criteria) == 1:
            primary = criteria[0]
        if primary is None and not criteria and len(tables.score_criteria()) == 1:
            primary = tables.score_criteria()[0]
        if primary is None and not criteria and tables.scores is not None and tables.scores.empty:
            primary = SCORE
        people = tuple(human) or tuple(name for name in systems if name == "human")
        plan = cls(primary_criterion=primary, human=people, systems=systems, criteria=criteria)
        plan.check(tables)
        return plan

    def check(self, tables: Tables, name: str = "plan") -> None:
        """Raises InputErrors where the plan names what the tables do not hold."""
        faults = []
        present, criteria = tables.systems(), tables.criteria()
        empty = not present
        known = set(self.systems) | set(present)
        weak = (self.weak_baseline,) if self.weak_baseline else ()
        for system in dict.fromkeys((*self.human, *self._contrasted(), *weak)):
            if system not in known and not empty:
                faults.append(
                    _unknown_name(name, f"there are no rows for the system {system!r}", system, present)
                )
        planned = (("system", present, self.systems), ("criterion", criteria, self.criteria))
        for what, found, allowed in planned:
            for each in found if allowed else ():
                if each not in allowed:
                    message = f"the tables have the {what} {each!r}, which is not in the plan"
                    faults.append(_not_in_tables(name, message, allowed))
        primary = self.primary_criterion
        named = tuple(sorted({*criteria, *tables.score_criteria()} - {SCORE}))
        if primary is not None and named and primary not in {*named, *self.criteria, SCORE}:
            message = f"there are no rows for the primary criterion {primary!r}"
            faults.append(_unknown_name(name, message, primary, named))
        for system in self.known_worse:
            if system in present:
                message = f"the system {system!r} is in known_worse but appears in main judgments"
                fix = "set kind to check in its rows, or remove it from known_worse"
                faults.append(InputError(name, 1, 1, message, fix))
        if self.generalize_to == SERIES and not empty and "" in tables.items_by_series():
            message = f"generalize_to is {SERIES}, but the series of some rows is not known"
            fix = f"add the column series, or write generalize_to: {THESE_SERIES}"
            faults.append(InputError(name, 1, 1, message, fix))
        judged = tables.judgments is not None and len(tables.judgments) > 0
        is_old = self.generalize_to is None and self.item_cluster
        if self.margin is not None and not empty and not is_old and judged != (self.margin_of == WIN_RATE):
            have = "pairs" if judged else "scores"
            message = f"the margin is of {self.margin_of}, but the tables have {have}"
            fix = f"write margin: {{of: {WIN_RATE if judged else POINTS}, value: ..., reason: ...}}"
            faults.append(InputError(name, 1, 1, message, fix))
        if faults:
            raise InputErrors(faults)

    def to_dict(self) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, tuple):
                value = list(value)
            elif isinstance(value, Mapping):
                value = dict(value)
            result[item.name] = value
        if self.generalize_to is not None:
            del result["item_cluster"]
        return {key: value for key, value in result.items() if UNWRITTEN.get(key, result) != value}

    def main_score(self, criteria: Sequence[str]) -> str:
        """Return the criterion of scores that stands for a reading of a script where each counts once: the
        primary one, else `score`, else `overall`, else the first."""
        wanted = (self.primary_criterion, SCORE, OVERALL, *criteria)
        return next((name for name in wanted if name is not None and name in criteria), SCORE)

    @property
    def contrasts(self) -> tuple[tuple[str, str], ...]:
        """The primary contrasts, of which most plans have one."""
        return self.primary_contrasts or ((self.primary_contrast,) if self.primary_contrast else ())

    def is_primary(self, one: str | None, other: str | None) -> bool:
        """Whether two systems, in either order, are a primary contrast."""
        return any({one, other} == set(pair) for pair in self.contrasts)

    def _contrasted(self) -> tuple[str, ...]:
        """The systems of all contrasts that are named."""
        return tuple(
            system for pair in (*self.contrasts, *(self.secondary_contrasts or ())) for system in pair
        )

    def family(self, criterion: str, one: str | None = None, other: str | None = None) -> str:
        """primary: the planned criterion and contrasts; secondary: the declared contrasts of that criterion;
        else exploratory."""
        if self.primary_criterion is None or criterion != self.primary_criterion:
            return "exploratory"
        if not self.contrasts or self.is_primary(one, other):
            return "primary"
        declared = self.secondary_contrasts
        if declared is None or any({one, other} == set(pair) for pair in declared):
            return "secondary"
        return "exploratory"

    def supplementary_family(self, criterion: str) -> str:
        """That of numbers without a test that stand beside the primary contrast's own: never primary."""
        return "secondary" if self.family(criterion) != "exploratory" else "exploratory"


def _not_in_tables(name: str, message: str, have: Sequence[str]) -> InputError:
    return InputError(name, 1, 1, message, f"use one of {list_names(have) or 'the names in the tables'}")


def _unknown_name(name: str, message: str, wanted: str, have: Sequence[str]) -> InputError:
    """A fault about a name that the tables lack, with the nearest one that they have."""
    fault = _not_in_tables(name, message, have)
    meant = nearest(wanted, have)
    if meant is None:
        return fault
    return replace(fault, fix=f"did you mean {quote(meant)}? {fault.fix[0].upper()}{fault.fix[1:]}")


def nearest(wanted: str, have: Sequence[str]) -> str | None:
    """Return the name that differs in capitals alone, else the closest one, if any is close."""
    folded = next((name for name in have if name.casefold() == wanted.casefold()), None)
    return folded or next(iter(difflib.get_close_matches(wanted, have, n=1)), None)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value.strip() != ""


def _is_names(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(map(_is_text, value)) and len(set(value)) == len(value)


def _is_contrasts(value: Any) -> bool:
    pairs = isinstance(value, list | tuple) and all(_is_names(pair) and len(pair) == 2 for pair in value)
    return pairs and len({frozenset(pair) for pair in value}) == len(value)


def _is_number(value: Any, low: float, high: float) -> bool:
    real = isinstance(value, int | float) and not isinstance(value, bool)
    return real and math.isfinite(value) and low < value < high


def _is_texts(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        _is_text(key) and isinstance(text, str) for key, text in value.items()
    )


def _is_labels(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        _is_text(key) and (isinstance(label, str) or _is_texts(label)) for key, label in value.items()
    )


def _is_tiers(value: Any) -> bool:
    """Bands of scores in ascending order that do not overlap."""
    if not isinstance(value, list | tuple):
        return False
    last = -math.inf
    for tier in value:
        if not isinstance(tier, Mapping) or set(tier) != {"from", "to", "label"}:
            return False
        low, high, label = tier["from"], tier["to"], tier["label"]
        if not (_is_number(low, last, math.inf) and _is_within(high, low, math.inf)):
            return False
        if not (_is_text(label) or (_is_texts(label) and label)):
            return False
        last = high
    return True


def _is_whole(value: Any, low: int, high: float = math.inf) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _is_counts(value: Any, keys: Sequence[str]) -> bool:
    return isinstance(value, Mapping) and all(
        key in keys and _is_whole(count, 0) for key, count in value.items()
    )


def _is_head(value: Any) -> bool:
    """The head of the site's audit trail; None where the site has none."""
    return value is None or (
        isinstance(value, Mapping) and _is_whole(value.get("sequence"), 1) and _is_text(value.get("digest"))
    )


def _is_study(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    exclusions, planned = value.get("exclusions", []), value.get("planned_exclusions", [])
    by_system = ((value.get("scripts", {}), SCRIPT_FACTS), (value.get("missing", {}), CELLS))
    return (
        _is_counts(value.get("flow", {}), FLOW)
        and _is_head(value.get("audit_head"))
        and isinstance(exclusions, list)
        and all(_is_exclusion(event) for event in exclusions)
        and isinstance(planned, list)
        and all(map(_is_text, planned))
        and all(isinstance(facts, Mapping) and all(map(_is_text, facts)) for facts, _ in by_system)
        and all(_is_counts(counts, keys) for facts, keys in by_system for counts in facts.values())
    )


def _is_exclusion(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and set(EXCLUSION) <= value.keys() <= {*EXCLUSION, "assignment", "item"}
        and _is_whole(value["position"], 1)
        and isinstance(value["excluded"], bool)
        and all(isinstance(each, str) for key, each in value.items() if key not in ("position", "excluded"))
    )


# What each threshold may be, ends included.
THRESHOLDS: Mapping[str, tuple[float, float]] = {
    "words_per_minute": (100, 5000),
    "characters_per_minute": (100, 10_000),
    "fast_share": (0, 1),
    "share_read": (0, 1),
    "unread_share": (0, 1),
    "side_p": (0.000001, 0.1),
    "side_odds": (2, 1_000_000),
    "same_score": (0, 1),
    "checks": (0, 1),
    "random_odds": (2, 1_000_000),
}


def _is_within(value: Any, low: float, high: float) -> bool:
    """A number from low to high, ends included."""
    return _is_number(value, low, high) or value in (low, high)


def _is_attention(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    given = {key: each for key, each in value.items() if key != "without_flagged"}
    return isinstance(value.get("without_flagged", False), bool) and all(
        key in THRESHOLDS and not isinstance(each, bool) and _is_within(each, *THRESHOLDS[key])
        for key, each in given.items()
    )


def _is_margin(value: Any) -> bool:
    """A distance from a win rate of 1/2; or an object with its unit and reason."""
    if not isinstance(value, Mapping):
        return _is_number(value, 0, math.inf)
    return (
        {"value", "reason"} <= value.keys() <= {"of", "value", "reason"}
        and value.get("of", WIN_RATE) in MARGINS
        and _is_text(value["reason"])
        and _is_number(value["value"], 0, 0.5 if value.get("of", WIN_RATE) == WIN_RATE else math.inf)
    )


_RULES = {
    "primary_criterion": (_is_text, "the name of a criterion, or null"),
    "primary_contrast": (lambda v: _is_names(v) and len(v) == 2, "two different systems, or null"),
    "primary_contrasts": (_is_contrasts, "a list of pairs of different systems, each pair once, or null"),
    "human": (_is_names, "a list of different system names"),
    "item_cluster": (lambda v: v in ("item", "series"), "item or series"),
    "generalize_to": (lambda v: v in TARGETS, "series or these-series"),
    "claim": (lambda v: v in CLAIMS, "difference, non-inferior or equivalent"),
    "weak_baseline": (_is_text, "the name of a system, or null"),
    "pooled": (lambda v: isinstance(v, bool), "true or false"),
    "systems": (_is_names, "a list of different system names"),
    "criteria": (_is_names, "a list of different criterion names"),
    "level": (lambda v: _is_number(v, 0.5, 1), "a number between 0.5 and 1"),
    "margin": (
        _is_margin,
        "a number above 0 (of a win rate, below 0.5), {of: win_rate or points, value, reason}, or null",
    ),
    "margin_reason": (_is_text, "a sentence, or null"),
    "margin_of": (lambda v: v in MARGINS, "win_rate or points"),
    "replicates": (
        lambda v: isinstance(v, int) and _is_number(v, 99, 100_001),
        "a whole number from 100 to 100000",
    ),
    "known_worse": (_is_names, "a list of different system names"),
    "attention": (
        _is_attention,
        f"an object of thresholds ({', '.join(THRESHOLDS)}), and without_flagged (true or false)",
    ),
    "looks": (lambda v: _is_whole(v, 2, 5), "a whole number from 2 to 5, or null"),
    "look": (lambda v: _is_whole(v, 1, 5), "a whole number from 1 to the number of looks, or null"),
    "secondary_contrasts": (_is_contrasts, "a list of pairs of different systems, each pair once, or null"),
    "study": (
        _is_study,
        "an object; its flow holds counts by step, its scripts counts by system, its exclusions events, "
        "its audit_head a sequence and a digest",
    ),
    "tiers": (
        _is_tiers,
        "a list of bands {from, to, label} in ascending order; label is a text, or texts by language",
    ),
    **{
        f"{kind}labels": (_is_labels, "an object from name to label, or to labels by language")
        for kind in ("", "mark_", "criterion_", "series_", "item_")
    },
}


def _faults(data: Mapping[str, Any], name: str, text: str) -> list[InputError]:
    faults = []
    for key, value in data.items():
        problem = None
        if key not in _RULES:
            problem = f"{key!r} is not a valid key", f"use one of {', '.join(_RULES)}"
        elif value is not None and not _RULES[key][0](value):
            problem = f"{key}: {value!r} is not valid", f"use {_RULES[key][1]}"
        if problem:
            faults.append(InputError(name, *_line_and_column(text, key), *problem))
    if not faults:
        faults += _margin_faults(data, name, text)
    if not faults:
        faults += _contrast_faults(data, name, text) + _look_faults(data, name, text)
    if not faults and data.get("systems"):
        named = [system for pair in _primary_pairs(data) for system in pair]
        named += [system for pair in data.get("secondary_contrasts") or () for system in pair]
        named += [data["weak_baseline"]] if data.get("weak_baseline") else []
        for system in dict.fromkeys((*data.get("human", ()), *named)):
            if system not in data["systems"]:
                problem = f"the system {system!r} is not in systems", "add it to systems, or correct the name"
                faults.append(InputError(name, *_line_and_column(text, "systems"), *problem))
    return faults


def _margin_faults(data: Mapping[str, Any], name: str, text: str) -> list[InputError]:
    """A margin has a reason and, of a win rate, lies below 1/2; a claim within a margin needs one."""
    margin, claim = data.get("margin"), data.get("claim") or DIFFERENCE
    key, cluster = "margin", data.get("item_cluster")
    flat = [each for each in ("margin_of", "margin_reason") if data.get(each) is not None]
    if isinstance(margin, Mapping) and flat:
        key, message, fix = flat[0], f"{flat[0]} is given twice", "keep it in margin alone"
    elif isinstance(margin, int | float) and data.get("margin_reason") is None:
        message, fix = "the margin has no reason", "explain it in margin_reason"
    elif isinstance(margin, int | float) and data.get("margin_of") != POINTS and not margin < 0.5:
        message, fix = f"margin: {margin!r} is not valid", "use a number between 0 and 0.5"
    elif claim != DIFFERENCE and margin is None:
        key, message, fix = "claim", f"the claim {claim} needs a margin", "add margin with its reason"
    elif claim != DIFFERENCE and data.get("looks") is not None:
        key, message, fix = "claim", "planned looks test a difference", "remove claim, or looks and look"
    elif cluster and data.get("generalize_to") and cluster != CLUSTER_OF[data["generalize_to"]]:
        key, message, fix = "item_cluster", "item_cluster contradicts generalize_to", "remove item_cluster"
    else:
        return []
    return [InputError(name, *_line_and_column(text, key), message, fix)]


def _primary_pairs(data: Mapping[str, Any]) -> list[Sequence[str]]:
    first = data.get("primary_contrast")
    return list(data.get("primary_contrasts") or ([first] if first else []))


def _contrast_faults(data: Mapping[str, Any], name: str, text: str) -> list[InputError]:
    """The single primary contrast is the first of several. Secondary contrasts come after a primary one, and
    are others. Boundaries of planned looks hold for one primary contrast."""
    primary, second = _primary_pairs(data), data.get("secondary_contrasts") or ()
    single, key = data.get("primary_contrast"), "secondary_contrasts"
    if single and list(single) != list(primary[0]):
        key = "primary_contrast"
        message, fix = "it is not the first of primary_contrasts", "remove primary_contrast"
    elif len(primary) > 1 and data.get("looks") is not None:
        key = "primary_contrasts"
        message, fix = "planned looks allow only one primary contrast", "keep one, or remove looks and look"
    elif second and not primary:
        message, fix = "there are secondary contrasts but no primary one", "add primary_contrast"
    elif any(set(pair) == set(first) for pair in second for first in primary):
        message, fix = "a primary contrast is also secondary", "remove it from secondary_contrasts"
    else:
        return []
    return [InputError(name, *_line_and_column(text, key), message, fix)]


def _look_faults(data: Mapping[str, Any], name: str, text: str) -> list[InputError]:
    looks, look = data.get("looks"), data.get("look")
    if look is not None and looks is None:
        message, fix = "look is set but looks is not", "add looks, or remove look"
    elif looks is not None and look is None:
        message, fix = "looks is set but look is not", f"set look to 1 to {looks}"
    elif looks is not None and look is not None and look > looks:
        message, fix = f"look {look} is above the {looks} planned looks", f"set look to 1 to {looks}"
    else:
        return []
    return [InputError(name, *_line_and_column(text, "look" if look is not None else "looks"), message, fix)]


def _line_and_column(text: str, key: str) -> tuple[int, int]:
    at = text.find(json.dumps(key))
    if at < 0:
        return 1, 1
    return text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1
