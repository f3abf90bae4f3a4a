"""The form in the page's head in which a person in several teams chooses the current one."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from evalsite.core.access import staff_required
from evalsite.core.models import Team
from evalsite.core.teams import CURRENT, roles_of
from evalsite.core.views import see_other


@require_POST
@staff_required
def switch_team(request: HttpRequest) -> HttpResponse:
    """Keep the choice in the session and go to the first page of that team."""
    mine = dict(Team.objects.filter(pk__in=roles_of(request.user)).values_list("slug", "pk"))
    team = mine.get(request.POST.get("team", ""))
    if team is None:
        raise Http404
    request.session[CURRENT] = team
    return see_other("home")
