"""A study as its file gives it: one validated, frozen value, from files, browser and API alike. Pure.

`as_json(spec)` is what `Study.spec` stores, and `from_json` the way back:

    slug, title {en, zh}, question {en, zh}, seed, languages [en, zh]
    systems      [{slug, name {en, zh}, kind}]             in canonical order
    criteria     [{slug, label, question, guidance {en, zh}, primary, strength}]
    score        null | {rubric, version, min, max, tiers [{from, to, label {en, zh}}]}
    marks        false | {kinds [{slug, label {en, zh}}], severity, good_lines}; true in studies frozen before
                 version 0.3, and then the kinds are those of the paper
    design       {kind, scheme, raters_per_pairing, briefs_per_seat, rereading, seats [{reads, count}]}
    plan         {primary_contrast, secondary_contrasts, human, generalize_to, pooled, level, missing_script,
                  presentation, margin {value, reason}, exclusions}; primary_contrast is the first of several
    consent      {version, text {en, zh}}
    instructions {en, zh}
    rights       show | redistribute
    materials    {briefs {slug: digest}, scripts {brief: {system: digest}}, names {series: [{from, to}]},
                  outside {brief: {brief, script, system}}, second {brief: {system: digest}}};
                  the last three only where there are any

What a study does not use is not there at all, so that a study without it keeps its digest:

    design       same, repeat          how many such slots each seat gets
    plan         attention             thresholds
                 primary_contrasts     all of them, where there are several
                 item_cluster          in place of generalize_to, in studies of versions before 0.6
                 claim, weak_baseline, margin {of}
    consent      approval, contact, machines, withdraw_until, transfer, confidentiality, measures
    practice     {briefs, system, damage, pass, tries, different_scenes, pay}
    checks       {briefs, system, damage, per_seat, announced}
    sittings     {pairs, break_minutes}
    pay          {currency, per_pair, minutes}
    guess        {when, scripts}
    debriefing   {en, zh}
    completion   {code, url, practice_failed {code, url}, left {code, url}}
    prolific     true
    aliases      {series [title], writers [name]}      other names that the leak scan looks for
    raters       simulated             all raters are simulated, and the draw follows from the seed alone
    unblinders   [{name, account}]     who may unblind the study; freezing adds the keys of their accounts
"""

from typing import Any, Literal

import msgspec

from evalsite.core.digests import json_digest

ScriptKey = tuple[str, str]
"""The slugs of a brief and of a system: they name a script of a study."""
Text = dict[str, str]
"""A text in one language or both: {en, zh}."""

SingleOrPair = Literal["pair", "single"]
DAMAGES = ("shuffle", "swap", "cut")
"""What can be done to a script so that it is worse for certain (`generation.screenplay.damage`)."""


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
    """`single`: one script at a time, a score and marks for it; then there are no criteria and no pairs."""

    kind: SingleOrPair = "pair"
    scheme: str = "crossed"
    raters_per_pairing: int = 3
    briefs_per_seat: int | None = None
    rereading: bool = False
    same: int = 0
    repeat: int = 0

    @property
    def is_single(self) -> bool:
        return self.kind == "single"


class PracticeSpec(msgspec.Struct, frozen=True, kw_only=True, rename={"needed": "pass"}):
    """Pairs to practise on: a script of `system` from outside the study, and the same one damaged.

    `needed` right answers of one try pass; after `tries` tries one is turned away. `briefs` are slugs.
    `different_scenes`: no scene of one try comes again in another. `pay` is a decimal for each pair
    submitted, in the currency of the study's `pay`; "" = practice is unpaid.
    """

    briefs: tuple[str, ...]
    system: str = "human"
    damage: tuple[str, ...] = DAMAGES
    needed: int = 2
    tries: int = 2
    different_scenes: bool = False
    pay: str = ""


class ChecksSpec(msgspec.Struct, frozen=True, kw_only=True):
    """Pairs with a known answer among the others; `announced` says whether raters are told beforehand."""

    briefs: tuple[str, ...]
    system: str = "human"
    damage: tuple[str, ...] = DAMAGES
    per_seat: int = 1
    announced: bool = True


class SittingsSpec(msgspec.Struct, frozen=True, kw_only=True):
    """How long a sitting is meant to be, in pairs (or scripts), and a break in minutes. Suggested only."""

    pairs: int = 5
    break_minutes: int = 15


class PaySpec(msgspec.Struct, frozen=True, kw_only=True):
    """`currency` by its three letters, `per_pair` as a decimal ("12.50"), the minutes that one is expected
    to take. In a study of one script at a time a pair is a script. `payer` is who the statement for an
    invoice is made out to; {} = it names nobody."""

    currency: str
    per_pair: str
    minutes: int
    payer: Text = {}


class GuessSpec(msgspec.Struct, frozen=True, kw_only=True):
    """When the origin of scripts is guessed; for `last`, of how many of those that were read."""

    when: Literal["last", "each", "never"] = "last"
    scripts: int = 6


class ProofSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A code to show elsewhere, an address to go back to."""

    code: str = ""
    url: str = ""


class CompletionSpec(ProofSpec, frozen=True, kw_only=True):
    """What somebody who has finished is given; and who did not pass practice, who did not agree or left."""

    practice_failed: ProofSpec | None = None
    left: ProofSpec | None = None


class AttentionSpec(msgspec.Struct, frozen=True, kw_only=True):
    """From where on a rater is pointed out as careless; nobody is left out by it.

    What each means is told in `analysis.stats.attention.Thresholds`, which has the same defaults.
    `without_flagged` plans a check of the results without those who are pointed out.
    """

    words_per_minute: int = 700
    characters_per_minute: int = 1200
    fast_share: float = 0.5
    share_read: float = 0.5
    unread_share: float = 0.5
    side_p: float = 0.001
    side_odds: float = 12.0
    same_score: float = 0.8
    checks: float = 0.5
    random_odds: float = 3.0
    without_flagged: bool = False


class Margin(msgspec.Struct, frozen=True, kw_only=True):
    value: float
    reason: str
    of: str = "win_rate"


class PlanSpec(msgspec.Struct, frozen=True, kw_only=True):
    primary_contrast: tuple[str, str]
    primary_contrasts: tuple[tuple[str, str], ...] | None = None
    secondary_contrasts: tuple[tuple[str, str], ...] | None = None
    human: tuple[str, ...] = ()
    generalize_to: str | None = None
    item_cluster: str | None = None
    claim: str = "difference"
    weak_baseline: str | None = None
    pooled: bool = False
    level: float = 0.95
    missing_script: str = "refuse"
    presentation: str = "house"
    margin: Margin | None = None
    exclusions: tuple[str, ...] = ()
    attention: AttentionSpec | None = None

    @property
    def cluster(self) -> str:
        """The unit that counts as independent beside the rater: "item" or "series"."""
        return self.item_cluster or ("series" if self.generalize_to == "series" else "item")


class ConsentSpec(msgspec.Struct, frozen=True, kw_only=True):
    """The text, and the points that an ethics board asks for, each a text or missing.

    `machines`: whether raters are told `before` or in the `debriefing` that machines wrote some scripts.
    """

    version: str
    text: Text
    approval: Text = {}
    contact: Text = {}
    machines: Literal["", "before", "debriefing"] = ""
    withdraw_until: Text = {}
    transfer: Text = {}
    confidentiality: Text = {}
    measures: Text = {}


class WarmupText(msgspec.Struct, frozen=True, kw_only=True):
    """A brief for practice or checks and its script, by digest, and the system that wrote it."""

    brief: str
    script: str
    system: str


class Materials(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which texts the study is about, by digest: a change of one is a change of the study.

    `names` is the name map of each series that has one: what raters read in the place of its names. A script
    that a brief lacks is counted as the plan's `missing_script` says. `warmup` (stored as
    `outside`) are the briefs of practice and checks. `second` is another sample of a system's script for a
    brief, for pairings of kind `same`.
    """

    briefs: dict[str, str]
    scripts: dict[str, dict[str, str]]
    names: dict[str, tuple[dict[str, str], ...]] = {}
    warmup: dict[str, WarmupText] = msgspec.field(default_factory=dict, name="outside")
    second: dict[str, dict[str, str]] = {}


class AliasesSpec(msgspec.Struct, frozen=True, kw_only=True):
    """Other names that the leak scan looks for: of series (abbreviations, short titles) and of writers."""

    series: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()


class MarkKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of error that raters can mark."""

    slug: str
    label: Text


class MarksSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What raters can mark in a script: errors of these kinds, with or without severity, and good lines."""

    kinds: tuple[MarkKind, ...]
    severity: bool = False
    good_lines: bool = False


class UnblinderSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person who may unblind the study: a user name and, from freezing on, the key of that account.

    The key is part of the study's digest, so that an account that takes over the name changes nothing.
    """

    name: str
    account: int | None = None


class StudySpec(msgspec.Struct, frozen=True, kw_only=True):
    slug: str
    title: Text
    question: Text
    seed: int
    languages: tuple[str, ...]
    systems: tuple[SystemEntry, ...]
    criteria: tuple[CriterionSpec, ...]
    score: ScoreSpec | None
    marks: MarksSpec | bool
    design: DesignSpec
    plan: PlanSpec
    consent: ConsentSpec
    instructions: Text
    rights: str
    materials: Materials
    practice: PracticeSpec | None = None
    checks: ChecksSpec | None = None
    sittings: SittingsSpec | None = None
    pay: PaySpec | None = None
    guess: GuessSpec | None = None
    debriefing: Text = {}
    completion: CompletionSpec | None = None
    prolific: bool = False
    aliases: AliasesSpec | None = None
    raters: Literal["", "simulated"] = ""
    unblinders: tuple[UnblinderSpec, ...] = ()

    @property
    def digest(self) -> str:
        return json_digest(as_json(self))


_ADDED: dict[str, dict[str, Any]] = {
    "": {
        "practice": None,
        "checks": None,
        "sittings": None,
        "pay": None,
        "guess": None,
        "debriefing": {},
        "completion": None,
        "prolific": False,
        "aliases": None,
        "raters": "",
        "unblinders": [],
    },
    "design": {"same": 0, "repeat": 0},
    "plan": {"attention": None, "primary_contrasts": None, "secondary_contrasts": None}
    | {"generalize_to": None, "item_cluster": None, "claim": "difference", "weak_baseline": None},
    "plan.margin": {"of": "win_rate"},
    "practice": {"different_scenes": False, "pay": ""},
    "pay": {"payer": {}},
    "completion": {"practice_failed": None, "left": None},
    "consent": {
        "approval": {},
        "contact": {},
        "machines": "",
        "withdraw_until": {},
        "transfer": {},
        "confidentiality": {},
        "measures": {},
    },
}
"""Keys that are left out where a study does not use them, by the key that they stand in."""


def as_json(spec: StudySpec) -> dict[str, Any]:
    """The spec as plain JSON values."""
    value = msgspec.json.decode(msgspec.json.encode(spec))
    assert isinstance(value, dict)
    for where, unused in _ADDED.items():
        part: Any = value
        for name in filter(None, where.split(".")):
            part = part.get(name) or {}
        for key, nothing in unused.items():
            if key in part and part[key] == nothing:
                del part[key]
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
