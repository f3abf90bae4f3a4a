"""Whose scripts may not be read beside their system: what a study that runs blind has sealed.

This app knows nothing of studies. Whoever seals something registers a rule here; pages that would show a
text together with the system that wrote it ask first.

    hidden = sealed_pairs([("car-two", "dsr"), ...])     # the (brief, system) pairs that are under seal
"""

from collections.abc import Callable, Collection

Pair = tuple[str, str]
"""Slugs of a brief and of a system."""
Rule = Callable[[Collection[Pair]], set[Pair]]

_rules: list[Rule] = []


def register(rule: Rule) -> None:
    """Add a rule; the same one counts once."""
    if rule not in _rules:
        _rules.append(rule)


def sealed_pairs(pairs: Collection[Pair]) -> set[Pair]:
    """Those of some briefs and systems whose texts may not be shown beside their system."""
    pairs = set(pairs)
    return {pair for rule in _rules for pair in rule(pairs)} & pairs if pairs else set()


def is_sealed(brief: str, system: str) -> bool:
    return bool(sealed_pairs([(brief, system)]))
