"""What registered models are called, and which of them was trained on top of which.

A card tells its base model by its weights where training found a card there too, and by the path or name that
training was given. A path is another registered model's where one of its last parts is its slug or its name,
or begins with it (`my-novel-full`); where several are called so, all of them count: too much is held against
a system rather than too little.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from generation.training_data.models import TrainedModel

MOST = 20
"""So many models one on top of the other are followed."""
PARTS = 3
_HASH = re.compile(r"-[0-9a-f]{8}$")


@dataclass(frozen=True, slots=True)
class Registered:
    slug: str
    name: str
    digest: str
    base: str
    base_weights: str

    @property
    def names(self) -> frozenset[str]:
        return frozenset({self.slug.casefold(), self.name.casefold(), _HASH.sub("", self.slug.casefold())})


def registered() -> dict[str, Registered]:
    """All registered models by slug, the oldest first."""
    rows = TrainedModel.objects.order_by("registered_at", "pk").values_list(
        "slug", "name", "digest", "card__base_model", "card__base_weights"
    )
    return {
        slug: Registered(slug, name, digest, str(base or ""), str(weights or ""))
        for slug, name, digest, base, weights in rows
    }


def called(name: str, known: Mapping[str, Registered]) -> list[str]:
    """The slugs of the models that are called so, in whatever case."""
    return [each.slug for each in known.values() if name.casefold() in each.names]


def chain_of(slug: str, known: Mapping[str, Registered]) -> list[str]:
    """A model (its slug) and all that it was trained on top of, each once; empty where it is not known."""
    found: list[str] = []
    waiting = [slug]
    while waiting and len(found) < MOST:
        each = waiting.pop(0)
        if each in known and each not in found:
            found.append(each)
            waiting += [base for base in _below(known[each], known) if base != each]
    return found


def _below(model: Registered, known: Mapping[str, Registered]) -> list[str]:
    """What a model was trained on top of: the one of these weights, or else all that its path may mean."""
    if model.base_weights and (
        found := [each.slug for each in known.values() if each.digest == model.base_weights]
    ):
        return found
    parts = [part for part in re.split(r"[/\\]", model.base) if part][-PARTS:]
    return [base for part in parts for base in _called_in(part, known)]


def _called_in(part: str, known: Mapping[str, Registered]) -> list[str]:
    part = part.casefold()
    return [
        each.slug
        for each in known.values()
        if any(part == name or part.startswith(f"{name}-") for name in each.names)
    ]
