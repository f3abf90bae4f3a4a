"""What is wrong with a draft, as a page shows it: a sentence, how to fix it, and a link to do it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from annotations.findings.warnings import DraftWarning
from annotations.models import Study
from annotations.spec.draft_errors import (
    EDIT,
    FILE,
    FINDINGS,
    PROBLEMS,
    REJECTED,
    RUN,
    WARNINGS,
    stored_fault,
)
from evalsite.core.errors import InputError, InputErrors

LABELS: Mapping[str, Promise] = {
    EDIT: _("Edit the draft"),
    FILE: _("Edit the study file"),
    FINDINGS: _("Review the findings"),
    REJECTED: _("Rejected scripts"),
    RUN: _("Generate or import scripts"),
    WARNINGS: _("Review the warnings"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One sentence, how to fix it, and where: `url` and `label` are empty if no page fixes it."""

    message: str
    fix: str
    url: str = ""
    label: str = ""
    code: str = ""


def browser_faults(errors: Iterable[InputError], study: Study) -> list[Fault]:
    """Each fault once, in the active language."""
    return list(dict.fromkeys(_fault(stored_fault(error), study) for error in errors))


def warn_of_faults(request: HttpRequest, refused: InputErrors, study: Study) -> None:
    """Say on the next page what is wrong with a draft, with a link to fix it."""
    for fault in browser_faults(refused.errors, study)[:3]:
        link = format_html(' <a href="{}">{}</a>', fault.url, fault.label) if fault.url else ""
        messages.warning(request, format_html("{} {}{}", fault.message, fault.fix, link))


def faults_of(stored: Iterable[Any], study: Study) -> list[Fault]:
    """The same of errors that were stored."""
    known = (each if isinstance(each, dict) else {"message": str(each), "fix": ""} for each in stored)
    return list(dict.fromkeys(_fault(each, study) for each in known))


def _fault(stored: Mapping[str, Any], study: Study) -> Fault:
    if "code" not in stored:
        message, fix = (_sentence(str(stored[key])) for key in ("message", "fix"))
        return Fault(message, fix, _page(FILE, study), str(LABELS[FILE]))
    problem, params = PROBLEMS[stored["code"]], dict(stored["params"])
    if isinstance(params.get("warning"), dict):
        params["warning"] = msgspec.convert(params["warning"], DraftWarning).message
    page = problem.page
    label = str(LABELS[page]) if page else ""
    return Fault(
        str(problem.message) % params, str(problem.fix) % params, _page(page, study), label, stored["code"]
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _page(page: str, study: Study) -> str:
    return {
        EDIT: reverse("study-edit", args=[study.slug]),
        FILE: reverse("study-new-file") + f"?study={study.slug}",
        FINDINGS: reverse("study-findings", args=[study.slug]),
        REJECTED: reverse("study-findings", args=[study.slug]) + "#rejected",
        RUN: reverse("generation"),
        WARNINGS: reverse("study-page", args=[study.slug]) + "#warnings",
        "": "",
    }[page]
