"""Templates of raters' pages without their indents and empty lines, which no browser shows: a page with two
long scripts is sent uncompressed (`evalsite.core.statics` says why), and they weigh as much as a page of a
script."""

import re

from django.template import Origin
from django.template.loaders import filesystem

LEAN = ("rater/", "base.html", "partials/")
_INDENTS = re.compile(r"^\s+", re.MULTILINE)


class Loader(filesystem.Loader):
    """Django's own, for `DIRS`."""

    def get_contents(self, origin: Origin) -> str:
        contents: str = super().get_contents(origin)
        return _INDENTS.sub("", contents) if str(origin.template_name).startswith(LEAN) else contents
