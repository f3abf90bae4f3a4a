"""May this scene's text be shown? One answer for every page, file and command of the corpus.

Not where it nearly is a script that a study has sealed: the corpus says that people wrote it, and so would
tell which of the study's texts are theirs. What was made of such a scene is hidden too, until the study is
unblinded: `generation.training_data.synthesis.sealed` and `generation.training_data.datasets.sealed` say what.

    hidden_scenes(keys)         # those of some scenes
    hides(text, "en")           # of a text that is no stored scene yet
"""

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from generation.models import Script
from generation.sealing import sealed_pairs
from generation.training_data.corpus.nearby import scenes_near, text_is_near

WHY = _("Not shown while a study that uses it runs blind.")


def sealed_scripts() -> QuerySet[Script]:
    """The scripts under seal, of whatever system: all samples."""
    pairs = set(Script.objects.order_by().values_list("brief__slug", "system__slug").distinct())
    found = Q(pk__in=())
    briefs: dict[str, set[str]] = defaultdict(set)
    for brief, system in sealed_pairs(pairs):
        briefs[system].add(brief)
    for system, slugs in briefs.items():
        found |= Q(system__slug=system, brief__slug__in=slugs)
    return Script.objects.filter(found)


def all_hidden() -> set[int]:
    """The keys of all scenes whose text may not be shown."""
    return scenes_near(sealed_scripts())


def hidden_scenes(keys: Collection[int]) -> set[int]:
    """Those of some scenes (keys) whose text may not be shown."""
    return all_hidden() & set(keys) if keys else set()


def hides(text: str, language: str) -> bool:
    """The same of a text that is no stored scene yet."""
    return text_is_near(text, sealed_scripts(), language)
