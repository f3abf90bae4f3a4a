"""A report made by hand, with everything that the contract allows: for what is seen, not for numbers."""

# ruff: noqa: E501

from itertools import permutations
from typing import Any

from analysis.messages import Message, Warn, counts_by_code, counts_by_sentence, detail, message, steps
from analysis.stats.report import rendered

SYSTEMS = ["dsr", "direct", "outline", "human"]
WORTH = {"dsr": 0.62, "direct": 0.35, "outline": 0.28, "human": 0.75}
NATURAL = message("two_way_logit")

LEFT_OUT = {message("kind_practice"): 48, message("excluded", reason="failed two checks"): 10}


def warning(code: str, *places: tuple[str, str | None], **params: Any) -> dict[str, Any]:
    return Warn(message(code, **params), places).to_dict()


def entry(criterion: str, estimate: float | None, half: float | None, **own: Any) -> dict[str, Any]:
    """An entry of the contract around an estimate, with limits half a width away."""
    limits = estimate is not None and half is not None
    method, reason = own.pop("method", NATURAL), own.pop("reason", None)
    return {
        "criterion": criterion,
        "language": "en",
        "family": "exploratory",
        "estimate": estimate,
        "low": round(estimate - half, 9) if limits else None,  # type: ignore[operator]
        "high": round(estimate + half, 9) if limits else None,  # type: ignore[operator]
        "level": 0.95,
        "n": 96,
        "raters": 12,
        "items": 8,
        "series": 4,
        "cluster": "item",
        "other_cluster": "series" if limits else None,
        "other_low": round(estimate - 1.5 * half, 9) if limits else None,  # type: ignore[operator]
        "other_high": round(estimate + 1.5 * half, 9) if limits else None,  # type: ignore[operator]
        **rendered("method", method),
        **rendered("reason", reason),
    } | own


def _win_rates(criterion: str, language: str) -> list[dict[str, Any]]:
    found = []
    for system, opponent in permutations(SYSTEMS, 2):
        share = 0.5 + (WORTH[system] - WORTH[opponent]) * 0.8
        contrast = {system, opponent} == {"dsr", "human"}
        family = ("primary" if contrast else "secondary") if criterion == "overall" else "exploratory"
        found.append(
            entry(
                criterion,
                round(share, 4),
                0.11,
                language=language,
                family=family,
                system=system,
                opponent=opponent,
                wins=round(80 * share),
                ties=16,
                losses=80 - round(80 * share),
                neither=3,
                without_ties=round(share, 4),
            )
        )
    found.append(
        entry(
            criterion, 0.5, 0.08, language=language, family="secondary", system="dsr", opponent="*all",
            n=288, wins=120, ties=48, losses=120, neither=9, without_ties=0.5,
        )
    )  # fmt: skip
    return found


def _human_level(language: str) -> list[dict[str, Any]]:
    found = []
    for system in SYSTEMS[:3]:
        parity = 200 * (0.5 + (WORTH[system] - WORTH["human"]) * 0.8)
        own = {"system": system, "human": "human", "language": language, "baseline": None}
        found.append(entry("overall", round(parity, 2), 22.0, definition="parity", family="primary", **own))
        ratio = 100 * (3 + 7 * WORTH[system]) / (3 + 7 * WORTH["human"])
        found.append(entry("score", round(ratio, 2), 6.4, definition="ratio_of_means", **own))
    return found


def _scores(language: str) -> list[dict[str, Any]]:
    return [
        entry(
            "score", round(3 + 7 * WORTH[system], 3), 0.6, language=language, system=system, context="pair",
            sd_between_raters=0.71, sd_between_items=0.44,
        )
        for system in SYSTEMS
    ]  # fmt: skip


def _quality(language: str) -> dict[str, list[dict[str, Any]]]:
    where = {"language": language}
    why = message("no_repeats")
    return {
        "best_of_k": [
            entry("score", share, 0.2, system=system, k=3, chance=1 / 3, by="scores", with_human=False, **where)
            for system, share in (("dsr", 0.625), ("direct", 0.25), ("outline", 0.125))
        ],
        "errors": [
            entry("errors", 0.2, 0.1, system="dsr", **{"class": kind}, count=5, per_1000=0.4, **where)
            for kind in ("plot", "character", "pacing")
        ],
        "agreement": [
            entry("overall", 0.41, 0.09, measure="alpha_nominal", scope="all", **where),
            entry("overall", 0.64, 0.05, measure="raw", scope="all", **where),
            entry("overall", 0.6, 0.05, measure="raw", scope="dsr|human", **where),
            entry("overall", None, None, measure="intra", scope="all", reason=why, **where),
        ],
        "position_bias": _position_bias(language),
        "raters": [
            entry(
                "overall", None, None, rater=f"r{at}", left_share=0.5, median_seconds=240 + at,
                leave_one_out=0.7, checks_passed=None, checks=0, accuracy=None, n=24, **where,
            )
            for at in range(1, 5)
        ],
        "blinding": [entry("overall", 0.12, 0.1, system="*all", measure="hits_minus_false_alarms", **where)],
        "abilities": [
            entry(
                "overall", worth - 0.5, 0.4, system=system, log_worth=worth - 0.5, se=0.2,
                rank_low=1, rank_high=3, **where,
            )
            for system, worth in WORTH.items()
        ],
        "differences": [
            entry("overall", 0.2, 0.1, system="dsr", other="direct", of="win_rate", p=0.0004, p_adjusted=0.012, tests=30)
        ],
    }  # fmt: skip


