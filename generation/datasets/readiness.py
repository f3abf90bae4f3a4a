"""Why a dataset cannot be built yet, in the reader's language."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generation.datasets.filtering import unfinished_jobs
from generation.datasets.reviewing import lack_of, readings_of
from generation.files import SLUG
from generation.models import Run


def not_ready(run: Run, slug: str, *, without_reviews: bool) -> str:
    """The empty string where nothing is in the way."""
    if not SLUG.match(slug) or len(slug) > 60:
        return _("This is no name for a dataset: use small letters, digits and hyphens.")
    if left := unfinished_jobs(run):
        return _("The run is not finished yet: %(count)d jobs are left.") % {"count": left}
    readings = readings_of(run)
    if readings.complete or without_reviews:
        return ""
    said = _("People have not decided all: %(open)d are open, %(disputed)d in dispute.") % {
        "open": readings.open,
        "disputed": readings.disputed,
    }
    if lack := lack_of(run).people:
        more = ngettext(
            "%(n)d more reader with an account is needed.",
            "%(n)d more readers with accounts are needed.",
            lack,
        )
        said = f"{said} {more % {'n': lack}}"
    return said
