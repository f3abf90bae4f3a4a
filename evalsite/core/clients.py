"""The network address of a client, also behind proxies."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

PROXY_HEADERS = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_REAL_IP",
    "HTTP_FORWARDED",
    "HTTP_VIA",
)

# Not `is_private`, which is also true of networks for documentation.
PRIVATE = [
    ip_network(each)
    for each in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
]


def client_address(request: HttpRequest) -> str:
    """The address that the outermost trusted proxy saw; without proxies that of the connection.

    Each proxy appends to X-Forwarded-For the address that it saw, so what is left of the entries of the
    TRUSTED_PROXIES comes from the client and proves nothing.
    """
    return _forwarded_for(request) or str(request.META.get("REMOTE_ADDR", ""))


def _forwarded_for(request: HttpRequest) -> str:
    """The entry of the outermost trusted proxy in X-Forwarded-For; empty where there is none."""
    proxies = settings.TRUSTED_PROXIES
    seen = [each.strip() for each in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if not 0 < proxies <= len(seen):
        return ""
    try:
        return str(ip_address(seen[-proxies]))
    except ValueError:
        return ""


def is_private_client(request: HttpRequest) -> bool:
    """Whether a request surely comes from a private address: directly, or through trusted proxies alone.

    Behind a proxy every connection has a private address. So a request with a header of a proxy counts as
    private only by the entry of a trusted one. A proxy that is not counted in TRUSTED_PROXIES and adds no
    header at all can't be recognised.
    """
    address = str(request.META.get("REMOTE_ADDR", ""))
    if any(name in request.META for name in PROXY_HEADERS):
        address = _forwarded_for(request)
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found
    return any(found in network for network in PRIVATE)
