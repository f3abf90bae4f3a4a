"""Score, design and plan of a study file. No database."""

from django.utils.translation import gettext as _

from annotations.spec.extras import read_attention
from annotations.spec.reading import LANGUAGES, StudyFolder, read_flag, read_text_value
from annotations.spec.values import DesignSpec, Margin, PlanSpec, ScoreSpec, SeatGroup, SystemEntry, Tier
from generation.yaml_files import Node

MOST_SEATS, MOST_EXTRA = 1000, 10
TARGET_OF = {"series": "series", "item": "these-series"}
"""What a result is about (`generalize_to`), by the unit that counts as independent beside the rater."""
_TIERS = (
    ("Unacceptable", "不可用"),
    ("Flawed", "有硬伤"),
    ("Acceptable", "合格"),
    ("Good", "良好"),
    ("Excellent", "优秀"),
    ("Exceptional", "卓越"),
)
# The two sets of bands of arXiv 2510.23163: its rubric figure and its appendix disagree at 7.
BANDS = {
    "tiers-figure": ((1, 3), (4, 5), (6, 6), (7, 8), (9, 10), (11, 12)),
    "tiers-appendix": ((1, 3), (4, 5), (6, 7), (8, 8), (9, 10), (11, 12)),
}


def preset(name: str) -> ScoreSpec:
    """The paper's score of 1 to 12 in six tiers, in one of its two versions."""
    tiers = tuple(
        Tier(low=low, high=high, label={"en": english, "zh": chinese})
        for (low, high), (english, chinese) in zip(BANDS[name], _TIERS, strict=True)
    )
    return ScoreSpec(rubric=name, version="1", min=1, max=12, tiers=tiers)


def read_score(node: Node, place: StudyFolder) -> ScoreSpec | None:
    """`true` or a preset's name, `false` or `none`, or {rubric, version, min, max, tiers}."""
    if node.value is False or node.value == "none":
        return None
    if node.value is True:
        return preset("tiers-figure")
    if not isinstance(node.value, dict):
        name = node.choice((*BANDS, "none"))
        return preset(name) if name in BANDS else None
    fields = node.mapping(required=("rubric",), optional=("version", "min", "max", "tiers"))
    rubric = fields["rubric"].text(most=40) if "rubric" in fields else ""
    version = _version(fields.get("version"))
    if rubric == "none":
        return None
    if "tiers" not in fields:
        if rubric and rubric not in BANDS:
            fields["rubric"].fault(
                _("there is no built-in rubric %(rubric)s.") % {"rubric": rubric},
                _("use %(bands)s, or define min, max and tiers.") % {"bands": " or ".join(BANDS)},
            )
        for key in ("min", "max"):
            if key in fields and rubric in BANDS:
                fields[key].fault(
                    _("%(rubric)s has its own %(key)s.") % {"rubric": rubric, "key": key},
                    _("remove %(key)s, or define tiers as well.") % {"key": key},
                )
        return preset(rubric) if rubric in BANDS else None
    return _own_score(rubric, version, fields, place)


def _version(node: Node | None) -> str:
    return str(node.value) if node is not None and isinstance(node.value, int | str | float) else "1"


def _own_score(rubric: str, version: str, fields: dict[str, Node], place: StudyFolder) -> ScoreSpec:
    low = fields["min"].integer(0, 100) if "min" in fields else 1
    high = fields["max"].integer(1, 100) if "max" in fields else 12
    if high <= low:
        (fields.get("max") or fields["tiers"]).fault(
            _("max %(high)s isn't above min %(low)s.") % {"high": high, "low": low}, _("raise max.")
        )
    tiers, expected = [], low
    for item in fields["tiers"].sequence(least=1, most=20):
        parts = item.mapping(required=("from", "to", "label"))
        if len(parts) < 3:
            continue
        start, end = parts["from"].integer(0, 100), parts["to"].integer(0, 100)
        if start < expected:
            parts["from"].fault(
                _("this tier starts at %(start)s, inside the previous one.") % {"start": start},
                _("start it at %(expected)s.") % {"expected": expected},
            )
        elif start > expected:
            parts["from"].fault(
                _("no tier contains %(expected)s.") % {"expected": expected},
                _("start this tier at %(expected)s.") % {"expected": expected},
            )
        if end < start:
            parts["to"].fault(
                _("this tier ends at %(end)s, below its start.") % {"end": end},
                _("end it at %(start)s or higher.") % {"start": start},
            )
        tiers.append(Tier(low=start, high=end, label=read_text_value(parts["label"], place)))
        expected = max(expected, end + 1)
    if tiers and expected != high + 1:
        fields["tiers"].fault(
            _("the tiers end at %(expected)s, but max is %(high)s.")
            % {"expected": expected - 1, "high": high},
            _("end the last tier at %(high)s.") % {"high": high},
        )
    return ScoreSpec(rubric=rubric, version=version, min=low, max=high, tiers=tuple(tiers))


