"""Files of the site itself, compressed on the way: packed once per process and file, in memory. Comments and
blanks of styles and scripts stay at home, for they are a quarter of what a phone would have to load.

Pages are not: a page of a rater holds a token beside words that somebody wrote, and how well both compress
together tells of the token (BREACH). In these files there is nothing to find out.
"""

import gzip
import re
from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rcssmin import cssmin
from rjsmin import jsmin
from whitenoise.middleware import WhiteNoiseFileResponse, WhiteNoiseMiddleware
from whitenoise.responders import Redirect, Response, StaticFile

VENDORED = re.compile(r"/(?:admin|drf_spectacular_sidecar|rest_framework)/|\.min\.")
TEXTS = ("text/", "application/json", "application/manifest+json", "image/svg+xml")
_LEAN: dict[str, Callable[[str], str]] = {"text/css": cssmin, "text/javascript": jsmin}
TAKES_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")


def lean(content: bytes, content_type: str) -> bytes:
    """A style sheet or script without its comments and the blanks that mean nothing; all else as it is."""
    lean_of = _LEAN.get(content_type.partition(";")[0])
    return lean_of(content.decode()).encode() if lean_of else content


class CompressedStatics(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise, which by itself compresses only what was collected and packed before."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        self.packed: dict[tuple[str, str], bytes] = {}
        super().__init__(*args, **kwargs)

    def serve(self, static_file: StaticFile | Redirect, request: HttpRequest) -> HttpResponseBase:
        found = static_file.get_response(request.method, request.META)
        headers = dict(found.headers)
        is_text = headers.get("Content-Type", "").startswith(TEXTS) and "Content-Encoding" not in headers
        if is_text:
            headers["Vary"] = "Accept-Encoding"
        takes = TAKES_GZIP.search(request.headers.get("Accept-Encoding", ""))
        if not (is_text and takes and found.file and found.status == HTTPStatus.OK):
            return _as_it_is(found, headers)
        # The tag tells of time and size, so that a file that was edited is packed anew.
        name = (request.path_info, headers.get("ETag", ""))
        with found.file as file:
            if name not in self.packed:
                content = file.read()
                if not VENDORED.search(request.path_info):
                    content = lean(content, headers.get("Content-Type", ""))
                self.packed[name] = gzip.compress(content, mtime=0)
        headers |= {"Content-Encoding": "gzip", "Content-Length": str(len(self.packed[name]))}
        return HttpResponse(self.packed[name], headers=headers)


def _as_it_is(found: Response, headers: dict[str, str]) -> HttpResponseBase:
    response = WhiteNoiseFileResponse(found.file or (), status=int(found.status))
    del response["Content-Type"]
    for name, value in headers.items():
        response[name] = value
    return response  # type: ignore[no-any-return]