def _position_bias(language: str) -> list[dict[str, Any]]:
    """Overall, then each rater with an exact interval."""
    exact = {
        "language": language,
        "measure": "left_share",
        "method": message("clopper_pearson_rows"),
        "raters": 1,
        "n": 24,
    }
    return [
        entry("overall", 0.541, 0.05, scope="all", measure="left_share", language=language),
        *(entry("overall", round(0.4 + 0.06 * at, 2), 0.2, scope=f"r{at}", **exact) for at in range(1, 5)),
    ]


def _breakdown(language: str) -> list[dict[str, Any]]:
    """The primary contrast by scene, three of each of four series, and by series."""
    own = {"system": "dsr", "opponent": "human", "language": language, "other_cluster": None}
    own |= {"other_low": None, "other_high": None, "family": "exploratory"}
    found = []
    for at, series in enumerate(("Quiet Harbour", "Salt Roads", "The Understudy", "Winter Ferry")):
        shares = [0.25 + 0.1 * at, 0.35 + 0.1 * at, 0.3 + 0.1 * at]
        found += [
            entry(
                "overall",
                round(share, 3),
                0.2,
                by="item",
                name=f"{series[:2].upper()}-{row}",
                of=series,
                **own,
            )
            for row, share in enumerate(shares, 1)
        ]
        found.append(
            entry("overall", round(0.3 + 0.1 * at, 3), 0.14, by="series", name=series, of=None, **own)
        )
    return found


def _on_the_way(language: str) -> dict[str, list[dict[str, Any]]]:
    """What was read, how long it is and how long it took."""
    unit = "words" if language == "en" else "characters"
    sizes = {"dsr": 1180.0, "direct": 940.0, "outline": 1015.0, "human": 1240.0}
    where = {"language": language, "family": "exploratory"}
    return {
        "lengths": [
            entry(
                "length", size, 90.0, system=system, unit=unit, scripts=8, median=size - 12, sd=110.0, n=8,
                method=steps(message("script_mean"), message("t")), other_cluster=None, other_low=None, other_high=None, **where,
            )
            for system, size in sizes.items()
        ],
        "reading_time": [
            entry("reading", round(size / 5, 1), 31.0, system=system, measure="seconds", **where)
            for system, size in sizes.items()
        ],
    }  # fmt: skip


def _flow() -> list[dict[str, Any]]:
    def step(
        name: str, unit: str, count: int, table: str | None = None, why: Message | None = None
    ) -> dict[str, Any]:
        found = {why: count} if why else {}
        codes = {"detail": counts_by_sentence(found, detail), "detail_codes": counts_by_code(found, detail)}
        return {"step": name, "unit": unit, "table": table, "count": count, **codes}

    return [
        step("invited", "raters", 16),
        step("consented", "raters", 14),
        step("passed_practice", "raters", 12),
        step("assigned", "assignments", 608),
        step("submitted", "assignments", 576),
        step("skipped", "assignments", 20),
        step("expired", "assignments", 12),
        step("rows", "rows", 1210, "judgments"),
        step("excluded", "rows", 10, "judgments", message("excluded", reason="failed two checks")),
        step("other_kinds", "rows", 48, "judgments", message("kind_practice")),
        step("analysed", "rows", 1152, "judgments"),
        step("rows", "rows", 768, "scores"),
        step("analysed", "rows", 768, "scores"),
    ]


def sample_report() -> dict[str, Any]:
    """The report, anew at each call."""
    report: dict[str, Any] = {
        "inputs": [
            {
                "table": "judgments", "name": "judgments.csv", "sha256": "ab" * 32, "rows": 1210, "used": 1152,
                "left_out": counts_by_sentence(LEFT_OUT), "left_out_codes": counts_by_code(LEFT_OUT),
            },
            {"table": "scores", "name": "scores.csv", "sha256": "cd" * 32, "rows": 768, "used": 768, "left_out": {}, "left_out_codes": []},
        ],
        "plan": {
            "primary_criterion": "overall",
            "primary_contrast": ["dsr", "human"],
            "human": ["human"],
            "item_cluster": "item",
            "pooled": False,
            "systems": SYSTEMS,
            "criteria": ["overall", "dialogue"],
            "level": 0.95,
            "margin": None,
            "margin_reason": None,
            "replicates": 2000,
            "study": {
                "slug": "quiet-harbour",
                "title": {"en": "Quiet Harbour: can a machine write the scene?", "zh": "静港：机器能写好这场戏吗？"},
                "question": {
                    "en": "Do screenwriters prefer DSR's scene to the one a colleague wrote?",
                    "zh": "编剧更喜欢 DSR 写的场次，还是同行写的？",
                },
                "digest": "9f" * 32,
            },
            "labels": {},
            "criterion_labels": {},
        },
        "seed": 1,
        "versions": {"evalsite": "0.1.0", "numpy": "2.3.0", "python": "3.13.0"},
        "sizes": {"raters": 12, "items": 16, "series": 4, "judgments": 1152, "scores": 768},
        "ability_model": [],
        "length_bias": [],
        "warnings": [
            warning("simulated_only"),
        ],
    }  # fmt: skip
    lists: dict[str, list[dict[str, Any]]] = {"win_rates": [], "human_level": [], "mean_scores": []}
    for language in ("en", "zh"):
        lists["win_rates"] += _win_rates("overall", language) + _win_rates("dialogue", language)
        lists["human_level"] += _human_level(language)
        lists["mean_scores"] += _scores(language)
        lists.setdefault("breakdown", []).extend(_breakdown(language))
        for name, rows in [*_quality(language).items(), *_on_the_way(language).items()]:
            lists.setdefault(name, []).extend(rows)
    return report | lists | {"flow": _flow()}
