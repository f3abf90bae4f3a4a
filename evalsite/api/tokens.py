"""Creating, finding and revoking tokens."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from evalsite.api.models import Token
from evalsite.api.scopes import OF_ROLE, SCOPES
from evalsite.core.account_events import account
from evalsite.core.clock import database_now
from evalsite.core.codes import hash_secret, new_secret
from evalsite.core.errors import OperationError
from evalsite.core.models import Membership, Team, User, record

BEGINNING = "evs_"
SHOWN_LETTERS = 10
DEFAULT_DAYS, MOST_DAYS = 90, 366
ROLES_WITH_TOKENS = [role for role, scopes in OF_ROLE.items() if scopes]


@transaction.atomic
def create_token(
    *, user: User, team: Team, name: str, scopes: Iterable[str], days: int = DEFAULT_DAYS, by: str
) -> tuple[Token, str]:
    """Create a token for a person in a team.

    Parameters
    ----------
    user, team : the person, who is in that team.
    name : what the token is for; one person can have several tokens with one name.
    scopes : of `SCOPES`, and of those that the person's role can give.
    days : how long it is valid, 1 to `MOST_DAYS`.
    by : who creates it, for the audit trail.

    Returns
    -------
    The token, and its secret, which is stored nowhere.

    Raises
    ------
    OperationError
        The person is not in the team, or the scopes or days do not fit. The text says how to fix it.
    """
    wanted = [scope for scope in SCOPES if scope in set(scopes)]
    if unknown := sorted(set(scopes) - set(SCOPES)):
        raise OperationError(f"there is no scope {', '.join(unknown)}. Fix: choose from {', '.join(SCOPES)}.")
    if not wanted:
        raise OperationError(f"a token needs a scope. Fix: choose from {', '.join(SCOPES)}.")
    if not 1 <= days <= MOST_DAYS:
        raise OperationError(f"{days} days are not possible. Fix: give 1 to {MOST_DAYS} days.")
    role = Membership.objects.filter(user=user, team=team).values_list("role", flat=True).first()
    if role is None or not (user.is_active and user.is_staff):
        raise OperationError(
            f"{user.get_username()} is not an active member of team {team.slug}. Fix: choose another team."
        )
    if above := [scope for scope in wanted if scope not in OF_ROLE[role]]:
        allowed = ", ".join(OF_ROLE[role]) or "none"
        raise OperationError(f"a {role} can't give {', '.join(above)}. Fix: choose from {allowed}.")
    secret = BEGINNING + new_secret()
    token = Token.objects.create(
        user=user,
        team=team,
        role=role,
        name=name,
        prefix=secret[:SHOWN_LETTERS],
        secret_hash=hash_secret(secret),
        scopes=wanted,
        expires_at=database_now() + timedelta(days=days),
    )
    detail = {"token": token.prefix, "scopes": wanted, "team": team.slug, "days": days}
    record(who=by, verb="create API token", about=account(user.pk), **detail)
    return token, secret


def revoke_token(*, token: Token, by: str, reason: str = "") -> None:
    """End a token now. A token that has ended stays as it is."""
    revoke_tokens(Token.objects.filter(pk=token.pk), by=by, reason=reason)


@transaction.atomic
def revoke_tokens(tokens: QuerySet[Token], *, by: str, reason: str = "") -> None:
    """End those of the tokens that are not revoked yet, and note each in the audit trail."""
    for token in tokens.filter(revoked_at__isnull=True).select_for_update(of=("self",)):
        token.revoked_at = database_now()
        token.save(update_fields=["revoked_at"])
        why = {"reason": reason} if reason else {}
        record(who=by, verb="revoke API token", about=account(token.user_id), token=token.prefix, **why)


def revoke_after_role_change(*, sender: Any, instance: Membership, **_: Any) -> None:
    """A receiver: a token ends with the role for which it was created."""
    tokens = Token.objects.filter(user=instance.user_id, team=instance.team_id)
    if instance.pk and Membership.objects.filter(pk=instance.pk).exists():
        tokens = tokens.exclude(role=instance.role)
    revoke_tokens(tokens, by="system", reason="role changed")


def revoke_after_deactivation(*, sender: Any, instance: User, created: bool, **_: Any) -> None:
    """A receiver: the tokens of an account end when it is deactivated or leaves the staff."""
    if not created and not (instance.is_active and instance.is_staff):
        revoke_tokens(Token.objects.filter(user=instance), by="system", reason="account deactivated")


def find_token(secret: str) -> Token | None:
    """The valid token with this secret.

    The person's role is read now, so a change that sent no signal counts too. `token.user.team_roles` is
    limited to the token's team: nothing else is visible through this token.
    """
    if not secret.startswith(BEGINNING) or len(secret) > 200:
        return None
    found = Token.objects.select_related("user", "team").filter(secret_hash=hash_secret(secret)).first()
    if found is None or not found.is_valid or not (found.user.is_active and found.user.is_staff):
        return None
    members = Membership.objects.filter(user=found.user_id, team=found.team_id, role=found.role)
    if not members.exists():
        return None
    found.user.team_roles = {found.team_id: found.role}
    return found


def count_request(token: Token) -> tuple[int, int]:
    """Count a request of a token.

    Returns the number of requests in the current minute with this one, and the seconds left of the minute.
    """
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [token.pk])
        count, left = cursor.fetchone()
    return int(count), int(left)


COUNT = """
UPDATE api_token SET last_used_at = date_trunc('minute', clock_timestamp()),
    requests = CASE WHEN last_used_at = date_trunc('minute', clock_timestamp()) THEN requests + 1 ELSE 1 END
WHERE id = %s
RETURNING requests, ceil(60 - extract(second FROM clock_timestamp()))
"""


def teams_with_tokens(user: User) -> QuerySet[Membership]:
    """The memberships in which a person can have tokens: all but those of reviewers."""
    return user.memberships.filter(role__in=ROLES_WITH_TOKENS).select_related("team")
