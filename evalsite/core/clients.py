"""The network address of a client, also behind proxies."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address that the outermost trusted proxy saw; without proxies that of the connection.

    Each proxy appends to X-Forwarded-For the address that it saw, so what is left of the entries of the
    TRUSTED_PROXIES comes from the client and proves nothing.
    """
    own = str(request.META.get("REMOTE_ADDR", ""))
    proxies = settings.TRUSTED_PROXIES
    seen = [each.strip() for each in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if not 0 < proxies <= len(seen):
        return own
    try:
        return str(ip_address(seen[-proxies]))
    except ValueError:
        return own
