"""What had been done to a damaged script, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _


def damage_told(damage: Mapping[str, Any]) -> str:
    """One sentence about what was damaged, and where."""
    kind = damage.get("kind", "")
    return {
        "shuffle": _("Its beats were put into another order, so that things happen before their cause."),
        "swap": _("Lines were given to the wrong speaker."),
        "cut": _("A part was cut out, so that something is missing in the middle."),
    }.get(kind, _("It was damaged on purpose."))
