"""What is known of the data that a system's models were trained on: told by the app that trains models.

register(MyLineage())           # in AppConfig.ready()
known().faults(spec)
"""

from typing import Any

from evalsite.core.errors import InputError
from generation.pipelines import SystemSpec


class Lineage:
    """Knows no trained model; another app overrides it."""

    template = ""
    """Shows `rows` as `trained` on the page of a system."""

    def faults(self, spec: SystemSpec) -> list[InputError]:
        """Return what is wrong with the trained models that a system names or should name."""
        return []

    def rows(self, spec: SystemSpec) -> list[dict[str, Any]]:
        """Return what the models of a system were trained on, stage by stage, for a page."""
        return []

    def lines(self, spec: SystemSpec) -> list[dict[str, Any]]:
        """Return the same as plain data, for the history of a script."""
        return []


_known: list[Lineage] = [Lineage()]


def register(lineage: Lineage) -> None:
    _known[0] = lineage


def known() -> Lineage:
    return _known[0]
