"""The people of the site: who may manage whom, invitations, roles. The last owner and admin stay."""

import re
from collections.abc import Mapping
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from evalsite.accounts import links
from evalsite.accounts.signals import account_changed
from evalsite.core.models import Membership, Role, Team, User

ADMINS = Q(is_active=True) & (Q(role=User.Role.ADMIN) | Q(is_superuser=True))


class NotPossible(Exception):
    """The change is refused; the text says why and what to do, in the reader's language."""


def owned_teams(actor: User) -> QuerySet[Team]:
    """The teams whose people the person manages: all of them as an admin, else those that they own."""
    if actor.is_admin:
        return Team.objects.all()
    return Team.objects.filter(memberships__user=actor, memberships__role=Role.OWNER)


def visible_people(actor: User) -> QuerySet[User]:
    """Whom the person sees on the page People: everybody as an admin, else those in their teams."""
    people = User.objects.filter(Q(is_staff=True) | Q(is_superuser=True))
    if not actor.is_admin:
        people = people.filter(memberships__team__in=owned_teams(actor)).distinct()
    return people.order_by("username")


def controls_account(actor: User, person: User) -> bool:
    """Whether the person may make links for an account, deactivate it, or remove its second factors.

    An owner may only where all the teams of the account are theirs, and never with an admin's account: it
    would open what the owner has no right to see.
    """
    if actor.is_admin:
        return True
    teams = set(person.memberships.values_list("team", flat=True))
    return (
        not person.is_admin and bool(teams) and teams <= set(owned_teams(actor).values_list("pk", flat=True))
    )


def invite(
    *, by: User, request: HttpRequest, name: str, email: str, team: Team, role: str
) -> tuple[User, str | None, bool]:
    """Make an account with a one-time link, or add the account with this address to the team.

    Returns
    -------
    tuple
        The person; the link to copy, None where it is mailed or not needed; whether the account is new.

    Raises
    ------
    NotPossible
        The person belongs to the team already, or the account is deactivated.
    """
    with transaction.atomic():
        found = User.objects.filter(email__iexact=email).first()
        if found is not None:
            _add_to_team(found, team, role)
            _tell(request, "change-role", by, found, team=team.slug, role=role, before="")
            return found, None, False
        person = User(username=_free_username(email), email=email, first_name=name, is_staff=True)
        person.set_unusable_password()
        person.save()
        # A signal puts a new account into the site's only team; this says as what.
        Membership.objects.update_or_create(user=person, team=team, defaults={"role": role})
        link = links.make_link(person, kind="invitation", language=get_language() or "en")
        _tell(request, "invite", by, person, team=team.slug, role=role)
    return person, link, True


def _add_to_team(person: User, team: Team, role: str) -> None:
    if not person.is_active:
        raise NotPossible(_("The account with this address is deactivated. An admin can reactivate it."))
    if person.memberships.filter(team=team).exists():
        raise NotPossible(_("%(name)s already belongs to this team.") % {"name": person.get_username()})
    if not person.is_staff:
        person.is_staff = True
        person.save(update_fields=["is_staff"])
    Membership.objects.update_or_create(user=person, team=team, defaults={"role": role})


def _free_username(email: str) -> str:
    wanted = slugify(re.sub(r"[._+]", "-", email.partition("@")[0]))[:100] or "user"
    name, number = wanted, 1
    while User.objects.filter(username__iexact=name).exists():
        number += 1
        name = f"{wanted}{number}"
    return name


def change_role(*, by: User, request: HttpRequest, person: User, team: Team, role: str | None) -> None:
    """Give the person another role in a team, or with None take them out of it.

    Raises
    ------
    NotPossible
        It is the last owner of the team.
    """
    with transaction.atomic():
        membership = _locked_membership(person, team)
        before = membership.role if membership else ""
        if before == Role.OWNER and role != Role.OWNER:
            _keep_an_owner(team, besides=person)
        if role is None:
            Membership.objects.filter(user=person, team=team).delete()
            _tell(request, "leave-team", by, person, team=team.slug, before=before)
        elif role != before:
            Membership.objects.update_or_create(user=person, team=team, defaults={"role": role})
            _tell(request, "change-role", by, person, team=team.slug, role=role, before=before)


def _locked_membership(person: User, team: Team) -> Membership | None:
    """The person's membership. The team is locked, so that two owners cannot leave at the same time."""
    Team.objects.select_for_update().get(pk=team.pk)
    return Membership.objects.filter(user=person, team=team).first()


