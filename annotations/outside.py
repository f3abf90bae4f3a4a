"""Texts that a study shows besides the compared ones, as they are stored: the briefs of practice and checks,
each with its script, and second samples for pairings of kind `same`."""

from collections.abc import Mapping
from dataclasses import dataclass

from annotations.models import Study, StudyBrief
from annotations.shown import names_of, names_taken
from annotations.spec.values import StudySpec
from evalsite.core.errors import InputError, InputErrors
from generation.models import Brief, Script

Key = tuple[str, str]
"""A brief's slug and a system's slug."""


@dataclass(frozen=True, slots=True)
class OutsideScript:
    """A brief from outside the study, what it is for, and the script that people see whole and damaged."""

    brief: Brief
    script: Script
    role: StudyBrief.Role


@dataclass(frozen=True, slots=True)
class MoreScripts:
    outside: Mapping[str, OutsideScript]
    second: Mapping[Key, Script]

    def __len__(self) -> int:
        return len(self.outside) + len(self.second)


def roles_of(spec: StudySpec) -> dict[str, StudyBrief.Role]:
    """What each brief from outside the study is for, in the order of the study file."""
    practice = dict.fromkeys(spec.practice.briefs, StudyBrief.Role.PRACTICE) if spec.practice else {}
    return practice | (dict.fromkeys(spec.checks.briefs, StudyBrief.Role.CHECK) if spec.checks else {})


def more_scripts(study: Study, spec: StudySpec) -> MoreScripts:
    """All of them. Raises `InputErrors` where one has changed or gone since the study was loaded."""
    return MoreScripts(_outside(study, spec), _second(study, spec))


def _outside(study: Study, spec: StudySpec) -> dict[str, OutsideScript]:
    wanted = spec.materials.outside
    rows = Brief.objects.filter(slug__in=list(wanted)).select_related("series")
    briefs = {brief.slug: brief for brief in rows}
    scripts = {
        (row.brief.slug, row.system.slug, row.digest): row
        for row in Script.objects.filter(brief__slug__in=list(wanted)).select_related(
            "brief__series", "system"
        )
    }
    found: dict[str, OutsideScript] = {}
    for slug, role in roles_of(spec).items():
        text = wanted[slug]
        brief, script = briefs.get(slug), scripts.get((slug, text.system, text.script))
        if brief is None or brief.digest != text.brief:
            raise _refusal(study, f"brief {slug} has changed since the study was loaded.")
        if script is None:
            raise _refusal(study, f"the script of {text.system} for {slug} is no longer stored.")
        if names_taken(brief.series.names) != tuple(names_of(spec, brief.series.slug)):
            raise _refusal(study, f"the name map of series {brief.series.slug} has changed.")
        found[slug] = OutsideScript(brief, script, role)
    return found


def second_samples(study: Study, spec: StudySpec) -> dict[Key, str]:
    """Digests of second samples; one that has taken a rejected first one's place is a second one no more."""
    if not spec.design.same:
        return {}
    rejected = set(study.rejections.values_list("brief_slug", "script_digest"))
    return {
        (brief, system): digest
        for brief, digests in sorted(spec.materials.second.items())
        for system, digest in sorted(digests.items())
        if system in (firsts := spec.materials.scripts.get(brief, {}))
        and digest not in firsts.values()
        and (brief, digest) not in rejected
    }


def _second(study: Study, spec: StudySpec) -> dict[Key, Script]:
    wanted = second_samples(study, spec)
    slugs = {brief for brief, _ in wanted}
    rows = Script.objects.filter(brief__slug__in=slugs).select_related("brief__series", "system")
    stored = {(row.brief.slug, row.system.slug, row.digest): row for row in rows}
    found: dict[Key, Script] = {}
    for (brief, system), digest in wanted.items():
        script = stored.get((brief, system, digest))
        if script is None:
            raise _refusal(study, f"the second script of {system} for {brief} is no longer stored.")
        found[brief, system] = script
    return found


def _refusal(study: Study, message: str) -> InputErrors:
    return InputErrors([InputError(study.slug, 1, 1, message, "load it again.")])
