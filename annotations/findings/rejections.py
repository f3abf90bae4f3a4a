"""A script that a draft gives up for what was found in it, and the next sample that takes its place.

Who rejects does not learn whose script it is: no message, row of the trail or number names a system. That a
next sample was there or was not shows afterwards and cannot be hidden, since a text is there or is not.
"""

import re
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NoReturn

import msgspec
from django.db import transaction

from annotations.design import BriefInput, DesignInput, SeatInput, design_problems
from annotations.errors import WrongState
from annotations.findings.review import locked_draft
from annotations.findings.scanning import rescan_brief, text_key
from annotations.models import DraftScan, Rejection, Study
from annotations.spec.inputs import seat_reads
from annotations.spec.study_texts import stored_briefs, stored_scripts
from annotations.spec.values import Materials, StudySpec, as_json, from_json
from evalsite.core.models import record
from generation.blinding import is_sealed
from generation.models import Brief, Script


class NoLongerThere(WrongState):
    """The script is not in the draft any more: it was rejected meanwhile, or its file was loaded."""


class NamesSystem(WrongState):
    """The reason names a system of the study."""


class SealedElsewhere(WrongState):
    """Another blinded study uses the script. What is done after a rejection could tell whose it is."""


class NoDesignLeft(WrongState):
    """Without the brief the study could not be drawn."""


@dataclass(frozen=True, slots=True)
class RejectionOutcome:
    """What a rejection has left: whether a next sample took its place, or the brief went."""

    rejection: Rejection
    replaced: bool
    dropped: bool


@transaction.atomic
def reject_script(*, study: Study, brief: str, key: str, by: str, reason: str) -> RejectionOutcome:
    """Give up the script of a brief that has the key `key` (`scanning.text_key`).

    The lowest-numbered stored sample of the same system above it, which was not rejected, takes its place and
    is looked through at once. Where none is left the plan's `missing_script` says what becomes of the brief:
    `drop` leaves it out for all, otherwise the draft lacks this script. Raises WrongState, NoLongerThere,
    NamesSystem, SealedElsewhere, NoDesignLeft.
    """
    study = locked_draft(study, "scripts are rejected")
    spec, reason = from_json(study.spec), reason.strip()
    if not reason:
        raise WrongState("a script is rejected with a reason")
    if named := named_systems(reason, spec):
        raise NamesSystem(named[0])
    system, digest = _who(study, spec, brief, key)
    if is_sealed(brief, system):
        raise SealedElsewhere("another blinded study uses this script")
    materials = _without(spec, brief, system, _rejected(study)[brief] | {digest})
    dropped = brief not in materials.briefs
    if dropped:
        _check_design(spec, materials)
    rejection = Rejection.objects.create(
        study=study,
        brief_slug=brief,
        script_digest=digest,
        next_digest=materials.scripts.get(brief, {}).get(system, ""),
        left_out=_texts_of(spec, brief) if dropped else {},
        found=_found(study, brief, key),
        reason=reason,
        rejected_by=by,
    )
    _store(study, msgspec.structs.replace(spec, materials=materials), brief)
    replaced = bool(rejection.next_digest)
    record(
        who=by,
        verb="reject script",
        about=study.slug,
        rejection=rejection.code,
        brief=brief,
        kinds=sorted({one["kind"] for one in rejection.found}),
        left="next sample" if replaced else "brief left out" if dropped else "no script",
        reason=reason,
    )
    return RejectionOutcome(rejection, replaced, dropped)


@transaction.atomic
def take_back_rejection(*, rejection: Rejection, by: str) -> None:
    """Put the rejected script back into its place, while the study is a draft.

    Raises NoLongerThere where what took its place has gone too: that rejection is taken back first.
    """
    study = locked_draft(rejection.study, "rejections are taken back")
    spec, brief = from_json(study.spec), rejection.brief_slug
    # A colleague may have taken it back meanwhile.
    rejection = study.rejections.filter(pk=rejection.pk).first() or _not_there()
    if (materials := _with(spec, rejection)) is None:
        _not_there()
    rejection.delete()
    _store(study, msgspec.structs.replace(spec, materials=materials), brief)
    record(who=by, verb="take rejection back", about=study.slug, rejection=rejection.code, brief=brief)


