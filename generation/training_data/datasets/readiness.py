"""Whether a dataset can be built: what stands in the way, and its words on a page."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generation.files import SLUG
from generation.models import Run
from generation.training_data.datasets.filtering import unfinished_jobs
from generation.training_data.datasets.reviewing import Readings, lack_of, readings_of

LONGEST_NAME = 60


def is_name(slug: str) -> bool:
    return len(slug) <= LONGEST_NAME and SLUG.match(slug) is not None


def undecided(run: Run, *, without_reviews: bool) -> Readings | None:
    """What people have not decided yet, where a dataset is to wait for it."""
    readings = readings_of(run)
    return None if readings.complete or without_reviews else readings


def not_ready(run: Run, slug: str, *, without_reviews: bool) -> str:
    """The empty string where nothing is in the way."""
    if not is_name(slug):
        return _("This is no name for a dataset: use small letters, digits and hyphens.")
    if left := unfinished_jobs(run):
        return _("The run is not finished yet: %(count)d jobs are left.") % {"count": left}
    readings = undecided(run, without_reviews=without_reviews)
    if readings is None:
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
