"""Which scripts a sealed study keeps from being read beside their system: those of its briefs by its systems.

A draft seals nothing yet; from freezing to unblinding all samples of its systems for its briefs are sealed,
not only those that were taken, for the style of one gives away another.
"""

from collections.abc import Collection

from annotations.models import Study, StudyBrief
from annotations.spec.values import ScriptKey


def find_sealed_pairs(pairs: Collection[ScriptKey]) -> set[ScriptKey]:
    """Those of some (brief, system) pairs that stand in a study which is frozen and not unblinded."""
    rows = (
        StudyBrief.objects.filter(slug__in={brief for brief, _ in pairs}, role=StudyBrief.Role.MAIN)
        .exclude(study__state__in=[Study.State.DRAFT, Study.State.UNBLINDED])
        .values_list("slug", "study__spec__systems")
    )
    sealed = {(brief, system["slug"]) for brief, systems in rows for system in systems or []}
    return sealed & set(pairs)
