"""The briefs and scripts that a study names: as they are stored, and as raters read them.

Raters read a text with the names of its series' name map set in it, then in house typography. One place, so
that freezing, the scan and every page that shows a draft's text to staff agree.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet, Sum
from django.db.models.functions import Length
from msgspec.structs import replace

from annotations.models import Study
from annotations.spec.draft_errors import draft_error
from annotations.spec.values import ScriptKey, StudySpec
from evalsite.core.errors import InputErrors
from generation.briefs.series_names import content_renamed
from generation.models import Brief, Script
from generation.screenplay import Script as Parsed
from generation.screenplay import parse
from generation.screenplay.house import house
from generation.screenplay.names import rename_text

Names = Sequence[Mapping[str, str]]


def series_name_map(spec: StudySpec, series: str) -> Names:
    """The name map of a series as the study took it; empty where it has none."""
    return spec.materials.names.get(series, ())


def render_for_raters(script: Script, names: Names) -> str:
    """A script's text as it was written but for the names: what the scan looks through, and what the offsets
    of its findings point into."""
    return rename_text(script.text, names)


def typeset_for_raters(script: Script, names: Names) -> Parsed:
    """A script as raters read it: named, parsed, in house typography."""
    return house(parse(render_for_raters(script, names), script.language))


def brief_content_for_raters(content: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """The content of a brief (`Brief.content`) as raters read it: texts, people and the series' title."""
    return content_renamed(content, names)


def brief_for_raters(brief: Brief, names: Names) -> dict[str, Any]:
    return brief_content_for_raters(brief.content(), names)


def parse_name_map(names: object) -> tuple[dict[str, str], ...]:
    """A stored name map (`Series.names`) as a study takes it: entries that say nothing are left out."""
    rows = names if isinstance(names, list) else []
    pairs = [(str(row.get("from", "")).strip(), str(row.get("to", "")).strip()) for row in rows]
    return tuple({"from": old, "to": new} for old, new in pairs if old and new and old != new)


def stored_briefs(study: Study, spec: StudySpec) -> dict[str, Brief]:
    """The briefs, by slug. Raises `InputErrors` where one, or the name map of its series, has changed since
    the study was loaded.
    """
    return _briefs(study, spec, Brief.objects.all())


def check_briefs_stored(study: Study, spec: StudySpec) -> None:
    """Raise the errors of `stored_briefs` without loading a text."""
    _briefs(study, spec, Brief.objects.only("slug", "digest", "series__slug", "series__names"))


def _briefs(study: Study, spec: StudySpec, briefs: QuerySet[Brief]) -> dict[str, Brief]:
    rows = briefs.filter(slug__in=list(spec.materials.briefs)).select_related("series")
    stored = {brief.slug: brief for brief in rows}
    for slug, digest in spec.materials.briefs.items():
        if slug not in stored or stored[slug].digest != digest:
            raise InputErrors([draft_error(study.slug, "brief_changed", brief=slug)])
    for series in {brief.series for brief in stored.values()}:
        if parse_name_map(series.names) != tuple(series_name_map(spec, series.slug)):
            raise InputErrors([draft_error(study.slug, "names_changed", series=series.slug)])
    return stored


def stored_scripts(study: Study, spec: StudySpec) -> dict[ScriptKey, Script]:
    """The scripts, by brief and system. Raises `InputErrors` where one is no longer there."""
    rows = {
        (row.brief.slug, row.system.slug, row.digest): row
        for row in _scripts(spec).select_related("brief__series", "system")
    }
    _expect_scripts(study, spec, rows)
    return {
        (brief, system): rows[brief, system, digest]
        for brief, digests in spec.materials.scripts.items()
        for system, digest in digests.items()
    }


def check_scripts_stored(study: Study, spec: StudySpec) -> None:
    """Raise the errors of `stored_scripts` without loading a text."""
    _expect_scripts(study, spec, set(_scripts(spec).values_list("brief__slug", "system__slug", "digest")))


def check_brief_stored(study: Study, spec: StudySpec, brief: str) -> None:
    """Raise the errors of `stored_briefs` and `stored_scripts` for one brief and its scripts."""
    briefs, scripts = spec.materials.briefs, spec.materials.scripts
    here = replace(spec.materials, briefs={brief: briefs[brief]}, scripts={brief: scripts[brief]})
    check_briefs_stored(study, replace(spec, materials=here))
    check_scripts_stored(study, replace(spec, materials=here))


def stored_script(spec: StudySpec, brief: str, system: str) -> Script:
    """One script of a draft whose scripts are stored."""
    digest = spec.materials.scripts[brief][system]
    scripts = _scripts(spec).select_related("brief__series", "system")
    return scripts.get(brief__slug=brief, system__slug=system, digest=digest)


def script_writers(spec: StudySpec) -> set[str]:
    """The writers of a draft's scripts."""
    wanted = spec.materials.scripts
    named = Script.objects.filter(system__slug__in=[system.slug for system in spec.systems])
    rows = named.exclude(writer="").values_list("brief__slug", "system__slug", "digest", "writer")
    return {writer for brief, system, digest, writer in rows if wanted.get(brief, {}).get(system) == digest}


def count_characters(spec: StudySpec) -> int:
    """The length of a draft's scripts together."""
    digests = [digest for scripts in spec.materials.scripts.values() for digest in scripts.values()]
    return _scripts(spec).filter(digest__in=digests).aggregate(n=Sum(Length("text")))["n"] or 0


def _scripts(spec: StudySpec) -> QuerySet[Script]:
    systems = [system.slug for system in spec.systems]
    return Script.objects.filter(brief__slug__in=list(spec.materials.scripts), system__slug__in=systems)


def _expect_scripts(study: Study, spec: StudySpec, stored: Collection[tuple[str, str, str]]) -> None:
    for brief, digests in spec.materials.scripts.items():
        for system, digest in digests.items():
            if (brief, system, digest) not in stored:
                raise InputErrors([draft_error(study.slug, "script_gone", system=system, brief=brief)])
