"""The report made by hand with every list that there can be filled: for what is seen, not for numbers."""

# ruff: noqa: E501

from typing import Any

from analysis.messages import message
from analysis.stats.report import rendered
from tests.analysis.render.sample import SYSTEMS, entry, sample_report

MACHINES = SYSTEMS[:3]


def _of_language(language: str) -> dict[str, list[dict[str, Any]]]:
    where = {"language": language}
    second = {**where, "family": "secondary"}
    contrast = {"system": "dsr", "opponent": "human", **second}
    return {
        "looks": [
            entry(
                "overall", 0.41, 0.16, look=1, of=3, boundary=3.471, crossed=False, **contrast | {"family": "primary"}
            )
        ],
        "strength": [
            entry("overall", 0.4 - 0.3 * at, 0.5, system=system, opponent="human", left_out=0, **second)
            for at, system in enumerate(MACHINES)
        ],
        "error_ratios": [
            entry(
                "errors", 1.5, 0.6, system=system, human="human", per=per, count=5, human_count=4, **{"class": "plot"},
                **where,
            )
            for system in MACHINES
            for per in ("1000", "reading")
        ],
        "sensitivity": [
            entry("overall", 0.43, 0.12, rule=rule, left_out=4, main=0.4, **contrast)
            for rule in ("without_known", "without_confident_guesses", "without_either", "with_excluded")
        ],
        "drift": [
            entry("overall", 0.05, 0.2, measure="late_minus_early", early=0.4, late=0.45, **contrast),
        ],
        "components": [
            entry("overall", 0.2, 0.1, measure=name, of="win_rate", p=0.4 if name == "series_test" else None, **contrast)
            for name in ("raters", "scenes", "series", "rest", "design_effect", "series_test")
        ],
        "ability_model": [
            entry("overall", -0.7, 0.3, term=term, se=0.2, **second) for term in ("tie_term", "order_term")
        ],
        "controls": [
            entry("overall", 0.48, 0.2, measure=name, chance=0.5, p=0.9, left_out=0, **where | {"system": "*all"})
            for name in ("same_win_rate", "same_left_share")
        ],
        "length_bias": [entry("overall", 0.3, 0.5, measure="slope", **where)],
        "agreement": [entry("score", 0.5, 0.1, measure=name, scope="all", **where) for name in ("icc_a1", "icc_ak")],
        "tier_shares": [
            entry(
                "score", 0.25 * tier, 0.1, system=system, context="pair", rubric="ours@1", tier=tier, label=label,
                label_zh=chinese, count=4 * tier, **{"from": low, "to": high}, **where,
            )
            for system in SYSTEMS
            for tier, low, high, label, chinese in ((1, 1, 6, "weak", "弱"), (3, 7, 12, "strong", "强"))
        ],
        **_rater_groups(language),
        "human_level": [
            entry("score", 77.0, 7.0, system=system, human="human", definition="above_floor", baseline=None, **where)
            for system in MACHINES
        ],
    }  # fmt: skip


def _rater_groups(language: str) -> dict[str, list[dict[str, Any]]]:
    """Two groups of raters with a result and one without, their differences, and a model of every term."""
    contrast = {"system": "dsr", "opponent": "human", "by": "years", "context": None, "language": language}
    tested = {
        "p": 0.4,
        "p_adjusted": 0.6,
        "adjustment": "benjamini-hochberg",
        "tests": 3,
        "adjusted_note": None,
    }
    none = dict.fromkeys(("wins", "ties", "losses"))
    unstated = rendered("reason", message("not_stated"))
    alone = rendered("reason", message("test_alone"))
    compared = {"reference": "6+", "groups": 2, **contrast, **tested}
    names = dict.fromkeys(("system", "opponent", "by", "name", "reference"))
    model = {**names, "se": 0.2, "language": language, **tested}
    terms = (
        {"term": "system", "system": "dsr", "opponent": "human"},
        {"term": "position"},
        {"term": "length"},
        {"term": "group", "by": "years", "name": "0-5", "reference": "6+"},
        {"term": "series", "name": "the-lighthouse"},
    )
    return {
        "rater_groups": [
            entry(
                "overall", 0.45, 0.2, name="0-5", measure="win_rate", wins=9, ties=0, losses=11, **contrast
            ),
            entry(
                "overall", 0.38, 0.15, name="6+", measure="win_rate", wins=11, ties=1, losses=18, **contrast
            ),
            entry("overall", None, None, name="*not_stated", measure="win_rate", **none, **contrast)
            | unstated,
        ],
        "group_interactions": [
            entry("overall", 0.07, 0.3, name="0-5", measure="difference", **compared),
            entry("overall", 0.7, None, name=None, measure="joint", **compared) | alone,
        ],
        "covariates": [entry("overall", 0.1 * at, 0.4, **(model | term)) for at, term in enumerate(terms)],
    }


def _attention() -> list[dict[str, Any]]:
    """One who reads, one who does not; over all languages."""
    careful = {
        "flags": [],
        "untold": ["checks"],
        "timed": 24,
        "fast_share": 0.0,
        "seen": 24,
        "unread_share": 0.0,
        "decided": 20,
        "left_share": 0.5,
        "side_p": 1.0,
        "longest_run": 4,
        "run_p": 0.8,
        "same_score": None,
        "checks": 0,
        "checks_wrong": None,
        "repeats": 2,
        "repeats_alike": 1.0,
        "random_odds": 0.001,
    }
    careless = careful | {
        "flags": ["fast", "random"],
        "untold": [],
        "fast_share": 0.9,
        "checks": 3,
        "checks_wrong": 0.667,
        "random_odds": 51234.5,
    }
    alone = {"low": None, "high": None, "raters": 1, "family": "exploratory", "language": None}
    return [
        entry("attention", float(len(own["flags"])), None, rater=code, **own) | alone | rendered("reason", message("descriptive"))
        for code, own in (("r1", careful), ("r2", careless))
    ]  # fmt: skip


def full_report() -> dict[str, Any]:
    """The report, anew at each call."""
    report = sample_report()
    for language in ("en", "zh"):
        for name, rows in _of_language(language).items():
            report[name] = [*(report.get(name) or []), *rows]
    for name in ("win_rates", "human_level", "mean_scores", "abilities"):
        for row in report[name]:
            row["bootstrap_low"], row["bootstrap_high"] = row["low"], row["high"]
    for row in report["differences"]:
        row |= {"adjustment": "holm", "tests": 4}
    report["attention"] = _attention()
    report["plan"]["study"]["scripts"] = {
        system: {"scripts": 16, "redraws": at, "failures": 0, "refusals": 1, "writers": 1}
        for at, system in enumerate(SYSTEMS)
    }
    return report
