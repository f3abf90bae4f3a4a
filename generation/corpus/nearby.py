"""Which stored scenes nearly are given scripts: the same text, most of it, or one a part of the other.

    scenes_near(Script.objects.filter(...))         # keys of scenes
    scenes_like([scene.pk, ...])                    # those that nearly repeat scenes

Scripts and scenes are immutable, so what was found for a script stands until scenes come or go.
"""

import re
from collections.abc import Collection, Iterable
from functools import lru_cache

from django.db.models import Count, Max, QuerySet

from generation.corpus.alike import Index, signature_of_text
from generation.corpus.likeness import CONTAINED_FROM, count_of, matrix_of, nearest_rows
from generation.models import Language, Scene, Script

NEARLY = 0.6
"""From this share in common on a scene nearly is a script, or another scene."""
FEW = 60
"""Texts of so few words or characters are looked for to the letter too: signatures do not tell parts of
them."""
LEAST = {"en": 24, "zh": 8}
"""So many characters at least: less stands anywhere by chance."""
REMEMBERED = 4096
_found: dict[tuple[object, ...], frozenset[int]] = {}


def scenes_near(scripts: QuerySet[Script]) -> set[int]:
    """The keys of the scenes that nearly are one of some scripts."""
    found: set[int] = set()
    for language in Language.values:
        keys = list(scripts.filter(language=language).order_by().values_list("pk", "digest"))
        found |= _near(keys, language) if keys else set()
    return found


def scenes_like(keys: Iterable[int]) -> set[int]:
    """The scenes that nearly repeat some others (keys), which are left out, by the likes marked at import:
    those of one bundle, whichever came first."""
    bundles: dict[int, int] = {}

    def first(key: int) -> int:
        while bundles.setdefault(key, key) != key:
            bundles[key] = bundles[bundles[key]]
            key = bundles[key]
        return key

    for key, other in Scene.objects.filter(likeness__gte=NEARLY, like__isnull=False).values_list(
        "pk", "like"
    ):
        assert other is not None
        bundles[first(key)] = first(other)
    own = {key for key in keys if key in bundles}
    held = {first(key) for key in own}
    return {key for key in list(bundles) if first(key) in held} - own


def text_is_near(text: str, scripts: QuerySet[Script], language: str) -> bool:
    """Whether a text that is no stored scene nearly is one of some scripts."""
    plain = plain_text(text, language)
    keys = list(scripts.filter(language=language).order_by().values_list("pk", "digest"))
    if any(_holds(plain, _plain_of(*each), language) for each in keys):
        return True
    signatures = [_signature_of(*each) for each in keys]
    return bool(nearest_rows(signature_of_text(text, language), *matrix_of(signatures), least=NEARLY))


def _near(scripts: Collection[tuple[int, str]], language: str) -> set[int]:
    scenes = Scene.objects.filter(work__language=language).order_by()
    stamp = tuple(scenes.aggregate(n=Count("pk"), last=Max("pk"), at=Max("work__imported_at")).values())
    if not stamp[0]:
        return set()
    missing = [each for each in scripts if (*each, stamp) not in _found]
    if missing:
        if len(_found) + len(missing) > REMEMBERED:
            _found.clear()
        _found.update({(*each, stamp): near for each, near in _look(missing, language, scenes).items()})
    return {key for each in scripts for key in _found[(*each, stamp)]}


def _look(
    scripts: Iterable[tuple[int, str]], language: str, scenes: QuerySet[Scene]
) -> dict[tuple[int, str], frozenset[int]]:
    scripts = list(scripts)
    index = Index.of(language)
    near = {each: {key for key, _share in index.nearest(_signature_of(*each), NEARLY)} for each in scripts}
    digests: dict[str, list[tuple[int, str]]] = {}
    for each in scripts:
        digests.setdefault(each[1], []).append(each)
    for key, digest in scenes.filter(digest__in=list(digests)).values_list("pk", "digest"):
        for each in digests[digest]:
            near[each].add(key)
    _look_for_parts(near, language, scenes)
    return {each: frozenset(keys) for each, keys in near.items()}


def _look_for_parts(near: dict[tuple[int, str], set[int]], language: str, scenes: QuerySet[Scene]) -> None:
    """Short scripts within scenes, and short scenes within scripts, to the letter."""
    plain = {each: _plain_of(*each) for each in near}
    short = [each for each in near if count_of(_signature_of(*each)) < max(CONTAINED_FROM, FEW)]
    rows = scenes if short else scenes.filter(length__lt=FEW)
    for key, text, length in rows.values_list("pk", "text", "length").iterator(500):
        own = plain_text(text, language)
        for each in near if length < FEW else short:
            if _holds(own, plain[each], language):
                near[each].add(key)


def _holds(one: str, other: str, language: str) -> bool:
    """Whether one of two texts stands in the other."""
    return min(len(one), len(other)) >= LEAST[language] and (one in other or other in one)


def plain_text(text: str, language: str) -> str:
    """The words alone, in lower case."""
    return (" " if language == "en" else "").join(re.findall(r"[^\W_]+", text.casefold()))


@lru_cache(maxsize=REMEMBERED)
def _signature_of(key: int, digest: str) -> bytes:
    """Some half a kilobyte each."""
    text, language = Script.objects.values_list("text", "language").get(pk=key)
    return signature_of_text(text, language)


@lru_cache(maxsize=512)
def _plain_of(key: int, digest: str) -> str:
    text, language = Script.objects.values_list("text", "language").get(pk=key)
    return plain_text(text, language)
