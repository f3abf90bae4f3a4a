"""What members of a team do with its endpoints. Each change is logged in the audit trail."""

from django.db import transaction

from evalsite.core.clock import database_now
from evalsite.core.models import record
from evalsite.webhooks.models import Endpoint
from evalsite.webhooks.signing import encrypt_secret, new_signing_secret

MOST_ENDPOINTS = 20
"""Per team."""


class TooManyEndpoints(Exception):
    """The team has as many endpoints as it may have."""


@transaction.atomic
def add_endpoint(*, team: int, url: str, events: list[str], by: str) -> tuple[Endpoint, str]:
    """Add an endpoint.

    Returns
    -------
    (Endpoint, str)
        The endpoint and its secret, which is displayed once.

    Raises
    ------
    TooManyEndpoints
        The team has `MOST_ENDPOINTS` already.
    """
    if Endpoint.objects.filter(team=team).count() >= MOST_ENDPOINTS:
        raise TooManyEndpoints
    secret = new_signing_secret()
    endpoint = Endpoint.objects.create(team_id=team, url=url, events=events, secret=encrypt_secret(secret))
    _record(endpoint, "add webhook", by)
    return endpoint, secret


@transaction.atomic
def change_endpoint(endpoint: Endpoint, *, url: str, events: list[str], by: str) -> None:
    """Store another address or other events. A new address is tried at once."""
    if url != endpoint.url:
        endpoint.quiet_until = None
    endpoint.url, endpoint.events = url, events
    endpoint.save(update_fields=["url", "events", "quiet_until"])
    _record(endpoint, "change webhook", by)


@transaction.atomic
def rotate_secret(endpoint: Endpoint, *, by: str) -> str:
    """Make a new secret, which is displayed once. For a day the previous one signs too."""
    secret = new_signing_secret()
    endpoint.previous_secret, endpoint.secret = endpoint.secret, encrypt_secret(secret)
    endpoint.rotated_at = database_now()
    endpoint.save(update_fields=["secret", "previous_secret", "rotated_at"])
    _record(endpoint, "rotate webhook secret", by)
    return secret


@transaction.atomic
def switch_endpoint(endpoint: Endpoint, *, on: bool, by: str) -> None:
    """Enable or disable an endpoint. Waiting messages of a disabled one wait until it is enabled."""
    if on == (not endpoint.disabled):
        return
    endpoint.disabled = "" if on else Endpoint.Disabled.BY_STAFF
    endpoint.quiet_until = None
    endpoint.save(update_fields=["disabled", "quiet_until"])
    _record(endpoint, "enable webhook" if on else "disable webhook", by)


@transaction.atomic
def delete_endpoint(endpoint: Endpoint, *, by: str) -> None:
    """Delete an endpoint with its messages and their log."""
    _record(endpoint, "delete webhook", by)
    endpoint.delete()


def _record(endpoint: Endpoint, verb: str, by: str) -> None:
    """Only the host: the path of an address may hold a secret."""
    record(who=by, verb=verb, about=endpoint.code, host=endpoint.host, events=endpoint.events)
