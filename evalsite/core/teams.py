"""Teams: every study, series, run and so on belongs to one, and people see what belongs to theirs.

A row without a team (a shipped system, the system for scripts by people) is for all teams. On a site with one
team nobody is asked for it: new rows and new accounts join it by themselves.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.http import HttpRequest

from evalsite.core.models import Membership, Role, Team, only_team

if TYPE_CHECKING:
    from evalsite.core.models import User

    Person = User | AnonymousUser

CURRENT = "team"
"""The key of the session that holds the team in which the person works at the moment."""

ENOUGH: dict[str, Collection[str]] = {
    Role.OWNER: (Role.OWNER,),
    Role.RESEARCHER: (Role.OWNER, Role.RESEARCHER),
    Role.WATCHER: (Role.OWNER, Role.RESEARCHER, Role.WATCHER),
    Role.REVIEWER: (Role.OWNER, Role.RESEARCHER, Role.REVIEWER),
}
"""The roles that are enough where one is needed. Reviewers see training data and nothing else."""


def team_ids(person: "Person", role: str) -> list[int]:
    """The teams in which the person has that role or one that includes it.

    Parameters
    ----------
    person : whoever is signed in; someone who is not, or whose account is closed, has no team.
    role : the least role, a value of `Role`.

    Returns
    -------
    list of int
        Primary keys of teams, in order.
    """
    if not (person.is_active and person.is_authenticated and person.is_staff):
        return []
    roles = person.team_roles
    return sorted(team for team, held in roles.items() if held in ENOUGH[role])


def has_role(person: "Person", team: int | None, role: str) -> bool:
    """Whether the person may act in that role on a row of `team`; rows of no team can only be looked at."""
    ids = team_ids(person, role)
    if team is None:
        return bool(ids) and role in (Role.WATCHER, Role.REVIEWER)
    return team in ids


def visible[Row: models.Model](
    rows: models.QuerySet[Row], person: "Person", role: str, *, team: str = "team", shared: bool = False
) -> models.QuerySet[Row]:
    """The rows that belong to a team in which the person has at least that role.

    Parameters
    ----------
    rows : of any model.
    person : whoever is signed in.
    role : the least role, a value of `Role`.
    team : how a row leads to its team, as in `series__team`.
    shared : whether rows without a team are visible to all.
    """
    condition = Q(**{f"{team}__in": team_ids(person, role)})
    if shared:
        condition |= Q(**{f"{team}__isnull": True})
    return rows.filter(condition)


def needed_role(request: HttpRequest) -> str:
    """Looking takes a watcher, changing something a researcher."""
    return Role.WATCHER if request.method in ("GET", "HEAD", "OPTIONS") else Role.RESEARCHER


def current_team(request: HttpRequest, role: str = Role.RESEARCHER) -> int | None:
    """The team that new rows of this person belong to; None where the person may create nothing.

    Whoever belongs to several teams chooses one of them in the page's head; it is kept in the session.
    """
    ids = team_ids(request.user, role)
    chosen = request.session.get(CURRENT)
    if chosen in ids:
        return int(chosen)
    return ids[0] if ids else None


def team_for_command(slug: str | None) -> int:
    """The team that a management command works for.

    Raises
    ------
    LookupError
        The site has several teams and none is named, or there is no such team. The text says which there are.
    """
    if slug is None:
        return only_team()
    team = Team.objects.filter(slug=slug).first()
    if team is None:
        raise LookupError(f"there is no team {slug}. Teams: {', '.join(_slugs())}")
    return team.pk


def _slugs() -> list[str]:
    return list(Team.objects.order_by("slug").values_list("slug", flat=True))


def join_only_team(*, sender: Any, instance: "User", created: bool, raw: bool = False, **_: Any) -> None:
    """A new member of staff joins the site's team, unless the site has several."""
    if not created or raw or not (instance.is_staff or instance.is_superuser):
        return
    if Team.objects.count() < 2:
        role = Role.OWNER if instance.is_admin else Role.RESEARCHER
        Membership.objects.create(user=instance, team_id=only_team(), role=role)
