"""Rubrics whose tiers are known by name, for the shares of scores by tier.

The two versions are those of the source paper (arXiv 2510.23163), whose rubric figure and appendix disagree
at 7. `annotations/spec/rules.py` has them for study files; a test holds both together.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

VERSION = "1"


@dataclass(frozen=True)
class Tier:
    """A band of scores, ends included. `label_zh` is None where there is no Chinese label."""

    low: float
    high: float
    label: str
    label_zh: str | None = None


_LABELS = (
    ("Unacceptable", "不可用"),
    ("Flawed", "有硬伤"),
    ("Acceptable", "合格"),
    ("Good", "良好"),
    ("Excellent", "优秀"),
    ("Exceptional", "卓越"),
)
_BANDS = {
    "tiers-figure": ((1, 3), (4, 5), (6, 6), (7, 8), (9, 10), (11, 12)),
    "tiers-appendix": ((1, 3), (4, 5), (6, 7), (8, 8), (9, 10), (11, 12)),
}
RUBRICS: Mapping[str, tuple[Tier, ...]] = {
    name: tuple(Tier(*band, *labels) for band, labels in zip(bands, _LABELS, strict=True))
    for name, bands in _BANDS.items()
}


def tiers_of(rubric: str, low: float, high: float) -> tuple[Tier, ...]:
    """Return the tiers of a cell of the column `rubric` (NAME or NAME@VERSION) on the scale from `low` to
    `high`; none where the rubric or its version is not known, or has another scale."""
    name, _, version = rubric.partition("@")
    tiers = RUBRICS.get(name, ()) if version in ("", VERSION) else ()
    return tiers if tiers and (tiers[0].low, tiers[-1].high) == (low, high) else ()


def planned_tiers(tiers: Iterable[Mapping[str, Any]]) -> tuple[Tier, ...]:
    """Return the tiers of a plan: `from`, `to`, and a label in one language or {en, zh}."""
    found = []
    for tier in tiers:
        label = tier["label"]
        names = {"en": label} if isinstance(label, str) else dict(label)
        first = names.get("en") or next(iter(names.values()))
        found.append(Tier(tier["from"], tier["to"], first, names.get("zh")))
    return tuple(found)