def read_seats(node: Node) -> tuple[SeatGroup, ...]:
    """Groups of seats: [{reads: [zh], count: 10}, ...]."""
    groups = []
    for item in node.sequence(least=1, most=20):
        fields = item.mapping(required=("reads", "count"))
        if len(fields) < 2:
            continue
        reads = _languages(fields["reads"])
        count = fields["count"].integer(1, MOST_SEATS)
        if reads:
            groups.append(SeatGroup(reads=reads, count=count))
    total = sum(group.count for group in groups)
    if total > MOST_SEATS:
        node.fault(
            _("%(total)s seats are too many.") % {"total": total},
            _("use at most %(most_seats)s.") % {"most_seats": MOST_SEATS},
        )
    return tuple(groups)


def _languages(node: Node) -> tuple[str, ...]:
    if isinstance(node.value, str):
        found = {node.choice(LANGUAGES)}
    else:
        found = {item.choice(LANGUAGES) for item in node.sequence(least=1, most=len(LANGUAGES))}
    return tuple(sorted(found - {""}))


def read_design(node: Node | None, seats: Node | None) -> tuple[DesignSpec | None, dict[str, Node]]:
    """The design, and where each of its keys stands. `seats` may stand in it or beside it."""
    fields: dict[str, Node] = {}
    if node is not None:
        fields = node.mapping(
            required=(),
            optional=(
                "kind",
                "scheme",
                "seats",
                "raters_per_pairing",
                "briefs_per_seat",
                "rereading",
                "same",
                "repeat",
            ),
        )
    if seats is not None:
        if "seats" in fields:
            seats.fault(_("seats are listed here and in design."), _("keep only one of them."))
        fields["seats"] = seats
    if "seats" not in fields:
        return None, fields
    groups = read_seats(fields["seats"])
    kind = fields["kind"].choice(("pair", "single")) if "kind" in fields else "pair"
    scheme = fields["scheme"].choice(("crossed", "balanced")) if "scheme" in fields else "crossed"
    raters = fields["raters_per_pairing"].integer(2, 100) if "raters_per_pairing" in fields else 3
    briefs = fields["briefs_per_seat"].integer(1, 500) if "briefs_per_seat" in fields else None
    if "rereading" in fields and read_flag(fields["rereading"]):
        fields["rereading"].fault(_("each rater gets only one pair per brief."), _("write rereading: false."))
    if scheme == "balanced" and "briefs_per_seat" not in fields and node is not None:
        node.fault(_("a balanced design needs briefs_per_seat."), _("add briefs_per_seat with a number."))
    if scheme == "crossed" and "briefs_per_seat" in fields:
        fields["briefs_per_seat"].fault(
            _("in a crossed design, raters read every brief."),
            _("remove briefs_per_seat, or write scheme: balanced."),
        )
        briefs = None
    extra = {key: fields[key].integer(0, MOST_EXTRA) if key in fields else 0 for key in ("same", "repeat")}
    if kind == "single":
        for key in (key for key, count in extra.items() if count):
            fields[key].fault(
                _("%(key)s is for pairs, but this study shows one script at a time.") % {"key": key},
                _("remove %(key)s.") % {"key": key},
            )
    if not groups or not scheme or (scheme == "balanced" and briefs is None):
        return None, fields
    return (
        DesignSpec(
            seats=groups,
            kind="single" if kind == "single" else "pair",
            scheme=scheme,
            raters_per_pairing=raters,
            briefs_per_seat=briefs,
            same=extra["same"],
            repeat=extra["repeat"],
        ),
        fields,
    )


PLAN_KEYS = (
    "primary_contrast",
    "primary_contrasts",
    "secondary_contrasts",
    "human",
    "generalize_to",
    "item_cluster",
    "claim",
    "weak_baseline",
    "pooled",
    "level",
    "missing_script",
    "presentation",
    "margin",
    "exclusions",
    "attention",
)


def read_plan(
    node: Node | None, systems: tuple[SystemEntry, ...], kind: str, score: ScoreSpec | None
) -> PlanSpec | None:
    """The plan, with what it leaves out filled in: the first machine against the first human system.

    Only `generalize_to` stays None, because its default depends on the briefs.
    """
    fields = node.mapping(required=(), optional=PLAN_KEYS) if node is not None else {}
    if len(systems) < 2:
        return None
    slugs = [system.slug for system in systems]
    people = [system.slug for system in systems if system.kind == "human"]
    human = _names(fields["human"], slugs, least=0) if "human" in fields else tuple(people)
    machines = [slug for slug in slugs if slug not in human]
    contrast = (
        (machines or slugs)[0],
        (*human, *(slug for slug in slugs if slug != (machines or slugs)[0]))[0],
    )
    if "primary_contrast" in fields:
        named = _names(fields["primary_contrast"], slugs, least=2)
        contrast = (named[0], named[1]) if len(named) == 2 else contrast
    primary = _primary_contrasts(fields, slugs) or (contrast,)
    return PlanSpec(
        primary_contrast=primary[0],
        primary_contrasts=primary if len(primary) > 1 else None,
        secondary_contrasts=_contrasts(fields.get("secondary_contrasts"), slugs, primary),
        human=human,
        generalize_to=_target(fields),
        claim=_claim(fields),
        weak_baseline=_system(fields["weak_baseline"], slugs) if "weak_baseline" in fields else None,
        pooled=read_flag(fields["pooled"]) if "pooled" in fields else False,
        level=fields["level"].number(0.51, 0.999) if "level" in fields else 0.95,
        missing_script=_missing_script(fields.get("missing_script")),
        presentation=_choice(fields, "presentation", ("house",)),
        margin=_margin(fields.get("margin"), kind, score),
        exclusions=_exclusions(fields.get("exclusions")),
        attention=read_attention(fields["attention"]) if "attention" in fields else None,
    )


