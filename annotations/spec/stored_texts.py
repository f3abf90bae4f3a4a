"""The texts that a study's spec names by digest, as they are stored."""

from annotations.models import Study
from annotations.spec.rendering import parse_name_map, series_name_map
from annotations.spec.values import ScriptKey, StudySpec
from evalsite.core.errors import InputError, InputErrors
from generation.models import Brief, Script


def stored_briefs(study: Study, spec: StudySpec) -> dict[str, Brief]:
    """The briefs, by slug. Raises `InputErrors` where one, or the name map of its series, has changed since
    the study was loaded.
    """
    rows = Brief.objects.filter(slug__in=list(spec.materials.briefs)).select_related("series")
    stored = {brief.slug: brief for brief in rows}
    for slug, digest in spec.materials.briefs.items():
        if slug not in stored or stored[slug].digest != digest:
            raise _refusal(study, f"brief {slug} has changed since the study was loaded.", "load it again.")
    for series in {brief.series for brief in stored.values()}:
        if parse_name_map(series.names) != tuple(series_name_map(spec, series.slug)):
            message = f"the name map of series {series.slug} has changed since the study was loaded."
            raise _refusal(study, message, "load it again.")
    return stored


def stored_scripts(study: Study, spec: StudySpec) -> dict[ScriptKey, Script]:
    """The scripts, by brief and system. Raises `InputErrors` where one is no longer there."""
    wanted = spec.materials.scripts
    rows = Script.objects.filter(
        brief__slug__in=list(wanted), system__slug__in=[system.slug for system in spec.systems]
    ).select_related("brief__series", "system")
    by_digest = {(row.brief.slug, row.system.slug, row.digest): row for row in rows}
    found: dict[ScriptKey, Script] = {}
    for brief, digests in wanted.items():
        for system, digest in digests.items():
            row = by_digest.get((brief, system, digest))
            if row is None:
                raise _refusal(
                    study, f"the script of {system} for {brief} is no longer stored.", "load it again."
                )
            found[brief, system] = row
    return found


def _refusal(study: Study, message: str, fix: str) -> InputErrors:
    return InputErrors([InputError(study.slug, 1, 1, message, fix)])
