"""What a browser is sent besides the pages: static files under names that hold a digest of their content, so
that browsers keep them for good. And the templates of raters' pages, without their indents.

No build step: a file is named when the process starts, and compressed when it is first asked for. Comments
and blanks of styles and scripts are left out, for they are a quarter of what a phone would load. What the
page of a pair asks for is sent as one style sheet and one script.
"""

import gzip
import mimetypes
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
BUNDLES = {
    "css/pair.css": ("css/screenplay.css", "css/judge.css", "css/desk.css"),
    "js/pair.js": (
        "js/judge.js",
        "js/questions.js",
        "js/sheets.js",
        "js/scenes.js",
        "js/pages.js",
        "js/places.js",
        "js/marks.js",
        "js/reading.js",
        "js/summary.js",
        "js/lengths.js",
        "js/merge.js",
        "js/keep.js",
        "js/changes.js",
        "js/autosave.js",
    ),
}
"""Files that are sent as one, in their order, under a name that no file has."""
_LEAN: dict[str, Callable[[str], str]] = {".css": cssmin, ".js": jsmin}
_DIGEST = re.compile(r"\.([0-9a-f]{12})(?=\.\w+$|$)")
_CSS_URL = re.compile(r"""url\((["']?)(?!data:|https?:|/|#)([^"')?#]+)""")


@cache
def hashed_name(name: str) -> str:
    """`css/site.css` -> `css/site.0123456789ab.css`; a name without a file stays as it is."""
    content = _content(name)
    if content is None:
        return name
    stem, suffix = posixpath.splitext(name)
    return f"{stem}.{sha256(content).hexdigest()[:12]}{suffix}"


def _content(name: str) -> bytes | None:
    if name in BUNDLES:
        parts = [_content(part) or b"" for part in BUNDLES[name]]
        return b"\n".join([b'"use strict";', *map(_apart, parts)] if name.endswith(".js") else parts)
    path = finders.find(name)
    return Path(path).read_bytes() if path and Path(path).is_file() else None


def _apart(script: bytes) -> bytes:
    """A script of a bundle: one that fails is reported and, as with files of their own, stops no other."""
    return b"try {\n%b\n} catch (error) { setTimeout(() => { throw error; }); }" % script


def lean(name: str, content: bytes) -> bytes:
    """A style sheet or script without comments and blanks that mean nothing, and with hashed names."""
    suffix = posixpath.splitext(name)[1]
    if suffix == ".css":
        content = _CSS_URL.sub(lambda found: _relative(name, found), content.decode()).encode()
    if suffix in _LEAN and not VENDORED.search(name):
        content = _LEAN[suffix](content.decode()).encode()
    return content


def _relative(name: str, found: re.Match[str]) -> str:
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), found[2]))
    hashed = posixpath.basename(hashed_name(target))
    return f"url({found[1]}{posixpath.join(posixpath.dirname(found[2]), hashed)}"


class HashedFiles(StaticFilesStorage):
    """What `{% static %}` links to."""

    def url(self, name: str | None) -> str:
        return super().url(hashed_name(name) if name else name)


class CompressedStatics(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise, which by itself needs files that were collected, named and compressed before.

    It sees by `HashedFiles` which addresses stand for one content, and has browsers keep those for good.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        self.packed: dict[str, bytes] = {}
        super().__init__(*args, **kwargs)
        self.files |= {self.static_prefix + hashed_name(name): name for name in BUNDLES}

    def _join(self, name: str, request: HttpRequest) -> HttpResponse:
        headers = {
            "Content-Type": f"{mimetypes.guess_type(name)[0]}; charset=utf-8",
            "Cache-Control": f"max-age={self.FOREVER}, public, immutable",
            "Vary": "Accept-Encoding",
        }
        if not TAKES_GZIP.search(request.headers.get("Accept-Encoding", "")):
            return HttpResponse(_content(name), headers=headers)
        return self._pack(name, lambda: _content(name) or b"", headers)

    def add_file_to_dictionary(self, url: str, path: str, stat_cache: object = None) -> None:
        super().add_file_to_dictionary(url, path, stat_cache=stat_cache)
        name = url.removeprefix(self.static_prefix)
        super().add_file_to_dictionary(self.static_prefix + hashed_name(name), path, stat_cache=stat_cache)

    def serve(self, static_file: StaticFile | Redirect | str, request: HttpRequest) -> HttpResponseBase:
        if isinstance(static_file, str):
            return self._join(static_file, request)
        found = static_file.get_response(request.method, request.META)
        headers = dict(found.headers)
        is_text = headers.get("Content-Type", "").startswith(TEXTS) and "Content-Encoding" not in headers
        if is_text:
            headers["Vary"] = "Accept-Encoding"
        takes = TAKES_GZIP.search(request.headers.get("Accept-Encoding", ""))
        if not (is_text and takes and found.file and found.status == HTTPStatus.OK):
            return _as_it_is(found, headers)
        name = _DIGEST.sub("", request.path_info.removeprefix(self.static_prefix))
        with found.file as file:
            return self._pack(name, file.read, headers)

    def _pack(self, name: str, read: Callable[[], bytes], headers: dict[str, str]) -> HttpResponse:
        if name not in self.packed:
            self.packed[name] = gzip.compress(lean(name, read()), mtime=0)
        headers |= {"Content-Encoding": "gzip", "Content-Length": str(len(self.packed[name]))}
        return HttpResponse(self.packed[name], headers=headers)


def _as_it_is(found: Response, headers: dict[str, str]) -> HttpResponseBase:
    response = WhiteNoiseFileResponse(found.file or (), status=int(found.status))
    del response["Content-Type"]
    for name, value in headers.items():
        response[name] = value
    return response  # type: ignore[no-any-return]
