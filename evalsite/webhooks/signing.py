"""Secrets and signatures of the Standard Webhooks specification (https://www.standardwebhooks.com)."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

from evalsite.core.encryption import secret_box

PREFIX = "whsec_"
_PURPOSE = "evalsite.webhooks"


def new_signing_secret() -> str:
    """A new secret as its owner sees it: `whsec_` and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def encrypt_secret(secret: str) -> str:
    return secret_box(_PURPOSE).encrypt(secret.encode()).decode()


def decrypt_secret(stored: str) -> str:
    """Raises `cryptography.fernet.InvalidToken` if SECRET_KEY has changed without a fallback."""
    return secret_box(_PURPOSE).decrypt(stored.encode()).decode()


def sign(keys: Iterable[str], *, message: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: one signature per secret, separated by spaces.

    Parameters
    ----------
    keys : secrets with their prefix, the current one first.
    message : the `webhook-id`.
    timestamp : seconds since 1970, the `webhook-timestamp` of this attempt.
    body : as it is sent.
    """
    content = f"{message}.{timestamp}.".encode() + body
    decoded = (base64.b64decode(key.removeprefix(PREFIX)) for key in keys)
    digests = (hmac.digest(key, content, hashlib.sha256) for key in decoded)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)
