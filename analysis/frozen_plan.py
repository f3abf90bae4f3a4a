"""The plan of an analysis, as far as the frozen study file fixes it. Pure."""

from typing import Any

SCORE = "score"
"""The criterion of a study that asks for scores alone."""
NAMED = ("item_cluster", "generalize_to", "claim", "weak_baseline")
"""Keys that are in the plan only where the study has them. Older studies have the first one."""


def frozen_plan(spec: dict[str, Any]) -> dict[str, Any]:
    """What plan.json has of a study file.

    Parameters
    ----------
    spec : the study file as stored.

    Returns
    -------
    dict
        Everything but what is known only later: the digest, the nonce, and counts of people and scripts.
    """
    plan: dict[str, Any] = spec["plan"]
    margin = plan.get("margin") or {}
    return {
        # One script at a time is judged by its score alone.
        "primary_criterion": next((row["slug"] for row in spec["criteria"] if row["primary"]), SCORE),
        "primary_contrast": plan.get("primary_contrast"),
        "primary_contrasts": plan.get("primary_contrasts"),
        "secondary_contrasts": plan.get("secondary_contrasts"),
        "human": plan.get("human", []),
        **{key: plan[key] for key in NAMED if key in plan},
        "pooled": plan["pooled"],
        "systems": [row["slug"] for row in spec["systems"]],
        "criteria": [row["slug"] for row in spec["criteria"]],
        "level": plan["level"],
        "margin": margin.get("value"),
        "margin_reason": margin.get("reason"),
        **({"margin_of": margin["of"]} if "of" in margin else {}),
        "attention": plan.get("attention"),
        **_known_worse(spec),
        "tiers": (spec.get("score") or {}).get("tiers", []),
        "labels": {row["slug"]: row["name"] for row in spec["systems"]},
        "criterion_labels": {row["slug"]: row["label"] for row in spec["criteria"]},
        "study": {
            "slug": spec["slug"],
            "title": spec["title"],
            "question": spec["question"],
            "seed": spec["seed"],
            "design": _design(spec["design"]),
        },
    }


def _known_worse(spec: dict[str, Any]) -> dict[str, list[str]]:
    """The value in place of a system where a script was damaged for a check."""
    checks = spec.get("checks")
    return {"known_worse": [f"check:{kind}" for kind in checks["damage"]]} if checks else {}


def _design(design: dict[str, Any]) -> dict[str, Any]:
    told = {key: design[key] for key in ("scheme", "raters_per_pairing")}
    return told | ({"kind": design["kind"]} if design["kind"] != "pair" else {})
