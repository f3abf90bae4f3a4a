"""Encryption of secrets that the site has to read again, with keys that follow from SECRET_KEY."""

import base64
import hashlib

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def secret_box(purpose: str) -> MultiFernet:
    """The box for one kind of secret. It also opens what an earlier key (SECRET_KEY_FALLBACKS) encrypted.

    Parameters
    ----------
    purpose : the name of the module that stores the secrets. Each purpose has its own key.
    """
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(purpose.encode() + key.encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