@transaction.atomic
def fill_rejected_places(*, study: Study, by: str) -> int:
    """Put the samples that have come meanwhile where a rejection has left none; how many those were.

    A brief that was left out for it comes back.
    """
    study = locked_draft(study, "places are filled")
    filled = 0
    for rejection in study.rejections.filter(next_digest=""):
        spec, brief = from_json(study.spec), rejection.brief_slug
        before = _with(spec, rejection)
        if before is None:
            continue
        system = next(s for s, digest in before.scripts[brief].items() if digest == rejection.script_digest)
        spec = msgspec.structs.replace(spec, materials=before)
        after = _without(spec, brief, system, _rejected(study)[brief])
        following = after.scripts.get(brief, {}).get(system, "")
        if not following:
            continue
        rejection.next_digest, rejection.left_out = following, {}
        rejection.save(update_fields=["next_digest", "left_out"])
        _store(study, msgspec.structs.replace(spec, materials=after), brief)
        record(who=by, verb="fill place", about=study.slug, rejection=rejection.code, brief=brief)
        filled += 1
    return filled


def _not_there() -> NoReturn:
    raise NoLongerThere("this is not in the draft any more")


def revocable_rejections(study: Study) -> set[str]:
    """Codes of the rejections whose place holds still what they have left there."""
    spec = from_json(study.spec)
    return {one.code for one in study.rejections.all() if _with(spec, one) is not None}


def _with(spec: StudySpec, rejection: Rejection) -> Materials | None:
    """The materials with the rejected script in its place; nothing where that has changed since."""
    briefs, scripts = dict(spec.materials.briefs), dict(spec.materials.scripts)
    brief = rejection.brief_slug
    if rejection.left_out:
        if brief in briefs:
            return None
        if any(is_sealed(brief, system) for system in rejection.left_out["scripts"]):
            return None
        briefs[brief], scripts[brief] = rejection.left_out["brief"], rejection.left_out["scripts"]
        return msgspec.structs.replace(spec.materials, briefs=briefs, scripts=scripts)
    stored = Script.objects.filter(brief__slug=brief, digest=rejection.script_digest)
    owners = {system.slug for system in spec.systems} & set(stored.values_list("system__slug", flat=True))
    now = scripts.get(brief)
    if now is None:
        return None
    places = [system for system in owners if now.get(system, "") == rejection.next_digest]
    if len(places) != 1 or is_sealed(brief, places[0]):
        return None
    scripts[brief] = now | {places[0]: rejection.script_digest}
    return msgspec.structs.replace(spec.materials, briefs=briefs, scripts=scripts)


def without_rejected(spec: StudySpec) -> tuple[StudySpec, tuple[str, ...]]:
    """A study file's value with the next samples in the place of what its draft has rejected, so that loading
    a file again does not bring a rejected script back; and the briefs concerned.
    """
    study = Study.objects.filter(slug=spec.slug).first()
    rejected = _rejected(study) if study else {}
    materials, concerned = spec.materials, []
    for brief in sorted(rejected):
        for system, digest in sorted(spec.materials.scripts.get(brief, {}).items()):
            rejects = digest in rejected[brief] and not is_sealed(brief, system)
            if rejects and brief in materials.scripts:
                concerned.append(brief)
                now = msgspec.structs.replace(spec, materials=materials)
                materials = _without(now, brief, system, rejected[brief])
    return msgspec.structs.replace(spec, materials=materials), tuple(concerned)


def missing_scripts(spec: StudySpec) -> dict[str, int]:
    """How many scripts the briefs of a draft lack, where they lack any."""
    systems = len(spec.systems)
    return {
        brief: systems - len(scripts)
        for brief, scripts in spec.materials.scripts.items()
        if len(scripts) < systems
    }


