"""The people of the site: who may manage whom, invitations, roles. The last owner and admin stay."""

import re

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from evalsite.accounts import links
from evalsite.core.account_events import record_account_event
from evalsite.core.models import Membership, MembershipOffer, Role, Team, User

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


def invite(*, by: User, name: str, email: str, team: Team, role: str) -> str | None:
    """Make an account with a one-time link, or offer the membership to the account with this address.

    Who invites gets the same answer in both cases, because the account may be one of another team.

    Returns
    -------
    str or None
        The link to copy; None where it is mailed.

    Raises
    ------
    NotPossible
        A member of the team has this address, or a deactivated account that the inviter can see.
    """
    language = get_language() or "en"
    with transaction.atomic():
        visible = links.find_holders(email).filter(pk__in=visible_people(by).values("pk"))
        if member := visible.filter(memberships__team=team).first():
            raise NotPossible(_("%(name)s already belongs to this team.") % {"name": member.get_username()})
        if visible.filter(is_active=False).exists():
            raise NotPossible(_("The account with this address is deactivated. An admin can reactivate it."))
        found = links.find_holders(email).order_by("-is_active", "pk").first()
        if found is not None:
            values = {"by": by, "role": role, "email": email}
            MembershipOffer.objects.update_or_create(user=found, team=team, defaults=values)
            link = links.make_link(found, kind="offer", language=language)
        else:
            links.release_claims(email)
            found = User(username=_free_username(email), email=email, first_name=name, is_staff=True)
            found.set_unusable_password()
            found.save()
            # A signal puts a new account into the site's only team; this says as what.
            Membership.objects.update_or_create(user=found, team=team, defaults={"role": role})
            link = links.make_link(found, kind="invitation", language=language)
        record_account_event("invite account", found.pk, team=team.slug, role=role)
    return link


def end_offer(*, offer: MembershipOffer, accept: bool) -> None:
    """Accept an offer, which starts the membership; decline it, or withdraw it.

    Raises
    ------
    NotPossible
        Who made the offer no longer manages the people of the team, or the address is not confirmed.
    """
    with transaction.atomic():
        row = MembershipOffer.objects.select_for_update().filter(pk=offer.pk).first()
        if row is None:
            return
        if accept and not (row.by.is_active and owned_teams(row.by).filter(pk=row.team_id).exists()):
            raise NotPossible(_("This invitation is no longer valid. Ask an owner of the team for another."))
        confirmed = row.user.email_confirmed_at and row.user.email.lower() == row.email.lower()
        if accept and links.mail_is_configured() and not confirmed:
            raise NotPossible(_("Confirm the address %(to)s for your account first.") % {"to": row.email})
        if accept:
            Membership.objects.get_or_create(user=row.user, team=row.team, defaults={"role": row.role})
        else:
            record_account_event("end invitation", row.user_id, team=row.team.slug)
        row.delete()


def _free_username(email: str) -> str:
    wanted = slugify(re.sub(r"[._+]", "-", email.partition("@")[0]))[:100] or "user"
    name, number = wanted, 1
    while User.objects.filter(username__iexact=name).exists():
        number += 1
        name = f"{wanted}{number}"
    return name


def change_role(*, person: User, team: Team, role: str | None) -> None:
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
        elif role != before:
            Membership.objects.update_or_create(user=person, team=team, defaults={"role": role})


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


def set_admin(*, by: User, person: User, admin: bool) -> None:
    """Make the person an admin of the site, or no longer. Raises NotPossible for the last one."""
    with transaction.atomic():
        if not admin:
            _keep_an_admin(besides=person)
        person.role = User.Role.ADMIN if admin else User.Role.RESEARCHER
        person.is_superuser = person.is_superuser and admin
        person.save(update_fields=["role", "is_superuser"])


def make_link(*, person: User) -> str | None:
    """A new one-time link with which the person chooses a password; None where it is mailed."""
    if not person.is_active:
        raise NotPossible(_("This account is deactivated. Reactivate it first."))
    with transaction.atomic():
        link = links.make_link(person, kind="link", language=get_language() or "en")
        record_account_event("make account link", person.pk, mailed=link is None)
    return link


def deactivate(*, by: User, person: User) -> None:
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


def reactivate(*, by: User, person: User) -> None:
    person.is_active = True
    person.save(update_fields=["is_active"])


def remove_second_factors(*, by: User, person: User) -> None:
    """Remove authenticator app, passkeys and recovery codes, for a person who has lost them."""
    with transaction.atomic():
        Authenticator.objects.filter(user=person).delete()
        person.note_access_changed_by_other()


def end_sessions(*, by: User, person: User) -> None:
    with transaction.atomic():
        _end_sessions(person)
        record_account_event("end sessions", person.pk)


def _end_sessions(person: User) -> None:
    UserSession.objects.filter(user=person).delete()
    person.end_sessions()


def create_team(*, by: User, name: str) -> Team:
    """A new team, which the admin who makes it owns until they hand it on."""
    base = slugify(name)[:50] or "team"
    slug, number = base, 1
    with transaction.atomic():
        while Team.objects.filter(slug=slug).exists():
            number += 1
            slug = f"{base}-{number}"
        team = Team.objects.create(slug=slug, name=name)
        Membership.objects.create(user=by, team=team, role=Role.OWNER)
        record_account_event("add team", by.pk, team=team.slug)
    return team


def rename_team(*, by: User, team: Team, name: str) -> None:
    team.name = name
    team.save(update_fields=["name"])
    record_account_event("rename team", by.pk, team=team.slug)
