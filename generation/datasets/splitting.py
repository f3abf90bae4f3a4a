"""Whether a run's examples can be split: a language of few series has no validation and no test examples."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generation.datasets.drawing import LEAST_SERIES, apart
from generation.datasets.filtering import run_filter
from generation.datasets.joining import joined_series
from generation.datasets.steps import language_name
from generation.models import Candidate, Run


@dataclass(frozen=True, slots=True)
class Few:
    """How many series a language has, and how many where those that share scenes count as one."""

    series: int
    apart: int


_LOOKED_AT = 2 * LEAST_SERIES
"""With more series in a language so many of them do not share scenes that none could be held back; should it
be so all the same, the card says it."""


def unsplit_of(run: Run) -> dict[str, Few]:
    """Languages in which nothing can be held back though the recipe asks for it."""
    rules = run_filter(run)
    if not (rules.validation or rules.test):
        return {}
    rows = Candidate.objects.filter(run=run, dropped_at="").order_by()
    series: dict[str, list[str]] = defaultdict(list)
    for language, slug in rows.values_list("scene__work__language", "scene__work__series__slug").distinct():
        series[language].append(slug)
    found = {}
    for language, names in sorted(series.items()):
        left = len(names)
        if LEAST_SERIES <= left <= _LOOKED_AT:
            own = rows.filter(scene__work__language=language)
            left = apart(names, joined_series(own.values_list("scene", "scene__work__series__slug")))
        if left < LEAST_SERIES:
            found[language] = Few(len(names), left)
    return found


def unsplit_said(found: Mapping[str, Few]) -> str:
    """The same in the language that is active, with what to do; empty where every language is split."""
    if not found:
        return ""
    lines = [_line(language_name(language), few) for language, few in found.items()]
    mend = _("Import %(least)d series or more of a language, and a series each is held back.")
    return " ".join([*lines, mend % {"least": LEAST_SERIES}])


def _line(language: str, few: Few) -> str:
    if few.apart < few.series:
        said = _(
            "In %(language)s no example is for validation or test: of %(count)d series some share scenes and "
            "count as one."
        )
    else:
        said = ngettext(
            "In %(language)s no example is for validation or test: %(count)d series is too few.",
            "In %(language)s no example is for validation or test: %(count)d series are too few.",
            few.series,
        )
    return said % {"language": language, "count": few.series}
