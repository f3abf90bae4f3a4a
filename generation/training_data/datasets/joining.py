"""Which series share scenes that nearly repeat each other: they stay in one split, or what a model has
learned from would come again in what it is judged on.

    leakage_groups([(scene.pk, "salt-road"), ...])       # (("quay", "salt-road"),)

What has still more in common was left out as a repetition before (`alike` of the recipe).
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from generation.training_data.corpus.likeness import NEARLY, near_pairs
from generation.training_data.models import Scene

Joined = tuple[tuple[str, ...], ...]


def leakage_groups(scenes: Iterable[tuple[int, str]]) -> Joined:
    """Of scenes (keys) with the slugs of their series: the series that belong together, each group sorted;
    series that share nothing are in none."""
    return _joined(tuple(sorted(scenes)))


@lru_cache(maxsize=8)
def _joined(scenes: tuple[tuple[int, str], ...]) -> Joined:
    """Scenes do not change, and pages ask again."""
    series = dict(scenes)
    found: dict[str, list[tuple[int, bytes]]] = defaultdict(list)
    rows = Scene.objects.filter(pk__in=list(series)).order_by("digest", "pk")
    for key, language, signature in rows.values_list("pk", "work__language", "signature").iterator(2000):
        found[language].append((key, bytes(signature)))
    above: dict[str, str] = {}

    def first(name: str) -> str:
        while above.get(name, name) != name:
            name = above[name]
        return name

    for own in found.values():
        for one, other in near_pairs([signature for _key, signature in own], NEARLY):
            names = sorted({first(series[own[one][0]]), first(series[own[other][0]])})
            above.update(dict.fromkeys(names, names[0]))
    groups: dict[str, list[str]] = defaultdict(list)
    for name in sorted(above):
        groups[first(name)].append(name)
    return tuple(sorted(tuple(group) for group in groups.values() if len(group) > 1))
