"""Warnings about a draft: raters could recognize a script or a check, or there are few series.

A warning stays open until its cause is fixed or staff accept it with a reason. Freezing needs all of them
settled. What was accepted stays with the study. No warning names the system of a script.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from annotations.errors import WrongState
from annotations.findings.review import locked_draft
from annotations.findings.scanning import system_order
from annotations.models import AcceptedWarning, Study
from annotations.spec.careless_raters import LANGUAGE_NAMES
from annotations.spec.draft_errors import DraftError, draft_error
from annotations.spec.sealed_scripts import find_hidden_pairs
from annotations.spec.values import StudySpec, from_json
from annotations.spec.warmup_pairs import SCRIPT_LENGTHS, CheckGiveaway, find_check_giveaways
from evalsite.core.models import record
from generation.models import Brief, Script
from generation.uploads.services import FAR_FROM_TARGET

LENGTH, CHECK, FEW_SERIES = "length", "check", "few_series"
FACTOR = 2
"""A script is conspicuous if it is this many times longer or shorter than another one of its brief."""

FEW, FEWEST = 8, 4
"""Fewer series in a language are a warning, or an error, where the result is about other series too."""
_half_width: list[str] = []


def register_half_width(path: str) -> None:
    """Name the function that knows the half-width to expect: its dotted path, imported when it is called."""
    _half_width[:] = [path]


@dataclass(frozen=True, slots=True)
class DraftWarning:
    """`code` and `params` identify it: another length is another warning."""

    code: str
    params: tuple[tuple[str, Any], ...]

    @property
    def key(self) -> str:
        """A short name for forms."""
        return "|".join([self.code, *(f"{value}" for _name, value in self.params)])

    @property
    def message(self) -> str:
        """One sentence, in the language that is active."""
        params = dict(self.params)
        if self.code == CHECK:
            return CheckGiveaway(**params).message
        if self.code == FEW_SERIES:
            text = _("Only %(series)s series in %(language)s: the result will say little about other series.")
            if params["half_width"] is not None:
                text = _(
                    "Only %(series)s series in %(language)s: the result will say little about other series."
                    " At a win rate of 50%%, expect an interval of ±%(half_width)s percentage points."
                )
            return text % (params | {"language": LANGUAGE_NAMES[params["language"]]})
        said = {
            "en": _(
                "Script %(number)s for %(brief)s has %(length)s words; the target is %(target)s. Raters"
                " would notice the difference immediately."
            ),
            "zh": _(
                "Script %(number)s for %(brief)s has %(length)s Chinese characters; the target is"
                " %(target)s. Raters would notice the difference immediately."
            ),
        }[params["language"]]
        return said % (params | {name: f"{params[name]:,}" for name in ("length", "target")})

    def __str__(self) -> str:
        return self.message

    @property
    def script(self) -> tuple[str, int] | None:
        """The brief and the number of the script that it is about."""
        params = dict(self.params)
        return (params["brief"], params["number"]) if self.code == LENGTH else None


def find_warnings(study: Study, spec: StudySpec) -> list[DraftWarning]:
    """All warnings of a draft, by the texts that are stored now."""
    checks = [_warning(CHECK, asdict(each)) for each in find_check_giveaways(study, spec)]
    few = [each for each in _few_series(spec) if dict(each.params)["series"] >= FEWEST]
    return [*_lengths(study, spec), *checks, *few]


def _warning(code: str, params: Mapping[str, Any]) -> DraftWarning:
    return DraftWarning(code, tuple(sorted(params.items())))


def _few_series(spec: StudySpec) -> Iterator[DraftWarning]:
    """Languages with few series, where the result is about other series too."""
    rows = Brief.objects.filter(slug__in=list(spec.materials.briefs)).order_by("language")
    counted = rows.values_list("language").annotate(Count("pk"), Count("series", distinct=True))
    per_pairing = None if spec.design.scheme == "crossed" else spec.design.raters_per_pairing
    for language, scenes, series in counted if spec.plan.cluster == "series" else ():
        if series < FEW:
            raters = sum(group.count for group in spec.design.seats if language in group.reads)
            sizes = (raters, scenes, series, len(spec.systems), per_pairing, spec.plan.level)
            known = _half_width and not spec.design.is_single
            width = import_string(_half_width[0])(*sizes) if known else None
            yield _warning(FEW_SERIES, {"language": language, "series": series, "half_width": width})


def few_series_errors(study: Study, spec: StudySpec) -> list[DraftError]:
    """Languages with so few series that a draft whose result is about other series too can't be frozen."""
    few = [each for each in _few_series(spec) if dict(each.params)["series"] < FEWEST]
    return [draft_error(study.slug, FEW_SERIES, warning=each, fewest=FEWEST) for each in few]


