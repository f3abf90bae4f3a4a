"""Teams: every study, series, run and so on belongs to one, and people see what belongs to theirs.

A row without a team (a shipped system, the system for scripts by people) is for all teams. On a site with one
team no page asks for it: new rows and new accounts join it by themselves.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.http import Http404, HttpRequest

from evalsite.core.models import Membership, Role, Team, User, only_team

type Person = User | AnonymousUser

CURRENT = "team"
"""The key of the session that holds the team in which the person works at the moment."""

ROW_TEAM = "row_team"
"""The attribute of a request that holds the key of the team of the row that its page is about."""

ENOUGH: dict[str, Collection[str]] = {
    Role.OWNER: (Role.OWNER,),
    Role.RESEARCHER: (Role.OWNER, Role.RESEARCHER),
    Role.WATCHER: (Role.OWNER, Role.RESEARCHER, Role.WATCHER),
    Role.REVIEWER: (Role.OWNER, Role.RESEARCHER, Role.REVIEWER),
}
"""The roles that are enough where one is needed. Reviewers see training data and nothing else."""


def team_ids(person: Person, role: str) -> list[int]:
    """The teams in which the person has that role or one that includes it.

    Parameters
    ----------
    person : the person who is signed in; without sign-in, or with a closed account, there is no team.
    role : the least role, a value of `Role`.

    Returns
    -------
    list of int
        Primary keys of teams, in order.
    """
    return sorted(team for team, own in roles_of(person).items() if own in ENOUGH[role])


def roles_of(person: Person) -> Mapping[int, str]:
    """The person's role in each of their teams; empty for a person who is no active member of the staff."""
    if not (person.is_active and person.is_authenticated and person.is_staff):
        return {}
    return person.team_roles


def members_of(team: Team, role: str) -> models.QuerySet[User]:
    """The active staff who have that role in the team, or one that includes it."""
    return User.objects.filter(
        is_active=True, is_staff=True, memberships__team=team, memberships__role__in=ENOUGH[role]
    )


def is_in_every_team(person: Person) -> bool:
    """Whether nothing on this site is hidden from a person because of teams."""
    return not Team.objects.exclude(pk__in=team_ids(person, Role.WATCHER)).exists()


def has_role(person: Person, team: int | None, role: str) -> bool:
    """Whether the person may act in that role on a row of `team`; rows of no team can only be looked at."""
    ids = team_ids(person, role)
    if team is None:
        return bool(ids) and role in (Role.WATCHER, Role.REVIEWER)
    return team in ids


def visible[Row: models.Model](
    rows: models.QuerySet[Row], person: Person, role: str, *, team: str = "team", shared: bool = False
) -> models.QuerySet[Row]:
    """The rows that belong to a team in which the person has at least that role.

    Parameters
    ----------
    rows : of any model.
    person : the person who is signed in.
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


def chosen_team(request: HttpRequest) -> int | None:
    """The team in which the person works at the moment; None for a person who belongs to none.

    A person in several teams chooses one of them in the page's head. The session stores it. Before that, it
    is the team in which they have the strongest role.
    """
    roles = roles_of(request.user)
    chosen: int | None = request.session.get(CURRENT)
    if chosen is not None and chosen in roles:
        return chosen
    return min(roles, key=lambda team: (Role.values.index(roles[team]), team), default=None)


def current_team(request: HttpRequest, role: str = Role.RESEARCHER) -> int | None:
    """The chosen team, if the person has that role in it: new rows belong to it, and lists show its rows."""
    team = chosen_team(request)
    return team if team is not None and has_role(request.user, team, role) else None


def current_team_or_404(request: HttpRequest, role: str = Role.RESEARCHER) -> int:
    """The current team, for what takes that role in it. Raises Http404 for others."""
    team = current_team(request, role)
    if team is None:
        raise Http404
    return team


NamesOf = Callable[[Collection[int]], "models.QuerySet[Any, Any]"]

_names: dict[str, NamesOf] = {}


def register_names(kind: str, names: NamesOf) -> None:
    """Say how rows of a kind are called in notifications and in the trail.

    Parameters
    ----------
    kind : `study` or `run`, as in `evalsite.core.notifications.KINDS`.
    names : gives the names of all such rows of some teams (primary keys), as a query of one column.
    """
    _names[kind] = names


def about_rows_of(teams: Collection[int], *kinds: str) -> Q:
    """The condition that `about` names a row of one of these teams (primary keys), of one of these kinds."""
    condition = Q(pk__in=[])
    for kind in kinds or _names:
        if kind in _names:
            condition |= Q(about__in=_names[kind](teams))
    return condition


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


def join_only_team(*, sender: Any, instance: User, created: bool, raw: bool = False, **_: Any) -> None:
    """A new member of staff joins the site's team, unless the site has several."""
    if not created or raw or not (instance.is_staff or instance.is_superuser):
        return
    if Team.objects.count() < 2:
        role = Role.OWNER if instance.is_admin else Role.RESEARCHER
        Membership.objects.create(user=instance, team_id=only_team(), role=role)