def _choice(fields: dict[str, Node], key: str, options: tuple[str, ...]) -> str:
    return (fields[key].choice(options) if key in fields else "") or options[0]


def _target(fields: dict[str, Node]) -> str | None:
    """What the result is about. Files of older versions name the cluster of the intervals instead."""
    target = fields["generalize_to"].choice((*TARGET_OF.values(),)) if "generalize_to" in fields else ""
    cluster = fields["item_cluster"].choice((*TARGET_OF,)) if "item_cluster" in fields else ""
    if target and cluster and target != TARGET_OF[cluster]:
        fields["item_cluster"].fault(_("item_cluster contradicts generalize_to."), _("remove item_cluster."))
    return target or TARGET_OF.get(cluster)


def _claim(fields: dict[str, Node]) -> str:
    claim = _choice(fields, "claim", ("difference", "non-inferior", "equivalent"))
    if claim != "difference" and "margin" not in fields:
        fields["claim"].fault(
            _("the claim %(claim)s needs a margin.") % {"claim": claim},
            _("add margin: {value: ..., reason: ...}."),
        )
    return claim


def _missing_script(node: Node | None) -> str:
    """`refuse` by default: a file that was forgotten is no loss before somebody has said so."""
    return (node.choice(("refuse", "drop", "loss")) if node is not None else "") or "refuse"


def _names(node: Node, slugs: list[str], *, least: int) -> tuple[str, ...]:
    """Names of systems of the study, each once."""
    items = node.sequence(least=least, most=least or len(slugs))
    found: list[str] = []
    for item in items:
        name = _system(item, slugs)
        if name in found:
            item.fault(_("%(name)s is listed twice.") % {"name": name}, _("list each system once."))
        elif name:
            found.append(name)
    return tuple(found)


def _system(node: Node, slugs: list[str]) -> str:
    """The name of a system of the study; empty if it is none."""
    name = node.text(most=80)
    if not name or name in slugs:
        return name
    node.fault(
        _("%(name)s isn't a system of this study.") % {"name": name},
        _("use one of %(slugs)s.") % {"slugs": ", ".join(slugs)},
    )
    return ""


def _primary_contrasts(fields: dict[str, Node], slugs: list[str]) -> tuple[tuple[str, str], ...]:
    """The pairs that `primary_contrasts` names, in their order. It replaces `primary_contrast`."""
    node = fields.get("primary_contrasts")
    found = _contrasts(node, slugs) or ()
    if node is not None and "primary_contrast" in fields:
        node.fault(_("primary_contrast is set as well."), _("remove primary_contrast."))
    elif node is not None and not found:
        node.fault(_("primary_contrasts is empty."), _("add a pair of systems, or remove primary_contrasts."))
    return found


def _contrasts(
    node: Node | None, slugs: list[str], primary: tuple[tuple[str, str], ...] = ()
) -> tuple[tuple[str, str], ...] | None:
    """Pairs of systems, each once and none of them a primary contrast; None where the plan names none."""
    if node is None:
        return None
    found: list[tuple[str, str]] = []
    for item in node.sequence():
        pair = _names(item, slugs, least=2)
        if len(pair) != 2:
            continue
        if set(pair) in [set(other) for other in (*primary, *found)]:
            item.fault(
                _("%(pair)s and %(pair2)s are listed twice.") % {"pair": pair[0], "pair2": pair[1]},
                _("list each comparison once."),
            )
        else:
            found.append((pair[0], pair[1]))
    return tuple(found)


def _margin(node: Node | None, kind: str, score: ScoreSpec | None) -> Margin | None:
    """A distance from a win rate of one half, or in points of the score."""
    if node is None:
        return None
    fields = node.mapping(required=("value", "reason"), optional=("of",))
    if not {"value", "reason"} <= set(fields):
        return None
    of, needed = _choice(fields, "of", ("win_rate", "points")), "points" if kind == "single" else "win_rate"
    if of != needed:
        node.fault(
            _("a study of kind %(kind)s needs a margin of %(of)s.") % {"kind": kind, "of": needed},
            _("write margin: {of: %(of)s, value: ..., reason: ...}.") % {"of": needed},
        )
    high = 0.499 if needed == "win_rate" else score.max - score.min - 0.001 if score else 100
    return Margin(value=fields["value"].number(0.001, high), reason=fields["reason"].text(), of=of)


def _exclusions(node: Node | None) -> tuple[str, ...]:
    return tuple(item.text() for item in node.sequence()) if node is not None else ()
