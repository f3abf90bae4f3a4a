"""What a study asks for besides its pairs: practice, checks, sittings, pay, guesses, an ending."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from django.utils.translation import gettext as _

from annotations.spec.materials import StoredBriefs, read_briefs
from annotations.spec.reading import StudyFolder, read_flag, read_text_value
from annotations.spec.values import (
    DAMAGES,
    AliasesSpec,
    AttentionSpec,
    ChecksSpec,
    CompletionSpec,
    GuessSpec,
    PaySpec,
    PracticeSpec,
    ProofSpec,
    SittingsSpec,
    Text,
)
from generation.briefs.files import BriefSpec, read_aliases
from generation.yaml_files import Node

MOST_TRIES, MOST_NEEDED, MOST_CHECKS, MOST_SITTING, MOST_GUESSED, MOST_OUTSIDE = 5, 10, 10, 50, 20, 50
ENDINGS = ("completed", "practice_failed", "left")
_CURRENCY = re.compile(r"^[A-Z]{3}$")
_CODE = re.compile(r"^[A-Za-z0-9_-]{3,60}$")
_ADDRESS = re.compile(r"^https://[^\s/?#@]+\.[^\s/?#@]+(/\S*)?(\?\S*)?$")


@dataclass(frozen=True, slots=True)
class WarmupFiles:
    """What a group of pairs with a known answer is made from, as the file names it."""

    node: Node
    briefs: tuple[BriefSpec, ...]
    system: str


@dataclass(frozen=True, slots=True)
class Extras:
    """All of it; what a file does not ask for is None or empty. `groups` are of practice and of checks."""

    practice: PracticeSpec | None
    checks: ChecksSpec | None
    sittings: SittingsSpec | None
    pay: PaySpec | None
    guess: GuessSpec | None
    debriefing: Text
    completion: CompletionSpec | None
    prolific: bool
    aliases: AliasesSpec | None
    groups: tuple[WarmupFiles, ...]


EXTRA_KEYS = (
    "practice",
    "checks",
    "sittings",
    "pay",
    "guess",
    "debriefing",
    "completion",
    "prolific",
    "aliases",
)


def read_extras(fields: dict[str, Node], place: StudyFolder, stored: StoredBriefs | None) -> Extras:
    """The keys `EXTRA_KEYS` of a study file, those that are there."""
    empty = (None, None)
    practice, rehearsed = read_practice(fields["practice"], place, stored) if "practice" in fields else empty
    checks, checked = read_checks(fields["checks"], place, stored) if "checks" in fields else empty
    if practice is not None and practice.pay and "pay" not in fields:
        fields["practice"].fault(
            "practice is paid, but the study has no pay key.",
            "add pay with currency, per_pair and minutes, or remove practice: pay.",
        )
    return Extras(
        practice=practice,
        checks=checks,
        sittings=read_sittings(fields["sittings"]) if "sittings" in fields else None,
        pay=read_pay(fields["pay"], place) if "pay" in fields else None,
        guess=read_guess(fields["guess"]) if "guess" in fields else None,
        debriefing=read_text_value(fields["debriefing"], place) if "debriefing" in fields else {},
        completion=read_completion(fields["completion"]) if "completion" in fields else None,
        prolific=read_flag(fields["prolific"]) if "prolific" in fields else False,
        aliases=read_name_aliases(fields["aliases"]) if "aliases" in fields else None,
        groups=tuple(group for group in (rehearsed, checked) if group is not None),
    )


def read_name_aliases(node: Node) -> AliasesSpec:
    """`{series, writers}`, each a list of names."""
    fields = node.mapping(required=(), optional=("series", "writers"))
    return AliasesSpec(**{key: read_aliases(field) for key, field in fields.items()})


def check_single(fields: dict[str, Node]) -> None:
    """What has no sense where one script is shown at a time."""
    for key in ("practice", "checks", "criteria"):
        if key in fields:
            fields[key].fault(
                _("%(key)s is for pairs, but this study shows one script at a time.") % {"key": key},
                _("remove %(key)s. Raters give each script a score.") % {"key": key},
            )


def read_practice(
    node: Node, place: StudyFolder, stored: StoredBriefs | None
) -> tuple[PracticeSpec | None, WarmupFiles | None]:
    """`{briefs, system, damage, pass, tries, different_scenes, pay}`; only the briefs are required."""
    fields = node.mapping(
        required=("briefs",), optional=("system", "damage", "pass", "tries", "different_scenes", "pay")
    )
    outside = _warmup_files(node, fields, place, stored)
    if outside is None:
        return None, None
    spec = PracticeSpec(
        briefs=tuple(brief.slug for brief in outside.briefs),
        system=outside.system,
        damage=_damage(fields.get("damage")),
        needed=fields["pass"].integer(1, MOST_NEEDED) if "pass" in fields else 2,
        tries=fields["tries"].integer(1, MOST_TRIES) if "tries" in fields else 2,
        different_scenes=read_flag(fields["different_scenes"]) if "different_scenes" in fields else False,
        pay=_money(fields["pay"]) if "pay" in fields else "",
    )
    return spec, outside


def read_checks(
    node: Node, place: StudyFolder, stored: StoredBriefs | None
) -> tuple[ChecksSpec | None, WarmupFiles | None]:
    """`{briefs, system, damage, per_seat, announced}`; only the briefs are required."""
    fields = node.mapping(required=("briefs",), optional=("system", "damage", "per_seat", "announced"))
    outside = _warmup_files(node, fields, place, stored)
    if outside is None:
        return None, None
    spec = ChecksSpec(
        briefs=tuple(brief.slug for brief in outside.briefs),
        system=outside.system,
        damage=_damage(fields.get("damage")),
        per_seat=fields["per_seat"].integer(1, MOST_CHECKS) if "per_seat" in fields else 1,
        announced=read_flag(fields["announced"]) if "announced" in fields else True,
    )
    return spec, outside


def _warmup_files(
    node: Node, fields: dict[str, Node], place: StudyFolder, stored: StoredBriefs | None
) -> WarmupFiles | None:
    if "briefs" not in fields:
        return None
    system = (fields["system"].slug() if "system" in fields else "human") or "human"
    briefs = read_briefs(fields["briefs"], place, stored)
    if len(briefs) > MOST_OUTSIDE:
        fields["briefs"].fault(
            _("%(briefs)s briefs are too many.") % {"briefs": len(briefs)},
            _("use at most %(most_outside)s.") % {"most_outside": MOST_OUTSIDE},
        )
    return WarmupFiles(fields["briefs"], tuple(briefs), system) if briefs else None


def _damage(node: Node | None) -> tuple[str, ...]:
    if node is None:
        return DAMAGES
    items = node.sequence(least=1, most=len(DAMAGES)) if isinstance(node.value, list) else [node]
    found: list[str] = []
    for item in items:
        kind = item.choice(DAMAGES)
        if kind in found:
            item.fault(_("%(kind)s is listed twice.") % {"kind": kind}, _("list each kind of damage once."))
        elif kind:
            found.append(kind)
    return tuple(found) or DAMAGES


def check_warmup_files(groups: Sequence[WarmupFiles], main: Collection[BriefSpec]) -> None:
    """Practice and checks are no part of the study: no brief of theirs is compared, none serves both."""
    known = {brief.slug for brief in main}
    titles = {brief.series_slug: (brief.series_title, brief.language) for brief in main}
    for group in groups:
        for brief in group.briefs:
            if brief.slug in known:
                group.node.fault(
                    _("brief %(slug)s is already used elsewhere in this study.") % {"slug": brief.slug},
                    _("use briefs from outside the study, and different ones for practice and checks."),
                )
            known.add(brief.slug)
            title = (brief.series_title, brief.language)
            if titles.setdefault(brief.series_slug, title) != title:
                group.node.fault(
                    _("series %(series_slug)s has a different title or language in brief %(slug)s.")
                    % {"series_slug": brief.series_slug, "slug": brief.slug},
                    _("give the series one title and one language."),
                )


def read_sittings(node: Node) -> SittingsSpec:
    fields = node.mapping(required=(), optional=("pairs", "break_minutes"))
    return SittingsSpec(
        pairs=fields["pairs"].integer(1, MOST_SITTING) if "pairs" in fields else 5,
        break_minutes=fields["break_minutes"].integer(0, 240) if "break_minutes" in fields else 15,
    )


def read_pay(node: Node, place: StudyFolder) -> PaySpec | None:
    """`{currency: EUR, per_pair: 12.50, minutes: 20}`, all three, and who pays, in both languages or one."""
    fields = node.mapping(required=("currency", "per_pair", "minutes"), optional=("payer",))
    if not fields.keys() >= {"currency", "per_pair", "minutes"}:
        return None
    currency = fields["currency"].text(most=3).upper()
    if currency and not _CURRENCY.match(currency):
        fields["currency"].fault(
            _("%(currency)s isn't a currency.") % {"currency": currency},
            _("use a three-letter code such as EUR or CNY."),
        )
    return PaySpec(
        currency=currency,
        per_pair=_money(fields["per_pair"]),
        minutes=fields["minutes"].integer(1, 480),
        payer=read_text_value(fields["payer"], place) if "payer" in fields else {},
    )


def _money(node: Node) -> str:
    """An amount with two decimals. A float is read by its digits: 12.5 is 12.50 and never 12.4999."""
    value = node.value
    try:
        amount = Decimal("NaN") if isinstance(value, bool | dict | list) else Decimal(str(value).strip())
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not Decimal("0.01") <= amount <= 100_000 or amount != round(amount, 2):
        node.fault(
            _("%(name)s can't be %(value)s.") % {"name": node.name, "value": f"{value!s:.40}"},
            _("enter an amount such as 12.50, up to 100,000."),
        )
        return "0.01"
    return f"{amount:.2f}"


def read_guess(node: Node) -> GuessSpec | None:
    """None for `never`, which is also what a study without the key says."""
    if isinstance(node.value, str):
        when = node.choice(("last", "each", "never"))
        return GuessSpec(when=_when(when)) if when in ("last", "each") else None
    fields = node.mapping(required=("when",), optional=("scripts",))
    when = fields["when"].choice(("last", "each", "never")) if "when" in fields else ""
    if "scripts" in fields and when != "last":
        fields["scripts"].fault(
            _("scripts only applies to guesses at the end."), _("write when: last, or remove scripts.")
        )
    scripts = fields["scripts"].integer(1, MOST_GUESSED) if "scripts" in fields else 6
    return GuessSpec(when=_when(when), scripts=scripts) if when in ("last", "each") else None


def _when(text: str) -> Literal["last", "each"]:
    return "each" if text == "each" else "last"


def read_completion(node: Node) -> CompletionSpec | None:
    """`{code, url}`, either or both, for those who finish; or a code or `{code, url}` for each way to end."""
    fields = node.mapping(required=(), optional=("code", "url", *ENDINGS))
    if "completed" in fields and ("code" in fields or "url" in fields):
        fields["completed"].fault(_("code and url repeat what is in completed."), _("keep only one of them."))
    found = {key: _read_proof(fields[key]) for key in ENDINGS if key in fields}
    done = found.pop("completed", None) or _proof(fields)
    if not done.code and not done.url:
        message = _("completion has neither code nor url.")
        node.fault(message, _("add one of them, or remove completion."))
        return None
    seen = {done.code: "completion"}
    for key, proof in found.items():
        if proof.code and seen.setdefault(proof.code, key) != key:
            fields[key].fault(
                _("%(key)s has the same code as %(code)s.") % {"key": key, "code": seen[proof.code]},
                _("use different codes."),
            )
    return CompletionSpec(code=done.code, url=done.url, **found)


def _read_proof(node: Node) -> ProofSpec:
    if not isinstance(node.value, dict):
        return _proof({"code": node})
    fields = node.mapping(required=(), optional=("code", "url"))
    if not fields:
        node.fault(
            _("%(name)s has neither code nor url.") % {"name": node.name}, _("add one of them, or remove it.")
        )
    return _proof(fields)


def _proof(fields: Mapping[str, Node]) -> ProofSpec:
    code = str(fields["code"].value).strip() if "code" in fields else ""
    url = fields["url"].text(most=500) if "url" in fields else ""
    if "code" in fields and not _CODE.match(code):
        fields["code"].fault(
            _("code can't be %(code)s.") % {"code": f"{code!s:.70}"},
            _("use 3 to 60 letters, digits, hyphens and underscores."),
        )
    if url and not _ADDRESS.match(url):
        fields["url"].fault(
            _("%(url)s isn't a link.") % {"url": f"{url:.80}"}, _("use a link that starts with https://.")
        )
    return ProofSpec(code=code, url=url)


def read_attention(node: Node) -> AttentionSpec:
    """Thresholds; those that are left out are the shipped ones."""
    ranges: dict[str, tuple[float, float]] = {
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
    fields = node.mapping(required=(), optional=(*ranges, "without_flagged"))
    values: dict[str, float | bool] = {}
    for key, each in fields.items():
        if key == "without_flagged":
            values[key] = each.truth()
        elif key.endswith("per_minute"):
            values[key] = each.integer(int(ranges[key][0]), int(ranges[key][1]))
        else:
            values[key] = each.number(*ranges[key])
    return AttentionSpec(**values)  # type: ignore[arg-type]
