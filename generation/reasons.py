"""Reasons in the reader's language: why jobs and requests ended, why answers were refused, why a run paused.

    render(job.error)

Reasons are codes with parameters (`evalsite.core.reason_codes`); the catalogue translates their English texts
under the context `reason`. What a server said is a parameter, and stays as it came.
"""

import re
from collections.abc import Callable
from typing import Any

from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_lazy as _

from evalsite.core.errors import InputError
from evalsite.core.reason_codes import TEXTS, Reason

RULE_LABELS = {
    "language": _("in the brief's language"),
    "screenplay": _("is a screenplay"),
    "length": _("%(low)s to %(high)s times the target length"),
    "no-layout": _("prose without screenplay layout"),
    "speakers": _("all speakers are in the brief"),
    "bare": _("only the text: no comments, no Markdown"),
}
"""By the name of a rule; other apps add theirs."""
KINDS = frozenset(
    ("Unreachable", "TooSlow", "Busy", "ServerError", "Malformed", "CircuitOpen", "Denied", "Rejected")
)
"""Codes of kinds of failed requests. English pages leave them out: the reason inside says the same."""
_NAMES = frozenset({"part", "field", "one", "other"})
"""Parameters that hold what a part of an answer is called; `one` and `other` may be numbers too."""


def render(reason: str) -> str:
    """Return a reason in the language that is active; a text without a code stays as it is."""
    if not isinstance(reason, Reason):
        return reason
    if (get_language() or "en").startswith("en"):
        return _in_english(reason)
    params = {name: _value(name, value) for name, value in reason.params.items()}
    if reason.code not in TEXTS:
        return gettext(reason.code) % params if params else gettext(reason.code)
    text = pgettext("reason", TEXTS[reason.code])
    for name in _NAMES & params.keys():
        if params[name] != str(reason.params[name]):  # spaces stand around what is not Chinese
            text = re.sub(rf" ?(\{{{name}\}}) ?", r"\1", text)
    return text.format(**params)


def render_error(error: InputError) -> str:
    """Return what is wrong and how to fix it, in the language that is active."""
    message = render(error.message)
    return f"{message}{'' if message.endswith('。') else ' '}{render(error.fix)}"


def _in_english(reason: Reason) -> str:
    if reason.code in KINDS:
        return render(reason.params["reason"])
    params = {
        name: _in_english(each) if isinstance(each, Reason) else each for name, each in reason.params.items()
    }
    return Reason(reason.code, **params)


def _value(name: str, value: Any) -> Any:
    """Return a parameter as the reader sees it: a reason, the name of a language or part, or as it is."""
    if isinstance(value, Reason):
        return render(value)
    if name in ("language", "found"):
        return {"en": gettext("English"), "zh": gettext("Chinese")}.get(value) or pgettext(
            "reason", str(value)
        )
    return part_name(str(value)) if name in _NAMES else value


def part_name(name: str) -> str:
    """What a stage, or a part of an answer, is called in the reader's language; an unknown one as it is."""
    return next((called for lookup in PART_NAMES if (called := lookup(name))), name)


PART_NAMES: list[Callable[[str], str]] = []
"""Names of stages and parts, which other apps add; empty where one is not known."""
