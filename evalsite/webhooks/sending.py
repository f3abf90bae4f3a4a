"""One request to a receiver: with a deadline, without redirects, and only to addresses that are allowed."""

import asyncio
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from django.conf import settings

from evalsite.core.internal_addresses import is_internal_ip
from evalsite.webhooks.models import MOST_ANSWER, Attempt

TIMEOUT_S = 15.0
"""For the whole request, with the lookup of the name and the answer."""
_MOST_BYTES = 4 * MOST_ANSWER
Problem = Attempt.Problem


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Without an answer there is a `problem` and no `status`."""

    seconds: float
    status: int | None = None
    text: str = ""
    problem: str = ""


class _Internal(OSError):
    """The receiver's name leads into a private network."""


class _PublicAddresses(aiohttp.ThreadedResolver):
    """Looks up the name for the connection itself, so the address that is checked is the one that is used."""

    async def resolve(self, host: str, *arguments: Any, **options: Any) -> Any:
        found = await super().resolve(host, *arguments, **options)
        if any(is_internal_ip(each["host"]) for each in found):
            raise _Internal
        return found


def post(url: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
    """Send a message. Redirects are not followed, and only the beginning of an answer is read.

    Parameters
    ----------
    url : of the endpoint. Addresses of private networks need ALLOW_INTERNAL_ADDRESSES.
    headers : those of the specification.
    body : JSON.
    """
    begun = time.monotonic()
    # In a new thread, since the caller's may already have an event loop.
    with ThreadPoolExecutor(1) as thread:
        status, text, problem = thread.submit(lambda: asyncio.run(_post(url, headers, body))).result()
    return Answer(round(time.monotonic() - begun, 3), status, text, problem)


async def _post(url: str, headers: Mapping[str, str], body: bytes) -> tuple[int | None, str, str]:
    allowed = settings.ALLOW_INTERNAL_ADDRESSES
    if not allowed and _is_internal_number(url):
        return None, "", Problem.INTERNAL
    connector = aiohttp.TCPConnector(resolver=aiohttp.ThreadedResolver() if allowed else _PublicAddresses())
    try:
        async with (
            aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
                cookie_jar=aiohttp.DummyCookieJar(),
            ) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            return response.status, await _beginning(response), ""
    except TimeoutError:
        return None, "", Problem.TIMEOUT
    except (aiohttp.ClientError, OSError, ValueError) as error:
        causes = (error, error.__cause__, getattr(error, "os_error", None))
        inside = any(isinstance(cause, _Internal) for cause in causes)
        return None, "", Problem.INTERNAL if inside else Problem.UNREACHABLE


def _is_internal_number(url: str) -> bool:
    """Whether the host is an IP address of a private network: for numbers no name is looked up."""
    try:
        return is_internal_ip(urlsplit(url).hostname or "")
    except ValueError:
        return False


async def _beginning(response: aiohttp.ClientResponse) -> str:
    """The first characters of the answer. It may break off or be slow: its status counts already."""
    found = b""
    try:
        while len(found) < _MOST_BYTES and (part := await response.content.read(_MOST_BYTES - len(found))):
            found += part
    except (aiohttp.ClientError, OSError, TimeoutError):
        pass
    return found.decode("utf-8", "replace").replace("\x00", "")[:MOST_ANSWER]