def _keep_an_owner(team: Team, *, besides: User) -> None:
    others = team.memberships.filter(role=Role.OWNER, user__is_active=True).exclude(user=besides)
    if not others.exists():
        raise NotPossible(
            _("%(name)s is the last owner of the team %(team)s. Make someone else an owner first.")
            % {"name": besides.get_username(), "team": team.name}
        )


def _keep_an_admin(besides: User) -> None:
    # Locked in one order, so that two admins cannot remove each other at the same time.
    admins = list(User.objects.filter(ADMINS).order_by("pk").select_for_update())
    if [admin.pk for admin in admins] == [besides.pk]:
        raise NotPossible(
            _("%(name)s is the last admin. Make someone else an admin first.")
            % {"name": besides.get_username()}
        )


def set_admin(*, by: User, request: HttpRequest, person: User, admin: bool) -> None:
    """Make the person an admin of the site, or no longer. Raises NotPossible for the last one."""
    with transaction.atomic():
        if not admin:
            _keep_an_admin(besides=person)
        person.role = User.Role.ADMIN if admin else User.Role.RESEARCHER
        person.is_superuser = person.is_superuser and admin
        person.save(update_fields=["role", "is_superuser"])
        _tell(request, "set-admin", by, person, admin=admin)


def make_link(*, by: User, request: HttpRequest, person: User) -> str | None:
    """A new one-time link with which the person chooses a password; None where it is mailed."""
    if not person.is_active:
        raise NotPossible(_("This account is deactivated. Reactivate it first."))
    with transaction.atomic():
        link = links.make_link(person, kind="link", language=get_language() or "en")
        _tell(request, "make-link", by, person, mailed=link is None)
    return link


def deactivate(*, by: User, request: HttpRequest, person: User) -> None:
    """Close the account and end its sessions and links. Raises NotPossible for the last owner or admin."""
    if person.pk == by.pk:
        raise NotPossible(_("You can't deactivate your own account. Ask another admin or owner."))
    with transaction.atomic():
        if person.is_admin:
            _keep_an_admin(besides=person)
        owned = Team.objects.filter(memberships__user=person, memberships__role=Role.OWNER)
        for team in Team.objects.filter(pk__in=owned.values("pk")).order_by("pk").select_for_update():
            _keep_an_owner(team, besides=person)
        person.is_active = False
        person.save(update_fields=["is_active"])
        _end_sessions(person)
        _tell(request, "deactivate", by, person)


def reactivate(*, by: User, request: HttpRequest, person: User) -> None:
    person.is_active = True
    person.save(update_fields=["is_active"])
    _tell(request, "reactivate", by, person)


def remove_second_factors(*, by: User, request: HttpRequest, person: User) -> None:
    """Remove authenticator app, passkeys and recovery codes, for a person who has lost them."""
    with transaction.atomic():
        Authenticator.objects.filter(user=person).delete()
        person.note_access_changed_by_other()
        _tell(request, "remove-second-factor", by, person)


def end_sessions(*, by: User, request: HttpRequest, person: User) -> None:
    with transaction.atomic():
        _end_sessions(person)
        _tell(request, "end-sessions", by, person)


def _end_sessions(person: User) -> None:
    UserSession.objects.filter(user=person).delete()
    person.end_sessions()


def create_team(*, by: User, request: HttpRequest, name: str) -> Team:
    """A new team, which the admin who makes it owns until they hand it on."""
    base = slugify(name)[:50] or "team"
    slug, number = base, 1
    with transaction.atomic():
        while Team.objects.filter(slug=slug).exists():
            number += 1
            slug = f"{base}-{number}"
        team = Team.objects.create(slug=slug, name=name)
        Membership.objects.create(user=by, team=team, role=Role.OWNER)
        _tell(request, "create-team", by, by, team=team.slug)
    return team


def rename_team(*, by: User, request: HttpRequest, team: Team, name: str) -> None:
    team.name = name
    team.save(update_fields=["name"])
    _tell(request, "rename-team", by, by, team=team.slug)


def _tell(request: HttpRequest, action: str, by: User, user: User, **details: Any) -> None:
    codes: Mapping[str, Any] = details
    account_changed.send(User, action=action, by=by, user=user, request=request, details=codes)
