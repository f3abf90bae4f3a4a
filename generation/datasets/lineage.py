"""What registered models are called, and which of them was trained on top of which.

A card tells its base model by the path or name that training was given. It is another registered model's
where one of the last parts of that path is its slug or its name, or begins with it (`my-novel-full`); where
several are called so, all of them count: too much is held against a system rather than too little.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from generation.models import TrainedModel

MOST = 20
"""So many models one on top of the other are followed."""
PARTS = 3
_HASH = re.compile(r"-[0-9a-f]{8}$")


@dataclass(frozen=True, slots=True)
class Registered:
    slug: str
    name: str
    base: str

    @property
    def names(self) -> frozenset[str]:
        return frozenset({self.slug.casefold(), self.name.casefold(), _HASH.sub("", self.slug.casefold())})


def registered() -> dict[str, Registered]:
    """All registered models by slug, the oldest first."""
    rows = TrainedModel.objects.order_by("registered_at", "pk").values_list(
        "slug", "name", "card__base_model"
    )
    return {slug: Registered(slug, name, str(base or "")) for slug, name, base in rows}


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
            parts = [part for part in re.split(r"[/\\]", known[each].base) if part][-PARTS:]
            waiting += [base for part in parts for base in _called_in(part, known) if base != each]
    return found


def _called_in(part: str, known: Mapping[str, Registered]) -> list[str]:
    part = part.casefold()
    return [
        each.slug
        for each in known.values()
        if any(part == name or part.startswith(f"{name}-") for name in each.names)
    ]
