"""Whether an address leads into a private network: loopback, private, link-local or metadata addresses."""

import ipaddress
import socket
from urllib.parse import urlsplit

_WITH_IPV4 = [ipaddress.ip_network(block) for block in ("64:ff9b::/96", "::/96", "::ffff:0:0:0/96")]
"""NAT64, and the outdated blocks for IPv4-compatible and IPv4-translated addresses."""


def is_internal(address: str) -> bool:
    """Whether a URL's host has any address that the public internet can't reach, or none that is known.

    The name is resolved here, so `http://2130706433/` and a public name of 127.0.0.1 are recognised too.
    """
    host = (urlsplit(address).hostname or "").rstrip(".")
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return True
    return not found or any(is_internal_ip(str(each[4][0])) for each in found)


def is_internal_ip(text: str) -> bool:
    """Whether the public internet can't reach an IP address, also one that is written into another."""
    ip = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inside = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inside is None and any(ip in block for block in _WITH_IPV4):
            inside = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        ip = inside or ip
    return not ip.is_global or ip.is_multicast
