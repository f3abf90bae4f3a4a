"""What other apps add to generation, beside kinds of runs (`generation.runs.kinds`) and rules of answers.

- The lineage of trained models: `register_lineage("my_app.lineage.MyLineage")` in `AppConfig.ready()`.
- Cards of the overview: `OVERVIEW_CARDS.append((template, "my_app.pages.card_values"))`,
  called with the keys of the teams whose rows the reader may see.
- Studies that use a brief: `register_brief_uses(rule)`; `uses_of(["car-two"])` asks all rules.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import import_string

from evalsite.core.errors import InputError
from generation.pipelines import SystemSpec


class Lineage:
    """Knows no trained model; another app overrides it."""

    template = ""
    """Shows `rows` as `trained` on the page of a system."""

    def faults(self, spec: SystemSpec, teams: Collection[int] | None = None) -> list[InputError]:
        """Return what is wrong with the trained models that a system names or should name.

        Models of other `teams` (keys) count as unknown, here and below; None is all teams.
        """
        return []

    def rows(self, spec: SystemSpec, teams: Collection[int] | None = None) -> list[dict[str, Any]]:
        """Return what the models of a system were trained on, stage by stage, for a page."""
        return []

    def lines(self, spec: SystemSpec, teams: Collection[int] | None = None) -> list[dict[str, Any]]:
        """Return the same as plain data, for the history of a script."""
        return []


_lineage = [f"{__name__}.Lineage"]


def register_lineage(path: str) -> None:
    """Name the class that knows the lineage of models: its dotted path, imported when it is asked."""
    _lineage[0] = path


def lineage() -> Lineage:
    """Return what is known of the models that systems use."""
    known: Lineage = import_string(_lineage[0])()
    return known


OVERVIEW_CARDS: list[tuple[str, str]] = []
"""Cards of the overview: a template, and the dotted path of a function that gives some teams' values."""


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


def register_brief_uses(rule: Rule) -> None:
    """Add a rule; the same one counts once."""
    if rule not in _rules:
        _rules.append(rule)


def uses_of(briefs: Collection[str]) -> list[BriefUse]:
    """The uses of some briefs (slugs), by brief and study."""
    found = [use for rule in _rules for use in rule(briefs)] if briefs else []
    return sorted(found, key=lambda use: (use.brief, use.study))
