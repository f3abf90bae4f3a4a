"""Why candidates were left out, on pages."""

from django import template

from generation.training_data.datasets import steps
from generation.training_data.models import Candidate

register = template.Library()


@register.filter
def dropped_at_label(candidate: Candidate) -> str:
    """The step of the filter that left a candidate out, in the reader's language."""
    return steps.step_name(candidate.dropped_at)


@register.filter
def drop_reason_label(candidate: Candidate) -> str:
    """The kind of reason why a candidate was left out; nothing of what the reason quotes."""
    return steps.key_name(candidate.dropped_at, candidate.reason["code"])
