"""Which studies a brief stands in. This app knows nothing of studies: who uses briefs registers a rule here.

uses = uses_of(["car-two"])     # drafts that name it, and studies that have frozen it
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BriefUse:
    """A study that a brief stands in. `changed`: a draft that names the brief as it was before."""

    brief: str
    study: str
    title: Mapping[str, str]
    address: str
    frozen: bool
    changed: bool = False


Rule = Callable[[Collection[str]], Iterable[BriefUse]]

_rules: list[Rule] = []


def register(rule: Rule) -> None:
    """Add a rule; the same one counts once."""
    if rule not in _rules:
        _rules.append(rule)


def uses_of(briefs: Collection[str]) -> list[BriefUse]:
    """The uses of some briefs (slugs), by brief and study."""
    found = [use for rule in _rules for use in rule(briefs)] if briefs else []
    return sorted(found, key=lambda use: (use.brief, use.study))
