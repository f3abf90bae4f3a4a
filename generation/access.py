"""Who may see and change what of generation: the one way from a request to a row.

    brief = brief_or_404(request, "car-two", Role.OWNER)     # another team's brief: 404, as one unknown
    briefs = rows_in(Brief, shown_teams(request))            # for lists

Views get rows from here alone (`tests/generation/test_teams.py` looks for other ways). Below them, pages and
forms are given keys of teams and ask `rows_in`.
"""

from collections.abc import Callable, Collection
from functools import reduce, wraps
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from evalsite.core.access import View, staff_required
from evalsite.core.models import Role
from evalsite.core.teams import ROW_TEAM, current_team, current_team_or_404, has_role, needed_role, team_ids
from generation.models import Brief, Job, Run, Script, Series, Source, System, Upload
from generation.yaml_files import SLUG

TEAM_OF: dict[type[models.Model], str] = {
    Series: "team",
    Brief: "series__team",
    System: "team",
    Run: "team",
    Job: "run__team",
    Script: "brief__series__team",
    Source: "script__brief__series__team",
    Upload: "team",
}
"""How a row of each model leads to its team. `generation.training_data.access` adds its own."""


def rows_in[Row: models.Model](model: type[Row], teams: Collection[int]) -> QuerySet[Row]:
    """The rows that belong to some teams (keys), and the systems that all teams share."""
    return _of_teams(model._default_manager.all(), teams)


def _of_teams[Row: models.Model](rows: QuerySet[Row], teams: Collection[int]) -> QuerySet[Row]:
    condition = Q(**{f"{TEAM_OF[rows.model]}__in": teams})
    if rows.model is System:
        condition |= Q(team=None) & (~Q(kind=System.Kind.HUMAN) | Q(Exists(_written_for(teams))))
    return rows.filter(condition)


def _written_for(teams: Collection[int]) -> QuerySet[Script]:
    """Scripts of the system at hand. Systems of people are shared, but their names are typed by a team."""
    return Script.objects.filter(system=OuterRef("pk"), brief__series__team__in=teams)


def teams_of(request: HttpRequest, role: str = Role.WATCHER) -> list[int]:
    """The teams whose rows this person may see, or act on in a higher role."""
    return team_ids(request.user, role)


def row_or_404[Row: models.Model](
    request: HttpRequest, rows: QuerySet[Row], role: str | None, **which: object
) -> Row:
    """One row in the teams where the person has a role; by default a watcher's to look, else a researcher's.

    Remembers its team, by which templates decide what the page offers (`May`).
    """
    teams = teams_of(request, role or needed_role(request))
    found = _of_teams(rows.filter(**which), teams).first() if teams else None
    if found is None:
        raise Http404
    setattr(request, ROW_TEAM, team_of_row(found))
    return found


def team_of_row(row: models.Model) -> int | None:
    """The key of the team that a row belongs to; None for a system that all share."""
    *steps, last = TEAM_OF[type(row)].split("__")
    team: int | None = getattr(reduce(getattr, steps, row), f"{last}_id")
    return team


def team_key(row: models.Model) -> int:
    """The key of a row's own `team`. Type checkers take a field with a default for one that may be empty."""
    team: int = row.team_id  # type: ignore[attr-defined]
    return team


def brief_or_404(request: HttpRequest, slug: str, role: str | None = None) -> Brief:
    if not SLUG.match(slug):
        raise Http404
    return row_or_404(request, Brief.objects.select_related("series"), role, slug=slug)


def series_or_404(request: HttpRequest, slug: str, role: str | None = None) -> Series:
    return row_or_404(request, Series.objects.all(), role, slug=slug)


def system_or_404(request: HttpRequest, slug: str, role: str | None = None) -> System:
    return row_or_404(request, System.objects.all(), role, slug=slug)


def run_or_404(request: HttpRequest, code: str, role: str | None = None) -> Run:
    return row_or_404(request, Run.objects.select_related("created_by"), role, code=code)


def job_or_404(request: HttpRequest, role: str | None = None, **which: object) -> Job:
    """A job of a run that writes scripts."""
    return row_or_404(request, Job.objects.select_related("run", "system", "brief__series"), role, **which)


def script_or_404(request: HttpRequest, role: str | None = None, **which: object) -> Script:
    rows = Script.objects.select_related("brief__series", "system", "job__run")
    return row_or_404(request, rows, role, **which)


def upload_or_404(request: HttpRequest, code: str, role: str | None = None) -> Upload:
    rows = Upload.objects.select_related("created_by").defer("content", "rows")
    return row_or_404(request, rows, role, code=code)


# Pages that are about no single row


def needs(role: str) -> Callable[[View], View]:
    """Let in who has a role: a watcher's or reviewer's in any team, a higher one in the current team.

    Lists show the current team's rows (`shown_teams`), and new rows join it (`team_of_new`).
    """

    def decorate(view: View) -> View:
        @staff_required
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not (teams_of(request, role) if role in _LOOKING else _may_here(request, role)):
                raise Http404
            return view(request, *args, **kwargs)

        return wrapped

    return decorate


_LOOKING = (Role.WATCHER, Role.REVIEWER)


def _may_here(request: HttpRequest, role: str) -> bool:
    team = current_team(request)
    return team is not None and has_role(request.user, team, role)


def shown_teams(request: HttpRequest, role: str = Role.WATCHER) -> list[int]:
    """The team whose rows a list shows: that of the page's row, or else the current one. Empty for somebody
    who lacks the role there."""
    team: int | None = getattr(request, ROW_TEAM, None) or current_team(request, role)
    return [] if team is None else [team]


def team_of_new(request: HttpRequest) -> int:
    """The team that what this request makes belongs to: that of its row, or else the current one."""
    team: int | None = getattr(request, ROW_TEAM, None)
    return team or current_team_or_404(request)


class May:
    """What the person of a request may do, for templates: `{% if may.owner %}`.

    `owner`, `researcher`, `watcher` and `reviewer` are about the team of the page's row, or else the current
    one; `look` and `review` about any team, for the navigation.
    """

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def _has(self, role: str) -> bool:
        request = self._request
        if not hasattr(request, "user"):
            return False
        team: int | None = getattr(request, ROW_TEAM, None)
        if team is None and hasattr(request, "session"):
            team = current_team(request)
        return has_role(request.user, team, role)

    @property
    def owner(self) -> bool:
        return self._has(Role.OWNER)

    @property
    def researcher(self) -> bool:
        return self._has(Role.RESEARCHER)

    @property
    def watcher(self) -> bool:
        return self._has(Role.WATCHER)

    @property
    def reviewer(self) -> bool:
        return self._has(Role.REVIEWER)

    @property
    def look(self) -> bool:
        return hasattr(self._request, "user") and bool(teams_of(self._request))

    @property
    def review(self) -> bool:
        return hasattr(self._request, "user") and bool(teams_of(self._request, Role.REVIEWER))


def roles(request: HttpRequest) -> dict[str, May]:
    """The context processor that gives templates `may`."""
    return {"may": May(request)}
