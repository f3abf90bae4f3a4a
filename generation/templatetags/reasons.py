"""Reasons of jobs and requests on pages."""

from django import template

from generation import reasons
from generation.datasets import steps
from generation.models import Candidate

register = template.Library()


@register.filter
def said(reason: object) -> str:
    """Return a reason in the reader's language."""
    return reasons.render(reason if isinstance(reason, str) else "")


@register.filter
def stage_named(name: str) -> str:
    """A stage of synthesis in the reader's language."""
    return reasons.part_name(name)


@register.filter
def dropped_at_label(candidate: Candidate) -> str:
    """The step of the filter that left a candidate out, in the reader's language."""
    return steps.step_name(candidate.dropped_at)


@register.filter
def drop_reason_label(candidate: Candidate) -> str:
    """The kind of reason why a candidate was left out; nothing of what the reason quotes."""
    return steps.key_name(candidate.dropped_at, candidate.reason["code"])
