"""Assign systems to teams when a site gets its second team."""

from typing import Any

from evalsite.core.models import Team
from generation.models import System
from generation.pipelines import SystemSpec, find_system, shipped_names


def keep_systems(*, sender: Any, instance: Team, created: bool, raw: bool = False, **_: Any) -> None:
    """Leave to the first team the systems that it has stored while it was alone.

    What ships stays shared, and so do systems for scripts by people. Recipes are those of training data.
    """
    earlier = earlier_team(instance, created=created and not raw)
    if earlier is None:
        return
    systems = System.objects.filter(team=None).exclude(kind__in=(System.Kind.HUMAN, System.Kind.RECIPE))
    own = [system.pk for system in systems if not _ships(system)]
    System.objects.filter(pk__in=own).update(team=earlier)


def earlier_team(new: Team, *, created: bool) -> int | None:
    """The key of the only team that there was before a new one."""
    earlier = list(Team.objects.exclude(pk=new.pk).values_list("pk", flat=True)[:2]) if created else []
    return earlier[0] if len(earlier) == 1 else None


def _ships(system: System) -> bool:
    if system.slug not in shipped_names() or not system.spec:
        return False
    return SystemSpec.from_record(system.spec).stages == find_system(system.slug).stages
