"""Texts that a study shows besides the compared ones, as they are stored: the briefs of practice and checks,
each with its script, and second samples for pairings of kind `same`."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotations.models import Study, StudyBrief
from annotations.spec.draft_errors import draft_error
from annotations.spec.sealed_scripts import find_hidden_pairs
from annotations.spec.study_texts import parse_name_map, series_name_map
from annotations.spec.values import ScriptKey, StudySpec
from evalsite.core.errors import InputErrors
from evalsite.core.models import last_detail
from generation.models import Brief, Script
from generation.screenplay.damage import MOST_CUT


@dataclass(frozen=True, slots=True)
class WarmupScript:
    """A brief from outside the study, what it is for, and the script that people see whole and damaged."""

    brief: Brief
    script: Script
    role: StudyBrief.Role


@dataclass(frozen=True, slots=True)
class ExtraScripts:
    warmup: Mapping[str, WarmupScript]
    second: Mapping[ScriptKey, Script]

    def __len__(self) -> int:
        return len(self.warmup) + len(self.second)


def warmup_roles(spec: StudySpec) -> dict[str, StudyBrief.Role]:
    """What each brief from outside the study is for, in the order of the study file."""
    practice = dict.fromkeys(spec.practice.briefs, StudyBrief.Role.PRACTICE) if spec.practice else {}
    return practice | (dict.fromkeys(spec.checks.briefs, StudyBrief.Role.CHECK) if spec.checks else {})


def load_extra_scripts(study: Study, spec: StudySpec) -> ExtraScripts:
    """All of them. Raises `InputErrors` where one has changed or gone since the study was loaded."""
    return ExtraScripts(_warmup_scripts(study, spec), _second(study, spec))


def _warmup_scripts(study: Study, spec: StudySpec) -> dict[str, WarmupScript]:
    wanted = spec.materials.warmup
    rows = Brief.objects.filter(slug__in=list(wanted)).select_related("series")
    briefs = {brief.slug: brief for brief in rows}
    scripts = {
        (row.brief.slug, row.system.slug, row.digest): row
        for row in Script.objects.filter(brief__slug__in=list(wanted)).select_related(
            "brief__series", "system"
        )
    }
    found: dict[str, WarmupScript] = {}
    for slug, role in warmup_roles(spec).items():
        text = wanted[slug]
        brief, script = briefs.get(slug), scripts.get((slug, text.system, text.script))
        if brief is None or brief.digest != text.brief:
            raise InputErrors([draft_error(study.slug, "brief_changed", brief=slug)])
        if script is None:
            raise InputErrors([draft_error(study.slug, "script_gone", system=text.system, brief=slug)])
        if parse_name_map(brief.series.names) != tuple(series_name_map(spec, brief.series.slug)):
            raise InputErrors([draft_error(study.slug, "names_changed", series=brief.series.slug)])
        found[slug] = WarmupScript(brief, script, role)
    return found


def second_samples(study: Study, spec: StudySpec) -> dict[ScriptKey, str]:
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


def _second(study: Study, spec: StudySpec) -> dict[ScriptKey, Script]:
    wanted = second_samples(study, spec)
    slugs = {brief for brief, _ in wanted}
    rows = Script.objects.filter(brief__slug__in=slugs).select_related("brief__series", "system")
    stored = {(row.brief.slug, row.system.slug, row.digest): row for row in rows}
    found: dict[ScriptKey, Script] = {}
    for (brief, system), digest in wanted.items():
        script = stored.get((brief, system, digest))
        if script is None:
            raise InputErrors([draft_error(study.slug, "script_gone", system=system, brief=brief)])
        found[brief, system] = script
    return found


SLACK, BRIEF_SLACK = 0.1, 0.25
"""How far beyond the shortest and the longest of the study a script, or all texts of a brief, may be."""


Mark = Literal["practised", "language", "previous_context", "guideline", "profile", "brief", "script", "cut"]
SCRIPT_LENGTHS: tuple[Mark, ...] = ("script", "cut")
"""Marks whose numbers are lengths of scripts."""


@dataclass(frozen=True, slots=True)
class CheckGiveaway:
    """One mark of a check's brief. The numbers are lengths, in the script's unit (of a brief: characters):
    what it has, and the shortest and longest of the study's own."""

    brief: str
    mark: Mark
    language: str
    has: int = 0
    least: int = 0
    most: int = 0

    @property
    def message(self) -> str:
        """One sentence, in the language that is active."""
        said = {
            "practised": _("Attention check %(brief)s: raters already know its series from practice."),
            "language": _("Attention check %(brief)s: no scene in the study is in its language."),
            "previous_context": _(
                "Attention check %(brief)s has no previous context, but every scene in the study has one."
            ),
            "guideline": _(
                "Attention check %(brief)s has no guideline, but every scene in the study has one."
            ),
            "profile": _(
                "Attention check %(brief)s: a character has no profile, but every character in the"
                " study has one."
            ),
            "brief": _(
                "Attention check %(brief)s: its brief has %(has)s characters; the study's briefs have"
                " %(least)s to %(most)s."
            ),
            "script": self._lengths(
                _(
                    "Attention check %(brief)s: its script has %(has)s; the study's scripts have"
                    " %(least)s to %(most)s."
                )
            ),
            "cut": self._lengths(
                _(
                    "Attention check %(brief)s: after a cut, its script may have only %(has)s; the"
                    " study's scripts have %(least)s to %(most)s."
                )
            ),
        }[self.mark]
        numbers = {"has": f"{self.has:,}", "least": f"{self.least:,}", "most": f"{self.most:,}"}
        return said % ({"brief": self.brief} | numbers)

    def _lengths(self, said: str) -> str:
        unit = (
            ngettext("%(n)s word", "%(n)s words", self.has)
            if self.language == "en"
            else ngettext("%(n)s Chinese character", "%(n)s Chinese characters", self.has)
        )
        return said.replace("%(has)s", unit.replace("%(n)s", "%(has)s"))


