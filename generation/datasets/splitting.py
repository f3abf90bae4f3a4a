"""Whether a run's examples can be split: a language of few series has no validation and no test examples."""

from collections import Counter
from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generation.datasets.drawing import LEAST_SERIES
from generation.datasets.filtering import run_filter
from generation.datasets.steps import language_name
from generation.models import Candidate, Run


def unsplit_of(run: Run) -> dict[str, int]:
    """Languages in which nothing can be held back though the recipe asks for it: {language: its series}."""
    rules = run_filter(run)
    if not (rules.validation or rules.test):
        return {}
    rows = Candidate.objects.filter(run=run, dropped_at="").order_by()
    pairs = rows.values_list("scene__work__language", "scene__work__series").distinct()
    counts = Counter(language for language, _series in pairs)
    return {language: count for language, count in sorted(counts.items()) if count < LEAST_SERIES}


def unsplit_said(found: Mapping[str, int]) -> str:
    """The same in the language that is active, with what to do; empty where every language is split."""
    if not found:
        return ""
    lines = [
        ngettext(
            "In %(language)s no example is for validation or test: %(count)d series is too few.",
            "In %(language)s no example is for validation or test: %(count)d series are too few.",
            count,
        )
        % {"language": language_name(language), "count": count}
        for language, count in found.items()
    ]
    mend = _("Import %(least)d series or more of a language, and a series each is held back.")
    return " ".join([*lines, mend % {"least": LEAST_SERIES}])
