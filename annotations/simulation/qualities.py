"""How good each system is said to be, on the logit scale: from a file, or drawn from the seed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from annotations.simulation.chance import generator
from generation.yaml_files import Document, Node, read_yaml

BRIEFS = "briefs"
SPREAD = 0.8
"""Standard deviation of the qualities that are drawn where no file gives them."""
LOWEST, HIGHEST = -10.0, 10.0


@dataclass(frozen=True, slots=True)
class Qualities:
    """`systems`: system -> logit. `briefs`: brief -> system -> logit, in the general one's place there."""

    systems: Mapping[str, float]
    briefs: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    strangers: tuple[str, ...] = ()
    """Briefs that the file names and the study does not have."""


def drawn_qualities(systems: list[str], seed: int) -> Qualities:
    return Qualities({slug: float(generator(seed, "system", slug).normal(0, SPREAD)) for slug in systems})


def read_qualities(path: Path, spec: Mapping[str, Any]) -> Qualities:
    """The file's qualities for the study with this spec; raises `InputErrors` with every fault.

    human: 1.6            # each system of the study
    direct: -0.8
    briefs:
      some-brief: {direct: 0.4}
    """
    document, root = read_yaml(path)
    systems = [system["slug"] for system in spec["systems"]]
    top = root.mapping(required=systems, optional=(BRIEFS,))
    general = {slug: _logit(top[slug]) for slug in systems if slug in top}
    briefs: dict[str, dict[str, float]] = {}
    strangers: list[str] = []
    if BRIEFS in top:
        briefs, strangers = _of_briefs(document, top[BRIEFS], systems, set(spec["materials"]["briefs"]))
    document.refuse()
    return Qualities(general, briefs, tuple(strangers))


def _of_briefs(
    document: Document, node: Node, systems: list[str], known: set[str]
) -> tuple[dict[str, dict[str, float]], list[str]]:
    if not isinstance(node.value, dict):
        node.fault("briefs must be a mapping of briefs.", "give BRIEF: {SYSTEM: NUMBER}, each on its line.")
        return {}, []
    names = [str(name) for name in node.value]
    fields = node.mapping(required=(), optional=names)
    found = {
        slug: {name: _logit(value) for name, value in field.mapping(required=(), optional=systems).items()}
        for slug, field in fields.items()
    }
    return {slug: own for slug, own in found.items() if slug in known}, sorted(set(names) - known)


def _logit(node: Node) -> float:
    return node.number(LOWEST, HIGHEST)
