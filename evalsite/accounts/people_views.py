"""The page People: who works here, in which role, and what can be done about an account."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evalsite.accounts import people, second_factor
from evalsite.accounts.forms import InviteForm, RoleForm, TeamForm
from evalsite.accounts.links import mail_is_configured
from evalsite.accounts.people import NotPossible
from evalsite.core.access import View, admin_required, signed_in, staff_required
from evalsite.core.models import Membership, MembershipOffer, Role, Team, User, only_team
from evalsite.core.teams import current_team
from evalsite.core.views import FORMS, keep_for_next_page, see_other

LINK_COOKIE, LINK_SECONDS = "account-link", 300


def manager_required(view: View) -> View:
    """Admins, and owners of a team."""

    @never_cache
    @staff_required
    @wraps(view)
    def wrapped(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not signed_in(request).manages_people:
            raise Http404
        return view(request, *args, **kwargs)

    return wrapped


@require_safe
@manager_required
def people_list(request: HttpRequest) -> HttpResponse:
    actor = signed_in(request)
    teams = people.owned_teams(actor)
    memberships: dict[int, list[Membership]] = {}
    for each in Membership.objects.filter(team__in=teams).select_related("team"):
        memberships.setdefault(each.user_id, []).append(each)
    protected = set(
        Authenticator.objects.filter(type__in=second_factor.TYPES).values_list("user_id", flat=True)
    )
    rows = [
        {
            "person": person,
            "memberships": memberships.get(person.pk, []),
            "protected": person.pk in protected,
            "invited": not person.has_usable_password() and person.last_login is None,
        }
        for person in people.visible_people(actor)
    ]
    offers = MembershipOffer.objects.filter(team__in=teams).select_related("team")
    context = {"rows": rows, "offers": offers, "several": several_teams(), "actor": actor}
    return render(request, "staff/people.html", context)


def several_teams() -> bool:
    return Team.objects.count() > 1


@require_http_methods(FORMS)
@manager_required
def invite(request: HttpRequest) -> HttpResponse:
    actor = signed_in(request)
    teams = people.owned_teams(actor)
    initial = {"team": current_team(request, Role.OWNER), "role": Role.RESEARCHER}
    form = InviteForm(teams, request.POST or None, ask_team=several_teams(), initial=initial)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        team = given.pop("team", None) or Team.objects.get(pk=only_team())
        try:
            link = people.invite(by=actor, team=team, **given)
        except NotPossible as refused:
            form.add_error("email", str(refused))
        else:
            to = {"to": given["email"]}
            sent = _("We sent an invitation to %(to)s.") if link is None else _("Give this link to %(to)s.")
            messages.success(request, sent % to)
            return _show_once(request, link, "people-invite")
    link = request.get_signed_cookie(LINK_COOKIE, default="", max_age=LINK_SECONDS)
    context = {"form": form, "can_mail": mail_is_configured(), "fresh": link}
    response = render(request, "staff/invite_person.html", context, status=422 if form.errors else 200)
    return _forget_link(request, response)


@require_POST
@manager_required
def withdraw_offer(request: HttpRequest, offer: int) -> HttpResponse:
    teams = people.owned_teams(signed_in(request))
    found = get_object_or_404(MembershipOffer, pk=offer, team__in=teams)
    people.end_offer(offer=found, accept=False)
    messages.success(request, _("Invitation withdrawn."))
    return see_other("people")


def _forget_link(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if LINK_COOKIE in request.COOKIES:
        response.delete_cookie(LINK_COOKIE, path=request.path, samesite="Strict")
    return response


def _show_once(request: HttpRequest, link: str | None, *page: Any) -> HttpResponse:
    response = see_other(*page)
    if link is not None:
        path = reverse(page[0], args=page[1:])
        keep_for_next_page(response, request, LINK_COOKIE, link, path=path, seconds=LINK_SECONDS)
    return response


def visible_person(request: HttpRequest, account: int) -> User:
    """The person, or 404 for someone of other teams alone."""
    return get_object_or_404(people.visible_people(signed_in(request)), pk=account)


@require_safe
@manager_required
def person_page(request: HttpRequest, account: int) -> HttpResponse:
    actor, person = signed_in(request), visible_person(request, account)
    link = request.get_signed_cookie(LINK_COOKIE, default="", max_age=LINK_SECONDS)
    teams = people.owned_teams(actor)
    memberships = list(person.memberships.filter(team__in=teams).select_related("team"))
    context = {
        "person": person,
        "own": person.pk == actor.pk,
        "actor": actor,
        "memberships": memberships,
        "other_teams": teams.exclude(memberships__user=person),
        "several": several_teams(),
        "roles": Role.choices,
        "controls": people.controls_account(actor, person),
        "protected": second_factor.has_second_factor(person),
        "fresh": link,
    }
    return _forget_link(request, render(request, "staff/person.html", context))


@require_POST
@manager_required
def set_role(request: HttpRequest, account: int) -> HttpResponse:
    """Change the role in a team, or add the person to one of the actor's teams."""
    actor, person = signed_in(request), visible_person(request, account)
    form = RoleForm(request.POST)
    form.fields["team"].queryset = people.owned_teams(actor)  # type: ignore[attr-defined]
    if not form.is_valid():
        raise Http404
    given = form.cleaned_data
    return _try(
        request,
        person,
        lambda: people.change_role(person=person, team=given["team"], role=given["role"]),
        _("Role saved."),
    )


def _try(request: HttpRequest, person: User, change: Callable[[], object], done: str) -> HttpResponse:
    try:
        change()
    except NotPossible as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, done)
    visible = people.visible_people(signed_in(request)).filter(pk=person.pk).exists()
    return see_other("person", person.pk) if visible else see_other("people")