def _lengths(study: Study, spec: StudySpec) -> Iterator[DraftWarning]:
    """Scripts far from the brief's target, and much longer or shorter than another script of the brief."""
    wanted, hidden = spec.materials.scripts, find_hidden_pairs(study)
    rows = Script.objects.filter(
        brief__slug__in=list(wanted), system__slug__in=[s.slug for s in spec.systems]
    )
    stored = {
        (brief, system, digest): length
        for brief, system, digest, length in rows.values_list(
            "brief__slug", "system__slug", "digest", "length"
        )
    }
    briefs = Brief.objects.filter(slug__in=list(wanted)).order_by("series__slug", "order", "slug")
    for brief, language, target in briefs.values_list("slug", "language", "target_length"):
        lengths = {
            system: stored[brief, system, digest]
            for system, digest in wanted[brief].items()
            if (brief, system, digest) in stored and (brief, system) not in hidden
        }
        odd = {name for name, each in lengths.items() if _stands_out(each, target, lengths.values())}
        for number, system in enumerate(system_order(study, spec, brief) if odd else (), start=1):
            if system in odd:
                params = {"brief": brief, "number": number, "length": lengths[system], "target": target}
                yield _warning(LENGTH, params | {"language": language})


def _stands_out(length: int, target: int, all_lengths: Collection[int]) -> bool:
    low, high = FAR_FROM_TARGET
    if not target or low <= length / target <= high:
        return False
    if length > target:
        return length >= FACTOR * min(all_lengths)
    # A script that is too long makes no other one too short.
    return FACTOR * length <= max(each for each in all_lengths if each <= high * target)


def accepted_warnings(study: Study) -> list[tuple[DraftWarning, AcceptedWarning]]:
    """What was accepted, in that order, without lengths of scripts that another blinded study hides."""
    briefs = {brief for brief, _system in find_hidden_pairs(study)}
    return [
        (_warning(row.code, row.params), row)
        for row in study.accepted_warnings.order_by("pk")
        if not (row.code == LENGTH and row.params["brief"] in briefs)
        and not (briefs and row.params.get("mark") in SCRIPT_LENGTHS)
    ]


def open_warnings(study: Study, spec: StudySpec | None = None) -> list[DraftWarning]:
    """List the warnings of a draft that are not accepted yet."""
    accepted = {warning for warning, _row in accepted_warnings(study)}
    return [each for each in find_warnings(study, spec or from_json(study.spec)) if each not in accepted]


def warning_errors(study: Study, spec: StudySpec) -> list[DraftError]:
    """The open warnings, as what keeps a draft from being frozen."""
    return [draft_error(study.slug, "open_warning", warning=each) for each in open_warnings(study, spec)]


@transaction.atomic
def accept_warnings(*, study: Study, by: str, reason: str, keys: Collection[str] | None = None) -> int:
    """Accept open warnings of a draft with a reason: those of `keys`, or all. Returns how many.

    Raises WrongState.
    """
    study, reason = locked_draft(study, "warnings are accepted"), reason.strip()
    if not reason:
        raise WrongState("a warning is accepted with a reason")
    taken = [each for each in open_warnings(study) if keys is None or each.key in keys]
    for each in taken:
        _accept(study, each, by, reason)
    return len(taken)


def _accept(study: Study, warning: DraftWarning, by: str, reason: str) -> None:
    params = dict(warning.params)
    AcceptedWarning.objects.create(
        study=study, code=warning.code, params=params, reason=reason, accepted_by=by
    )
    record(who=by, verb="accept warning", about=study.slug, reason=reason, **_detail(warning.code, params))


@transaction.atomic
def reopen_warning(*, warning: AcceptedWarning, by: str) -> None:
    """Take an acceptance back, while the study is a draft. Raises WrongState."""
    study = locked_draft(warning.study, "warnings are reopened")
    _delete(study, warning, by, "reopen warning")


def current_acceptances(
    study: Study, found: Sequence[DraftWarning]
) -> list[tuple[DraftWarning, AcceptedWarning]]:
    """Acceptances of warnings that still hold in a draft; of a frozen study all of them."""
    accepted = accepted_warnings(study)
    if study.state != Study.State.DRAFT:
        return accepted
    return [each for each in accepted if each[0] in found]


def drop_outdated_acceptances(study: Study, spec: StudySpec, by: str) -> None:
    """Delete acceptances of warnings that no longer hold, so that a frozen study lists only those that do."""
    found = find_warnings(study, spec)
    for warning, row in accepted_warnings(study):
        if warning not in found:
            _delete(study, row, by, "drop outdated warning")


def _delete(study: Study, row: AcceptedWarning, by: str, verb: str) -> None:
    row.delete()
    record(who=by, verb=verb, about=study.slug, **_detail(row.code, row.params))


def _detail(code: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """What the audit trail has of a warning."""
    return {"kind": params.get("mark", code)} | {key: params[key] for key in ("brief",) if key in params}
