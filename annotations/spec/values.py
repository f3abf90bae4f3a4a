"""A study as its file gives it: one validated, frozen value, from files, browser and API alike. Pure.

`as_json(spec)` is what `Study.spec` stores, and `from_json` the way back:

    slug, title {en, zh}, question {en, zh}, seed, languages [en, zh]
    systems      [{slug, name {en, zh}, kind}]             in canonical order
    criteria     [{slug, label, question, guidance {en, zh}, primary, strength}]
    score        null | {rubric, version, min, max, tiers [{from, to, label {en, zh}}]}
    marks        true | false
    design       {kind, scheme, raters_per_pairing, briefs_per_seat, rereading, seats [{reads, count}]}
    plan         {primary_contrast, human, item_cluster, pooled, level, missing_script, presentation,
                  margin {value, reason}, exclusions}
    consent      {version, text {en, zh}}
    instructions {en, zh}
    rights       show | redistribute
    materials    {briefs {slug: digest}, scripts {brief: {system: digest}}, names {series: [{from, to}]}};
                 names only where a series has any
"""

from typing import Any

import msgspec

from evalsite.core.digests import json_digest

Text = dict[str, str]
"""A text in one language or both: {en, zh}."""


class SystemEntry(msgspec.Struct, frozen=True, kw_only=True):
    slug: str
    name: Text
    kind: str


class CriterionSpec(msgspec.Struct, frozen=True, kw_only=True):
    slug: str
    label: Text
    question: Text
    guidance: Text
    primary: bool
    strength: bool


class Tier(msgspec.Struct, frozen=True, kw_only=True, rename={"low": "from", "high": "to"}):
    low: int
    high: int
    label: Text


class ScoreSpec(msgspec.Struct, frozen=True, kw_only=True):
    rubric: str
    version: str
    min: int
    max: int
    tiers: tuple[Tier, ...]


class SeatGroup(msgspec.Struct, frozen=True, kw_only=True):
    reads: tuple[str, ...]
    count: int


class DesignSpec(msgspec.Struct, frozen=True, kw_only=True):
    seats: tuple[SeatGroup, ...]
    kind: str = "pair"
    scheme: str = "crossed"
    raters_per_pairing: int = 3
    briefs_per_seat: int | None = None
    rereading: bool = False


class Margin(msgspec.Struct, frozen=True, kw_only=True):
    value: float
    reason: str


class PlanSpec(msgspec.Struct, frozen=True, kw_only=True):
    primary_contrast: tuple[str, str]
    human: tuple[str, ...] = ()
    item_cluster: str = "item"
    pooled: bool = False
    level: float = 0.95
    missing_script: str = "refuse"
    presentation: str = "house"
    margin: Margin | None = None
    exclusions: tuple[str, ...] = ()


class ConsentSpec(msgspec.Struct, frozen=True, kw_only=True):
    version: str
    text: Text


class Materials(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which texts the study is about, by digest: a change of one is a change of the study.

    `names` is the name map of each series that has one: what raters read in the place of its names. A script
    that a brief lacks is counted as the plan's `missing_script` says.
    """

    briefs: dict[str, str]
    scripts: dict[str, dict[str, str]]
    names: dict[str, tuple[dict[str, str], ...]] = {}


class StudySpec(msgspec.Struct, frozen=True, kw_only=True):
    slug: str
    title: Text
    question: Text
    seed: int
    languages: tuple[str, ...]
    systems: tuple[SystemEntry, ...]
    criteria: tuple[CriterionSpec, ...]
    score: ScoreSpec | None
    marks: bool
    design: DesignSpec
    plan: PlanSpec
    consent: ConsentSpec
    instructions: Text
    rights: str
    materials: Materials

    @property
    def digest(self) -> str:
        return json_digest(as_json(self))


def as_json(spec: StudySpec) -> dict[str, Any]:
    """The spec as plain JSON values."""
    value = msgspec.json.decode(msgspec.json.encode(spec))
    assert isinstance(value, dict)
    return value


def from_json(value: Any) -> StudySpec:
    """The spec that `as_json` gave; raises msgspec.ValidationError on anything else."""
    return msgspec.convert(value, StudySpec)


def changed_fields(before: dict[str, Any], after: dict[str, Any], prefix: str = "") -> list[str]:
    """Dotted names of the fields in which two specs differ, lists as wholes."""
    names = []
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            names += changed_fields(old, new, f"{prefix}{key}.")
        elif old != new:
            names.append(f"{prefix}{key}")
    return names