@require_http_methods(FORMS)
@manager_required
def leave_team(request: HttpRequest, account: int, team: str) -> HttpResponse:
    actor, person = signed_in(request), visible_person(request, account)
    found = get_object_or_404(people.owned_teams(actor), slug=team, memberships__user=person)
    if request.method == "POST":
        return _try(
            request,
            person,
            lambda: people.change_role(person=person, team=found, role=None),
            _("Removed from the team."),
        )
    return render(request, "staff/person_leave.html", {"person": person, "team": found})


@dataclass(frozen=True)
class Action:
    """Something that is asked about before it is done: its page in words, what it does, who may."""

    heading: str | Promise
    text: str | Promise
    button: str | Promise
    done: str | Promise
    do: Callable[..., object]
    danger: bool = True
    admins_only: bool = False


ACTIONS = {
    "deactivate": Action(
        gettext_lazy("Deactivate %(name)s?"),
        gettext_lazy(
            "The person is signed out at once and can't sign in any more. Their work and their name in the "
            "audit trail stay. You can reactivate the account later."
        ),
        gettext_lazy("Deactivate"),
        gettext_lazy("Account deactivated."),
        people.deactivate,
    ),
    "reactivate": Action(
        gettext_lazy("Reactivate %(name)s?"),
        gettext_lazy("The person can sign in again, with the same roles as before."),
        gettext_lazy("Reactivate"),
        gettext_lazy("Account reactivated."),
        people.reactivate,
        danger=False,
    ),
    "second-factor": Action(
        gettext_lazy("Remove the second factor of %(name)s?"),
        gettext_lazy(
            "Do this only if the person has lost their phone, passkeys and recovery codes, and you are sure "
            "that it is them who asks. From then on the password alone is enough. It is recorded in the "
            "audit trail, and the account can't confirm the unblinding of studies frozen before."
        ),
        gettext_lazy("Remove second factor"),
        gettext_lazy("Second factor removed."),
        people.remove_second_factors,
    ),
    "sessions": Action(
        gettext_lazy("Sign %(name)s out everywhere?"),
        gettext_lazy("All browsers of this person are signed out, and links not yet used stop working."),
        gettext_lazy("Sign out everywhere"),
        gettext_lazy("Signed out everywhere."),
        people.end_sessions,
    ),
    "admin": Action(
        gettext_lazy("Make %(name)s an admin?"),
        gettext_lazy("Admins manage all people, teams and systems of this site."),
        gettext_lazy("Make admin"),
        gettext_lazy("Role saved."),
        lambda **given: people.set_admin(admin=True, **given),
        danger=False,
        admins_only=True,
    ),
    "no-admin": Action(
        gettext_lazy("Remove the admin rights of %(name)s?"),
        gettext_lazy("The person keeps the roles in their teams."),
        gettext_lazy("Remove admin rights"),
        gettext_lazy("Role saved."),
        lambda **given: people.set_admin(admin=False, **given),
        admins_only=True,
    ),
}


@require_http_methods(FORMS)
@manager_required
def act(request: HttpRequest, account: int, action: str) -> HttpResponse:
    """Ask, and on POST do one of `ACTIONS`."""
    actor, person = signed_in(request), visible_person(request, account)
    chosen = ACTIONS.get(action)
    if chosen is None or not people.controls_account(actor, person):
        raise Http404
    if chosen.admins_only and not actor.is_admin:
        raise Http404
    if request.method == "POST":
        return _try(
            request,
            person,
            lambda: chosen.do(by=actor, person=person),
            str(chosen.done),
        )
    context = {
        "person": person,
        "action": chosen,
        "heading": chosen.heading % {"name": person.get_username()},
    }
    return render(request, "staff/person_action.html", context)


@require_http_methods(FORMS)
@manager_required
def make_link(request: HttpRequest, account: int) -> HttpResponse:
    """Ask, and on POST make a new one-time link: mailed, or displayed once on the person's page."""
    actor, person = signed_in(request), visible_person(request, account)
    if not people.controls_account(actor, person):
        raise Http404
    mails = mail_is_configured() and bool(person.email)
    if request.method == "POST":
        try:
            link = people.make_link(person=person)
        except NotPossible as refused:
            messages.warning(request, str(refused))
            return see_other("person", person.pk)
        if link is None:
            messages.success(request, _("The link is on its way to %(to)s.") % {"to": person.email})
        return _show_once(request, link, "person", person.pk)
    return render(request, "staff/person_link.html", {"person": person, "mails": mails})


@require_http_methods(FORMS)
@admin_required
@never_cache
def teams(request: HttpRequest) -> HttpResponse:
    """The teams of the site, and a form for a new one."""
    actor = signed_in(request)
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        team = people.create_team(by=actor, name=form.cleaned_data["name"])
        messages.success(
            request,
            _(
                "Created the team %(name)s. You are its owner. To work in it, choose it at the top of the "
                "page."
            )
            % {"name": team.name},
        )
        return see_other("teams")
    context = {"form": form, "teams": Team.objects.all(), "several": several_teams()}
    return render(request, "staff/teams.html", context, status=422 if form.errors else 200)


@require_http_methods(FORMS)
@admin_required
@never_cache
def rename_team(request: HttpRequest, team: str) -> HttpResponse:
    found = get_object_or_404(Team, slug=team)
    form = TeamForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        people.rename_team(by=signed_in(request), team=found, name=form.cleaned_data["name"])
        messages.success(request, _("Saved."))
        return see_other("teams")
    context = {"form": form, "team": found}
    return render(request, "staff/team_rename.html", context, status=422 if form.errors else 200)
