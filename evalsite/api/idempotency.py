"""`Idempotency-Key`: a POST that is sent again after a lost answer is not done again.

The work and the stored answer are one transaction. So after a kill either both exist or neither. A refusal is
no stored answer: the key can be used again after it. What a view stores before it refuses is committed, as
without a key: the findings of a draft that can't be frozen, or the request to check its texts.
"""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import wraps
from typing import Any

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from evalsite.api.authentication import bearer_secret
from evalsite.api.errors import Problem, conflict
from evalsite.api.models import StoredAnswer, Token
from evalsite.core.advisory_locks import call_lock_function
from evalsite.core.clock import database_now
from evalsite.core.errors import InputErrors

HEADER = "Idempotency-Key"
HOURS = 24
LONGEST = 255
REFUSALS = (APIException, InputErrors, Http404, PermissionDenied)

type Handler = Callable[..., Response]


def idempotent(handler: Handler) -> Handler:
    """Decorate `post` of a view. Without the header, it runs as it is."""

    @wraps(handler)
    def wrapped(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return handler(self, request, *args, **kwargs)
        token = request.auth
        if not isinstance(token, Token):
            raise Problem(400, _("Idempotency-Key needs a token. Send Authorization: Bearer TOKEN."))
        if not 1 <= len(key) <= LONGEST or not (key.isascii() and key.isprintable()):
            raise Problem(400, _("Idempotency-Key must have 1 to 255 printable ASCII characters."))
        digest = _request_digest(request)
        with transaction.atomic():
            _lock(token, key)
            if stored := _stored(token, key):
                return _replay(request, stored, digest)
            try:
                response = handler(self, request, *args, **kwargs)
            except REFUSALS as error:
                refusal = error
            else:
                _store(request, token, key, digest, response)
                return response
        raise refusal

    wrapped.idempotent = True  # type: ignore[attr-defined]
    return wrapped


def _lock(token: Token, key: str) -> None:
    """Hold the key until the transaction ends; 409 if another request holds it."""
    if not call_lock_function("pg_try_advisory_xact_lock", f"request {token.pk} {key}"):
        detail = _("A request with this Idempotency-Key is being worked on. Repeat yours in a moment.")
        raise conflict(detail, code="idempotency_key_in_use", retry_after=1)


def _stored(token: Token, key: str) -> StoredAnswer | None:
    """The answer that was given with the key in the last 24 hours. Older ones are removed."""
    delete_old_answers()
    return StoredAnswer.objects.filter(token=token, key=key).first()


def delete_old_answers() -> None:
    """Remove answers that are too old for a retry."""
    StoredAnswer.objects.filter(created_at__lt=database_now() - timedelta(hours=HOURS)).delete()


def _replay(request: Request, stored: StoredAnswer, digest: str) -> Response:
    if stored.request_digest != digest:
        detail = _("This Idempotency-Key was used with another request. Use a new key for each request.")
        raise Problem(422, detail, code="idempotency_key_reused")
    response = Response(json.loads(_box(request).decrypt(bytes(stored.body))), status=stored.status)
    response["Idempotent-Replayed"] = "true"
    if stored.location:
        response["Location"] = stored.location
    return response


def _store(request: Request, token: Token, key: str, digest: str, response: Response) -> None:
    StoredAnswer.objects.create(
        token=token,
        key=key,
        request_digest=digest,
        status=response.status_code,
        location=response.get("Location", ""),
        body=_box(request).encrypt(JSONRenderer().render(response.data) or b"null"),
    )


def _box(request: Request) -> Fernet:
    """Encrypts with a key that follows from the token's secret, of which the database has only a hash."""
    secret = (bearer_secret(request) or "").encode()
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"evalsite stored answer").derive(
        secret
    )
    return Fernet(urlsafe_b64encode(derived))


def _request_digest(request: Request) -> str:
    digest = hashlib.sha256()
    for part in _request_parts(request):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _request_parts(request: Request) -> Iterator[bytes]:
    """Method, address and body. Parts of a form count one by one, for their boundary changes."""
    yield str(request.method).encode()
    yield request.get_full_path().encode()
    content_type = str(request.content_type or "").partition(";")[0].strip().lower()
    yield content_type.encode()
    if content_type != "multipart/form-data":
        yield request._request.body
        return
    given: Any = request.data
    for name in sorted(given):
        yield name.encode()
        for value in given.getlist(name):
            yield b"".join(value.chunks()) if isinstance(value, UploadedFile) else str(value).encode()
            if isinstance(value, UploadedFile):
                yield str(value.name).encode()
                value.seek(0)
