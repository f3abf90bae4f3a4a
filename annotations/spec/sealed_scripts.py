"""Which (brief, system) pairs are sealed by a study, and what another study that uses them may display.

A study seals from freezing to unblinding: all samples of its systems for its briefs, not only those that it
uses, because the style of one gives away another. Briefs of practice and checks are not sealed by the study
that practises with them: its file names who wrote these scripts.
"""

from collections.abc import Collection

from annotations.models import Study, StudyBrief
from annotations.spec.values import ScriptKey


def _sealed_briefs(pairs: Collection[ScriptKey]) -> list[tuple[int, str, set[str]]]:
    """The studies (keys) that have sealed briefs of some pairs, with the brief and the systems of each."""
    rows = StudyBrief.objects.filter(slug__in={brief for brief, _ in pairs}, role=StudyBrief.Role.MAIN)
    sealed = rows.exclude(study__state__in=[Study.State.DRAFT, Study.State.UNBLINDED])
    found = sealed.values_list("study", "slug", "study__spec__systems")
    return [(study, brief, {each["slug"] for each in systems or ()}) for study, brief, systems in found]


def find_sealed_pairs(pairs: Collection[ScriptKey]) -> set[ScriptKey]:
    """Find those of some (brief, system) pairs that any study has sealed."""
    return {(brief, slug) for _, brief, systems in _sealed_briefs(pairs) for slug in systems} & set(pairs)


def find_sealing_studies(study: Study) -> list[tuple[Study, set[ScriptKey]]]:
    """Find the other studies that have sealed (brief, system) pairs of a study, by slug, each with the pairs.

    Scripts of practice and checks count as pairs of `study`, because its file names their system.
    """
    pairs, found = _compared(study) | _outside(study), dict[int, set[ScriptKey]]()
    for other, brief, systems in _sealed_briefs(pairs):
        if other != study.pk and (shared := {(brief, slug) for slug in systems} & pairs):
            found.setdefault(other, set()).update(shared)
    return [(row, found[row.pk]) for row in Study.objects.filter(pk__in=found).order_by("slug")]


def find_hidden_pairs(study: Study, *, any_set: bool = False) -> set[ScriptKey]:
    """Find the (brief, system) pairs of a study whose texts its pages may not show to people.

    Another study has sealed the brief, and compares other systems. Then people could find out which text is
    in both studies, and so whose it is. With `any_set`, pairs are hidden whichever systems it compares.
    """
    compared, outside = _compared(study), _outside(study)
    own = {slug for _, slug in compared}
    sealed = _sealed_briefs(compared | outside)
    others = [(brief, systems) for other, brief, systems in sealed if other != study.pk]
    briefs = {brief for brief, systems in others if systems & own and (any_set or systems != own)}
    of_all = {(brief, slug) for _, brief, systems in sealed if brief in briefs for slug in systems}
    return (of_all & compared) | (outside & {(brief, slug) for brief, systems in others for slug in systems})


def _compared(study: Study) -> set[ScriptKey]:
    systems, materials = study.spec.get("systems", ()), study.spec.get("materials", {})
    return {(brief, system["slug"]) for brief in materials.get("briefs", ()) for system in systems}


def _outside(study: Study) -> set[ScriptKey]:
    warmup = study.spec.get("materials", {}).get("outside", {})
    return {(brief, text["system"]) for brief, text in warmup.items()}
