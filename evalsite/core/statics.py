"""Static files under names that hold a digest of their content, so that browsers keep them for good.

No build step: a file is read, compressed and named when the first page asks for it, once per process.
Comments and blanks of styles and scripts are left out, for they are a quarter of what a phone would load.
"""

import gzip
import posixpath
import re
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rcssmin import cssmin
from rjsmin import jsmin
from whitenoise.middleware import WhiteNoiseFileResponse, WhiteNoiseMiddleware
from whitenoise.responders import Redirect, Response, StaticFile

VENDORED = re.compile(r"^(?:admin|drf_spectacular_sidecar|rest_framework)/|\.min\.")
TEXTS = ("text/", "application/json", "application/manifest+json", "image/svg+xml")
TAKES_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")
FOR_GOOD = "max-age=315360000, public, immutable"
_LEAN: dict[str, Callable[[str], str]] = {".css": cssmin, ".js": jsmin}
_DIGEST = re.compile(r"\.([0-9a-f]{12})(?=\.\w+$|$)")
_CSS_URL = re.compile(r"""url\((["']?)(?!data:|https?:|/|#)([^"')?#]+)""")


@cache
def content_of(name: str) -> bytes | None:
    """A static file as it is sent compressed, with hashed names in style sheets; None if there is none."""
    path = finders.find(name)
    if path is None or not Path(path).is_file():
        return None
    content = Path(path).read_bytes()
    suffix = posixpath.splitext(name)[1]
    if suffix == ".css":
        content = _CSS_URL.sub(lambda found: _relative(name, found), content.decode()).encode()
    if suffix in _LEAN and not VENDORED.search(name):
        content = _LEAN[suffix](content.decode()).encode()
    return content


@cache
def hashed_name(name: str) -> str:
    """`css/site.css` -> `css/site.0123456789ab.css`; a name without a file stays as it is."""
    content = content_of(name)
    if content is None:
        return name
    stem, suffix = posixpath.splitext(name)
    return f"{stem}.{sha256(content).hexdigest()[:12]}{suffix}"


@cache
def packed(name: str) -> bytes:
    return gzip.compress(content_of(name) or b"", mtime=0)


def _relative(name: str, found: re.Match[str]) -> str:
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), found[2]))
    hashed = posixpath.basename(hashed_name(target))
    return f"url({found[1]}{posixpath.join(posixpath.dirname(found[2]), hashed)}"


class HashedFiles(StaticFilesStorage):
    """What `{% static %}` links to."""

    def url(self, name: str | None) -> str:
        return super().url(hashed_name(name) if name else name)


class CompressedStatics(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise, which by itself needs files that were collected, named and compressed before."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if not path.startswith(self.static_prefix):
            return self.get_response(request)  # type: ignore[no-any-return]
        name = path.removeprefix(self.static_prefix)
        static_file = self.files.get(path)
        if static_file is None:
            name = _DIGEST.sub("", name)
            static_file = self.files.get(self.static_prefix + name)
        if static_file is None:
            return self.get_response(request)  # type: ignore[no-any-return]
        response = _serve(static_file, request, name)
        # A page of an older release gets what there is now, and asks again soon.
        if path.endswith("/" + hashed_name(name)) and path != self.static_prefix + name:
            response["Cache-Control"] = FOR_GOOD
        return response


def _serve(static_file: StaticFile | Redirect, request: HttpRequest, name: str) -> HttpResponseBase:
    found = static_file.get_response(request.method, request.META)
    headers = dict(found.headers)
    is_text = headers.get("Content-Type", "").startswith(TEXTS) and "Content-Encoding" not in headers
    if is_text:
        headers["Vary"] = "Accept-Encoding"
    takes = TAKES_GZIP.search(request.headers.get("Accept-Encoding", ""))
    if not (is_text and takes and found.file and found.status == HTTPStatus.OK):
        return _as_it_is(found, headers)
    found.file.close()
    headers |= {"Content-Encoding": "gzip", "Content-Length": str(len(packed(name)))}
    return HttpResponse(packed(name), headers=headers)


def _as_it_is(found: Response, headers: dict[str, str]) -> HttpResponseBase:
    response = WhiteNoiseFileResponse(found.file or (), status=int(found.status))
    del response["Content-Type"]
    for name, value in headers.items():
        response[name] = value
    return response  # type: ignore[no-any-return]
