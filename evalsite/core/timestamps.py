"""Time stamps of the trail's head by an outside authority (RFC 3161), where the operator names one.

A stamp proves that the trail had this head at that time, also against an owner of the database who can
rewrite the whole chain. `openssl ts` makes the requests and checks the replies.
"""

import logging
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from http.client import HTTPException
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from evalsite.core.audit_chain import FIX, Head, check_head, head
from evalsite.core.errors import InputError, ServiceMissing
from evalsite.core.models import TimeStamp

EVERY = timedelta(hours=1)
TIMEOUT_S = 10
MOST_BYTES = 100_000

STAMP_FIX = f"name the authority's root certificates with --authorities. If you have named them, {FIX}"

logger = logging.getLogger(__name__)


class NoStamp(Exception):
    """The authority gave no valid stamp."""


def stamp_if_due() -> None:
    """Get a stamp for the head, at most once an hour. Called by the sweep; after a failure it tries again."""
    if not settings.TIMESTAMP_URL:
        return
    last = TimeStamp.objects.last()
    now = head()
    if now is None or (last and (last.at > timezone.now() - EVERY or last.sequence == now.sequence)):
        return
    try:
        reply = _request_stamp(now.digest)
    except (OSError, HTTPException, NoStamp, ServiceMissing) as error:
        logger.warning("no time stamp from %s: %s", settings.TIMESTAMP_URL, error)
        return
    TimeStamp.objects.create(sequence=now.sequence, digest=now.digest, reply=reply)


def _request_stamp(digest: str) -> bytes:
    """The authority's reply for a head. Raises OSError, HTTPException, NoStamp, ServiceMissing."""
    if not settings.TIMESTAMP_URL.startswith(("http://", "https://")):
        raise NoStamp("TIMESTAMP_URL must start with http:// or https://")
    with tempfile.TemporaryDirectory() as folder:
        query, reply = Path(folder, "query.tsq"), Path(folder, "reply.tsr")
        _openssl("-query", "-digest", digest, "-sha256", "-cert", "-out", str(query))
        request = urllib.request.Request(  # noqa: S310 - the operator's own setting, checked above
            settings.TIMESTAMP_URL,
            data=query.read_bytes(),
            headers={"Content-Type": "application/timestamp-query"},
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            content: bytes = answer.read(MOST_BYTES)
        reply.write_bytes(content)
        reply_text = _openssl("-reply", "-in", str(reply), "-text").stdout
        if "Status: Granted" not in reply_text:
            raise NoStamp("the reply grants no stamp")
        return content


def check_stamps(authorities: Path | None) -> Iterator[InputError]:
    """Check each stored stamp: that its authority signed this head, and that the trail still has it.

    Parameters
    ----------
    authorities : a PEM file with the certificates of the authority's root; None for those of the system.

    Raises
    ------
    ServiceMissing
        There is no `openssl`.
    """
    trusted = ["-CAfile", str(authorities)] if authorities else ["-CApath", "/etc/ssl/certs"]
    for stamp in TimeStamp.objects.all():
        where = f"time stamp {stamp.pk}"
        with tempfile.NamedTemporaryFile(suffix=".tsr") as reply:
            reply.write(bytes(stamp.reply))
            reply.flush()
            done = _openssl("-verify", "-digest", stamp.digest, "-in", reply.name, *trusted)
        if "Verification: OK" not in done.stdout + done.stderr:
            lines = [line for line in done.stderr.splitlines() if "error" in line.lower()]
            why = lines[-1].strip() if lines else "openssl refused it"
            message = f"the stamp of line {stamp.sequence} is not valid ({why})."
            yield InputError(where, 1, 1, message, STAMP_FIX)
        yield from check_head(Head(stamp.sequence, stamp.digest), where)


def _openssl(*arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["openssl", "ts", *arguments], capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except FileNotFoundError:
        raise ServiceMissing("There is no `openssl` command. Fix: `apt-get install openssl`.") from None
    except subprocess.TimeoutExpired:
        raise ServiceMissing("`openssl ts` does not answer. Fix: try again.") from None