def named_systems(text: str, spec: StudySpec) -> list[str]:
    """Slugs and names of the study's systems that occur in a text as words."""
    names = {name for system in spec.systems for name in (system.slug, *system.name.values())}
    return sorted(name for name in names if len(name) > 1 and _stands_in(name, text))


def _stands_in(name: str, text: str) -> bool:
    word = rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])"
    return re.search(word, text, re.IGNORECASE) is not None


def _who(study: Study, spec: StudySpec, brief: str, key: str) -> tuple[str, str]:
    for system, digest in spec.materials.scripts.get(brief, {}).items():
        if text_key(study, digest) == key:
            return system, digest
    raise NoLongerThere("this script is not in the draft any more")


def _rejected(study: Study) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for brief, digest in study.rejections.values_list("brief_slug", "script_digest"):
        found[brief].add(digest)
    return found


def _texts_of(spec: StudySpec, brief: str) -> dict[str, Any]:
    return {"brief": spec.materials.briefs[brief], "scripts": spec.materials.scripts[brief]}


def _found(study: Study, brief: str, key: str) -> list[dict[str, str]]:
    rows = study.findings.filter(brief_slug=brief, text_digest=key).values_list("kind", "excerpt")
    return [{"kind": kind, "excerpt": excerpt} for kind, excerpt in sorted(set(rows))]


def _without(spec: StudySpec, brief: str, system: str, rejected: Collection[str]) -> Materials:
    """The materials with the next sample in one place, or what the plan says where there is none."""
    scripts, briefs = dict(spec.materials.scripts), dict(spec.materials.briefs)
    others = {known for name, known in scripts[brief].items() if name != system}
    following = _next_digest(brief, system, scripts[brief][system], {*rejected, *others})
    if following:
        scripts[brief] = scripts[brief] | {system: following}
    elif spec.plan.missing_script == "drop":
        del scripts[brief], briefs[brief]
    else:
        scripts[brief] = {name: known for name, known in scripts[brief].items() if name != system}
    return msgspec.structs.replace(spec.materials, briefs=briefs, scripts=scripts)


def _next_digest(brief: str, system: str, digest: str, but: Collection[str]) -> str:
    """Of the lowest-numbered stored sample above one; empty where none is left."""
    stored = Script.objects.filter(brief__slug=brief, system__slug=system)
    sample = stored.filter(digest=digest).values_list("sample", flat=True).first() or 0
    above = stored.filter(sample__gt=sample).exclude(digest__in=list(but)).order_by("sample", "pk")
    return above.values_list("digest", flat=True).first() or ""


def _check_design(spec: StudySpec, materials: Materials) -> None:
    """Refuse to leave a brief out where what is left could not be drawn."""
    rows = Brief.objects.filter(slug__in=list(materials.briefs)).select_related("series")
    given = DesignInput(
        systems=tuple(system.slug for system in spec.systems),
        briefs=tuple(BriefInput(b.slug, b.language, b.series.slug, b.order) for b in rows),
        seats=tuple(SeatInput(n, reads) for n, reads in enumerate(seat_reads(spec.design), start=1)),
        criteria=tuple(criterion.slug for criterion in spec.criteria),
        scheme=spec.design.scheme,
        briefs_per_seat=spec.design.briefs_per_seat,
        kind=spec.design.kind,
    )
    problems = design_problems(given, spec.design.raters_per_pairing) if materials.briefs else []
    if problems or not materials.briefs:
        raise NoDesignLeft(problems[0].message if problems else "no brief would be left.")


def _store(study: Study, spec: StudySpec, brief: str) -> None:
    """Store the changed draft and bring the findings of what has changed up to date."""
    look = DraftScan.objects.filter(study=study, spec_digest=study.spec_digest, ended_at__isnull=False)
    whole = look.exists()
    study.spec, study.spec_digest = as_json(spec), spec.digest
    study.save(update_fields=["spec", "spec_digest"])
    language = Brief.objects.values_list("language", flat=True).get(slug=brief)
    rescan_brief(study, spec, stored_briefs(study, spec), stored_scripts(study, spec), brief, language)
    if whole:
        DraftScan.objects.filter(study=study).update(spec_digest=study.spec_digest)