def find_check_giveaways(study: Study, spec: StudySpec) -> list[CheckGiveaway]:
    """All marks of the study's checks, by the texts that are stored now."""
    if spec.checks is None:
        return []
    practice = spec.practice.briefs if spec.practice else ()
    hidden = find_hidden_pairs(study)
    rows = Brief.objects.filter(slug__in=[*practice, *spec.checks.briefs, *spec.materials.briefs])
    briefs = {brief.slug: brief for brief in rows}
    lengths = {
        (slug, digest): length
        for slug, digest, length in Script.objects.filter(brief__in=rows).values_list(
            "brief__slug", "digest", "length"
        )
    }
    main = [briefs[slug] for slug in spec.materials.briefs if slug in briefs]
    practised = {briefs[slug].series_id for slug in practice if slug in briefs}
    found: list[CheckGiveaway] = []
    for slug in spec.checks.briefs:
        if slug not in briefs:
            continue
        near = [brief for brief in main if brief.language == briefs[slug].language]
        scripts = [
            lengths[brief.slug, digest]
            for brief in near
            for system, digest in spec.materials.scripts.get(brief.slug, {}).items()
            if (brief.slug, digest) in lengths and (brief.slug, system) not in hidden
        ]
        check = spec.materials.warmup[slug]
        length = 0 if (slug, check.system) in hidden else lengths.get((slug, check.script), 0)
        if briefs[slug].series_id in practised:
            found.append(CheckGiveaway(slug, "practised", briefs[slug].language))
        found += _brief_marks(briefs[slug], near)
        found += _script_marks(briefs[slug], length, scripts, spec.checks.damage)
    return found


def _brief_marks(brief: Brief, near: Sequence[Brief]) -> Iterator[CheckGiveaway]:
    if not near:
        yield CheckGiveaway(brief.slug, "language", brief.language)
        return
    marks: tuple[Mark, ...] = ("previous_context", "guideline", "profile")
    for mark in marks:
        if not _has(brief, mark) and all(_has(each, mark) for each in near):
            yield CheckGiveaway(brief.slug, mark, brief.language)
    sizes = [_size(each) for each in near]
    if _out_of_range(size := _size(brief), sizes, BRIEF_SLACK):
        yield CheckGiveaway(brief.slug, "brief", brief.language, size, min(sizes), max(sizes))


def _script_marks(
    brief: Brief, length: int, lengths: Sequence[int], damage: Collection[str]
) -> Iterator[CheckGiveaway]:
    if not length or not lengths:
        return
    span = min(lengths), max(lengths)
    if _out_of_range(length, lengths, SLACK):
        yield CheckGiveaway(brief.slug, "script", brief.language, length, *span)
    elif "cut" in damage and _out_of_range(left := round(length * (1 - MOST_CUT)), lengths, SLACK):
        yield CheckGiveaway(brief.slug, "cut", brief.language, left, *span)


def _has(brief: Brief, mark: Mark) -> bool:
    if mark == "profile":
        return all(person.get("profile", "").strip() for person in brief.characters)
    return bool(str(getattr(brief, mark)).strip())


def _size(brief: Brief) -> int:
    texts = [brief.outline, brief.previous_context, brief.guideline]
    return sum(map(len, [*texts, *(person.get("profile", "") for person in brief.characters)]))


def _out_of_range(value: int, others: Sequence[int], slack: float) -> bool:
    return not min(others) * (1 - slack) <= value <= max(others) * (1 + slack)


def giveaways_detail(told: Sequence[CheckGiveaway]) -> list[str]:
    """For the audit event of freezing, a line each: `left-shoe script en 323 566 733`."""
    return [" ".join(map(str, astuple(each))) for each in told]


def recorded_giveaways(study: Study) -> list[CheckGiveaway]:
    """What was found when the study was frozen, without lengths of scripts that another study hides."""
    lines: Sequence[str] = last_detail(verb="freeze", about=study.slug).get("check_giveaways", [])
    recorded, hidden = [_parse_detail(*line.split()) for line in lines], find_hidden_pairs(study)
    return [each for each in recorded if not (hidden and each.mark in SCRIPT_LENGTHS)]


def _parse_detail(brief: str, mark: Any, language: str, *numbers: str) -> CheckGiveaway:
    return CheckGiveaway(brief, mark, language, *map(int, numbers))
